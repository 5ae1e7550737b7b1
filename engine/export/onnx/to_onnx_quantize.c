/* FakeQuantize as QuantizeLinear and DequantizeLinear, and biases as their int32. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/export/onnx/to_onnx_range.h"
#include "engine/ops/operators.h"

#include <math.h>
#include <string.h>

typedef struct ranges {
    size_t n; /* 1, or channels along `axis` of the data */
    int axis;
    const float *low, *high;
} ranges;

static float scale_at(const ranges *r, size_t i)
{
    return rq_to_onnx_code_scale(r->low[i], r->high[i]);
}

static int zero_at(const ranges *r, size_t i)
{
    int code;
    rq_to_onnx_code_of_zero(&code, r->low[i], r->high[i]);
    return code;
}

/* Codes have one for 0. */
static bool has_zero(const ranges *r)
{
    int code;
    for (size_t i = 0; i < r->n; i++)
        if (!rq_to_onnx_code_of_zero(&code, r->low[i], r->high[i])) return false;
    return true;
}

/* -- reading a FakeQuantize ------------------------------------------------------------------ */

static bool find_axis(ranges *r, const rq_shape *range, int rank)
{
    r->axis = -1;
    for (int d = 0; d < range->rank; d++) {
        if (range->d[d] == 1) continue;
        if (r->axis >= 0 || rank < 0) return false;
        r->axis = rank - range->rank + d;
    }
    return r->axis < 0 || r->axis >= rank - range->rank;
}

/* Of a node whose output ranges are its input ranges. */
static bool read_ranges(rq_to_onnx *w, const rq_node *node, ranges *out)
{
    rq_tensor t[4];
    for (uint32_t i = 0; i < 4; i++)
        if (node->in[i + 1] == RQ_NONE || !rq_to_onnx_known(w, node->in[i + 1], &t[i]) ||
            t[i].dtype != RQ_DT_F32 || !rq_shape_equal(&t[i].shape, &t[0].shape))
            return false;
    out->n = rq_tensor_count(&t[0]);
    out->low = t[0].data;
    out->high = t[1].data;
    const char *levels = rq_node_attr(node, "levels");
    return levels && !strcmp(levels, "256") && !memcmp(t[0].data, t[2].data, out->n * 4) &&
           !memcmp(t[1].data, t[3].data, out->n * 4) &&
           find_axis(out, &t[0].shape, w->graph->values[node->in[0]]->shape.rank) && has_zero(out);
}

/* -- writing --------------------------------------------------------------------------------- */

/* Signed codes are those of 0..255 less 128. For --qdq int8 ranges that begin at 0 stay unsigned.
 */
static bool is_unsigned(const rq_to_onnx *w, const ranges *r)
{
    bool from_zero = true;
    for (size_t i = 0; i < r->n; i++) from_zero = from_zero && zero_at(r, i) == 0;
    return w->qdq == RQ_QDQ_UINT8 || from_zero;
}

static const char *write_zeros(rq_to_onnx *w, const ranges *r, const char *name, size_t n)
{
    const int64_t dims[1] = {(int64_t)n};
    bool u8 = is_unsigned(w, r);
    uint8_t *zeros = rq_to_onnx_alloc(w, r->n, 1);
    for (size_t i = 0; zeros && i < r->n; i++) zeros[i] = (uint8_t)(zero_at(r, i) - (u8 ? 0 : 128));
    return rq_to_onnx_tensor(w, name, u8 ? RQ_DT_U8 : RQ_DT_I8, dims, n ? 1 : 0, zeros);
}

static const char *write_scales(rq_to_onnx *w, const ranges *r, const char *name, size_t n)
{
    float *scales = rq_to_onnx_alloc(w, r->n, sizeof *scales);
    if (!scales) return "";
    for (size_t i = 0; i < r->n; i++) scales[i] = scale_at(r, i);
    return rq_to_onnx_floats(w, name, scales, n);
}

void rq_to_onnx_fake_quantize(rq_to_onnx *w)
{
    ranges r;
    if (!read_ranges(w, w->node, &r)) {
        rq_to_onnx_fail(w,
                        "QuantizeLinear wants constant ranges of %d levels of which one is 0, the "
                        "same for input and output",
                        RQ_TO_ONNX_MAX_CODE + 1);
        return;
    }
    const char *x = rq_to_onnx_in(w, 0);
    size_t n = r.axis >= 0 ? r.n : 0;
    const char *scale = write_scales(w, &r, rq_to_onnx_suffixed(w, x, "_scale"), n);
    const char *zero = write_zeros(w, &r, rq_to_onnx_suffixed(w, x, "_zero_point"), n);
    x = rq_to_onnx_emit(w, "QuantizeLinear", RQ_NAMES(x, scale, zero));
    if (n) rq_to_onnx_set_int(w, "axis", r.axis);
    rq_to_onnx_result(w, "DequantizeLinear", RQ_NAMES(x, scale, zero));
    if (n) rq_to_onnx_set_int(w, "axis", r.axis);
}

/* -- biases ---------------------------------------------------------------------------------- */

const float *rq_to_onnx_take_bias(rq_to_onnx *w, size_t n, rq_id *sum)
{
    rq_tensor t;
    rq_id out = w->node->out[0];
    int rank = w->graph->values[out]->shape.rank;
    const rq_node *add = rq_to_onnx_only_reader(w, out);
    *sum = out;
    if (!rq_node_is(add, &rq_op_Add) || add->n_in != 2 || rank < 0) return NULL;
    uint32_t side = add->in[0] == out ? 1 : 0;
    if (!rq_to_onnx_known(w, add->in[side], &t) || t.dtype != RQ_DT_F32 ||
        rq_tensor_count(&t) != n || t.shape.rank > rank)
        return NULL;
    int at = 1 - (rank - t.shape.rank);
    if (n != 1 && (at < 0 || t.shape.d[at] != (int64_t)n)) return NULL;
    w->written[add->id] = true;
    *sum = add->out[0];
    return t.data;
}

/* Of the codes that a tensor was rounded to; false where it is none or has many. */
static bool scale_of(rq_to_onnx *w, rq_id value, float *scale)
{
    const rq_node *node = rq_value_producer(w->graph, value);
    ranges r;
    if (!rq_node_is(node, &rq_op_FakeQuantize) || !read_ranges(w, node, &r) || r.n != 1)
        return false;
    *scale = scale_at(&r, 0);
    return true;
}

/* false: a scale is so small that a code would not fit. */
static bool round_bias(int32_t *codes, float *scales, const float *bias, size_t n, float in,
                       const float *weights)
{
    for (size_t i = 0; i < n; i++) {
        scales[i] = in * weights[i];
        double code = nearbyint((double)bias[i] / (double)scales[i]);
        if (!(fabs(code) <= INT32_MAX)) return false;
        codes[i] = (int32_t)code;
    }
    return true;
}

const char *rq_to_onnx_bias(rq_to_onnx *w, const float *bias, size_t n, const float *scales)
{
    const int64_t dims[1] = {(int64_t)n};
    float in;
    int32_t *codes = rq_to_onnx_alloc(w, n, sizeof *codes);
    int32_t *zeros = rq_to_onnx_alloc(w, n, sizeof *zeros);
    float *products = rq_to_onnx_alloc(w, n, sizeof *products);
    const char *name = rq_to_onnx_layer_name(w, "bias");
    if (w->status != RQ_OK) return "";
    if (w->qdq == RQ_QDQ_INT8 || !scales || !scale_of(w, w->node->in[0], &in) ||
        !round_bias(codes, products, bias, n, in, scales))
        return rq_to_onnx_floats(w, name, bias, n);
    const char *x = rq_to_onnx_tensor(w, name, RQ_DT_I32, dims, 1, codes);
    const char *s = rq_to_onnx_floats(w, name, products, n);
    x = rq_to_onnx_emit(w, "DequantizeLinear",
                        RQ_NAMES(x, s, rq_to_onnx_tensor(w, name, RQ_DT_I32, dims, 1, zeros)));
    rq_to_onnx_set_int(w, "axis", 0);
    return x;
}
