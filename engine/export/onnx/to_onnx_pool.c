/* Pools. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/ops/common/window.h"

/* Windows that do not fit whole ("ceil"): where sizes are known, padding at the end that makes them
 * fit, since runtimes differ in what ceil_mode counts. */
static bool pad_to_fit(rq_to_onnx *w, size_t n)
{
    const rq_shape *in = &rq_to_onnx_value_in(w, 0)->shape;
    const rq_pool_attrs *attrs = w->attrs;
    rq_window window;
    int64_t pads[2 * RQ_MAX_SPATIAL];
    for (size_t i = 0; i < n; i++)
        if (in->d[i + 2] < 0) return false;
    if (!rq_to_onnx_ok(w, rq_window_pool(&window, w->node, attrs, in))) return false;
    for (size_t i = 0; i < n; i++) {
        size_t d = RQ_MAX_SPATIAL - n + i;
        int64_t span = (window.out[d] - 1) * window.stride[d] +
                       (window.kernel[d] - 1) * window.dilation[d] + 1;
        pads[i] = window.pad_begin[d];
        pads[n + i] = span - window.in[d] - pads[i];
        if (pads[n + i] < window.pad_end[d]) pads[n + i] = window.pad_end[d];
    }
    rq_to_onnx_set_ints(w, "strides", window.stride + RQ_MAX_SPATIAL - n, n);
    rq_to_onnx_set_ints(w, "pads", pads, 2 * n);
    return true;
}

static void set_pool(rq_to_onnx *w, bool may_pad_more)
{
    const rq_pool_attrs *attrs = w->attrs;
    size_t n = attrs->kernel.n;
    bool ceil = attrs->rounding != RQ_WINDOW_FLOOR;
    rq_to_onnx_set_ints(w, "kernel_shape", attrs->kernel.v, n);
    if (ceil && may_pad_more && pad_to_fit(w, n)) return;
    rq_to_onnx_set_window(w, n);
    if (ceil) rq_to_onnx_set_int(w, "ceil_mode", 1);
}

static bool has_spatial(rq_to_onnx *w)
{
    const rq_pool_attrs *attrs = w->attrs;
    int rank = rq_to_onnx_rank(w, 0);
    if (attrs->kernel.n + 2 != (size_t)rank || attrs->kernel.n > RQ_MAX_SPATIAL)
        rq_to_onnx_fail(w, "a kernel of %zu dimensions for a tensor of rank %d", attrs->kernel.n,
                        rank);
    return w->status == RQ_OK;
}

void rq_to_onnx_max_pool(rq_to_onnx *w)
{
    if (!has_spatial(w)) return;
    if (rq_to_onnx_is_used(w, 1)) {
        rq_to_onnx_fail(w, "its indices are used");
        return;
    }
    rq_to_onnx_value(w, w->node->out[0], "MaxPool", RQ_NAMES(rq_to_onnx_in(w, 0)));
    set_pool(w, true);
    const rq_pool_attrs *attrs = w->attrs;
    if (attrs->window.dilations.n)
        rq_to_onnx_set_ints(w, "dilations", attrs->window.dilations.v, attrs->window.dilations.n);
}

void rq_to_onnx_avg_pool(rq_to_onnx *w)
{
    bool exclude_pad = rq_to_onnx_attr(w, "exclude-pad");
    if (!has_spatial(w)) return;
    rq_to_onnx_result(w, "AveragePool", RQ_NAMES(rq_to_onnx_in(w, 0)));
    set_pool(w, exclude_pad);
    rq_to_onnx_set_int(w, "count_include_pad", !exclude_pad);
}
