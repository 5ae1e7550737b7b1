/* Convolutions and their transposes, with the bias that is added behind. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/ops/common/convolution.h"

#include <string.h>

/* How ONNX has the weights: groups merged into the first dimension. */
typedef struct layout {
    bool grouped, backward;
    int64_t groups;
    size_t channels; /* of the output */
    int64_t dims[RQ_MAX_RANK];
    size_t n_dims;
} layout;

static bool read_layout(rq_to_onnx *w, layout *l)
{
    const rq_shape *s = &rq_to_onnx_value_in(w, 1)->shape;
    rq_weight_order order = w->op->weights;
    l->grouped = order == RQ_WEIGHTS_GOIK || order == RQ_WEIGHTS_GIOK;
    l->backward = order == RQ_WEIGHTS_IOK || order == RQ_WEIGHTS_GIOK;
    if (s->rank < (l->grouped ? 4 : 3) || !rq_shape_is_static(s)) {
        rq_to_onnx_fail(w, "the shape of its weights must be known");
        return false;
    }
    l->groups = l->grouped ? s->d[0] : 1;
    const int64_t *d = s->d + (l->grouped ? 1 : 0);
    l->n_dims = (size_t)s->rank - (l->grouped ? 1 : 0);
    memcpy(l->dims, d, l->n_dims * sizeof *d);
    l->dims[0] *= l->groups;
    l->channels = (size_t)(l->backward ? l->dims[1] * l->groups : l->dims[0]);
    return true;
}

/* -- weights --------------------------------------------------------------------------------- */

/* The dimensions of output channels, where ONNX has one for them. */
static bool channels_of(rq_to_onnx_channels *ch, const layout *l, const rq_to_onnx_codes *c)
{
    const rq_shape *s = &c->codes.shape;
    *ch = (rq_to_onnx_channels){.dims = l->dims, .n_dims = l->n_dims, .data = c->codes.data};
    if (l->backward && !l->grouped) ch->axis = ch->onnx_axis = 1, ch->n = 1;
    if (!l->backward) ch->n = l->grouped ? 2 : 1;
    if (l->backward && l->grouped) {
        if (s->d[1] != 1 || s->d[2] != 1) return rq_to_onnx_codes_along(c, 0, 0);
        ch->n = 1; /* depthwise */
    }
    return rq_to_onnx_codes_along(c, ch->axis, ch->n);
}

static const char *dequantized_data(rq_to_onnx *w, const layout *l, const rq_to_onnx_codes *c)
{
    const char *x = rq_to_onnx_dequantize_any(w, c);
    return rq_to_onnx_emit(w, "Reshape", RQ_NAMES(x, rq_to_onnx_ints(w, l->dims, l->n_dims)));
}

/* *scales is NULL unless the weights are codes with a scale per output channel and no zero point.
 */
static const char *write_weights(rq_to_onnx *w, const layout *l, const float **scales)
{
    rq_to_onnx_codes c;
    rq_to_onnx_channels ch;
    rq_tensor t;
    rq_id value = w->node->in[1];
    *scales = NULL;
    if (rq_to_onnx_find_codes(w, value, &c) && rq_dtype_bits(c.codes.dtype) == 8) {
        if (!channels_of(&ch, l, &c)) return dequantized_data(w, l, &c);
        const char *x = rq_to_onnx_dequantize(w, &c, &ch, scales);
        if (c.zero.data || ch.n == 0) *scales = NULL;
        return x;
    }
    if (!l->grouped) return rq_to_onnx_in(w, 1);
    if (rq_value_producer(w->graph, value)->data && rq_to_onnx_known(w, value, &t))
        return rq_to_onnx_tensor(w, rq_value_producer(w->graph, value)->name, t.dtype, l->dims,
                                 l->n_dims, t.data);
    return rq_to_onnx_emit(w, "Reshape",
                           RQ_NAMES(rq_to_onnx_in(w, 1), rq_to_onnx_ints(w, l->dims, l->n_dims)));
}

/* -- attributes ------------------------------------------------------------------------------ */

static void set_list(rq_to_onnx *w, const char *name, const rq_ints *list)
{
    if (list->n) rq_to_onnx_set_ints(w, name, list->v, list->n);
}

static void set_pads(rq_to_onnx *w, const rq_ints *begin, const rq_ints *end, size_t n)
{
    int64_t pads[2 * RQ_MAX_SPATIAL] = {0};
    for (size_t i = 0; i < n && i < RQ_MAX_SPATIAL; i++) {
        if (i < begin->n) pads[i] = begin->v[i];
        if (i < end->n) pads[n + i] = end->v[i];
    }
    rq_to_onnx_set_ints(w, "pads", pads, 2 * n);
}

void rq_to_onnx_set_window(rq_to_onnx *w, size_t n_spatial)
{
    static const char *const words[] = {[RQ_PAD_SAME_UPPER] = "SAME_UPPER",
                                        [RQ_PAD_SAME_LOWER] = "SAME_LOWER",
                                        [RQ_PAD_VALID] = "VALID"};
    int64_t auto_pad = rq_to_onnx_attr(w, "auto_pad");
    set_list(w, "strides", rq_to_onnx_attr_ints(w, "strides"));
    if (auto_pad == RQ_PAD_EXPLICIT || auto_pad == RQ_PAD_NOTSET)
        set_pads(w, rq_to_onnx_attr_ints(w, "pads_begin"), rq_to_onnx_attr_ints(w, "pads_end"),
                 n_spatial);
    else
        rq_to_onnx_set_string(w, "auto_pad", words[auto_pad]);
}

/* "same" padding of sizes that are known is written as what it comes to: ONNX Runtime has none with
 * dilations. */
static bool set_same(rq_to_onnx *w, const layout *l)
{
    const rq_window_attrs *attrs = w->attrs;
    const rq_shape *in = &rq_to_onnx_value_in(w, 0)->shape;
    int n = (int)l->n_dims - 2, skip = RQ_MAX_SPATIAL - n;
    rq_window window;
    if (attrs->auto_pad != RQ_PAD_SAME_UPPER && attrs->auto_pad != RQ_PAD_SAME_LOWER) return false;
    if (n > RQ_MAX_SPATIAL || rq_to_onnx_rank(w, 0) != n + 2) return false;
    for (int i = 0; i < n; i++)
        if (in->d[i + 2] < 0) return false;
    if (!rq_to_onnx_ok(w, rq_window_forward(&window, w->node, attrs, in->d + 2, l->dims + 2, n,
                                            RQ_WINDOW_FLOOR)))
        return false;
    int64_t pads[2 * RQ_MAX_SPATIAL];
    memcpy(pads, window.pad_begin + skip, (size_t)n * sizeof *pads);
    memcpy(pads + n, window.pad_end + skip, (size_t)n * sizeof *pads);
    set_list(w, "strides", &attrs->strides);
    rq_to_onnx_set_ints(w, "pads", pads, 2 * (size_t)n);
    return true;
}

static void set_kernel(rq_to_onnx *w, const layout *l)
{
    rq_to_onnx_set_ints(w, "kernel_shape", l->dims + 2, l->n_dims - 2);
    set_list(w, "dilations", rq_to_onnx_attr_ints(w, "dilations"));
    if (l->groups != 1) rq_to_onnx_set_int(w, "group", l->groups);
}

/* -- the layers ------------------------------------------------------------------------------ */

static void write_convolution(rq_to_onnx *w, const layout *l)
{
    const float *scales;
    rq_id out;
    const char *x = rq_to_onnx_in(w, 0), *weights = write_weights(w, l, &scales);
    const float *bias = rq_to_onnx_take_bias(w, l->channels, &out);
    rq_to_onnx_value(
        w, out, w->onnx_type,
        RQ_NAMES(x, weights, bias ? rq_to_onnx_bias(w, bias, l->channels, scales) : ""));
    set_kernel(w, l);
}

void rq_to_onnx_convolution(rq_to_onnx *w)
{
    layout l;
    if (!read_layout(w, &l)) return;
    write_convolution(w, &l);
    if (!set_same(w, &l)) rq_to_onnx_set_window(w, l.n_dims - 2);
}

/* A list of the layer's attribute: entry i, or what stands for a missing one. */
static int64_t entry(const rq_to_onnx *w, const char *name, size_t i, int64_t fallback)
{
    const rq_ints *list = rq_to_onnx_attr_ints(w, name);
    return i < list->n ? list->v[i] : fallback;
}

typedef struct backward_window {
    int64_t pads[2 * RQ_MAX_SPATIAL], output_padding[RQ_MAX_SPATIAL];
} backward_window;

/* Where the output's size is an input: pads that give it, as rq_window_backward has them; what they
 * would have to add is output padding. */
static bool solve_size(rq_to_onnx *w, const layout *l, backward_window *b, size_t i)
{
    const rq_value *in = rq_to_onnx_value_in(w, 0), *out = rq_to_onnx_value_out(w, 0);
    int64_t x = in->shape.d[i + 2], y = out->shape.d[i + 2];
    int64_t auto_pad = rq_to_onnx_attr(w, "auto_pad"), stride = entry(w, "strides", i, 1);
    int64_t full = stride * (x - 1) + (l->dims[i + 2] - 1) * entry(w, "dilations", i, 1) + 1 +
                   b->output_padding[i];
    int64_t total = full > y ? full - y : 0;
    if (auto_pad == RQ_PAD_SAME_UPPER) b->pads[i] = (total + 1) / 2;
    if (auto_pad == RQ_PAD_SAME_LOWER) b->pads[i] = total / 2;
    int64_t end = full - b->pads[i] - y;
    b->pads[l->n_dims - 2 + i] = end > 0 ? end : 0;
    b->output_padding[i] += end < 0 ? -end : 0;
    return x > 0 && y > 0 && b->output_padding[i] < stride;
}

static void read_backward(rq_to_onnx *w, const layout *l, backward_window *b)
{
    size_t n = l->n_dims - 2;
    int64_t auto_pad = rq_to_onnx_attr(w, "auto_pad");
    bool given = auto_pad == RQ_PAD_EXPLICIT || auto_pad == RQ_PAD_NOTSET,
         sizes = rq_to_onnx_has(w, 2);
    *b = (backward_window){0};
    if (n > RQ_MAX_SPATIAL || rq_to_onnx_rank(w, 0) != (int)l->n_dims) {
        rq_to_onnx_fail(w, "%zu spatial dimensions", n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        b->pads[i] = given ? entry(w, "pads_begin", i, 0) : 0;
        b->pads[n + i] = given ? entry(w, "pads_end", i, 0) : 0;
        b->output_padding[i] = entry(w, "output_padding", i, 0);
        if (sizes && !solve_size(w, l, b, i))
            rq_to_onnx_fail(w, "the size of dimension %zu is not known, or no padding gives it",
                            i + 2);
    }
}

void rq_to_onnx_convolution_backward(rq_to_onnx *w)
{
    layout l;
    backward_window b;
    if (!read_layout(w, &l)) return;
    read_backward(w, &l, &b);
    write_convolution(w, &l);
    set_list(w, "strides", rq_to_onnx_attr_ints(w, "strides"));
    rq_to_onnx_set_ints(w, "pads", b.pads, 2 * (l.n_dims - 2));
    rq_to_onnx_set_ints(w, "output_padding", b.output_padding, l.n_dims - 2);
}
