/* Pools. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/ops/common/window.h"

/* Explicit padding, as far as the last window reaches: runtimes differ in what they take "same" and
 * "ceil" for. */
static void set_known(rq_to_onnx *w, const rq_window *window, size_t n, bool counts_pads)
{
    int64_t pads[2 * RQ_MAX_SPATIAL];
    for (size_t i = 0; i < n; i++) {
        size_t d = RQ_MAX_SPATIAL - n + i;
        int64_t reach = (window->kernel[d] - 1) * window->dilation[d] + 1;
        int64_t end = (window->out[d] - 1) * window->stride[d] + reach - window->in[d];
        pads[i] = window->pad_begin[d];
        end -= pads[i];
        pads[n + i] = end < window->pad_end[d] ? window->pad_end[d] : end;
        if (counts_pads && end > window->pad_end[d])
            rq_to_onnx_fail(w, "a mean over a window that is cut off at the end");
        if (pads[n + i] >= window->kernel[d])
            rq_to_onnx_fail(w, "a window lies outside of the input");
    }
    rq_to_onnx_set_ints(w, "strides", window->stride + RQ_MAX_SPATIAL - n, n);
    rq_to_onnx_set_ints(w, "pads", pads, 2 * n);
}

static void set_pool(rq_to_onnx *w, bool counts_pads)
{
    const rq_pool_attrs *attrs = w->attrs;
    const rq_shape *in = &rq_to_onnx_value_in(w, 0)->shape;
    size_t n = attrs->kernel.n;
    rq_window window;
    bool known = true;
    for (size_t i = 0; i < n; i++) known = known && in->d[i + 2] >= 0;
    rq_to_onnx_set_ints(w, "kernel_shape", attrs->kernel.v, n);
    if (known) {
        if (rq_to_onnx_ok(w, rq_window_pool(&window, w->node, attrs, in)))
            set_known(w, &window, n, counts_pads);
        return;
    }
    rq_to_onnx_set_window(w, n);
    if (attrs->rounding != RQ_WINDOW_FLOOR) rq_to_onnx_set_int(w, "ceil_mode", 1);
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
    set_pool(w, false);
    const rq_pool_attrs *attrs = w->attrs;
    if (attrs->window.dilations.n)
        rq_to_onnx_set_ints(w, "dilations", attrs->window.dilations.v, attrs->window.dilations.n);
}

void rq_to_onnx_avg_pool(rq_to_onnx *w)
{
    bool exclude_pad = rq_to_onnx_attr(w, "exclude-pad");
    if (!has_spatial(w)) return;
    rq_to_onnx_result(w, "AveragePool", RQ_NAMES(rq_to_onnx_in(w, 0)));
    set_pool(w, !exclude_pad);
    rq_to_onnx_set_int(w, "count_include_pad", !exclude_pad);
}
