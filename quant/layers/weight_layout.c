#include "quant/layers/weight_layout.h"

#include "engine/ops/weight_axes.h"

#include <string.h>

static void fill_matmul(rq_weight_layout *l, const rq_shape *s, int axis)
{
    int other = axis == s->rank - 1 ? s->rank - 2 : s->rank - 1;
    size_t columns = (size_t)s->d[s->rank - 1], rows = (size_t)s->d[s->rank - 2];
    l->groups = 1;
    l->outputs = (size_t)s->d[axis];
    l->inputs = (size_t)s->d[other];
    l->taps = rq_shape_span(s, 0, s->rank - 2);
    l->output_stride = axis == s->rank - 1 ? 1 : columns;
    l->input_stride = axis == s->rank - 1 ? columns : 1;
    l->tap_stride = rows * columns;
}

/* A one-dimensional MatMul operand: a single output. */
static void fill_vector(rq_weight_layout *l, const rq_shape *s)
{
    l->groups = l->outputs = l->taps = 1;
    l->inputs = (size_t)s->d[0];
    l->input_stride = 1;
}

static void fill_convolution(rq_weight_layout *l, const rq_shape *s, const rq_weight_point *point)
{
    int first = point->n_axes == 2 ? 1 : 0; /* where O,I or I,O starts */
    int output = point->axis, input = first + (output == first);
    l->groups = first ? (size_t)s->d[0] : 1;
    l->outputs = (size_t)s->d[output];
    l->inputs = (size_t)s->d[input];
    l->taps = rq_shape_span(s, first + 2, s->rank);
    l->tap_stride = 1;
    l->output_stride = rq_shape_span(s, output + 1, s->rank);
    l->input_stride = rq_shape_span(s, input + 1, s->rank);
    l->group_stride = rq_shape_span(s, first, s->rank);
}

rq_status rq_weight_layout_find(rq_weight_layout *out, const rq_bound *bound,
                                const rq_weight_point *point)
{
    const rq_node *node = bound->graph->nodes[point->node];
    const rq_shape *s = &bound->values[point->value].shape;
    bool matmul = rq_op_is_matrix_product(bound->nodes[node->id].op);
    memset(out, 0, sizeof *out);
    if (s->rank < (matmul ? 1 : point->n_axes + 2) || rq_shape_count(s) == 0) {
        char text[RQ_SHAPE_TEXT];
        return rq_node_fail(node, RQ_EUNSUPPORTED, "weights of shape %s cannot be quantized",
                            rq_shape_text(s, text));
    }
    if (matmul && s->rank == 1)
        fill_vector(out, s);
    else if (matmul)
        fill_matmul(out, s, point->axis);
    else
        fill_convolution(out, s, point);
    out->depthwise = point->n_axes == 2 && out->inputs == 1;
    out->scale_shape = *s;
    for (int d = 0; d < s->rank; d++) out->scale_shape.d[d] = 1;
    if (point->axis >= 0 && s->rank > 1) out->scale_shape.d[point->axis] = (int64_t)out->outputs;
    if (point->n_axes == 2) out->scale_shape.d[0] = (int64_t)out->groups;
    return RQ_OK;
}

int rq_weight_summed_axis(const rq_bound *bound, const rq_node *node, uint32_t port)
{
    const rq_bound_node *b = &bound->nodes[node->id];
    return rq_summed_axis(b->op, b->attrs, port, bound->values[node->in[port]].shape.rank);
}
