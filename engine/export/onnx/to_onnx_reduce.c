/* Reductions, and normalizations made of them. */
#include "engine/export/onnx/to_onnx_local.h"

/* -- reductions ------------------------------------------------------------------------------ */

static bool takes_all_spatial(rq_to_onnx *w)
{
    int64_t axes[RQ_MAX_RANK];
    size_t n;
    int rank = rq_to_onnx_value_in(w, 0)->shape.rank;
    unsigned seen = 0;
    if (rank < 3 || rank > 5 || !rq_to_onnx_attr(w, "keep_dims") ||
        !rq_to_onnx_known_ints(w, 1, axes, RQ_MAX_RANK, &n))
        return false;
    for (size_t i = 0; i < n; i++) seen |= 1U << (axes[i] < 0 ? axes[i] + rank : axes[i]);
    return seen == (1U << rank) - 4;
}

static const char *reduce_inputs(rq_to_onnx *w, const char **axes)
{
    *axes = rq_to_onnx_in_row(w, 1);
    return rq_to_onnx_in(w, 0);
}

void rq_to_onnx_reduce(rq_to_onnx *w)
{
    const char *axes, *x = reduce_inputs(w, &axes);
    rq_to_onnx_result(w, w->onnx_type, RQ_NAMES(x, axes));
    rq_to_onnx_set_int(w, "keepdims", rq_to_onnx_attr(w, "keep_dims"));
    rq_to_onnx_set_int(w, "noop_with_empty_axes", 1);
}

/* Of all of an image: ONNX Runtime has an INT8 kernel for the pool. */
void rq_to_onnx_reduce_mean(rq_to_onnx *w)
{
    if (takes_all_spatial(w))
        rq_to_onnx_result(w, "GlobalAveragePool", RQ_NAMES(rq_to_onnx_in(w, 0)));
    else
        rq_to_onnx_reduce(w);
}

/* ONNX has none of booleans before opset 20. */
void rq_to_onnx_reduce_logical(rq_to_onnx *w)
{
    const char *axes, *x = rq_to_onnx_cast(w, reduce_inputs(w, &axes), RQ_DT_I32);
    rq_to_onnx_result_as(w, RQ_DT_I32, w->onnx_type, RQ_NAMES(x, axes));
    rq_to_onnx_set_int(w, "keepdims", rq_to_onnx_attr(w, "keep_dims"));
    rq_to_onnx_set_int(w, "noop_with_empty_axes", 1);
}

/* -- normalizations -------------------------------------------------------------------------- */

static const char *mean(rq_to_onnx *w, const char *x, const char *axes)
{
    x = rq_to_onnx_emit(w, "ReduceMean", RQ_NAMES(x, axes));
    rq_to_onnx_set_int(w, "keepdims", 1);
    return x;
}

/* MVN-6 has its axes as input 1, MVN-1 as attributes. */
static const char *mvn_axes(rq_to_onnx *w)
{
    if (w->version != 1) return rq_to_onnx_in_row(w, 1);
    const rq_ints *given = rq_to_onnx_attr_ints(w, "reduction_axes");
    if (given->n) return rq_to_onnx_ints(w, given->v, given->n);
    int64_t axes[RQ_MAX_RANK];
    size_t n = 0;
    for (int d = rq_to_onnx_attr(w, "across_channels") ? 1 : 2; d < rq_to_onnx_rank(w, 0); d++)
        axes[n++] = d;
    return rq_to_onnx_ints(w, axes, n);
}

/* The pattern that ONNX Runtime and OpenVINO fuse. */
void rq_to_onnx_mvn(rq_to_onnx *w)
{
    const char *x = rq_to_onnx_in(w, 0), *axes = mvn_axes(w);
    rq_dtype dtype = rq_to_onnx_value_in(w, 0)->dtype;
    bool outside = rq_to_onnx_attr(w, "eps_mode");
    const char *center = mean(w, x, axes);
    if (!rq_to_onnx_attr(w, "normalize_variance")) {
        rq_to_onnx_result(w, "Sub", RQ_NAMES(x, center));
        return;
    }
    center = rq_to_onnx_emit(w, "Sub", RQ_NAMES(x, center));
    const char *y = rq_to_onnx_emit(w, "Pow", RQ_NAMES(center, rq_to_onnx_scalar(w, dtype, 2.0)));
    const char *eps = rq_to_onnx_scalar(w, dtype, rq_to_onnx_attr_float(w, "eps"));
    y = mean(w, y, axes);
    if (!outside) y = rq_to_onnx_emit(w, "Add", RQ_NAMES(y, eps));
    y = rq_to_onnx_emit(w, "Sqrt", RQ_NAMES(y));
    if (outside) y = rq_to_onnx_emit(w, "Add", RQ_NAMES(y, eps));
    rq_to_onnx_result(w, "Div", RQ_NAMES(center, y));
}

void rq_to_onnx_normalize_l2(rq_to_onnx *w)
{
    rq_dtype dtype = rq_to_onnx_value_in(w, 0)->dtype;
    const char *x = rq_to_onnx_in(w, 0), *eps;
    const char *y = rq_to_onnx_emit(w, "Mul", RQ_NAMES(x, x));
    y = rq_to_onnx_emit(w, "ReduceSum", RQ_NAMES(y, rq_to_onnx_in_row(w, 1)));
    rq_to_onnx_set_int(w, "keepdims", 1);
    rq_to_onnx_set_int(w, "noop_with_empty_axes", 1);
    eps = rq_to_onnx_scalar(w, dtype, rq_to_onnx_attr_float(w, "eps"));
    y = rq_to_onnx_emit(w, rq_to_onnx_attr(w, "eps_mode") ? "Max" : "Add", RQ_NAMES(y, eps));
    rq_to_onnx_result(w, "Div", RQ_NAMES(x, rq_to_onnx_emit(w, "Sqrt", RQ_NAMES(y))));
}

/* BatchNormInference-1 has gamma and beta before the data. */
void rq_to_onnx_batch_norm(rq_to_onnx *w)
{
    uint32_t x = w->version == 1 ? 2 : 0, gamma = w->version == 1 ? 0 : 1;
    rq_to_onnx_result(w, "BatchNormalization",
                      RQ_NAMES(rq_to_onnx_in(w, x), rq_to_onnx_in(w, gamma),
                               rq_to_onnx_in(w, gamma + 1), rq_to_onnx_in(w, 3),
                               rq_to_onnx_in(w, 4)));
    rq_to_onnx_set_float(w, "epsilon", rq_to_onnx_attr_float(w, "epsilon"));
}

void rq_to_onnx_group_norm(rq_to_onnx *w)
{
    rq_to_onnx_need(w, 21);
    rq_to_onnx_result(w, "GroupNormalization",
                      RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in(w, 1), rq_to_onnx_in(w, 2)));
    rq_to_onnx_set_float(w, "epsilon", rq_to_onnx_attr_float(w, "epsilon"));
    rq_to_onnx_set_int(w, "num_groups", rq_to_onnx_attr(w, "num_groups"));
}

void rq_to_onnx_lrn(rq_to_onnx *w)
{
    if (rq_to_onnx_axis(w, 1, rq_to_onnx_rank(w, 0)) != 1)
        rq_to_onnx_fail(w, "ONNX's goes along channels only");
    rq_to_onnx_unary(w);
    rq_to_onnx_set_float(w, "alpha", rq_to_onnx_attr_float(w, "alpha"));
    rq_to_onnx_set_float(w, "beta", rq_to_onnx_attr_float(w, "beta"));
    rq_to_onnx_set_float(w, "bias", rq_to_onnx_attr_float(w, "bias"));
    rq_to_onnx_set_int(w, "size", rq_to_onnx_attr(w, "size"));
}

/* SoftMax and LogSoftmax. */
void rq_to_onnx_softmax(rq_to_onnx *w)
{
    rq_to_onnx_unary(w);
    rq_to_onnx_set_int(w, "axis", rq_to_onnx_attr(w, "axis"));
}
