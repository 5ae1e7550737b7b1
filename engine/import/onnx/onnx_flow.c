/* ONNX's If, Loop and Scan. */
#include "engine/import/body.h"

#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

static const rq_source *graph_attr(rq_build *b, const char *name)
{
    const rq_source_attr *attr = rq_source_find_attr(b->node, name);
    if (attr && attr->kind == RQ_SOURCE_GRAPH) return attr->graph;
    rq_build_fail(b, RQ_EFORMAT, "it has no %s", name);
    return NULL;
}

/* Value of a graph's output; a failure when nothing gives it. */
static rq_id output_of(rq_build *b, const rq_source *graph, size_t i)
{
    rq_id value = rq_build_find(b, graph->outputs[i].name);
    if (value == RQ_NONE)
        rq_build_fail(b, RQ_EFORMAT, "output '%s' of its graph is given by no node",
                      graph->outputs[i].name);
    return value;
}

/* -- If -------------------------------------------------------------------------------------- */

/* The condition is known: the branch's nodes take the place of the If. */
static void inline_branch(rq_build *b, const rq_source *branch)
{
    const rq_source_node *node = b->node;
    for (size_t i = 0; i < branch->n_constants; i++)
        rq_build_name(b, branch->constants[i].name, rq_emit_const(b, &branch->constants[i].tensor));
    rq_build_nodes(b, branch);
    b->node = node;
    for (size_t i = 0; i < node->n_out && i < branch->n_outputs; i++)
        rq_build_set(b, i, output_of(b, branch, i));
}

static void map_branch(rq_body_map *m, rq_build *b, rq_node *node, const rq_source *branch,
                       bool then)
{
    rq_body_begin(m, b, node, branch, then ? "then_body" : "else_body",
                  then ? "then_port_map" : "else_port_map");
    rq_build_nodes(&m->build, branch);
    for (uint32_t i = 0; i < node->n_out && i < branch->n_outputs; i++)
        rq_body_result(m, branch->outputs[i].name, output_of(&m->build, branch, i), i, NULL);
    rq_body_end(m, !then);
}

static void map_if(rq_build *b, const rq_mapping_row *row)
{
    const rq_source *then_graph = graph_attr(b, "then_branch");
    const rq_source *else_graph = graph_attr(b, "else_branch");
    rq_id condition = rq_build_in(b, 0);
    const rq_tensor *known = rq_build_const(b, condition);
    rq_body_map m = {0};
    (void)row;
    if (b->status != RQ_OK) return;
    if (known && rq_tensor_count(known)) {
        inline_branch(b, rq_load_i64(known->data, known->dtype, 0) ? then_graph : else_graph);
        return;
    }
    rq_node *node = rq_emit_open(b, "If-8", NULL, 0, (uint32_t)b->node->n_out, "%s", "");
    if (!node) return;
    m.outer = b;
    rq_body_input(&m, condition, true);
    map_branch(&m, b, node, then_graph, true);
    map_branch(&m, b, node, else_graph, false);
    if (b->status == RQ_OK) rq_build_set_all(b, node);
}

/* -- Loop ------------------------------------------------------------------------------------ */

/* What a carried value may be in any iteration: the first one's shape only where the body's own
 * declaration does not leave it open. */
static rq_shape carried_shape(const rq_build *b, rq_id first, const rq_source_value *declared)
{
    rq_shape shape = rq_build_shape(b, first);
    const rq_shape *own = &declared->tensor.shape;
    if (own->rank >= 0 && own->rank != shape.rank) return *own;
    for (int i = 0; i < shape.rank; i++)
        if (own->rank < 0 || own->d[i] != shape.d[i]) shape.d[i] = RQ_DYNAMIC;
    return shape;
}

typedef struct loop {
    const rq_source *body;
    rq_body_map m;
    rq_node *node;
    rq_id *carried; /* Parameters' values in the body */
    size_t n_carried;
    rq_id condition; /* in the body; RQ_NONE if not read */
} loop;

static bool reads_name(const rq_source *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_outputs; i++)
        if (!strcmp(graph->outputs[i].name, name)) return true;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_source_node *node = &graph->nodes[i];
        for (size_t k = 0; k < node->n_in; k++)
            if (!strcmp(node->in[k], name)) return true;
        for (size_t a = 0; a < node->n_attrs; a++)
            if (node->attrs[a].kind == RQ_SOURCE_GRAPH && reads_name(node->attrs[a].graph, name))
                return true;
    }
    return false;
}

/* Inputs of the body: the iteration's number, the condition, what is carried. */
static void loop_inputs(loop *l, rq_build *b, uint32_t condition)
{
    const rq_source_value *in = l->body->inputs;
    rq_body_parameter(&l->m, in[0].name, RQ_DT_I64, &RQ_SHAPE_SCALAR, RQ_NONE, NULL);
    l->condition = RQ_NONE;
    if (reads_name(l->body, in[1].name)) {
        rq_shape shape = rq_build_shape(b, l->m.inputs[condition]);
        l->condition = rq_body_parameter(&l->m, in[1].name, RQ_DT_BOOL, &shape, condition, NULL);
    }
    for (size_t i = 0; i < l->n_carried; i++) {
        rq_id first = rq_build_in(b, i + 2);
        rq_shape shape = carried_shape(b, first, &in[i + 2]);
        uint32_t input = rq_body_input(&l->m, first, true);
        l->carried[i] =
            rq_body_parameter(&l->m, in[i + 2].name, rq_build_dtype(b, first), &shape, input, NULL);
    }
}

/* Outputs of the body: the condition, what is carried, what every iteration adds a part to. */
static void loop_outputs(loop *l)
{
    const rq_source_value *out = l->body->outputs;
    rq_build *inner = &l->m.build;
    rq_node *go_on =
        rq_body_result(&l->m, out[0].name, output_of(inner, l->body, 0), RQ_NONE, NULL);
    rq_body_edge(&l->m, go_on, l->condition);
    for (size_t i = 1; i < l->body->n_outputs; i++) {
        rq_id value = output_of(inner, l->body, i);
        const rq_body_slice part = {.sliced = i > l->n_carried};
        int64_t first = 0;
        if (part.sliced) value = rq_emit_unsqueeze(inner, value, &first, 1);
        rq_node *result = rq_body_result(&l->m, out[i].name, value, (uint32_t)i - 1, &part);
        if (!part.sliced) rq_body_edge(&l->m, result, l->carried[i - 1]);
    }
}

static bool check_loop(loop *l, rq_build *b)
{
    l->body = graph_attr(b, "body");
    if (!l->body) return false;
    l->n_carried = b->node->n_in > 2 ? b->node->n_in - 2 : 0;
    if (l->body->n_inputs == l->n_carried + 2 && l->body->n_outputs == b->node->n_out + 1 &&
        b->node->n_out >= l->n_carried)
        return true;
    rq_build_fail(b, RQ_EFORMAT, "its body has %zu inputs and %zu outputs for %zu and %zu",
                  l->body->n_inputs, l->body->n_outputs, b->node->n_in, b->node->n_out);
    return false;
}

static void map_loop(rq_build *b, const rq_mapping_row *row)
{
    loop l = {0};
    (void)row;
    if (!check_loop(&l, b)) return;
    rq_id trips = rq_build_has(b, 0) ? rq_build_in(b, 0) : rq_emit_int(b, -1);
    rq_id go_on = rq_build_has(b, 1) ? rq_build_in(b, 1) : rq_emit_scalar(b, RQ_DT_BOOL, 1.0);
    l.node = rq_emit_open(b, "Loop-5", NULL, 0, (uint32_t)b->node->n_out, "%s", "");
    l.carried = rq_arena_alloc(b->arena, l.n_carried, sizeof *l.carried);
    if (!l.node || !rq_build_ok(b, l.carried ? RQ_OK : RQ_ENOMEM)) return;
    rq_body_begin(&l.m, b, l.node, l.body, "body", "port_map");
    rq_body_input(&l.m, trips, true);
    uint32_t condition = rq_body_input(&l.m, go_on, true);
    loop_inputs(&l, b, condition);
    rq_build_nodes(&l.m.build, l.body);
    loop_outputs(&l);
    rq_body_end(&l.m, true);
    if (b->status == RQ_OK) rq_build_set_all(b, l.node);
}

/* -- Scan ------------------------------------------------------------------------------------ */

static rq_body_slice slice_attr(const rq_build *b, const char *axes, const char *directions,
                                size_t i)
{
    size_t n;
    const int64_t *list = rq_source_ints(b->node, axes, &n);
    rq_body_slice slice = {.sliced = true, .axis = i < n ? list[i] : 0};
    list = rq_source_ints(b->node, directions, &n);
    slice.backwards = i < n && list[i] != 0;
    return slice;
}

/* A slice of one element along the axis, then without it as the body wants it. */
static void scan_input(rq_body_map *m, rq_build *b, const char *name, rq_id whole, size_t i)
{
    rq_body_slice slice = slice_attr(b, "scan_input_axes", "scan_input_directions", i);
    rq_shape shape = rq_build_shape(b, whole);
    slice.axis = rq_onnx_axis(slice.axis, shape.rank);
    if (shape.rank < 1 || slice.axis < 0 || slice.axis >= shape.rank) {
        rq_build_unmapped(b, "an input of unknown rank");
        return;
    }
    shape.d[slice.axis] = 1;
    const char *part = rq_arena_printf(b->arena, "%s/part", name);
    if (!rq_build_ok(b, part ? RQ_OK : RQ_ENOMEM)) return;
    rq_id value = rq_body_parameter(m, part, rq_build_dtype(b, whole), &shape,
                                    rq_body_input(m, whole, true), &slice);
    rq_build_name(&m->build, name, rq_emit_squeeze(&m->build, value, &slice.axis, 1));
}

static void scan_outputs(rq_body_map *m, rq_build *b, const rq_source *body, const rq_id *states,
                         size_t n_states)
{
    for (size_t i = 0; i < body->n_outputs; i++) {
        rq_id value = output_of(&m->build, body, i);
        rq_body_slice slice = {0};
        if (i >= n_states) {
            slice = slice_attr(b, "scan_output_axes", "scan_output_directions", i - n_states);
            value = rq_emit_unsqueeze(&m->build, value, &slice.axis, 1);
        }
        rq_node *result = rq_body_result(m, body->outputs[i].name, value, (uint32_t)i, &slice);
        if (i < n_states) rq_body_edge(m, result, states[i]);
    }
}

static void map_scan(rq_build *b, const rq_mapping_row *row)
{
    const rq_source *body = graph_attr(b, "body");
    size_t n_in = b->node->n_in, n_slices = (size_t)rq_source_int(b->node, "num_scan_inputs", 0);
    rq_body_map m = {0};
    (void)row;
    if (!body) return;
    if (b->source->opset < 9) {
        rq_build_unmapped(b, "the form before opset 9");
        return;
    }
    if (n_slices < 1 || n_slices > n_in || body->n_inputs != n_in ||
        body->n_outputs != b->node->n_out || b->node->n_out < n_in - n_slices) {
        rq_build_fail(b, RQ_EFORMAT, "its body has %zu inputs and %zu outputs for %zu and %zu",
                      body->n_inputs, body->n_outputs, n_in, b->node->n_out);
        return;
    }
    size_t n_states = n_in - n_slices;
    rq_id *states = rq_arena_alloc(b->arena, n_states, sizeof *states);
    rq_node *node =
        rq_emit_open(b, "TensorIterator-1", NULL, 0, (uint32_t)b->node->n_out, "%s", "");
    if (!node || !rq_build_ok(b, states ? RQ_OK : RQ_ENOMEM)) return;
    rq_body_begin(&m, b, node, body, "body", "port_map");
    for (size_t i = 0; i < n_states; i++) {
        rq_id first = rq_build_in(b, i);
        rq_shape shape = carried_shape(b, first, &body->inputs[i]);
        states[i] = rq_body_parameter(&m, body->inputs[i].name, rq_build_dtype(b, first), &shape,
                                      rq_body_input(&m, first, true), NULL);
    }
    for (size_t i = n_states; i < n_in; i++)
        scan_input(&m, b, body->inputs[i].name, rq_build_in(b, i), i - n_states);
    rq_build_nodes(&m.build, body);
    scan_outputs(&m, b, body, states, n_states);
    rq_body_end(&m, true);
    if (b->status == RQ_OK) rq_build_set_all(b, node);
}

static const rq_mapping_row rows[] = {
    {"", "If", map_if, NULL},
    {"", "Loop", map_loop, NULL},
    {"", "Scan", map_scan, NULL},
};
RQ_DIALECT_GROUP(onnx_flow, rows)
