#include "engine/ops/common/window.h"

#include "engine/ops/work.h"

const char *const rq_auto_pad_names[] = {"explicit",   "notset", "same_upper",
                                         "same_lower", "valid",  NULL};
const char *const rq_pool_rounding_names[] = {"floor", "ceil", "ceil_torch", NULL};

static rq_status read_list(const rq_node *node, const char *name, const rq_ints *list, int n,
                           int64_t fallback, int64_t least, int64_t *out)
{
    if (list->n != 0 && list->n != (size_t)n)
        return rq_node_fail(node, RQ_EFORMAT, "%s has %zu entries, expected %d", name, list->n, n);
    for (int d = 0; d < n; d++) {
        out[d] = list->n ? list->v[d] : fallback;
        if (out[d] < least || out[d] > INT32_MAX)
            return rq_node_fail(node, RQ_EFORMAT, "%s holds %lld, expected %lld to %d", name,
                                (long long)out[d], (long long)least, INT32_MAX);
    }
    return RQ_OK;
}

/* Dimensions that are missing, in front, are 1 without padding; padding is what is written, if it
 * counts. */
static rq_status begin(rq_window *w, const rq_node *node, const rq_window_attrs *attrs,
                       const int64_t *in, const int64_t *kernel, int n)
{
    int skip = RQ_MAX_SPATIAL - n;
    for (int d = 0; d < RQ_MAX_SPATIAL; d++) {
        w->in[d] = d < skip ? 1 : in[d - skip];
        w->kernel[d] = d < skip ? 1 : kernel[d - skip];
        w->out[d] = w->stride[d] = w->dilation[d] = 1;
        w->pad_begin[d] = w->pad_end[d] = 0;
        if (w->in[d] < 1 || w->kernel[d] < 1)
            return rq_node_fail(node, RQ_EFORMAT, "an input of %lld or a kernel of %lld is empty",
                                (long long)w->in[d], (long long)w->kernel[d]);
    }
    RQ_TRY(read_list(node, "strides", &attrs->strides, n, 1, 1, w->stride + skip));
    RQ_TRY(read_list(node, "dilations", &attrs->dilations, n, 1, 1, w->dilation + skip));
    if (attrs->auto_pad != RQ_PAD_EXPLICIT && attrs->auto_pad != RQ_PAD_NOTSET) return RQ_OK;
    RQ_TRY(read_list(node, "pads_begin", &attrs->pads_begin, n, 0, INT32_MIN, w->pad_begin + skip));
    return read_list(node, "pads_end", &attrs->pads_end, n, 0, INT32_MIN, w->pad_end + skip);
}

static bool pads_follow(const rq_window_attrs *attrs)
{
    return attrs->auto_pad == RQ_PAD_SAME_UPPER || attrs->auto_pad == RQ_PAD_SAME_LOWER;
}

/* What one position reads, or gives. */
static int64_t extent(const rq_window *w, int d)
{
    return (w->kernel[d] - 1) * w->dilation[d] + 1;
}

/* -- convolutions and pools ------------------------------------------------------------------- */

/* The total padding that makes ceil(in / stride) windows fit; the odd element goes after (upper) or
 * before (lower). */
static void pad_same(rq_window *w, int d, bool lower)
{
    int64_t windows = (w->in[d] + w->stride[d] - 1) / w->stride[d];
    int64_t total = (windows - 1) * w->stride[d] + extent(w, d) - w->in[d];
    if (total < 0) total = 0;
    w->pad_begin[d] = lower ? (total + 1) / 2 : total / 2;
    w->pad_end[d] = total - w->pad_begin[d];
}

static rq_status size_output(rq_window *w, const rq_node *node, int d, rq_window_rounding rounding)
{
    int64_t room = w->in[d] + w->pad_begin[d] + w->pad_end[d] - extent(w, d);
    if (room < 0)
        return rq_node_fail(node, RQ_EFORMAT,
                            "a kernel that spans %lld does not fit an input of %lld "
                            "with padding %lld and %lld",
                            (long long)extent(w, d), (long long)w->in[d],
                            (long long)w->pad_begin[d], (long long)w->pad_end[d]);
    int64_t steps = rounding == RQ_WINDOW_FLOOR ? room / w->stride[d]
                                                : (room + w->stride[d] - 1) / w->stride[d];
    if (rounding == RQ_WINDOW_CEIL_TORCH && steps * w->stride[d] >= w->in[d] + w->pad_begin[d])
        steps--;
    w->out[d] = steps + 1;
    return RQ_OK;
}

rq_status rq_window_forward(rq_window *out, const rq_node *node, const rq_window_attrs *attrs,
                            const int64_t *in, const int64_t *kernel, int n,
                            rq_window_rounding rounding)
{
    RQ_TRY(begin(out, node, attrs, in, kernel, n));
    for (int d = RQ_MAX_SPATIAL - n; d < RQ_MAX_SPATIAL; d++) {
        if (pads_follow(attrs)) pad_same(out, d, attrs->auto_pad == RQ_PAD_SAME_LOWER);
        RQ_TRY(size_output(out, node, d, rounding));
    }
    return RQ_OK;
}

/* -- transposed convolutions ------------------------------------------------------------------ */

/* Sizes (Operation Specifications: ConvolutionBackpropData-1), per dimension:
 *   out = stride (in - 1) + dilation (kernel - 1) + 1 - pad_begin - pad_end + output_padding,
 * or `target`, if it is not 0, to which "same" padding cuts; of an odd number of elements
 * same_upper takes the one more from the beginning, the other way round than in a convolution. */
static rq_status size_backward(rq_window *w, const rq_node *node, const rq_window_attrs *attrs,
                               int d, int64_t output_padding, int64_t target)
{
    int64_t full = w->stride[d] * (w->in[d] - 1) + extent(w, d) + output_padding;
    if (pads_follow(attrs) && target) {
        int64_t total = full > target ? full - target : 0;
        w->pad_begin[d] = attrs->auto_pad == RQ_PAD_SAME_UPPER ? (total + 1) / 2 : total / 2;
        w->pad_end[d] = total - w->pad_begin[d];
    }
    w->out[d] = target ? target : full - w->pad_begin[d] - w->pad_end[d];
    if (w->out[d] >= 1 && w->out[d] <= INT32_MAX) return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT, "an output of %lld, expected 1 to %d",
                        (long long)w->out[d], INT32_MAX);
}

rq_status rq_window_backward(rq_window *out, const rq_node *node, const rq_window_attrs *attrs,
                             const rq_ints *output_padding, const int64_t *in,
                             const int64_t *kernel, int n, const int64_t *target)
{
    int skip = RQ_MAX_SPATIAL - n;
    int64_t extra[RQ_MAX_SPATIAL];
    RQ_TRY(begin(out, node, attrs, in, kernel, n));
    RQ_TRY(read_list(node, "output_padding", output_padding, n, 0, 0, extra));
    for (int d = 0; d < n; d++)
        RQ_TRY(size_backward(out, node, attrs, skip + d, extra[d], target[d]));
    return RQ_OK;
}

/* -- what follows ----------------------------------------------------------------------------- */

static bool all_zero(const rq_ints *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->v[i]) return false;
    return true;
}

bool rq_window_may_pad(const rq_window_attrs *attrs)
{
    return pads_follow(attrs) || !all_zero(&attrs->pads_begin) || !all_zero(&attrs->pads_end);
}

rq_status rq_window_pool(rq_window *out, const rq_node *node, const rq_pool_attrs *attrs,
                         const rq_shape *x)
{
    int n = x->rank - 2;
    if (n < 1 || n > RQ_MAX_SPATIAL || attrs->kernel.n != (size_t)n)
        return rq_node_fail(node, RQ_EFORMAT, "a kernel of %zu dimensions on an input of rank %d",
                            attrs->kernel.n, x->rank);
    return rq_window_forward(out, node, &attrs->window, x->d + 2, attrs->kernel.v, n,
                             (rq_window_rounding)attrs->rounding);
}

rq_shape rq_window_pooled(const rq_window *w, const rq_shape *x)
{
    rq_shape out = *x;
    for (int d = 2; d < x->rank; d++) out.d[d] = w->out[RQ_MAX_SPATIAL - x->rank + d];
    return out;
}

double rq_pool_flops(const rq_work_shapes *shapes)
{
    const rq_pool_attrs *attrs = shapes->attrs;
    double taps = 1;
    for (size_t i = 0; i < attrs->kernel.n; i++) taps *= (double)attrs->kernel.v[i];
    return taps * rq_work_count(shapes->out);
}
