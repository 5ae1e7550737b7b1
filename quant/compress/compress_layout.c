#include "quant/compress/compress_layout.h"

#include "engine/ops/operators.h"
#include "engine/ops/weight_axes.h"

#include <string.h>

static void fill_table(rq_weight_layout *l, const rq_shape *s)
{
    memset(l, 0, sizeof *l);
    l->groups = l->taps = 1;
    l->outputs = (size_t)s->d[0];
    l->inputs = l->output_stride = rq_shape_span(s, 1, s->rank);
    l->input_stride = 1;
    l->scale_shape = *s;
    for (int d = 1; d < s->rank; d++) l->scale_shape.d[d] = 1;
}

/* Taps become groups. */
static void part_batch(rq_weight_layout *l, const rq_shape *s)
{
    l->groups = l->taps;
    l->group_stride = l->tap_stride;
    l->taps = 1;
    l->tap_stride = 0;
    for (int d = 0; d < s->rank - 2; d++) l->scale_shape.d[d] = s->d[d];
}

rq_status rq_compress_layout_find(rq_weight_layout *out, const rq_bound *bound,
                                  const rq_weight_point *point)
{
    const rq_op *op = bound->nodes[point->node].op;
    const rq_shape *s = &bound->values[point->value].shape;
    if (op == &rq_op_Gather) {
        fill_table(out, s);
        return RQ_OK;
    }
    RQ_TRY(rq_weight_layout_find(out, bound, point));
    if (rq_op_is_matrix_product(op) && s->rank > 2) part_batch(out, s);
    return RQ_OK;
}

/* How far apart, as a ratio of at least 1. */
static double distance(size_t a, size_t b)
{
    return a > b ? (double)a / (double)b : (double)b / (double)a;
}

size_t rq_compress_group_size(size_t inputs, size_t wanted)
{
    size_t best = 0, most = wanted < SIZE_MAX / 2 ? 2 * wanted : wanted;
    for (size_t d = RQ_GROUP_MIN; d <= inputs && d <= most; d++)
        if (inputs % d == 0 && (!best || distance(d, wanted) < distance(best, wanted))) best = d;
    return best;
}
