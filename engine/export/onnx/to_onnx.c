/* The ONNX model: layers in order, inputs, outputs, the file. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/base/file.h"
#include "engine/base/formats/onnx_dtype.h"
#include "engine/base/text.h"
#include "engine/base/version.h"
#include "engine/export/onnx/to_onnx_channels.h"
#include "engine/export/onnx/to_onnx_spread.h"
#include "engine/ops/attrs.h"
#include "engine/ops/bind.h"
#include "engine/ops/operators.h"

#include <stdlib.h>
#include <string.h>

#define MIN_OPSET 18 /* from which on all reductions have their axes as input */
/* Protocol buffers are below 2 GB. */
#define MAX_BYTES ((size_t)INT32_MAX)

/* -- the table ------------------------------------------------------------------------------- */

typedef struct row {
    const char *type;
    rq_to_onnx_fn *function;
    const char *onnx_type;
} row;

static const row rows[] = {
#define RQ_TO_ONNX(type, function, onnx_type) {#type, rq_to_onnx_##function, onnx_type},
#include "engine/export/onnx/to_onnx_ops.def"
#undef RQ_TO_ONNX
};

static int by_type(const void *key, const void *r)
{
    return strcmp(key, ((const row *)r)->type);
}

static const row *find_row(const rq_node *node)
{
    return bsearch(node->type, rows, sizeof rows / sizeof rows[0], sizeof rows[0], by_type);
}

/* -- layers ---------------------------------------------------------------------------------- */

static void write_layer(rq_to_onnx *w, const rq_node *node)
{
    const row *r = find_row(node);
    w->node = node;
    w->last = NULL;
    w->op = rq_node_op(node);
    w->version = rq_node_version(node);
    if (!r || !w->op) {
        rq_to_onnx_fail(w, "requant has no ONNX operator for it");
        return;
    }
    w->onnx_type = r->onnx_type;
    if (rq_to_onnx_ok(w, rq_attrs_parse(&w->attrs, w->arena, node, w->op))) r->function(w);
}

/* -- inputs and outputs ----------------------------------------------------------------------- */

static void add_info(rq_to_onnx *w, rq_to_onnx_list *list, const char *name, const rq_value *v)
{
    size_t rank = v->shape.rank > 0 ? (size_t)v->shape.rank : 0;
    Onnx__ValueInfo *info = rq_to_onnx_alloc(w, 1, sizeof *info);
    Onnx__Type *type = rq_to_onnx_alloc(w, 1, sizeof *type);
    Onnx__TensorType *tensor = rq_to_onnx_alloc(w, 1, sizeof *tensor);
    Onnx__TensorShape *shape = rq_to_onnx_alloc(w, 1, sizeof *shape);
    Onnx__Dimension *dims = rq_to_onnx_alloc(w, rank, sizeof *dims);
    Onnx__Dimension **all = rq_to_onnx_alloc(w, rank, sizeof *all);
    if (!rq_to_onnx_add(w, list, info)) return;
    onnx__value_info__init(info);
    onnx__type__init(type);
    onnx__tensor_type__init(tensor);
    onnx__tensor_shape__init(shape);
    for (size_t d = 0; d < rank; d++) {
        all[d] = &dims[d];
        onnx__dimension__init(all[d]);
        all[d]->has_dim_value = v->shape.d[d] >= 0;
        all[d]->dim_value = v->shape.d[d];
    }
    shape->dim = all;
    shape->n_dim = rank;
    tensor->has_elem_type = 1;
    tensor->elem_type = rq_onnx_dtype_number(v->dtype);
    tensor->shape = v->shape.rank >= 0 ? shape : NULL;
    type->tensor_type = tensor;
    info->name = (char *)(uintptr_t)name;
    info->type = type;
}

static void write_input(rq_to_onnx *w, const rq_node *node)
{
    char text[1024];
    rq_id value = node->out[0];
    w->names[value] = rq_to_onnx_unique(w, rq_value_name(w->graph, value, text, sizeof text));
    add_info(w, &w->inputs, w->names[value], w->graph->values[value]);
}

/* The name of a tensor that the framework's model had as output is that of the value, unless it is
 * another output's, or an input's. */
static const char *output_name(rq_to_onnx *w, const rq_node *node)
{
    char text[1024];
    rq_id value = node->in[0];
    const rq_value *v = w->graph->values[value];
    if (v->names) return w->names[value];
    const char *name = rq_value_name(w->graph, value, text, sizeof text);
    if (!strcmp(w->names[value], name)) return w->names[value];
    return rq_to_onnx_unique(w, name);
}

static bool is_taken(const rq_to_onnx *w, const char *name)
{
    for (size_t i = 0; i < w->outputs.n; i++)
        if (!strcmp(((const Onnx__ValueInfo *)w->outputs.v[i])->name, name)) return true;
    for (size_t i = 0; i < w->inputs.n; i++)
        if (!strcmp(((const Onnx__ValueInfo *)w->inputs.v[i])->name, name)) return true;
    return false;
}

static void write_output(rq_to_onnx *w, const rq_node *node)
{
    w->node = node;
    if (!*rq_to_onnx_in(w, 0) || w->status != RQ_OK) return;
    const char *name = output_name(w, node);
    bool computed = !rq_to_onnx_is_constant(w, rq_value_producer(w->graph, node->in[0]));
    if (is_taken(w, name) || !computed || name != w->names[node->in[0]]) {
        if (name == w->names[node->in[0]]) name = rq_to_onnx_unique(w, node->name);
        rq_to_onnx_copy(w, name, w->names[node->in[0]]);
    }
    add_info(w, &w->outputs, name, w->graph->values[node->in[0]]);
}

/* -- the graph --------------------------------------------------------------------------------- */

static void write_graph(rq_to_onnx *w, const rq_id *order, size_t n)
{
    for (size_t i = 0; i < w->graph->n_nodes && w->status == RQ_OK; i++) {
        const rq_node *node = w->graph->nodes[i];
        w->node = node;
        if (rq_node_is(node, &rq_op_Parameter)) write_input(w, node);
    }
    for (size_t i = 0; i < n && w->status == RQ_OK; i++) {
        const rq_node *node = w->graph->nodes[order[i]];
        w->node = node;
        if (rq_node_is(node, &rq_op_Parameter) || rq_node_is(node, &rq_op_Result) ||
            w->written[node->id] || rq_to_onnx_is_constant(w, node))
            continue;
        write_layer(w, node);
    }
    for (size_t i = 0; i < w->graph->n_nodes && w->status == RQ_OK; i++)
        if (rq_node_is(w->graph->nodes[i], &rq_op_Result)) write_output(w, w->graph->nodes[i]);
}

static Onnx__Graph *make_graph(rq_to_onnx *w)
{
    Onnx__Graph *graph = rq_arena_alloc(w->arena, 1, sizeof *graph);
    if (!graph) return NULL;
    onnx__graph__init(graph);
    graph->name = (char *)(uintptr_t)(*w->graph->name ? w->graph->name : "model");
    graph->node = (Onnx__Node **)w->nodes.v;
    graph->n_node = w->nodes.n;
    graph->initializer = (Onnx__Tensor **)w->initializers.v;
    graph->n_initializer = w->initializers.n;
    graph->input = (Onnx__ValueInfo **)w->inputs.v;
    graph->n_input = w->inputs.n;
    graph->output = (Onnx__ValueInfo **)w->outputs.v;
    graph->n_output = w->outputs.n;
    return graph;
}

/* The version of the format that came with the opset. */
static int64_t format_version(int opset)
{
    return opset < 19 ? 8 : opset < 21 ? 9 : 10;
}

/* -- the file --------------------------------------------------------------------------------- */

typedef struct sink {
    ProtobufCBuffer base;
    rq_writer *writer;
    rq_status status;
} sink;

static void append(ProtobufCBuffer *buffer, size_t n, const uint8_t *data)
{
    sink *s = (sink *)buffer;
    if (s->status == RQ_OK) s->status = rq_writer_write(s->writer, data, n);
}

static rq_status write_file(const Onnx__Model *model, const char *path)
{
    sink s = {{append}, NULL, RQ_OK};
    RQ_TRY(rq_writer_open(&s.writer, path));
    onnx__model__pack_to_buffer(model, &s.base);
    if (s.status == RQ_OK) return rq_writer_commit(&s.writer);
    rq_writer_abort(&s.writer);
    return s.status;
}

/* path NULL: no file. */
static rq_status write_model(rq_to_onnx *w, const char *path)
{
    Onnx__Model model = ONNX__MODEL__INIT;
    Onnx__OperatorSetId opset = ONNX__OPERATOR_SET_ID__INIT, *opsets[] = {&opset};
    char size[RQ_SIZE_TEXT], version[] = RQ_VERSION, name[] = "requant", domain[] = "";
    opset.domain = domain;
    opset.has_version = 1;
    opset.version = w->opset;
    model.opset_import = opsets;
    model.n_opset_import = 1;
    model.has_ir_version = 1;
    model.ir_version = format_version(w->opset);
    model.producer_name = name;
    model.producer_version = version;
    model.graph = make_graph(w);
    if (!model.graph) return RQ_ENOMEM;
    size_t bytes = onnx__model__get_packed_size(&model);
    if (bytes > MAX_BYTES)
        return rq_fail(RQ_EARG,
                       "%s: the ONNX model would have %s, more than the 2 GB of its format",
                       rq_path_shown(w->graph->path), rq_size_text(bytes, size));
    return path ? write_file(&model, path) : RQ_OK;
}

/* -- all of it -------------------------------------------------------------------------------- */

static rq_status prepare(rq_to_onnx *w)
{
    RQ_TRY(rq_map_create(&w->taken));
    RQ_TRY(rq_map_create(&w->node_names));
    RQ_TRY(rq_uses_create(&w->uses, w->graph));
    w->names = rq_arena_alloc(w->arena, w->graph->n_values, sizeof *w->names);
    w->written = rq_arena_alloc(w->arena, w->graph->n_nodes, sizeof *w->written);
    return w->names && w->written ? RQ_OK : RQ_ENOMEM;
}

static rq_status export(const rq_graph *graph, const char *path, rq_qdq qdq)
{
    rq_to_onnx w = {.graph = graph, .qdq = qdq, .opset = MIN_OPSET};
    rq_id *order = NULL;
    size_t n;
    RQ_TRY(rq_arena_create(&w.arena));
    rq_status status = prepare(&w);
    if (status == RQ_OK) status = rq_graph_topo_order(&order, &n, graph);
    if (status == RQ_OK) {
        write_graph(&w, order, n);
        status = w.status;
    }
    if (status == RQ_OK) status = write_model(&w, path);
    free(order);
    rq_uses_free(&w.uses);
    rq_map_destroy(&w.taken);
    rq_map_destroy(&w.node_names);
    rq_arena_destroy(&w.arena);
    return status;
}

rq_status rq_to_onnx_write(const rq_graph *graph, const char *path, rq_qdq qdq)
{
    rq_graph *copy = NULL;
    if (qdq == RQ_QDQ_INT8) return export(graph, path, qdq);
    RQ_TRY(rq_graph_clone(&copy, graph));
    rq_status status = rq_to_onnx_fold_channels(copy);
    if (status == RQ_OK) status = rq_to_onnx_spread(copy);
    if (status == RQ_OK) status = export(copy, path, qdq);
    rq_graph_destroy(&copy);
    return status;
}

rq_status rq_to_onnx_check(const rq_graph *graph)
{
    return export(graph, NULL, RQ_QDQ_UINT8);
}
