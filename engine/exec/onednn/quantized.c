/* Reading quantized graphs: FakeQuantize as codes, integer weights with their scales. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/attrs.h"
#include "engine/ops/quantized_pattern.h"

#include <math.h>

/* -- activations ---------------------------------------------------------------------------- */

typedef struct ranges {
    const float *at[4]; /* input low and high, output low and high */
    size_t n;           /* one, or one per channel */
} ranges;

static bool read_ranges(ranges *r, const rq_lower *l, const rq_node *node)
{
    const rq_shape *whole = &rq_lower_value(l, node->out[0])->shape;
    for (uint32_t i = 0; i < 4; i++) {
        size_t n;
        r->at[i] = rq_lower_floats(l, node->in[i + 1], &n);
        if (!r->at[i] || (i && n != r->n)) return false;
        r->n = n;
        const rq_shape *shape = &rq_lower_value(l, node->in[i + 1])->shape;
        rq_shape channel = rq_channel_shape(whole->rank, n);
        if (n != 1 && (whole->rank < 2 || !rq_shape_equal(shape, &channel))) return false;
    }
    return true;
}

/* Zero must be a code, as padding writes it; a thousandth of a step is what float ranges leave. */
static bool place_zero(rq_u8_params *codes, float low)
{
    float zero = -low / codes->scale, whole = nearbyintf(zero);
    codes->zero_point = (int32_t)whole;
    return fabsf(zero - whole) <= 1e-3f && whole >= 0.0f && whole <= (float)codes->top;
}

static bool near(float a, float b, float width)
{
    return fabsf(a - b) <= 1e-5f * width;
}

/* The codes of channel c; `tail` gives the numbers that the output range stands for. */
static bool read_codes(rq_u8_params *out, const ranges *r, size_t c, int64_t levels,
                       const rq_dequantize *tail)
{
    float low = r->at[0][c], width = r->at[1][c] - low;
    float to_low = (r->at[2][c] - tail->zero) * tail->scale;
    float to_high = (r->at[3][c] - tail->zero) * tail->scale;
    if (!isfinite(width) || !near(to_low, low, width) || !near(to_high, r->at[1][c], width))
        return false;
    *out = (rq_u8_params){.scale = width / (float)(levels - 1), .top = (int32_t)levels - 1};
    return out->scale > 0.0f && place_zero(out, low);
}

/* Scales per channel; the zero point must be one for all, as padding has one code. */
static bool read_channels(rq_u8_params *out, const rq_lower *l, const ranges *r, int64_t levels,
                          const rq_dequantize *tail)
{
    rq_u8_params one;
    float *scales = rq_arena_alloc(l->plan->arena, r->n, sizeof *scales);
    if (!scales || !read_codes(out, r, 0, levels, tail)) return false;
    for (size_t c = 0; c < r->n; c++) {
        if (!read_codes(&one, r, c, levels, tail) || one.zero_point != out->zero_point)
            return false;
        scales[c] = one.scale;
    }
    out->scale = 1.0f;
    out->scales = scales;
    out->n = r->n;
    return true;
}

/* -- codes as integers, and back: ONNX's pairs ------------------------------------------------- */

static const rq_node *follow(rq_dequantize *out, const rq_lower *l, const rq_node *node,
                             const rq_op *op)
{
    const rq_node *consumer = rq_only_consumer(l, node->out[0]);
    if (!consumer || !rq_node_is(consumer, op) || consumer->in[0] != node->out[0]) return NULL;
    out->nodes[out->n++] = consumer;
    return consumer;
}

/* The one number that a node's second input is. */
static bool second_number(float *out, const rq_lower *l, const rq_node *node)
{
    size_t n;
    const float *data = rq_lower_floats(l, node->in[1], &n);
    if (!data || n != 1 || !isfinite(data[0])) return false;
    *out = data[0];
    return true;
}

bool rq_dequantize_find(rq_dequantize *out, const rq_lower *l, const rq_node *fake_quantize)
{
    *out = (rq_dequantize){.scale = 1.0f};
    const rq_node *to = follow(out, l, fake_quantize, &rq_op_Convert);
    if (!to) return false;
    rq_dtype type = rq_lower_value(l, to->out[0])->dtype;
    const rq_node *back =
        type == RQ_DT_I8 || type == RQ_DT_U8 ? follow(out, l, to, &rq_op_Convert) : NULL;
    if (!back || rq_lower_value(l, back->out[0])->dtype != RQ_DT_F32) return false;
    const rq_node *subtract = follow(out, l, back, &rq_op_Subtract);
    if (subtract && !second_number(&out->zero, l, subtract)) return false;
    const rq_node *multiply = follow(out, l, subtract ? subtract : back, &rq_op_Multiply);
    return multiply && second_number(&out->scale, l, multiply);
}

size_t rq_dequantized_nodes(const rq_lower *l, const rq_node *node)
{
    rq_dequantize tail;
    bool has_tail = rq_node_is(node, &rq_op_FakeQuantize) && rq_dequantize_find(&tail, l, node);
    return 1 + (has_tail ? tail.n : 0);
}

bool rq_fake_quantize_u8(rq_u8_params *out, const rq_lower *l, const rq_node *node)
{
    ranges r = {.n = 0};
    if (!rq_node_is(node, &rq_op_FakeQuantize) || node->n_in != 5) return false;
    int64_t levels = rq_attrs_int(rq_lower_op(l, node), rq_lower_attrs(l, node), "levels");
    if (levels < 2 || levels > 256 || !read_ranges(&r, l, node)) return false;
    rq_dequantize tail;
    if (!rq_dequantize_find(&tail, l, node)) tail = (rq_dequantize){.scale = 1.0f};
    return r.n == 1 ? read_codes(out, &r, 0, levels, &tail)
                    : read_channels(out, l, &r, levels, &tail);
}

/* -- weights -------------------------------------------------------------------------------- */

/* Channels are dims [from, to) of a shape. */
typedef struct channel_dims {
    const rq_shape *shape;
    int from, to;
} channel_dims;

static size_t channel_count(const channel_dims *c)
{
    return rq_shape_span(c->shape, c->from, c->to);
}

/* Which channel element `i` belongs to. */
static size_t channel_of(const channel_dims *c, size_t i)
{
    return i / rq_shape_span(c->shape, c->to, c->shape->rank) % channel_count(c);
}

/* Index into an operand that is broadcast to `shape`, of the shape's element i. */
static size_t broadcast_index(const rq_shape *shape, const rq_shape *operand, size_t i)
{
    size_t index = 0, stride = 1;
    for (int d = shape->rank - 1, o = operand->rank - 1; d >= 0; d--, o--) {
        size_t at = i % (size_t)shape->d[d];
        i /= (size_t)shape->d[d];
        if (o < 0) break;
        if (operand->d[o] != 1) index += at * stride;
        stride *= (size_t)operand->d[o];
    }
    return index;
}

typedef struct scale_source {
    const float *data;
    const rq_shape *shape; /* broadcast against the weights */
} scale_source;

/* How many neighbouring elements belong to one channel and one factor. */
static size_t equal_run(const channel_dims *dims, const rq_shape *operand)
{
    int d = dims->shape->rank, o = operand->rank;
    while (d > dims->to && (o <= 0 || operand->d[o - 1] == 1)) d--, o--;
    return rq_shape_span(dims->shape, d, dims->shape->rank);
}

/* One scale per channel, if the factors vary only between channels. */
static rq_status read_scales(rq_integer_weights *out, rq_lower *l, const channel_dims *dims,
                             const scale_source *source)
{
    size_t n = channel_count(dims), count = rq_shape_count(dims->shape);
    size_t step = equal_run(dims, source->shape);
    float *scales = rq_arena_alloc(l->plan->arena, n, sizeof *scales);
    bool *seen = rq_arena_alloc(l->plan->arena, n, sizeof *seen);
    if (!scales || !seen) return RQ_ENOMEM;
    for (size_t i = 0; i < count; i += step) {
        float scale = source->data[broadcast_index(dims->shape, source->shape, i)];
        size_t c = channel_of(dims, i);
        if (seen[c] && scales[c] != scale) return RQ_EUNSUPPORTED;
        seen[c] = true;
        scales[c] = scale;
    }
    out->scales = scales;
    out->n = n;
    return RQ_OK;
}

/* The integers of weights, less their zero points, as int8; NULL where they leave it. */
static const int8_t *signed_codes(rq_lower *l, const rq_quantized_pattern *pattern)
{
    const rq_tensor *codes = rq_lower_value(l, pattern->codes);
    bool shifted = pattern->zero_point != RQ_NONE;
    size_t n = rq_tensor_count(codes), n_zero = 0;
    const float *zero = shifted ? rq_lower_floats(l, pattern->zero_point, &n_zero) : NULL;
    if (!codes->data || (codes->dtype != RQ_DT_I8 && codes->dtype != RQ_DT_U8)) return NULL;
    if (shifted && !zero) return NULL;
    if (!shifted && codes->dtype == RQ_DT_I8) return codes->data;
    int8_t *out = rq_arena_alloc(l->plan->arena, n, 1);
    const rq_shape *zeros = shifted ? &rq_lower_value(l, pattern->zero_point)->shape : NULL;
    for (size_t i = 0; out && i < n; i++) {
        float code = codes->dtype == RQ_DT_I8 ? (float)((const int8_t *)codes->data)[i]
                                              : (float)((const uint8_t *)codes->data)[i];
        if (zero) code -= zero[broadcast_index(&codes->shape, zeros, i)];
        if (!(code >= -128.0f && code <= 127.0f) || code != nearbyintf(code)) return NULL;
        out[i] = (int8_t)code;
    }
    return out;
}

static rq_status read_multiplied(rq_integer_weights *out, rq_lower *l, const rq_node *multiply,
                                 const channel_dims *dims)
{
    rq_quantized_pattern pattern;
    for (uint32_t side = 0; side < 2; side++) {
        size_t n;
        if (!rq_quantized_pattern_at(&pattern, l->graph, multiply, side)) continue;
        const float *scales = rq_lower_floats(l, pattern.scale, &n);
        if (!scales || !rq_shape_equal(&rq_lower_value(l, pattern.codes)->shape, dims->shape))
            continue;
        out->codes = signed_codes(l, &pattern);
        if (!out->codes) continue;
        scale_source source = {scales, &rq_lower_value(l, pattern.scale)->shape};
        return read_scales(out, l, dims, &source);
    }
    return RQ_EUNSUPPORTED;
}

/* FakeQuantize of constant weights, symmetric: codes are what its result is in units of scale. */
static rq_status read_fake_quantized(rq_integer_weights *out, rq_lower *l, const rq_node *node,
                                     const channel_dims *dims)
{
    size_t n_low, n_high, n;
    const float *low = rq_lower_floats(l, node->in[3], &n_low);
    const float *high = rq_lower_floats(l, node->in[4], &n_high);
    const float *weights = rq_lower_floats(l, node->out[0], &n);
    int64_t levels = rq_attrs_int(rq_lower_op(l, node), rq_lower_attrs(l, node), "levels");
    if (!low || !high || !weights || n_low != n_high || levels < 2 || levels > 256)
        return RQ_EUNSUPPORTED;
    float *scales = rq_arena_alloc(l->plan->arena, n_low, sizeof *scales);
    int8_t *codes = rq_arena_alloc(l->plan->arena, n, sizeof *codes);
    if (!scales || !codes) return RQ_ENOMEM;
    for (size_t i = 0; i < n_low; i++) {
        scales[i] = (high[i] - low[i]) / (float)(levels - 1);
        float zero = low[i] / scales[i];
        if (!(scales[i] > 0.0f) || fabsf(zero - nearbyintf(zero)) > 1e-3f) return RQ_EUNSUPPORTED;
    }
    scale_source source = {scales, &rq_lower_value(l, node->in[3])->shape};
    RQ_TRY(read_scales(out, l, dims, &source));
    for (size_t i = 0; i < n; i++) {
        float code = nearbyintf(weights[i] / out->scales[channel_of(dims, i)]);
        if (!(code >= -128.0f && code <= 127.0f)) return RQ_EUNSUPPORTED;
        codes[i] = (int8_t)code;
    }
    out->codes = codes;
    return RQ_OK;
}

rq_status rq_integer_weights_read(rq_integer_weights *out, rq_lower *l, rq_id value, int from,
                                  int to)
{
    const rq_node *node = rq_value_producer(l->graph, value);
    channel_dims dims = {&rq_lower_value(l, value)->shape, from, to};
    if (!rq_lower_is_constant(l, value)) return RQ_EUNSUPPORTED;
    if (rq_node_is(node, &rq_op_Multiply)) return read_multiplied(out, l, node, &dims);
    if (rq_node_is(node, &rq_op_FakeQuantize)) return read_fake_quantized(out, l, node, &dims);
    return RQ_EUNSUPPORTED;
}
