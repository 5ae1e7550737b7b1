#include "engine/import/offload.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/import/framework_model_make.h"
#include "engine/import/offload_select.h"
#include "engine/ops/common/framework_call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DOMAIN "requant"
#define MAX_PORTS 64

typedef struct cut {
    const rq_offload_graph *g;
    const uint8_t *part;
    const char *feeds[MAX_PORTS], *fetches[MAX_PORTS];
    size_t n_feeds, n_fetches;
} cut;

/* -- what goes in, and what comes out --------------------------------------------------------- */

static rq_status add_name(const char **names, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (!strcmp(names[i], name)) return RQ_OK;
    if (*n == MAX_PORTS)
        return rq_fail(RQ_EUNSUPPORTED, "more than %d values go in, or come out", MAX_PORTS);
    if (strpbrk(name, ",;"))
        return rq_fail(RQ_EUNSUPPORTED, "the name of value '%s' has a comma", name);
    names[(*n)++] = name;
    return RQ_OK;
}

static bool is_input(const rq_framework_model *source, const char *name)
{
    for (size_t i = 0; i < source->n_inputs; i++)
        if (!strcmp(source->inputs[i].name, name)) return true;
    return false;
}

static bool is_output(const rq_framework_model *source, const char *name)
{
    for (size_t i = 0; i < source->n_outputs; i++)
        if (!strcmp(source->outputs[i].name, name)) return true;
    return false;
}

/* Inputs of a node of the part that come from elsewhere, and depend on an input of the model. */
static rq_status list_feeds(cut *c, size_t node)
{
    const rq_framework_model *s = c->g->source;
    for (size_t k = 0; k < s->nodes[node].n_in; k++) {
        const char *value = s->nodes[node].in[k];
        uint32_t p = rq_map_get(c->g->producers, value);
        if (p == RQ_NONE ? !is_input(s, value) : c->part[p] || !c->g->from_inputs[p]) continue;
        RQ_TRY(add_name(c->feeds, &c->n_feeds, value));
    }
    return RQ_OK;
}

static rq_status list_fetches(cut *c)
{
    const rq_framework_model *s = c->g->source;
    for (size_t i = 0; i < s->n_nodes; i++)
        for (size_t k = 0; !c->part[i] && k < s->nodes[i].n_in; k++) {
            uint32_t p = rq_map_get(c->g->producers, s->nodes[i].in[k]);
            if (p != RQ_NONE && c->part[p])
                RQ_TRY(add_name(c->fetches, &c->n_fetches, s->nodes[i].in[k]));
        }
    for (size_t i = 0; i < s->n_nodes; i++)
        for (size_t k = 0; c->part[i] && k < s->nodes[i].n_out; k++)
            if (is_output(s, s->nodes[i].out[k]) && !c->g->in_loop[i])
                RQ_TRY(add_name(c->fetches, &c->n_fetches, s->nodes[i].out[k]));
    return RQ_OK;
}

/* -- replacing the nodes ---------------------------------------------------------------------- */

/* What the framework loads: a frozen graph, or a SavedModel's folder; absolute. */
static rq_status find_file(const char **out, const rq_framework_model *source)
{
    const char *path = source->path;
    bool tensorflow = !strcmp(source->framework, rq_framework_tf);
    char *folder = rq_ends_with(path, "saved_model.pb") ? rq_path_dir(path) : NULL;
    bool fits = tensorflow ? folder || rq_is_dir(path) || rq_ends_with(path, ".pb")
                           : rq_ends_with(path, ".onnx");
    char *absolute = fits ? realpath(folder ? folder : path, NULL) : NULL;
    free(folder);
    if (!fits)
        return rq_fail(
            RQ_EUNSUPPORTED,
            "%s: only frozen graphs (.pb) and SavedModels are run by TensorFlow, .onnx by "
            "ONNX Runtime",
            path);
    *out = absolute ? rq_arena_strdup(source->arena, absolute) : NULL;
    free(absolute);
    return *out ? RQ_OK : rq_fail(RQ_EIO, "%s: it is gone", path);
}

static rq_status add_text(rq_framework_model *source, rq_framework_node *node, const char *name,
                          const char *text)
{
    rq_framework_attr *attr;
    RQ_TRY(rq_framework_model_add_attr(&attr, source, node, name, RQ_FRAMEWORK_STRING));
    attr->s = text;
    attr->n = strlen(text);
    return RQ_OK;
}

/* "Postprocessor" of "Postprocessor/"; of points, "offloaded". */
static const char *part_name(rq_arena *arena, const char *text)
{
    size_t length = strlen(text);
    if (rq_ends_with(text, ".json")) return "offloaded";
    return rq_arena_strndup(arena, text, text[length - 1] == '/' ? length - 1 : length);
}

static rq_status add_call(rq_framework_model *source, const cut *c, const char *text)
{
    rq_framework_node *node;
    const char *file, *name = part_name(source->arena, text);
    bool tensorflow = !strcmp(source->framework, rq_framework_tf);
    RQ_TRY(find_file(&file, source));
    if (!name) return RQ_ENOMEM;
    RQ_TRY(rq_framework_model_add_node(
        &node, source, name, tensorflow ? "TensorFlowCall" : "OnnxCall", c->n_feeds, c->n_fetches));
    node->domain = DOMAIN;
    for (size_t i = 0; i < c->n_feeds; i++) node->in[i] = c->feeds[i];
    for (size_t i = 0; i < c->n_fetches; i++) node->out[i] = c->fetches[i];
    return add_text(source, node, "file", file);
}

/* Outputs inside of loops are none: assertions, say. */
static void drop_lost_outputs(rq_framework_model *source, const cut *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < source->n_outputs; i++) {
        uint32_t p = rq_map_get(c->g->producers, source->outputs[i].name);
        if (p == RQ_NONE || !c->part[p] || !c->g->in_loop[p])
            source->outputs[kept++] = source->outputs[i];
    }
    source->n_outputs = kept;
}

static void remove_nodes(rq_framework_model *source, const uint8_t *part)
{
    size_t kept = 0;
    for (size_t i = 0; i < source->n_nodes; i++)
        if (!part[i]) source->nodes[kept++] = source->nodes[i];
    source->n_nodes = kept;
}

static rq_status offload_part(rq_framework_model *source, const rq_offload_graph *g, uint8_t *part,
                              const char *text)
{
    cut c = {.g = g, .part = part};
    RQ_TRY(rq_offload_select(part, g, text));
    for (size_t i = 0; i < source->n_nodes; i++)
        if (part[i]) RQ_TRY(list_feeds(&c, i));
    RQ_TRY(list_fetches(&c));
    if (!c.n_fetches) return rq_fail(RQ_EARG, "no output of the model depends on it");
    drop_lost_outputs(source, &c);
    remove_nodes(source, part);
    return add_call(source, &c, text);
}

static rq_status offload_text(rq_framework_model *source, const char *text)
{
    bool tensorflow = !strcmp(source->framework, rq_framework_tf);
    const char *word = tensorflow ? "tf:" : "onnx:";
    rq_offload_graph g = {0};
    uint8_t *part = NULL;
    if (!tensorflow && strcmp(source->framework, rq_framework_onnx) != 0)
        return rq_fail(RQ_EUNSUPPORTED, "no runtime of %s is known", source->framework);
    if (rq_starts_with(text, word))
        text += strlen(word);
    else if (!rq_ends_with(text, ".json"))
        return rq_fail(RQ_EARG, "expected %sNAME or a .json file of points", word);
    rq_status status = rq_offload_graph_open(&g, source);
    if (status == RQ_OK) status = rq_calloc(&part, source->n_nodes, 1, "nodes of a part");
    if (status == RQ_OK) status = offload_part(source, &g, part, text);
    free(part);
    rq_offload_graph_close(&g);
    return status;
}

rq_status rq_offload_apply(rq_framework_model *source, const rq_offload *offload)
{
    for (size_t i = 0; i < offload->n; i++) {
        rq_status status = offload_text(source, offload->parts[i]);
        if (status != RQ_OK) return rq_fail_prefix(status, "--offload %s", offload->parts[i]);
    }
    return RQ_OK;
}

/* -- mapping ---------------------------------------------------------------------------------- */

bool rq_offload_is_call(const rq_framework_node *node)
{
    return !strcmp(node->domain, DOMAIN);
}

/* What came out of a trial run; `data` is not kept. */
typedef struct trial {
    rq_tensor out[MAX_PORTS];
    bool varies[MAX_PORTS]; /* in another trial it had another shape */
    bool again;
} trial;

static rq_status take_shape(void *ctx, size_t i, const rq_tensor *tensor)
{
    trial *t = ctx;
    if (t->again) t->varies[i] |= !rq_shape_equal(&t->out[i].shape, &tensor->shape);
    t->out[i] = (rq_tensor){tensor->dtype, tensor->shape, NULL};
    return RQ_OK;
}

#define TRIAL_BYTES ((size_t)1 << 28) /* of one input */

/* The value itself where it is known; else ones, or numbers that look random. */
static rq_status fill_input(rq_tensor *out, const rq_tensor *known, bool again)
{
    uint32_t seed = 7;
    *out = *known;
    if (known->data || !rq_tensor_count(known)) return RQ_OK;
    if (!rq_shape_is_static(&known->shape))
        return rq_fail(RQ_EARG, "the shape of what it reads is not known: give --input_shape");
    if (rq_tensor_bytes(known) > TRIAL_BYTES)
        return rq_fail(RQ_EUNSUPPORTED, "what it reads is too large to try it");
    RQ_TRY(rq_calloc(&out->data, rq_tensor_bytes(known) + 1, 1, "a trial input"));
    for (size_t k = 0; k < rq_tensor_count(known); k++) {
        seed = seed * 1664525u + 1013904223u;
        double number = rq_dtype_is_float(known->dtype) ? (double)(seed >> 8) / 4194304.0 - 2 : 1;
        rq_store_f64(out->data, known->dtype, k, again ? number : 1);
    }
    return RQ_OK;
}

static rq_status try_run(trial *t, rq_ir_builder *b, rq_offload_run *run, const char *file,
                         const char *feeds, const char *fetches)
{
    rq_tensor in[MAX_PORTS] = {{0}};
    const rq_tensor *known[MAX_PORTS] = {NULL};
    rq_status status = RQ_OK;
    size_t n = b->node->n_in;
    for (size_t i = 0; i < n && status == RQ_OK; i++) {
        known[i] = &b->values[rq_ir_builder_in(b, i)].t[0];
        status = fill_input(&in[i], known[i], t->again);
    }
    if (status == RQ_OK) status = run(file, feeds, fetches, in, n, take_shape, t);
    for (size_t i = 0; i < n; i++)
        if (known[i] && in[i].data != known[i]->data) free(in[i].data);
    return status;
}

static void put_outputs(rq_buf *types, rq_buf *shapes, const trial *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const rq_shape *shape = &t->out[i].shape;
        rq_buf_printf(types, "%s%s", i ? "," : "", rq_dtype_name(t->out[i].dtype));
        rq_buf_append(shapes, i ? ";" : "");
        if (t->varies[i]) rq_buf_append(shapes, "?");
        for (int k = 0; !t->varies[i] && k < shape->rank; k++)
            rq_buf_printf(shapes, "%s%" PRId64, k ? "," : "", shape->d[k]);
    }
}

/* "a,b:1" */
static const char *list_names(rq_ir_builder *b, const char **names, size_t n)
{
    rq_buf text = {0};
    rq_buf_append(&text, "");
    for (size_t i = 0; i < n; i++) rq_buf_printf(&text, "%s%s", i ? "," : "", names[i]);
    const char *kept = text.failed ? NULL : rq_arena_strdup(b->arena, text.data);
    rq_ir_builder_ok(b, kept ? RQ_OK : RQ_ENOMEM);
    rq_buf_free(&text);
    return kept ? kept : "";
}

static void set_text(rq_ir_builder *b, rq_node *node, const char *name, const char *text)
{
    rq_ir_builder_ok(b, rq_node_set_attr(b->graph, node, name, text ? text : ""));
}

static void emit_call(rq_ir_builder *b, const trial *t, const char *file, const char *feeds,
                      const char *fetches)
{
    rq_id in[MAX_PORTS];
    size_t n = b->node->n_in;
    rq_buf types = {0}, shapes = {0};
    for (size_t i = 0; i < n; i++) in[i] = rq_ir_builder_in(b, i);
    put_outputs(&types, &shapes, t, b->node->n_out);
    const char *type = rq_arena_printf(b->arena, "%s-" RQ_FRAMEWORK_OPSET, b->node->type);
    rq_ir_builder_ok(b, !type || types.failed || shapes.failed ? RQ_ENOMEM : RQ_OK);
    rq_node *node = rq_emit_deferred(b, type, in, n, (uint32_t)b->node->n_out, "%s", "");
    if (node) {
        set_text(b, node, "file", file);
        set_text(b, node, "feeds", feeds);
        set_text(b, node, "fetches", fetches);
        set_text(b, node, "types", types.data);
        set_text(b, node, "shapes", shapes.data);
        rq_ir_builder_infer(b, node, false);
        rq_ir_builder_set_all(b, node);
    }
    rq_buf_free(&types);
    rq_buf_free(&shapes);
}

void rq_offload_map(rq_ir_builder *b)
{
    const rq_offload *offload = rq_ir_builder_outermost(b)->offload;
    bool tensorflow = !strcmp(b->node->type, "TensorFlowCall");
    const char *file = rq_framework_string(b->node, "file", "");
    const char *feeds = list_names(b, b->node->in, b->node->n_in);
    const char *fetches = list_names(b, b->node->out, b->node->n_out);
    trial t = {0};
    for (size_t i = 0; i < b->node->n_in; i++) rq_ir_builder_in(b, i);
    for (int k = 0; k < 2 && b->status == RQ_OK; k++) {
        t.again = k;
        rq_status status = try_run(&t, b, tensorflow ? offload->tensorflow : offload->onnxruntime,
                                   file, feeds, fetches);
        if (status != RQ_OK)
            rq_ir_builder_ok(
                b, rq_fail_prefix(status, "node '%s' (%s)", b->node->name, b->node->type));
    }
    if (b->status == RQ_OK) emit_call(b, &t, file, feeds, fetches);
}
