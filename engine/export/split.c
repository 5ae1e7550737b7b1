#include "engine/export/split.h"

#include "engine/base/file.h"
#include "engine/base/formats/json.h"
#include "engine/base/mem.h"
#include "engine/base/staging/staging.h"
#include "engine/base/text.h"
#include "engine/export/relative_path.h"
#include "engine/ir/ir.h"
#include "engine/ops/common/framework_call.h"
#include "engine/ops/operators.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME 1024
#define LIST "offload.json"
#define STAGING ".requant-split" /* not quantize's, which may keep work there */
#define CONSTANT (-1) /* level of what depends on no input: it is in every part that needs it */

typedef struct splitter {
    const rq_graph *graph;
    rq_id *order;
    size_t n_order;
    int *level; /* by node: how many calls lie before it */
    rq_uses uses;
    const char *folder, *stem;
    const char *made; /* the folder that files are made in, until all are there */
    rq_json *parts;
    size_t n_parts; /* IRs so far */
} splitter;

static bool is_call(const rq_node *node)
{
    return rq_node_is(node, &rq_op_TensorFlowCall) || rq_node_is(node, &rq_op_OnnxCall);
}

/* -- levels ---------------------------------------------------------------------------------------
 */

static int level_of(const splitter *s, const rq_node *node)
{
    int level = rq_node_is(node, &rq_op_Const) ? CONSTANT : 0;
    if (node->n_in && !is_call(node) && node->n_out) level = CONSTANT;
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (node->in[i] == RQ_NONE) continue;
        const rq_node *p = rq_value_producer(s->graph, node->in[i]);
        int own = s->level[p->id] + is_call(p);
        if (own > level) level = own;
    }
    return level;
}

static int find_levels(const splitter *s)
{
    int most = 0;
    for (size_t i = 0; i < s->n_order; i++) {
        const rq_node *node = s->graph->nodes[s->order[i]];
        s->level[node->id] = level_of(s, node);
        if (s->level[node->id] > most) most = s->level[node->id];
    }
    return most;
}

/* -- one IR ---------------------------------------------------------------------------------------
 */

/* Whether the value is handed on: another part or a call reads it, and nobody else has it. */
static bool is_handed_on(const splitter *s, const rq_value *value, int level)
{
    const rq_node *p = s->graph->nodes[value->producer];
    bool constant = s->level[p->id] == CONSTANT;
    if (is_call(p) || rq_node_is(p, &rq_op_Parameter)) return false;
    if (constant ? level != 0 : s->level[p->id] != level) return false;
    for (uint32_t u = s->uses.first[value->id]; u < s->uses.first[value->id + 1]; u++) {
        const rq_node *reader = s->graph->nodes[s->uses.uses[u].node];
        if (is_call(reader) || (!constant && reader->n_out && s->level[reader->id] > level))
            return true;
    }
    return false;
}

static const char *shape_text(rq_arena *arena, const rq_shape *shape)
{
    const char *text = shape->rank < 0 ? "..." : "";
    for (int i = 0; i < shape->rank && text; i++)
        text = shape->d[i] < 0
                   ? rq_arena_printf(arena, "%s%s?", text, i ? "," : "")
                   : rq_arena_printf(arena, "%s%s%" PRId64, text, i ? "," : "", shape->d[i]);
    return text;
}

static bool is_first_name(const char *names, const char *name)
{
    size_t length = strlen(name);
    return names && !strncmp(names, name, length) && strchr(",", names[length]);
}

/* Both sides know the value by its name in the whole graph, which may be another in a part where
 * something else of that name is missing: it becomes the first tensor name. */
static rq_status name_value(const splitter *s, rq_graph *part, rq_value *value)
{
    char name[NAME];
    rq_buf names = {0};
    rq_tensor_names_append(&names, rq_value_name(s->graph, value->id, name, sizeof name));
    if (!names.failed && !is_first_name(value->names, names.data)) {
        if (value->names) rq_buf_printf(&names, ",%s", value->names);
        value->names = names.failed ? NULL : rq_arena_strdup(part->arena, names.data);
    }
    rq_status status = names.failed || !value->names ? RQ_ENOMEM : RQ_OK;
    rq_buf_free(&names);
    return status;
}

/* What an earlier part made comes in. */
static rq_status add_parameter(rq_id *out, const splitter *s, rq_graph *part, rq_value *value)
{
    char name[NAME];
    rq_node *node;
    RQ_TRY(name_value(s, part, value));
    rq_value_name(part, value->id, name, sizeof name);
    const char *names = value->names, *shape = shape_text(part->arena, &value->shape);
    value->names = NULL;
    if (!shape) return RQ_ENOMEM;
    RQ_TRY(rq_graph_add_node(&node, part, name, "Parameter", "opset1", 0, 1));
    RQ_TRY(rq_node_set_attr(part, node, "shape", shape));
    RQ_TRY(rq_node_set_attr(part, node, "element_type", rq_dtype_name(value->dtype)));
    rq_value *made = part->values[node->out[0]];
    made->dtype = value->dtype;
    made->shape = value->shape;
    made->names = names;
    *out = made->id;
    return RQ_OK;
}

/* Readers of this level read a Parameter instead of what lies before. */
static rq_status replace_inputs(const splitter *s, rq_graph *part, int level)
{
    size_t n = s->graph->n_values; /* Parameters are added behind them */
    for (rq_id v = 0; v < n; v++) {
        rq_value *value = part->values[v];
        const rq_node *p = s->graph->nodes[value->producer];
        rq_id parameter = RQ_NONE;
        if (!p || s->level[p->id] == CONSTANT || rq_node_is(p, &rq_op_Parameter) ||
            (s->level[p->id] == level && !is_call(p)))
            continue;
        for (uint32_t u = s->uses.first[v]; u < s->uses.first[v + 1]; u++) {
            rq_node *reader = part->nodes[s->uses.uses[u].node];
            if (!reader || s->level[reader->id] != level || is_call(reader) || !reader->n_out)
                continue;
            if (parameter == RQ_NONE) RQ_TRY(add_parameter(&parameter, s, part, value));
            reader->in[s->uses.uses[u].port] = parameter;
        }
    }
    return RQ_OK;
}

/* The model's outputs that another level or a call makes are none of this part's. */
static void remove_results(const splitter *s, rq_graph *part, int level)
{
    for (size_t i = 0; i < s->graph->n_nodes; i++) {
        const rq_node *node = s->graph->nodes[i];
        if (!node || !rq_node_is(node, &rq_op_Result)) continue;
        const rq_node *p = rq_value_producer(s->graph, node->in[0]);
        bool constant = s->level[p->id] == CONSTANT;
        if (is_call(p) || (constant ? level != 0 : s->level[p->id] != level))
            rq_graph_remove_node(part, node->id);
    }
}

static rq_status add_results(const splitter *s, rq_graph *part, int level)
{
    for (rq_id v = 0; v < s->graph->n_values; v++) {
        rq_node *node;
        char name[NAME];
        if (!s->graph->nodes[s->graph->values[v]->producer]) continue;
        if (!is_handed_on(s, s->graph->values[v], level)) continue;
        RQ_TRY(name_value(s, part, part->values[v]));
        rq_value_name(part, v, name, sizeof name - 8);
        strcat(name, "/out");
        RQ_TRY(rq_graph_add_node(&node, part, name, "Result", "opset1", 1, 0));
        node->in[0] = v;
    }
    return RQ_OK;
}

static rq_status remove_unused_parameters(rq_graph *part)
{
    rq_uses uses;
    RQ_TRY(rq_graph_prune(part));
    RQ_TRY(rq_uses_create(&uses, part));
    for (size_t i = 0; i < part->n_nodes; i++)
        if (part->nodes[i] && rq_node_is(part->nodes[i], &rq_op_Parameter) &&
            !rq_uses_count(&uses, part->nodes[i]->out[0]))
            rq_graph_remove_node(part, (rq_id)i);
    rq_uses_free(&uses);
    return RQ_OK;
}

/* -- what is said of them -------------------------------------------------------------------------
 */

/* Names of the values at the graph's nodes of that type. */
static rq_json *list_ports(const rq_graph *graph, const rq_op *op, size_t *n)
{
    rq_json *list = rq_json_array();
    *n = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        char name[NAME];
        if (!node || !rq_node_is(node, op)) continue;
        rq_id value = node->n_out ? node->out[0] : node->in[0];
        rq_json_push(list, rq_json_string(rq_value_name(graph, value, name, sizeof name)));
        (*n)++;
    }
    return list;
}

static rq_status write_ir(splitter *s, const rq_graph *part)
{
    size_t n_in, n_out;
    char name[NAME];
    rq_json *inputs = list_ports(part, &rq_op_Parameter, &n_in);
    rq_json *outputs = list_ports(part, &rq_op_Result, &n_out), *entry = rq_json_object();
    snprintf(name, sizeof name, "%s-%zu.xml", s->stem, s->n_parts + 1);
    rq_json_set(entry, "ir", rq_json_string(name));
    rq_json_set(entry, "inputs", inputs);
    rq_json_set(entry, "outputs", outputs);
    if (!n_out) { /* nothing but calls on this level */
        rq_json_free(&entry);
        return RQ_OK;
    }
    s->n_parts++;
    rq_json_push(s->parts, entry);
    char *path = rq_path_join(s->made, name);
    rq_status status = path ? rq_ir_write(part, path) : rq_fail_memory(0, "a file name");
    free(path);
    return status;
}

static rq_status add_part(splitter *s, int level)
{
    rq_graph *part;
    RQ_TRY(rq_graph_clone(&part, s->graph));
    rq_status status = replace_inputs(s, part, level);
    if (status == RQ_OK) {
        remove_results(s, part, level);
        status = add_results(s, part, level);
    }
    if (status == RQ_OK) status = remove_unused_parameters(part);
    if (status == RQ_OK) status = write_ir(s, part);
    rq_graph_destroy(&part);
    return status;
}

/* The framework's names to those of the node's values, one for each. */
static rq_status add_names(const splitter *s, rq_json *entry, const rq_node *node, const char *key,
                           const rq_id *values, uint32_t n)
{
    const char *list = rq_node_attr(node, key);
    rq_json *object = rq_json_object();
    char theirs[RQ_FRAMEWORK_NAME + 8], ours[NAME];
    rq_json_set(entry, key, object);
    if (!list) list = "";
    for (uint32_t i = 0; i < n && rq_framework_call_name(theirs, list, ',', i); i++) {
        if (rq_node_is(node, &rq_op_TensorFlowCall) && !strchr(theirs, ':')) strcat(theirs, ":0");
        rq_json_set(object, theirs,
                    rq_json_string(rq_value_name(s->graph, values[i], ours, sizeof ours)));
    }
    if (rq_json_length(object) == n && rq_framework_call_count(list, ',') == n) return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT, "%s '%.200s': expected %u names, each of them once", key,
                        list, n);
}

/* Files are named by where they lie from offload.json, which may move with them. */
static rq_status add_file(const splitter *s, rq_json *entry, const char *key, const char *file)
{
    char *path = rq_relative_path(s->folder, file);
    if (!path) return rq_fail_memory(0, "a file name");
    rq_json_set(entry, key, rq_json_string(path));
    free(path);
    return RQ_OK;
}

static rq_status add_call(splitter *s, const rq_node *node)
{
    rq_json *entry = rq_json_object();
    bool tensorflow = rq_node_is(node, &rq_op_TensorFlowCall);
    const char *file = rq_node_attr(node, "file");
    rq_json_push(s->parts, entry);
    if (!file || !*file) return rq_node_fail(node, RQ_EFORMAT, "no file is named");
    RQ_TRY(add_file(s, entry, tensorflow ? "tensorflow" : "onnxruntime", file));
    RQ_TRY(add_names(s, entry, node, "feeds", node->in, node->n_in));
    return add_names(s, entry, node, "fetches", node->out, node->n_out);
}

/* "boxes" of the Result "boxes/sink_port_0", as importers call it, else the value's name. */
static const char *output_name(const splitter *s, const rq_node *result, char buffer[NAME])
{
    const char *end = strstr(result->name, "/sink_port_0");
    size_t length = end ? (size_t)(end - result->name) : 0;
    if (!length || length >= NAME) return rq_value_name(s->graph, result->in[0], buffer, NAME);
    memcpy(buffer, result->name, length);
    buffer[length] = '\0';
    return buffer;
}

static rq_json *map_outputs(const splitter *s)
{
    rq_json *object = rq_json_object();
    char own[NAME], value[NAME];
    for (size_t i = 0; i < s->graph->n_nodes; i++) {
        const rq_node *node = s->graph->nodes[i];
        if (!node || !rq_node_is(node, &rq_op_Result)) continue;
        rq_json_set(object, output_name(s, node, own),
                    rq_json_string(rq_value_name(s->graph, node->in[0], value, sizeof value)));
    }
    return object;
}

static rq_status write_list(splitter *s)
{
    size_t n;
    rq_json *json = rq_json_object();
    rq_json_set(json, "inputs", list_ports(s->graph, &rq_op_Parameter, &n));
    rq_json_set(json, "outputs", map_outputs(s));
    rq_json_set(json, "parts", s->parts);
    s->parts = NULL;
    char *path = rq_path_join(s->made, LIST);
    rq_status status = path ? rq_json_save(json, path) : rq_fail_memory(0, "a file name");
    free(path);
    rq_json_free(&json);
    return status;
}

static rq_status split(splitter *s)
{
    RQ_TRY(rq_graph_topo_order(&s->order, &s->n_order, s->graph));
    RQ_TRY(rq_uses_create(&s->uses, s->graph));
    RQ_TRY(rq_calloc(&s->level, s->graph->n_nodes, sizeof *s->level, "parts of a model"));
    int most = find_levels(s);
    size_t calls = 0;
    s->parts = rq_json_array();
    for (int level = 0; level <= most; level++) {
        RQ_TRY(add_part(s, level));
        for (size_t i = 0; i < s->n_order; i++) {
            const rq_node *node = s->graph->nodes[s->order[i]];
            if (!is_call(node) || s->level[node->id] != level) continue;
            RQ_TRY(add_call(s, node));
            calls++;
        }
    }
    if (!calls)
        return rq_fail(RQ_EARG, "%s: no part of it stays with its framework (import --offload)",
                       s->graph->path);
    return write_list(s);
}

/* The list, which names all others, first (staging.h). */
static rq_status commit(const splitter *s, rq_staging *staging)
{
    size_t n = 1 + 2 * s->n_parts;
    char(*text)[NAME] = NULL;
    const char **names = NULL;
    rq_status status = rq_calloc(&text, n, sizeof *text, "names of files");
    if (status == RQ_OK) status = rq_calloc(&names, n, sizeof *names, "names of files");
    if (status == RQ_OK) {
        names[0] = LIST;
        for (size_t i = 1; i < n; i++) {
            snprintf(text[i], NAME, "%s-%zu.%s", s->stem, (i + 1) / 2, i % 2 ? "xml" : "bin");
            names[i] = text[i];
        }
        status = rq_staging_commit(staging, names, n);
    }
    free(names);
    free(text);
    return status;
}

rq_status rq_export_split(const rq_graph *graph, const char *folder, const char *stem)
{
    rq_staging *staging;
    RQ_TRY(rq_staging_open(&staging, folder, STAGING, folder, NULL));
    splitter s = {.graph = graph, .folder = folder, .stem = stem, .made = rq_staging_path(staging)};
    rq_status status = split(&s);
    if (status == RQ_OK) status = commit(&s, staging);
    rq_staging_close(&staging);
    free(s.order);
    free(s.level);
    rq_uses_free(&s.uses);
    rq_json_free(&s.parts);
    return status;
}
