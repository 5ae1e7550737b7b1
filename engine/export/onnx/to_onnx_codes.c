/* Constants stored as integers: initializers and DequantizeLinear. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/ops/operators.h"
#include "engine/ops/quantized_pattern.h"

#include <string.h>

/* The content as f32. */
static bool known_f32(rq_to_onnx *w, rq_id value, rq_tensor *out)
{
    rq_tensor t;
    if (!rq_to_onnx_known(w, value, &t)) return false;
    *out = (rq_tensor){RQ_DT_F32, t.shape, t.data};
    if (t.dtype == RQ_DT_F32) return true;
    out->data = rq_to_onnx_alloc(w, rq_tensor_count(&t), sizeof(float));
    return out->data &&
           rq_convert(out->data, RQ_DT_F32, t.data, t.dtype, rq_tensor_count(&t)) == RQ_OK;
}

bool rq_to_onnx_find_codes(rq_to_onnx *w, rq_id value, rq_to_onnx_codes *out)
{
    const rq_node *node = rq_value_producer(w->graph, value);
    rq_quantized_pattern p;
    if (rq_node_is(node, &rq_op_Convert) && node->in[0] != RQ_NONE) /* from an f16 chain */
        node = rq_value_producer(w->graph, node->in[0]);
    if (!rq_node_is(node, &rq_op_Multiply) || !rq_quantized_pattern_find(&p, w->graph, node))
        return false;
    *out = (rq_to_onnx_codes){.name = node->name};
    if (!rq_to_onnx_known(w, p.codes, &out->codes) || !known_f32(w, p.scale, &out->scale))
        return false;
    return (p.zero_point == RQ_NONE || known_f32(w, p.zero_point, &out->zero)) &&
           out->scale.shape.rank <= out->codes.shape.rank &&
           out->zero.shape.rank <= out->codes.shape.rank;
}

/* The Subtract of a zero point, which only the Multiply behind it reads. */
static bool is_inside_codes(rq_to_onnx *w, const rq_node *node)
{
    rq_to_onnx_codes codes;
    const rq_node *reader =
        rq_node_is(node, &rq_op_Subtract) ? rq_to_onnx_only_reader(w, node->out[0]) : NULL;
    return reader && rq_node_is(reader, &rq_op_Multiply) &&
           rq_to_onnx_find_codes(w, reader->out[0], &codes) && codes.zero.data;
}

bool rq_to_onnx_is_constant(rq_to_onnx *w, const rq_node *node)
{
    rq_to_onnx_codes codes;
    rq_to_onnx_groups groups;
    if (node->n_out != 1) return false;
    return rq_to_onnx_is_known(w, node->out[0]) || rq_to_onnx_find_codes(w, node->out[0], &codes) ||
           rq_to_onnx_find_groups(w, node, &groups) || is_inside_codes(w, node);
}

/* -- channels ------------------------------------------------------------------------------- */

/* Dimension d of the codes, in a tensor that is broadcast to them. */
static int64_t dim_of(const rq_shape *shape, int d, int rank)
{
    int at = d - (rank - shape->rank);
    return at < 0 ? 1 : shape->d[at];
}

static bool differs_only_along(const rq_shape *shape, int rank, int axis, int n)
{
    for (int d = 0; d < rank; d++)
        if ((d < axis || d >= axis + n) && dim_of(shape, d, rank) != 1) return false;
    return true;
}

bool rq_to_onnx_codes_along(const rq_to_onnx_codes *c, int axis, int n)
{
    int rank = c->codes.shape.rank;
    return differs_only_along(&c->scale.shape, rank, axis, n) &&
           (!c->zero.data || differs_only_along(&c->zero.shape, rank, axis, n));
}

/* One value per index of the codes' dimensions [axis, axis + n). */
static float *spread(rq_to_onnx *w, const rq_tensor *t, const rq_shape *codes, int axis, int n)
{
    size_t count = rq_shape_span(codes, axis, axis + n);
    float *out = rq_to_onnx_alloc(w, count, sizeof *out);
    for (size_t i = 0; out && i < count; i++) {
        size_t at = 0, rest = i, stride = 1;
        for (int d = axis + n - 1; d >= axis; d--) {
            size_t index = rest % (size_t)codes->d[d],
                   dim = (size_t)dim_of(&t->shape, d, codes->rank);
            rest /= (size_t)codes->d[d];
            if (dim != 1) at += index * stride;
            stride *= dim;
        }
        out[i] = ((const float *)t->data)[at];
    }
    return out;
}

/* Of the codes' type, as ONNX wants it; n 0: a scalar. */
static const char *zero_points(rq_to_onnx *w, const rq_to_onnx_codes *c, const float *zeros,
                               size_t n)
{
    const int64_t dims[1] = {(int64_t)n};
    size_t count = n ? n : 1;
    void *data = rq_to_onnx_alloc(w, count, 1);
    for (size_t i = 0; data && zeros && i < count; i++)
        rq_store_i64(data, c->codes.dtype, i, (int64_t)zeros[i]);
    return rq_to_onnx_tensor(w, rq_to_onnx_suffixed(w, c->name, "_zero_point"), c->codes.dtype,
                             dims, n ? 1 : 0, data);
}

const char *rq_to_onnx_dequantize(rq_to_onnx *w, const rq_to_onnx_codes *c,
                                  const rq_to_onnx_channels *ch, const float **scales)
{
    const float *scale = spread(w, &c->scale, &c->codes.shape, ch->axis, ch->n), *zero = NULL;
    size_t n = ch->n ? rq_shape_span(&c->codes.shape, ch->axis, ch->axis + ch->n) : 0;
    if (c->zero.data) zero = spread(w, &c->zero, &c->codes.shape, ch->axis, ch->n);
    if (w->status != RQ_OK) return "";
    if (scales) *scales = scale;
    const char *x = rq_to_onnx_tensor(w, rq_to_onnx_suffixed(w, c->name, "_quantized"),
                                      c->codes.dtype, ch->dims, ch->n_dims, ch->data);
    const char *s = rq_to_onnx_floats(w, rq_to_onnx_suffixed(w, c->name, "_scale"), scale, n);
    x = rq_to_onnx_emit(w, "DequantizeLinear", RQ_NAMES(x, s, zero_points(w, c, zero, n)));
    if (n) rq_to_onnx_set_int(w, "axis", ch->onnx_axis);
    return x;
}

/* Along more than one dimension: as operators. */
static const char *dequantize_plainly(rq_to_onnx *w, const rq_to_onnx_codes *c)
{
    const rq_shape *codes = &c->codes.shape, *scale = &c->scale.shape, *zero = &c->zero.shape;
    const char *x = rq_to_onnx_cast(
        w,
        rq_to_onnx_tensor(w, rq_to_onnx_suffixed(w, c->name, "_quantized"), c->codes.dtype,
                          codes->d, (size_t)codes->rank, c->codes.data),
        RQ_DT_F32);
    if (c->zero.data)
        x = rq_to_onnx_emit(
            w, "Sub",
            RQ_NAMES(x, rq_to_onnx_tensor(w, rq_to_onnx_suffixed(w, c->name, "_zero_point"),
                                          RQ_DT_F32, zero->d, (size_t)zero->rank, c->zero.data)));
    return rq_to_onnx_emit(
        w, "Mul",
        RQ_NAMES(x, rq_to_onnx_tensor(w, rq_to_onnx_suffixed(w, c->name, "_scale"), RQ_DT_F32,
                                      scale->d, (size_t)scale->rank, c->scale.data)));
}

const char *rq_to_onnx_dequantize_any(rq_to_onnx *w, const rq_to_onnx_codes *c)
{
    const rq_shape *codes = &c->codes.shape;
    rq_to_onnx_channels ch = {0, 0, 0, codes->d, (size_t)codes->rank, c->codes.data};
    if (rq_dtype_bits(c->codes.dtype) < 8) return dequantize_plainly(w, c);
    if (rq_to_onnx_codes_along(c, 0, 0)) return rq_to_onnx_dequantize(w, c, &ch, NULL);
    for (int d = 0; d < codes->rank; d++) {
        ch.axis = ch.onnx_axis = d;
        ch.n = 1;
        if (rq_to_onnx_codes_along(c, d, 1)) return rq_to_onnx_dequantize(w, c, &ch, NULL);
    }
    return dequantize_plainly(w, c);
}
