#include "quant/coverage.h"

#include "engine/ops/common/convolution.h"
#include "engine/ops/weight_axes.h"

/* Along dimension d: the side whose positions are strided, the input of a transposed convolution
 * and the output of others, meets the other one at position * stride - pad + tap * dilation. */
static double tap_share(const rq_window *w, int d, bool transposed, int64_t tap)
{
    int64_t strided = transposed ? w->in[d] : w->out[d], size = transposed ? w->out[d] : w->in[d];
    int64_t hits = 0;
    for (int64_t p = 0; p < strided; p++) {
        int64_t at = p * w->stride[d] - w->pad_begin[d] + tap * w->dilation[d];
        hits += at >= 0 && at < size;
    }
    return (double)hits / (double)w->out[d];
}

rq_status rq_coverage(double *coverage, const rq_bound *bound, const rq_weight_point *point,
                      const rq_weight_layout *layout)
{
    const rq_node *node = bound->graph->nodes[point->node];
    const rq_op *op = bound->nodes[point->node].op;
    for (size_t t = 0; t < layout->taps; t++) coverage[t] = 1.0;
    if (rq_op_is_matrix_product(op)) return RQ_OK;
    rq_window w;
    RQ_TRY(rq_window_of(&w, bound, node));
    size_t inner = layout->taps;
    for (int d = 0; d < RQ_MAX_SPATIAL; d++) {
        inner /= (size_t)w.kernel[d];
        for (size_t t = 0; t < layout->taps; t++)
            coverage[t] *=
                tap_share(&w, d, rq_op_is_transposed(op), (int64_t)(t / inner) % w.kernel[d]);
    }
    return RQ_OK;
}
