#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

bool rq_onnx_ints(rq_ir_builder *b, size_t input, const char *attr, int64_t *out, size_t capacity,
                  size_t *n)
{
    *n = 0;
    if (rq_ir_builder_has(b, input))
        return rq_ir_builder_require_ints(b, rq_ir_builder_in(b, input), out, capacity, n, attr);
    const int64_t *ints = rq_framework_ints(b->node, attr, n);
    if (*n > capacity) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%s has %zu elements, at most %zu are possible", attr, *n,
                           capacity);
        return false;
    }
    if (*n) memcpy(out, ints, *n * sizeof *out);
    return b->status == RQ_OK;
}

static bool product(int64_t *out, const rq_shape *shape, int begin, int end)
{
    *out = 1;
    for (int i = begin; i < end; i++) {
        if (shape->d[i] == RQ_DYNAMIC) return false;
        *out *= shape->d[i];
    }
    return true;
}

static rq_id product_of(rq_ir_builder *b, rq_id shape, int64_t begin, int64_t end)
{
    rq_id part = rq_emit_slice(b, shape, 0, begin, end, 1);
    return rq_emit(b, "ReduceProd-1", RQ_IN(part, RQ_EMIT_INTS(b, 0)), "keep_dims=true");
}

rq_id rq_onnx_flatten(rq_ir_builder *b, rq_id x, int64_t axis)
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t rows, columns;
    if (axis < 0 && rq_ir_builder_require_rank(b, x) < 0) return RQ_NONE;
    axis = rq_onnx_axis(axis, shape.rank);
    if (shape.rank >= 0 && (axis < 0 || axis > shape.rank)) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "axis %d, but its input has rank %d", (int)axis,
                           shape.rank);
        return RQ_NONE;
    }
    if (shape.rank == 2 && axis == 1) return x;
    if (axis == 0) return rq_emit_reshape(b, x, (const int64_t[]){1, -1}, 2);
    if (axis == 1) return rq_emit_reshape(b, x, (const int64_t[]){0, -1}, 2);
    if (shape.rank >= 0 && product(&rows, &shape, 0, (int)axis))
        return rq_emit_reshape(b, x, (const int64_t[]){rows, -1}, 2);
    if (shape.rank >= 0 && product(&columns, &shape, (int)axis, shape.rank))
        return rq_emit_reshape(b, x, (const int64_t[]){-1, columns}, 2);
    rq_id dims = rq_emit_shape_of(b, x);
    rq_id sizes =
        rq_emit(b, "Concat-1", RQ_IN(product_of(b, dims, 0, axis), RQ_EMIT_INTS(b, -1)), "axis=0");
    return rq_emit(b, "Reshape-1", RQ_IN(x, sizes), "special_zero=false");
}

rq_id rq_onnx_per_channel(rq_ir_builder *b, rq_id row, int rank)
{
    int64_t dims[RQ_MAX_RANK] = {-1};
    if (rank <= 2) return row;
    for (int i = 1; i < rank - 1; i++) dims[i] = 1;
    return rq_emit_reshape(b, row, dims, (size_t)rank - 1);
}

rq_id rq_onnx_dim(rq_ir_builder *b, rq_id x, int64_t axis)
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t k = rq_onnx_axis(axis, shape.rank);
    if (shape.rank >= 0 && k >= 0 && k < shape.rank && shape.d[k] != RQ_DYNAMIC)
        return rq_emit_int(b, shape.d[k]);
    return rq_emit_gather(b, rq_emit_shape_of(b, x), rq_emit_int(b, axis), 0);
}

rq_id rq_onnx_add_input(rq_ir_builder *b, rq_id x, size_t input)
{
    return rq_ir_builder_has(b, input) ? rq_emit_binary(b, "Add-1", x, rq_ir_builder_in(b, input))
                                       : x;
}

rq_id rq_onnx_pad(rq_ir_builder *b, rq_id x, const int64_t *begin, const int64_t *end, size_t rank,
                  double value)
{
    return rq_emit(b, "Pad-12",
                   RQ_IN(x, rq_emit_ints(b, begin, rank), rq_emit_ints(b, end, rank),
                         rq_onnx_like(b, x, value)),
                   "pad_mode=constant");
}

/* -- windows --------------------------------------------------------------------------------- */

static const char *auto_pad(rq_ir_builder *b)
{
    static const struct {
        const char *onnx, *ir;
    } table[] = {{"NOTSET", "explicit"},
                 {"SAME_UPPER", "same_upper"},
                 {"SAME_LOWER", "same_lower"},
                 {"VALID", "valid"}};
    const char *text = rq_framework_string(b->node, "auto_pad", "NOTSET");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (!strcmp(text, table[i].onnx)) return table[i].ir;
    rq_ir_builder_fail(b, RQ_EFORMAT, "auto_pad is '%s'", text);
    return "explicit";
}

bool rq_onnx_check_window(rq_ir_builder *b, const char *name, const int64_t *sizes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sizes[i] < -INT32_MAX || sizes[i] > INT32_MAX) {
            rq_ir_builder_fail(b, RQ_EFORMAT, "%s: %lld is beyond any tensor", name,
                               (long long)sizes[i]);
            return false;
        }
    return true;
}

static bool read_list(int64_t *out, rq_ir_builder *b, const char *name, size_t n, int64_t fallback)
{
    size_t found;
    const int64_t *ints = rq_framework_ints(b->node, name, &found);
    for (size_t i = 0; i < n; i++) out[i] = found ? ints[i < found ? i : 0] : fallback;
    if (found != 0 && found != n) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%s has %zu elements, expected %zu", name, found, n);
        return false;
    }
    return rq_onnx_check_window(b, name, out, n);
}

bool rq_onnx_read_window(rq_onnx_window *out, rq_ir_builder *b, size_t n)
{
    int64_t pads[2 * RQ_MAX_RANK] = {0};
    if (b->status != RQ_OK || n > RQ_MAX_RANK) return false;
    out->n = n;
    out->auto_pad = auto_pad(b);
    if (!read_list(out->strides, b, "strides", n, 1) ||
        !read_list(out->dilations, b, "dilations", n, 1) || !read_list(pads, b, "pads", 2 * n, 0))
        return false;
    memcpy(out->begin, pads, n * sizeof *pads);
    memcpy(out->end, pads + n, n * sizeof *pads);
    return b->status == RQ_OK;
}
