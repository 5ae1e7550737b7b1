/* ONNX's operators on images: samples, patches, crops. */
#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

/* -- samples --------------------------------------------------------------------------------- */

static const char *sample_mode(rq_ir_builder *b)
{
    const char *mode = rq_framework_string(b->node, "mode", "bilinear");
    if (!strcmp(mode, "linear")) return "bilinear";
    return strcmp(mode, "cubic") ? mode : "bicubic";
}

static void map_grid_sample(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), grid = rq_ir_builder_in(b, 1);
    (void)row;
    if (rq_ir_builder_rank(b, x) > 4) {
        rq_ir_builder_unmapped(b, "samples of volumes");
        return;
    }
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "GridSample-9", RQ_IN(x, grid), "align_corners=%s;mode=%s;padding_mode=%s",
                rq_bool_text(rq_framework_int(b->node, "align_corners", 0)), sample_mode(b),
                rq_framework_string(b->node, "padding_mode", "zeros")));
}

static void map_deform_conv(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), w = rq_ir_builder_in(b, 1), offset = rq_ir_builder_in(b, 2);
    const rq_id in[] = {x, offset, w, rq_ir_builder_in(b, 4)};
    rq_onnx_window window;
    (void)row;
    if (rq_ir_builder_require_rank(b, x) != 4) {
        rq_ir_builder_unmapped(b, "an input of another rank than 4");
        return;
    }
    if (!rq_onnx_read_window(&window, b, 2)) return;
    rq_id y =
        rq_emit(b, "DeformableConvolution-8", in, rq_ir_builder_has(b, 4) ? 4 : 3,
                "strides=%s;pads_begin=%s;pads_end=%s;dilations=%s;auto_pad=explicit;group=%d;"
                "deformable_group=%d;bilinear_interpolation_pad=true",
                rq_ir_builder_text(b, window.strides, 2), rq_ir_builder_text(b, window.begin, 2),
                rq_ir_builder_text(b, window.end, 2), rq_ir_builder_text(b, window.dilations, 2),
                (int)rq_framework_int(b->node, "group", 1),
                (int)rq_framework_int(b->node, "offset_group", 1));
    rq_ir_builder_set(b, 0, rq_onnx_add_bias(b, y, 3, 4));
}

/* Where element i of n lies between -1 and 1. */
static float place(int64_t i, int64_t n, bool align_corners)
{
    if (!align_corners) return (float)(2 * i + 1) / (float)n - 1.0f;
    return n > 1 ? 2.0f * (float)i / (float)(n - 1) - 1.0f : 0.0f;
}

/* Rows x, y(, z), 1 of every element of an image or volume, the last axis fastest. */
static rq_id homogeneous_places(rq_ir_builder *b, const int64_t *size, size_t n, bool align_corners)
{
    int64_t count = 1;
    for (size_t i = 0; i < n; i++) count *= size[i];
    float *rows = rq_arena_alloc(b->arena, (size_t)count * (n + 1), sizeof *rows);
    if (!rq_ir_builder_ok(b, rows ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = i;
        for (size_t k = 0; k < n; k++) { /* x is of the last axis */
            size_t axis = n - 1 - k;
            rows[i * (int64_t)(n + 1) + (int64_t)k] =
                place(rest % size[axis], size[axis], align_corners);
            rest /= size[axis];
        }
        rows[i * (int64_t)(n + 1) + (int64_t)n] = 1.0f;
    }
    rq_tensor t = {RQ_DT_F32, {3, {1, count, (int64_t)n + 1}}, rows};
    return rq_emit_const(b, &t);
}

/* The places along one axis of that size, [size]. */
static rq_id line_of(rq_ir_builder *b, rq_id size, bool align_corners)
{
    rq_id at = rq_emit_convert(b, rq_emit_count_up(b, size), RQ_DT_F32);
    rq_id one = rq_emit_like(b, at, 1), two = rq_emit_like(b, at, 2);
    rq_id n = rq_emit_convert(b, size, RQ_DT_F32);
    at = rq_emit_binary(b, "Multiply-1", at, two);
    if (!align_corners) {
        at = rq_emit_binary(b, "Divide-1", rq_emit_binary(b, "Add-1", at, one), n);
        return rq_emit_binary(b, "Subtract-1", at, one);
    }
    n = rq_emit_binary(b, "Subtract-1", n, one); /* of one element the place is 0 */
    at = rq_emit_binary(b, "Divide-1", at, rq_emit_binary(b, "Maximum-1", n, one));
    return rq_emit_binary(b, "Subtract-1", at, rq_emit_binary(b, "Minimum-1", n, one));
}

/* The same of sizes that are known only when the model runs: a row of n. */
static rq_id homogeneous_places_of(rq_ir_builder *b, rq_id sizes, size_t n, bool align_corners)
{
    rq_id parts[4];
    for (size_t k = 0; k < n; k++) { /* x is of the last axis */
        size_t axis = n - 1 - k, others = 0;
        int64_t free[3];
        for (size_t i = 0; i < n; i++)
            if (i != axis) free[others++] = (int64_t)i;
        rq_id size = rq_emit_gather(b, sizes, rq_emit_int(b, (int64_t)axis), 0);
        rq_id line = rq_emit_unsqueeze(b, line_of(b, size, align_corners), free, others);
        parts[k] = rq_emit(b, "Broadcast-3", RQ_IN(line, sizes), "mode=numpy");
    }
    parts[n] =
        rq_emit(b, "Broadcast-3", RQ_IN(rq_emit_scalar(b, RQ_DT_F32, 1), sizes), "mode=numpy");
    const int64_t last = (int64_t)n, rows[3] = {1, -1, (int64_t)n + 1};
    for (size_t k = 0; k <= n; k++) parts[k] = rq_emit_unsqueeze(b, parts[k], &last, 1);
    return rq_emit_reshape(b, rq_emit(b, "Concat-1", parts, n + 1, "axis=%zu", n), rows, 3);
}

static void affine_grid_by_value(rq_ir_builder *b, rq_id theta, rq_id size, size_t n, bool corners)
{
    int64_t spatial[3];
    for (size_t i = 0; i < n; i++) spatial[i] = (int64_t)i + 2;
    size = rq_emit_convert(b, size, RQ_DT_I64);
    rq_id sizes = rq_emit_gather(b, size, rq_emit_ints(b, spatial, n), 0);
    rq_id places = homogeneous_places_of(b, sizes, n, corners);
    places = rq_emit_convert(b, places, rq_ir_builder_dtype(b, theta));
    rq_id grid = rq_emit_mat_mul(b, places, theta, false, true);
    const int64_t count = (int64_t)n;
    rq_id batch = rq_emit_gather(b, size, RQ_EMIT_INTS(b, 0), 0);
    rq_id shape = rq_emit(b, "Concat-1", RQ_IN(batch, sizes, rq_emit_ints(b, &count, 1)), "axis=0");
    rq_ir_builder_set(b, 0, rq_emit(b, "Reshape-1", RQ_IN(grid, shape), "special_zero=false"));
}

static void map_affine_grid(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t size[RQ_MAX_RANK], shape[RQ_MAX_RANK + 1];
    size_t n;
    rq_id theta = rq_ir_builder_in(b, 0);
    (void)row;
    bool corners = rq_framework_int(b->node, "align_corners", 0) != 0;
    if (!rq_ir_builder_ints(b, rq_ir_builder_in(b, 1), size, RQ_MAX_RANK, &n)) {
        rq_shape row_of_theta = rq_ir_builder_shape(b, theta);
        bool planar = row_of_theta.rank == 3 && row_of_theta.d[1] == 2;
        if (row_of_theta.rank == 3 && (planar || row_of_theta.d[1] == 3))
            affine_grid_by_value(b, theta, rq_ir_builder_in(b, 1), planar ? 2 : 3, corners);
        else
            rq_ir_builder_unmapped(b, "transformations of an unknown number of dimensions");
        return;
    }
    int64_t elements = 1;
    for (size_t i = 2; i < n && elements > 0; i++)
        elements = size[i] > 0 && size[i] < INT32_MAX / elements ? elements * size[i] : 0;
    if (n < 4 || n > 5 || elements < 1) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "a size of %zu numbers, or too large", n);
        return;
    }
    rq_id places = homogeneous_places(b, size + 2, n - 2, corners);
    places = rq_emit_convert(b, places, rq_ir_builder_dtype(b, theta));
    rq_id grid = rq_emit_mat_mul(b, places, theta, false, true);
    shape[0] = size[0];
    memcpy(shape + 1, size + 2, (n - 2) * sizeof *shape);
    shape[n - 1] = (int64_t)n - 2;
    rq_ir_builder_set(b, 0, rq_emit_reshape(b, grid, shape, n));
}

/* -- patches --------------------------------------------------------------------------------- */

static void map_col2im(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_onnx_window window;
    rq_shape size = rq_ir_builder_shape(b, rq_ir_builder_in(b, 1));
    (void)row;
    if (size.rank != 1 || size.d[0] != 2) {
        rq_ir_builder_unmapped(b, "patches of other than two dimensions");
        return;
    }
    if (!rq_onnx_read_window(&window, b, 2)) return;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Col2Im-15",
                RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2)),
                "strides=%s;dilations=%s;pads_begin=%s;pads_end=%s",
                rq_ir_builder_text(b, window.strides, 2),
                rq_ir_builder_text(b, window.dilations, 2), rq_ir_builder_text(b, window.begin, 2),
                rq_ir_builder_text(b, window.end, 2)));
}

/* -- crops ----------------------------------------------------------------------------------- */

/* Where sizes are known only when the model runs: halves towards zero. */
static void crop_pad_by_value(rq_ir_builder *b, rq_id x, const int64_t *axes, size_t n)
{
    int64_t all[RQ_MAX_RANK], zeros[RQ_MAX_RANK] = {0}, rank = rq_ir_builder_rank(b, x);
    rq_id sizes = rq_emit_convert(b, rq_ir_builder_in(b, 1), RQ_DT_I64);
    for (int64_t i = 0; i < rank; i++) all[i] = i;
    rq_id places = rq_emit_ints(b, n ? axes : all, n ? n : (size_t)rank);
    rq_id now = rq_emit_gather(b, rq_emit_shape_of(b, x), places, 0);
    rq_id more = rq_emit_binary(b, "Subtract-1", sizes, now);
    rq_id half = rq_emit_binary(b, "Divide-1", rq_emit_unary(b, "Abs-1", more), rq_emit_int(b, 2));
    half = rq_emit_binary(b, "Multiply-1", half, rq_emit_unary(b, "Sign-1", more));
    rq_id none = rq_emit_ints(b, zeros, (size_t)rank), axis = rq_emit_int(b, 0);
    rq_id begin = rq_emit(b, "ScatterUpdate-3", RQ_IN(none, places, half, axis), "%s", "");
    rq_id end =
        rq_emit(b, "ScatterUpdate-3",
                RQ_IN(none, places, rq_emit_binary(b, "Subtract-1", more, half), axis), "%s", "");
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Pad-12", RQ_IN(x, begin, end, rq_emit_like(b, x, 0)), "pad_mode=constant"));
}

static void map_center_crop_pad(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t axes[RQ_MAX_RANK], sizes[RQ_MAX_RANK], begin[RQ_MAX_RANK] = {0}, end[RQ_MAX_RANK] = {0};
    size_t n, n_sizes;
    (void)row;
    if (rq_ir_builder_require_rank(b, x) < 0 ||
        !rq_onnx_ints(b, SIZE_MAX, "axes", axes, RQ_MAX_RANK, &n))
        return;
    bool known = rq_ir_builder_ints(b, rq_ir_builder_in(b, 1), sizes, RQ_MAX_RANK, &n_sizes);
    for (size_t i = 0; i < n; i++) axes[i] = rq_onnx_axis(axes[i], shape.rank);
    for (size_t i = 0; known && i < n_sizes; i++) {
        int64_t axis = n ? axes[i < n ? i : 0] : (int64_t)i;
        if ((n && n != n_sizes) || axis < 0 || axis >= shape.rank) {
            rq_ir_builder_fail(b, RQ_EFORMAT, "%zu sizes for %zu axes", n_sizes, n);
            return;
        }
        known = shape.d[axis] != RQ_DYNAMIC;
    }
    if (!known) {
        crop_pad_by_value(b, x, axes, n);
        return;
    }
    for (size_t i = 0; i < n_sizes; i++) {
        int64_t axis = n ? axes[i] : (int64_t)i;
        int64_t more = sizes[i] - shape.d[axis];
        begin[axis] = more / 2; /* of a crop and of pads the smaller half is in front */
        end[axis] = more - begin[axis];
    }
    rq_ir_builder_set(b, 0, rq_onnx_pad(b, x, begin, end, (size_t)shape.rank, 0));
}

/* "border" is left, top, right, bottom; with "scale" what stays is of that size. */
static void map_crop(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    size_t n, n_scale;
    const int64_t *border = rq_framework_ints(b->node, "border", &n);
    const int64_t *scale = rq_framework_ints(b->node, "scale", &n_scale);
    (void)row;
    if (n != 4 || shape.rank != 4 || !rq_shape_is_static(&shape)) {
        rq_ir_builder_unmapped(b, "an input of unknown size, or without borders");
        return;
    }
    int64_t begin[4] = {0, 0, -border[1], -border[0]}, end[4] = {0, 0, -border[3], -border[2]};
    for (int i = 0; i < 2 && n_scale == 2; i++)
        end[i + 2] = scale[i] - shape.d[i + 2] - begin[i + 2];
    rq_ir_builder_set(b, 0, rq_onnx_pad(b, x, begin, end, 4, 0));
}

static void map_image_scaler(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    const rq_framework_attr *bias = rq_framework_find_attr(b->node, "bias");
    rq_id y = rq_emit_binary(b, "Multiply-1", x,
                             rq_onnx_like(b, x, rq_framework_float(b->node, "scale", 1.0)));
    (void)row;
    if (bias && bias->kind == RQ_FRAMEWORK_FLOATS && bias->n) {
        rq_id summand = rq_emit_reals(b, bias->floats, &(rq_shape){3, {(int64_t)bias->n, 1, 1}});
        y = rq_emit_binary(b, "Add-1", y, summand);
    }
    rq_ir_builder_set(b, 0, y);
}

static const rq_op_mapping_row rows[] = {
    {"", "AffineGrid", map_affine_grid, NULL},
    {"", "CenterCropPad", map_center_crop_pad, NULL},
    {"", "Col2Im", map_col2im, NULL},
    {"", "Crop", map_crop, NULL},
    {"", "DeformConv", map_deform_conv, NULL},
    {"", "GridSample", map_grid_sample, NULL},
    {"com.microsoft", "GridSample", map_grid_sample, NULL},
    {"", "ImageScaler", map_image_scaler, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_vision, rows)
