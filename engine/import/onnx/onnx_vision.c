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

static void map_affine_grid(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t size[RQ_MAX_RANK], shape[RQ_MAX_RANK + 1];
    size_t n;
    rq_id theta = rq_ir_builder_in(b, 0);
    (void)row;
    if (!rq_ir_builder_require_ints(b, rq_ir_builder_in(b, 1), size, RQ_MAX_RANK, &n, "size"))
        return;
    int64_t elements = 1;
    for (size_t i = 2; i < n && elements > 0; i++)
        elements = size[i] > 0 && size[i] < INT32_MAX / elements ? elements * size[i] : 0;
    if (n < 4 || n > 5 || elements < 1) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "a size of %zu numbers, or too large", n);
        return;
    }
    bool corners = rq_framework_int(b->node, "align_corners", 0) != 0;
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

static void map_center_crop_pad(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t axes[RQ_MAX_RANK], sizes[RQ_MAX_RANK], begin[RQ_MAX_RANK] = {0}, end[RQ_MAX_RANK] = {0};
    size_t n, n_sizes;
    (void)row;
    if (rq_ir_builder_require_rank(b, x) < 0 ||
        !rq_onnx_ints(b, SIZE_MAX, "axes", axes, RQ_MAX_RANK, &n) ||
        !rq_ir_builder_require_ints(b, rq_ir_builder_in(b, 1), sizes, RQ_MAX_RANK, &n_sizes,
                                    "shape"))
        return;
    for (size_t i = 0; i < n_sizes; i++) {
        int64_t axis = n ? rq_onnx_axis(axes[i < n ? i : 0], shape.rank) : (int64_t)i;
        if ((n && n != n_sizes) || axis < 0 || axis >= shape.rank || shape.d[axis] == RQ_DYNAMIC) {
            rq_ir_builder_unmapped(b, "axes of unknown size");
            return;
        }
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
