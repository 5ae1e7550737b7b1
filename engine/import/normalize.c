#include "engine/import/normalize.h"

#include <inttypes.h>
#include <math.h>

/* The row [C] as [C, 1, ..] for x [N, C, ...]. */
static rq_id emit_channel_row(rq_ir_builder *b, rq_id row, rq_id x)
{
    int64_t dims[RQ_MAX_RANK] = {1, -1};
    int rank = rq_ir_builder_require_rank(b, x);
    for (int i = 2; i < rank; i++) dims[i] = 1;
    return rq_emit_reshape(b, row, dims, (size_t)(rank < 2 ? 2 : rank));
}

rq_id rq_emit_normalize_channels(rq_ir_builder *b, rq_id x, rq_id gamma, rq_id beta, rq_id mean,
                                 rq_id variance, double epsilon)
{
    rq_dtype dtype = rq_ir_builder_dtype(b, variance);
    rq_id sum = rq_emit_binary(b, "Add-1", variance, rq_emit_scalar(b, dtype, epsilon));
    rq_id root = rq_emit(b, "Sqrt-1", RQ_IN(sum), "%s", "");
    rq_id one = gamma == RQ_NONE ? rq_emit_scalar(b, dtype, 1) : gamma;
    rq_id factor = rq_emit_binary(b, "Divide-1", one, root);
    rq_id moved = rq_emit_binary(b, "Multiply-1", mean, factor);
    rq_id zero = beta == RQ_NONE ? rq_emit_scalar(b, dtype, 0) : beta;
    rq_id summand = rq_emit_binary(b, "Subtract-1", zero, moved);
    rq_id y = rq_emit_binary(b, "Multiply-1", x, emit_channel_row(b, factor, x));
    return rq_emit_binary(b, "Add-1", y, emit_channel_row(b, summand, x));
}

rq_id rq_emit_batch_axes(rq_ir_builder *b, rq_id x)
{
    int64_t axes[RQ_MAX_RANK] = {0};
    size_t n = 1;
    int rank = rq_ir_builder_require_rank(b, x);
    for (int i = 2; i < rank; i++) axes[n++] = i;
    return rq_emit_ints(b, axes, n);
}

rq_id rq_emit_mvn(rq_ir_builder *b, rq_id x, rq_id axes, double epsilon)
{
    return rq_emit(b, "MVN-6", RQ_IN(x, axes),
                   "eps=%.9g;normalize_variance=true;eps_mode=inside_sqrt", epsilon);
}

/* OpenVINO's CPU plugin drops the fraction of a bias, so such a one is taken out of the sum. */
rq_id rq_emit_lrn(rq_ir_builder *b, rq_id x, rq_id axes, const rq_lrn *lrn)
{
    double bias = lrn->bias > 0 && lrn->bias != floor(lrn->bias) ? lrn->bias : 1;
    rq_id y = rq_emit(b, "LRN-1", RQ_IN(x, axes), "alpha=%.9g;beta=%.9g;bias=%.9g;size=%" PRId64,
                      lrn->alpha / bias, lrn->beta, lrn->bias / bias, lrn->size);
    if (bias == 1) return y;
    rq_id factor = rq_emit_like(b, x, pow(bias, -lrn->beta));
    return rq_emit_binary(b, "Multiply-1", y, factor);
}
