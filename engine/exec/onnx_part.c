#include "engine/exec/onnx_part.h"
#include "engine/exec/onnx_part_data.h"

#include "engine/base/file.h"
#include "engine/base/formats/onnx.pb-c.h"
#include "engine/base/formats/onnx_dtype.h"
#include "engine/base/map.h"
#include "engine/ops/common/framework_call.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)2 << 30) /* protocol buffers' own limit */

typedef struct part {
    Onnx__Graph *graph;
    rq_map *needed; /* names of values that are still to be made, or were: 1; of feeds: 0 */
    Onnx__Node **nodes;
    Onnx__Tensor **weights;
    size_t n_nodes, n_weights;
    char **names; /* of feeds, then of fetches; owned */
    size_t n_in, n_out;
    Onnx__ValueInfo *values; /* of the same */
    Onnx__Type *types;
    Onnx__TensorType *tensors;
    Onnx__ValueInfo **list;
} part;

/* -- which nodes ------------------------------------------------------------------------------ */

static rq_status need(part *p, const char *name)
{
    return rq_map_get(p->needed, name) == RQ_NONE ? rq_map_put(p->needed, name, 1) : RQ_OK;
}

/* What a node reads, with what the graphs inside it do. */
static rq_status need_inputs(part *p, const Onnx__Node *node, int depth)
{
    if (depth > RQ_ONNX_PART_DEPTH) return rq_fail(RQ_EUNSUPPORTED, "graphs nested too deep");
    for (size_t i = 0; i < node->n_input; i++) RQ_TRY(need(p, node->input[i]));
    for (size_t a = 0; a < node->n_attribute; a++) {
        const Onnx__Graph *inner = node->attribute[a]->g;
        for (size_t i = 0; inner && i < inner->n_node; i++)
            RQ_TRY(need_inputs(p, inner->node[i], depth + 1));
        for (size_t i = 0; inner && i < inner->n_output; i++)
            if (inner->output[i]->name) RQ_TRY(need(p, inner->output[i]->name));
    }
    return RQ_OK;
}

static bool is_needed(const part *p, const Onnx__Node *node)
{
    for (size_t i = 0; i < node->n_output; i++)
        if (rq_map_get(p->needed, node->output[i]) == 1) return true;
    return false;
}

/* Files are sorted: one pass backwards finds them all. */
static rq_status choose_nodes(part *p)
{
    size_t n = p->graph->n_node;
    RQ_TRY(rq_calloc(&p->nodes, n, sizeof *p->nodes, "nodes of a part"));
    for (size_t i = n; i-- > 0;) {
        if (!is_needed(p, p->graph->node[i])) continue;
        RQ_TRY(need_inputs(p, p->graph->node[i], 0));
        p->nodes[n - ++p->n_nodes] = p->graph->node[i];
    }
    memmove(p->nodes, p->nodes + n - p->n_nodes, p->n_nodes * sizeof *p->nodes);
    return RQ_OK;
}

/* Initializers that they read. */
static rq_status choose_weights(part *p)
{
    size_t n = p->graph->n_initializer;
    RQ_TRY(rq_calloc(&p->weights, n, sizeof *p->weights, "weights of a part"));
    for (size_t i = 0; i < n; i++) {
        Onnx__Tensor *tensor = p->graph->initializer[i];
        if (!tensor->name || rq_map_get(p->needed, tensor->name) != 1) continue;
        p->weights[p->n_weights++] = tensor;
    }
    return RQ_OK;
}

/* -- ports ------------------------------------------------------------------------------------ */

static const Onnx__ValueInfo *find_info(Onnx__ValueInfo *const *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (list[i]->name && !strcmp(list[i]->name, name)) return list[i];
    return NULL;
}

/* The type that the model says of a value. */
static rq_dtype declared_type(const Onnx__Graph *g, const char *name)
{
    const Onnx__ValueInfo *info = find_info(g->value_info, g->n_value_info, name);
    if (!info) info = find_info(g->input, g->n_input, name);
    if (!info) info = find_info(g->output, g->n_output, name);
    if (!info || !info->type || !info->type->tensor_type) return RQ_DT_UNDEFINED;
    return rq_onnx_dtype(info->type->tensor_type->elem_type);
}

static rq_status make_ports(part *p, const char *feeds, const char *fetches, size_t n_in)
{
    char name[RQ_FRAMEWORK_NAME];
    p->n_in = n_in;
    p->n_out = rq_framework_call_count(fetches, ',');
    size_t n = p->n_in + p->n_out;
    RQ_TRY(rq_calloc(&p->names, n, sizeof *p->names, "ports of a part"));
    RQ_TRY(rq_calloc(&p->values, n, sizeof *p->values, "ports of a part"));
    RQ_TRY(rq_calloc(&p->types, n, sizeof *p->types, "ports of a part"));
    RQ_TRY(rq_calloc(&p->tensors, n, sizeof *p->tensors, "ports of a part"));
    RQ_TRY(rq_calloc(&p->list, n, sizeof *p->list, "ports of a part"));
    for (size_t i = 0; i < n; i++) {
        bool in = i < n_in;
        if (!rq_framework_call_name(name, in ? feeds : fetches, ',', in ? i : i - n_in))
            return rq_fail(RQ_EFORMAT, "a value without a name");
        p->names[i] = strdup(name);
        if (!p->names[i]) return rq_fail_memory(sizeof name, "a name");
        RQ_TRY(rq_map_put(p->needed, p->names[i], in ? 0 : 1));
        onnx__value_info__init(&p->values[i]);
        p->values[i].name = p->names[i];
        p->list[i] = &p->values[i];
    }
    return RQ_OK;
}

static rq_status type_inputs(part *p, rq_dtype *types, const rq_tensor *in)
{
    for (size_t i = 0; i < p->n_in; i++) {
        types[i] = declared_type(p->graph, p->names[i]);
        if (types[i] == RQ_DT_UNDEFINED) types[i] = in[i].dtype;
        onnx__type__init(&p->types[i]);
        onnx__tensor_type__init(&p->tensors[i]);
        p->tensors[i].has_elem_type = 1;
        p->tensors[i].elem_type = rq_onnx_dtype_number(types[i]);
        p->types[i].tensor_type = &p->tensors[i];
        p->values[i].type = &p->types[i];
    }
    return RQ_OK;
}

/* -- the whole -------------------------------------------------------------------------------- */

/* Lends the graph the part's lists while it is packed, with all of its data. */
static rq_status pack(uint8_t **out, size_t *size, Onnx__Model *model, const part *p,
                      const char *file)
{
    Onnx__Graph whole = *model->graph, *g = model->graph;
    g->node = p->nodes;
    g->n_node = p->n_nodes;
    g->initializer = p->weights;
    g->n_initializer = p->n_weights;
    g->input = p->list;
    g->n_input = p->n_in;
    g->output = p->list + p->n_in;
    g->n_output = p->n_out;
    rq_status status = rq_onnx_part_load(model, file);
    *size = status == RQ_OK ? onnx__model__get_packed_size(model) : 0;
    if (status == RQ_OK) status = rq_calloc(out, *size + 1, 1, "a part of a model");
    if (status == RQ_OK) onnx__model__pack(model, *out);
    *g = whole;
    return status;
}

static void free_part(part *p)
{
    for (size_t i = 0; p->names && i < p->n_in + p->n_out; i++) free(p->names[i]);
    free(p->names);
    free(p->values);
    free(p->types);
    free(p->tensors);
    free(p->list);
    free(p->nodes);
    free(p->weights);
    rq_map_destroy(&p->needed);
}

rq_status rq_onnx_part(uint8_t **out, size_t *size, rq_dtype *types, const char *file,
                       const char *feeds, const char *fetches, const rq_tensor *in, size_t n_in)
{
    char *data;
    size_t bytes;
    part p = {0};
    RQ_TRY(rq_read_file(&data, &bytes, file, MAX_BYTES));
    Onnx__Model *model = onnx__model__unpack(NULL, bytes, (const uint8_t *)data);
    free(data);
    rq_status status =
        model && model->graph ? RQ_OK : rq_fail(RQ_EFORMAT, "%s: not a model of ONNX", file);
    if (status == RQ_OK) {
        p.graph = model->graph;
        status = rq_map_create(&p.needed);
    }
    if (status == RQ_OK) status = make_ports(&p, feeds, fetches, n_in);
    if (status == RQ_OK) status = type_inputs(&p, types, in);
    if (status == RQ_OK) status = choose_nodes(&p);
    if (status == RQ_OK) status = choose_weights(&p);
    if (status == RQ_OK) status = pack(out, size, model, &p, file);
    free_part(&p);
    if (model) onnx__model__free_unpacked(model, NULL);
    return status;
}
