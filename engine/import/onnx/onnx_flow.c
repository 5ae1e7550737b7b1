/* ONNX's If, Loop and Scan. */
#include "engine/import/subgraph.h"

#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

/* -- Loop ------------------------------------------------------------------------------------ */

/* What a carried value may be in any iteration: the first one's shape only where the body's own
 * declaration does not leave it open. */
static rq_shape carried_shape(const rq_ir_builder *b, rq_id first,
                              const rq_framework_value *declared)
{
    rq_shape shape = rq_ir_builder_shape(b, first);
    const rq_shape *own = &declared->tensor.shape;
    if (own->rank >= 0 && own->rank != shape.rank) return *own;
    for (int i = 0; i < shape.rank; i++)
        if (own->rank < 0 || own->d[i] != shape.d[i]) shape.d[i] = RQ_DYNAMIC;
    return shape;
}

typedef struct loop {
    const rq_framework_model *body;
    rq_subgraph_map m;
    rq_node *node;
    rq_id *carried; /* Parameters' values in the body */
    size_t n_carried;
    rq_id condition; /* in the body; RQ_NONE if not read */
} loop;

static bool reads_name(const rq_framework_model *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_outputs; i++)
        if (!strcmp(graph->outputs[i].name, name)) return true;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_framework_node *node = &graph->nodes[i];
        for (size_t k = 0; k < node->n_in; k++)
            if (!strcmp(node->in[k], name)) return true;
        for (size_t a = 0; a < node->n_attrs; a++)
            if (node->attrs[a].kind == RQ_FRAMEWORK_GRAPH && reads_name(node->attrs[a].graph, name))
                return true;
    }
    return false;
}

/* Inputs of the body: the iteration's number, the condition, what is carried. */
static void loop_inputs(loop *l, rq_ir_builder *b, uint32_t condition)
{
    const rq_framework_value *in = l->body->inputs;
    rq_subgraph_parameter(&l->m, in[0].name, RQ_DT_I64, &RQ_SHAPE_SCALAR, RQ_NONE, NULL);
    l->condition = RQ_NONE;
    if (reads_name(l->body, in[1].name)) {
        rq_shape shape = rq_ir_builder_shape(b, l->m.inputs[condition]);
        l->condition =
            rq_subgraph_parameter(&l->m, in[1].name, RQ_DT_BOOL, &shape, condition, NULL);
    }
    for (size_t i = 0; i < l->n_carried; i++) {
        rq_id first = rq_ir_builder_in(b, i + 2);
        rq_shape shape = carried_shape(b, first, &in[i + 2]);
        uint32_t input = rq_subgraph_input(&l->m, first);
        l->carried[i] = rq_subgraph_parameter(&l->m, in[i + 2].name, rq_ir_builder_dtype(b, first),
                                              &shape, input, NULL);
    }
}

/* Outputs of the body: the condition, what is carried, what every iteration adds a part to. */
static void loop_outputs(loop *l)
{
    const rq_framework_value *out = l->body->outputs;
    rq_ir_builder *inner = &l->m.build;
    rq_node *go_on = rq_subgraph_result(&l->m, out[0].name, rq_subgraph_output(inner, l->body, 0),
                                        RQ_NONE, NULL);
    rq_subgraph_edge(&l->m, go_on, l->condition);
    for (size_t i = 1; i < l->body->n_outputs; i++) {
        rq_id value = rq_subgraph_output(inner, l->body, i);
        const rq_subgraph_slice part = {.sliced = i > l->n_carried};
        int64_t first = 0;
        if (part.sliced) value = rq_emit_unsqueeze(inner, value, &first, 1);
        rq_node *result = rq_subgraph_result(&l->m, out[i].name, value, (uint32_t)i - 1, &part);
        if (!part.sliced) rq_subgraph_edge(&l->m, result, l->carried[i - 1]);
    }
}

static bool check_loop(loop *l, rq_ir_builder *b)
{
    l->body = rq_subgraph_attr(b, "body");
    if (!l->body) return false;
    l->n_carried = b->node->n_in > 2 ? b->node->n_in - 2 : 0;
    if (l->body->n_inputs == l->n_carried + 2 && l->body->n_outputs == b->node->n_out + 1 &&
        b->node->n_out >= l->n_carried)
        return true;
    rq_ir_builder_fail(b, RQ_EFORMAT, "its body has %zu inputs and %zu outputs for %zu and %zu",
                       l->body->n_inputs, l->body->n_outputs, b->node->n_in, b->node->n_out);
    return false;
}

static void map_loop(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    loop l = {0};
    (void)row;
    if (!check_loop(&l, b)) return;
    rq_id trips = rq_ir_builder_has(b, 0) ? rq_ir_builder_in(b, 0) : rq_emit_int(b, -1);
    rq_id go_on =
        rq_ir_builder_has(b, 1) ? rq_ir_builder_in(b, 1) : rq_emit_scalar(b, RQ_DT_BOOL, 1.0);
    l.node = rq_emit_deferred(b, "Loop-5", NULL, 0, (uint32_t)b->node->n_out, "%s", "");
    l.carried = rq_arena_alloc(b->arena, l.n_carried, sizeof *l.carried);
    if (!l.node || !rq_ir_builder_ok(b, l.carried ? RQ_OK : RQ_ENOMEM)) return;
    rq_subgraph_begin(&l.m, b, l.node, l.body, "body", "port_map");
    rq_subgraph_input(&l.m, trips);
    uint32_t condition = rq_subgraph_input(&l.m, go_on);
    loop_inputs(&l, b, condition);
    rq_ir_builder_nodes(&l.m.build, l.body);
    loop_outputs(&l);
    rq_subgraph_end(&l.m, true);
    if (b->status == RQ_OK) rq_ir_builder_set_all(b, l.node);
}

/* -- Scan ------------------------------------------------------------------------------------ */

static rq_subgraph_slice slice_attr(const rq_ir_builder *b, const char *axes,
                                    const char *directions, size_t i)
{
    size_t n;
    const int64_t *list = rq_framework_ints(b->node, axes, &n);
    rq_subgraph_slice slice = {.sliced = true, .axis = i < n ? list[i] : 0};
    list = rq_framework_ints(b->node, directions, &n);
    slice.backwards = i < n && list[i] != 0;
    return slice;
}

/* A slice of one element along the axis, then without it as the body wants it. */
static void scan_input(rq_subgraph_map *m, rq_ir_builder *b, const char *name, rq_id whole,
                       size_t i)
{
    const char *directions = b->source->opset < 9 ? "directions" : "scan_input_directions";
    rq_subgraph_slice slice = slice_attr(b, "scan_input_axes", directions, i);
    rq_shape shape = rq_ir_builder_shape(b, whole);
    slice.axis = rq_onnx_axis(slice.axis, shape.rank);
    if (shape.rank < 1 || slice.axis < 0 || slice.axis >= shape.rank) {
        rq_ir_builder_unmapped(b, "an input of unknown rank");
        return;
    }
    shape.d[slice.axis] = 1;
    const char *part = rq_arena_printf(b->arena, "%s/part", name);
    if (!rq_ir_builder_ok(b, part ? RQ_OK : RQ_ENOMEM)) return;
    rq_id value = rq_subgraph_parameter(m, part, rq_ir_builder_dtype(b, whole), &shape,
                                        rq_subgraph_input(m, whole), &slice);
    rq_ir_builder_name(&m->build, name, rq_emit_squeeze(&m->build, value, &slice.axis, 1));
}

static void scan_outputs(rq_subgraph_map *m, rq_ir_builder *b, const rq_framework_model *body,
                         const rq_id *states, size_t n_states)
{
    for (size_t i = 0; i < body->n_outputs; i++) {
        rq_id value = rq_subgraph_output(&m->build, body, i);
        rq_subgraph_slice slice = {0};
        if (i >= n_states) {
            slice = slice_attr(b, "scan_output_axes", "scan_output_directions", i - n_states);
            value = rq_emit_unsqueeze(&m->build, value, &slice.axis, 1);
        }
        rq_node *result = rq_subgraph_result(m, body->outputs[i].name, value, (uint32_t)i, &slice);
        if (i < n_states) rq_subgraph_edge(m, result, states[i]);
    }
}

/* The node of `in`, states first; NULL after a failure. */
static rq_node *emit_scan(rq_ir_builder *b, const rq_framework_model *body, const rq_id *in,
                          size_t n_in, size_t n_states)
{
    rq_subgraph_map m = {0};
    rq_id *states = rq_arena_alloc(b->arena, n_states, sizeof *states);
    rq_node *node =
        rq_emit_deferred(b, "TensorIterator-1", NULL, 0, (uint32_t)b->node->n_out, "%s", "");
    if (!node || !rq_ir_builder_ok(b, states ? RQ_OK : RQ_ENOMEM)) return NULL;
    rq_subgraph_begin(&m, b, node, body, "body", "port_map");
    for (size_t i = 0; i < n_states; i++) {
        rq_shape shape = carried_shape(b, in[i], &body->inputs[i]);
        states[i] = rq_subgraph_parameter(&m, body->inputs[i].name, rq_ir_builder_dtype(b, in[i]),
                                          &shape, rq_subgraph_input(&m, in[i]), NULL);
    }
    for (size_t i = n_states; i < n_in; i++)
        scan_input(&m, b, body->inputs[i].name, in[i], i - n_states);
    rq_ir_builder_nodes(&m.build, body);
    scan_outputs(&m, b, body, states, n_states);
    rq_subgraph_end(&m, true);
    return b->status == RQ_OK ? node : NULL;
}

/* Before opset 9 all inputs and outputs have a batch in front: each of it a loop of its own. */
static void scan_batch(rq_ir_builder *b, const rq_framework_model *body, const rq_id *in,
                       size_t n_in, size_t n_states)
{
    const int64_t front = 0;
    int64_t batch = rq_ir_builder_shape(b, in[0]).rank > 0 ? rq_ir_builder_shape(b, in[0]).d[0] : 0;
    size_t n_out = b->node->n_out;
    if (batch < 1 || batch > 64) {
        rq_ir_builder_unmapped(b, "a batch of unknown or great size");
        return;
    }
    rq_id *one = rq_arena_alloc(b->arena, n_in, sizeof *one);
    rq_id *all = rq_arena_alloc(b->arena, n_out * (size_t)batch, sizeof *all);
    if (!rq_ir_builder_ok(b, one && all ? RQ_OK : RQ_ENOMEM)) return;
    for (int64_t k = 0; k < batch; k++) {
        for (size_t i = 0; i < n_in; i++) one[i] = rq_emit_gather(b, in[i], rq_emit_int(b, k), 0);
        rq_node *node = emit_scan(b, body, one, n_in, n_states);
        for (size_t i = 0; node && i < n_out; i++)
            all[i * (size_t)batch + (size_t)k] = rq_emit_unsqueeze(b, node->out[i], &front, 1);
    }
    for (size_t i = 0; i < n_out && b->status == RQ_OK; i++) {
        const rq_id *parts = all + i * (size_t)batch;
        rq_ir_builder_set(
            b, i, batch == 1 ? parts[0] : rq_emit(b, "Concat-1", parts, (size_t)batch, "axis=0"));
    }
}

static void map_scan(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const rq_framework_model *body = rq_subgraph_attr(b, "body");
    size_t lengths = b->source->opset < 9; /* the old form's first input */
    size_t n_in = b->node->n_in - (b->node->n_in ? lengths : 0);
    size_t n_slices = (size_t)rq_framework_int(b->node, "num_scan_inputs", 0);
    (void)row;
    if (!body) return;
    if (lengths && rq_ir_builder_has(b, 0)) {
        rq_ir_builder_unmapped(b, "lengths of sequences");
        return;
    }
    if (n_slices < 1 || n_slices > n_in || body->n_inputs != n_in ||
        body->n_outputs != b->node->n_out || b->node->n_out < n_in - n_slices) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "its body has %zu inputs and %zu outputs for %zu and %zu",
                           body->n_inputs, body->n_outputs, n_in, b->node->n_out);
        return;
    }
    rq_id *in = rq_arena_alloc(b->arena, n_in, sizeof *in);
    if (!rq_ir_builder_ok(b, in ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = 0; i < n_in; i++) in[i] = rq_ir_builder_in(b, i + lengths);
    if (b->status != RQ_OK) return;
    if (lengths) {
        scan_batch(b, body, in, n_in, n_in - n_slices);
        return;
    }
    rq_node *node = emit_scan(b, body, in, n_in, n_in - n_slices);
    if (node) rq_ir_builder_set_all(b, node);
}

static const rq_op_mapping_row rows[] = {
    {"", "If", rq_map_if, NULL},
    {"", "Loop", map_loop, NULL},
    {"", "Scan", map_scan, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_flow, rows)
