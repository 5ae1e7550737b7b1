/* ONNX's pooling of regions. */
#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

static void map_max_roi_pool(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n;
    const int64_t *size = rq_framework_ints(b->node, "pooled_shape", &n);
    (void)row;
    if (n != 2) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "pooled_shape has %zu elements, expected 2", n);
        return;
    }
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "ROIPooling-2", RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                "pooled_h=%d;pooled_w=%d;spatial_scale=%.9g;method=max;output_size=%d,%d",
                (int)size[0], (int)size[1], rq_framework_float(b->node, "spatial_scale", 1.0),
                (int)size[0], (int)size[1]));
}

/* -- RoiAlign -------------------------------------------------------------------------------- */

/* The largest of a bin is, by ONNX's reference and Runtime, that of its samples' four weighted
 * neighbours each, not of their sums, as in the IR: so it is computed step by step. */

typedef struct roi_align {
    int64_t bins[2];  /* rows, columns */
    int64_t ratio;    /* samples of a bin along an axis; 0: by the region's size */
    double scale;     /* of the regions' corners */
    bool half_pixel;  /* else regions are at least one element large */
    rq_id x, corners; /* [N, C, H, W], [R, 4] */
} roi_align;

/* The samples along one axis, each [R, bins, samples]: the elements before and behind, and what
 * they weigh; 0 outside of the image. */
typedef struct samples {
    rq_id before, behind, weight_before, weight_behind;
} samples;

static rq_id number(rq_ir_builder *b, double value)
{
    return rq_emit_scalar(b, RQ_DT_F32, value);
}

static rq_id count_up(rq_ir_builder *b, rq_id n)
{
    return rq_emit(b, "Range-4", RQ_IN(number(b, 0), n, number(b, 1)), "output_type=f32");
}

/* Column k of the corners, in elements of the map: [R, 1, 1]. */
static rq_id corner(rq_ir_builder *b, const roi_align *a, int64_t k)
{
    rq_id column = rq_emit_gather(b, a->corners, RQ_EMIT_INTS(b, k), 1);
    column = rq_emit_convert(b, rq_emit_reshape(b, column, (int64_t[]){-1, 1, 1}, 3), RQ_DT_F32);
    column = rq_emit_binary(b, "Multiply-1", column, number(b, a->scale));
    return a->half_pixel ? rq_emit_binary(b, "Subtract-1", column, number(b, 0.5)) : column;
}

/* Where the samples are. Regions with fewer than the most samples repeat their last one. */
static rq_id positions(rq_ir_builder *b, const roi_align *a, int axis)
{
    rq_id begin = corner(b, a, axis ? 0 : 1), end = corner(b, a, axis ? 2 : 3);
    rq_id size = rq_emit_binary(b, "Subtract-1", end, begin), n = number(b, (double)a->ratio),
          most = n;
    if (!a->half_pixel) size = rq_emit_binary(b, "Maximum-1", size, number(b, 1));
    rq_id bin = rq_emit_binary(b, "Divide-1", size, number(b, (double)a->bins[axis]));
    if (!a->ratio) {
        n = rq_emit(b, "Ceiling-1", RQ_IN(bin), "%s", "");
        n = rq_emit_binary(b, "Maximum-1", n, number(b, 1));
        most = rq_emit(b, "ReduceMax-1", RQ_IN(n, RQ_EMIT_INTS(b, 0, 1, 2)), "keep_dims=false");
    }
    rq_id last = rq_emit_binary(b, "Subtract-1", n, number(b, 1));
    rq_id k = rq_emit_binary(b, "Minimum-1", count_up(b, most), last);
    rq_id in_bin = rq_emit_binary(b, "Divide-1", rq_emit_binary(b, "Add-1", k, number(b, 0.5)), n);
    rq_id bins =
        rq_emit_reshape(b, count_up(b, number(b, (double)a->bins[axis])), (int64_t[]){1, -1, 1}, 3);
    rq_id at = rq_emit_binary(b, "Multiply-1", rq_emit_binary(b, "Add-1", bins, in_bin), bin);
    return rq_emit_binary(b, "Add-1", at, begin);
}

static samples sample(rq_ir_builder *b, const roi_align *a, int axis)
{
    rq_id size = rq_emit_convert(b, rq_onnx_dim(b, a->x, axis + 2), RQ_DT_F32);
    rq_id at = positions(b, a, axis), last = rq_emit_binary(b, "Subtract-1", size, number(b, 1));
    rq_id inside =
        rq_emit_binary(b, "LogicalAnd-1", rq_emit_binary(b, "GreaterEqual-1", at, number(b, -1)),
                       rq_emit_binary(b, "LessEqual-1", at, size));
    inside = rq_emit_convert(b, inside, RQ_DT_F32);
    at = rq_emit_binary(b, "Minimum-1", rq_emit_binary(b, "Maximum-1", at, number(b, 0)), last);
    rq_id before = rq_emit(b, "Floor-1", RQ_IN(at), "%s", "");
    rq_id behind =
        rq_emit_binary(b, "Minimum-1", rq_emit_binary(b, "Add-1", before, number(b, 1)), last);
    rq_id part = rq_emit_binary(b, "Subtract-1", at, before);
    rq_id rest = rq_emit_binary(b, "Subtract-1", number(b, 1), part);
    return (samples){rq_emit_convert(b, before, RQ_DT_I64), rq_emit_convert(b, behind, RQ_DT_I64),
                     rq_emit_binary(b, "Multiply-1", rest, inside),
                     rq_emit_binary(b, "Multiply-1", part, inside)};
}

/* One neighbour of every sample, weighted: [R, rows, samples, columns, samples, C]. */
static rq_id neighbour(rq_ir_builder *b, const roi_align *a, rq_id pixels, rq_id y, rq_id weight_y,
                       rq_id x, rq_id weight_x)
{
    const int64_t behind[] = {3, 4}, before[] = {1, 2}, last = 5;
    y = rq_emit_unsqueeze(b, y, behind, 2);
    x = rq_emit_unsqueeze(b, x, before, 2);
    rq_id index =
        rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Multiply-1", y, rq_onnx_dim(b, a->x, 3)), x);
    rq_id value = rq_emit_gather(b, pixels, index, 0);
    rq_id weight = rq_emit_binary(b, "Multiply-1", rq_emit_unsqueeze(b, weight_y, behind, 2),
                                  rq_emit_unsqueeze(b, weight_x, before, 2));
    return rq_emit_binary(b, "Multiply-1", value, rq_emit_unsqueeze(b, weight, &last, 1));
}

static rq_id align_largest(rq_ir_builder *b, const roi_align *a)
{
    rq_id channels = rq_onnx_dim(b, a->x, 1);
    rq_id shape = rq_emit(
        b, "Concat-1", RQ_IN(RQ_EMIT_INTS(b, -1), rq_emit_unsqueeze(b, channels, &(int64_t){0}, 1)),
        "axis=0");
    rq_id pixels = rq_emit_transpose(b, a->x, (int64_t[]){0, 2, 3, 1}, 4);
    pixels = rq_emit(b, "Reshape-1", RQ_IN(pixels, shape), "special_zero=false");
    samples y = sample(b, a, 0), x = sample(b, a, 1);
    rq_id image = rq_emit_convert(b, rq_ir_builder_in(b, 2), RQ_DT_I64);
    image = rq_emit_reshape(b, image, (int64_t[]){-1, 1, 1}, 3);
    rq_id first =
        rq_emit_binary(b, "Multiply-1", image, rq_onnx_dim(b, a->x, 2)); /* the image's first row */
    y.before = rq_emit_binary(b, "Add-1", y.before, first);
    y.behind = rq_emit_binary(b, "Add-1", y.behind, first);
    rq_id top = rq_emit_binary(
        b, "Maximum-1",
        neighbour(b, a, pixels, y.before, y.weight_before, x.before, x.weight_before),
        neighbour(b, a, pixels, y.before, y.weight_before, x.behind, x.weight_behind));
    rq_id low = rq_emit_binary(
        b, "Maximum-1",
        neighbour(b, a, pixels, y.behind, y.weight_behind, x.before, x.weight_before),
        neighbour(b, a, pixels, y.behind, y.weight_behind, x.behind, x.weight_behind));
    rq_id most = rq_emit(b, "ReduceMax-1",
                         RQ_IN(rq_emit_binary(b, "Maximum-1", top, low), RQ_EMIT_INTS(b, 2, 4)),
                         "keep_dims=false");
    return rq_emit_transpose(b, most, (int64_t[]){0, 3, 1, 2}, 4);
}

static rq_id align_mean(rq_ir_builder *b, const roi_align *a)
{
    return rq_emit(b, "ROIAlign-9", RQ_IN(a->x, a->corners, rq_ir_builder_in(b, 2)),
                   "pooled_h=%d;pooled_w=%d;sampling_ratio=%d;spatial_scale=%.9g;mode=avg;"
                   "aligned_mode=%s",
                   (int)a->bins[0], (int)a->bins[1], (int)a->ratio, a->scale,
                   a->half_pixel ? "half_pixel_for_nn" : "asymmetric");
}

static void map_roi_align(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const char *fallback = b->source->opset >= 16 ? "half_pixel" : "output_half_pixel";
    const char *where = rq_framework_string(b->node, "coordinate_transformation_mode", fallback);
    const roi_align a = {.bins = {rq_framework_int(b->node, "output_height", 1),
                                  rq_framework_int(b->node, "output_width", 1)},
                         .ratio = rq_framework_int(b->node, "sampling_ratio", 0),
                         .scale = rq_framework_float(b->node, "spatial_scale", 1.0),
                         .half_pixel = !strcmp(where, "half_pixel"),
                         .x = rq_ir_builder_in(b, 0),
                         .corners = rq_ir_builder_in(b, 1)};
    (void)row;
    if (a.bins[0] < 1 || a.bins[1] < 1 || a.ratio < 0 || a.ratio > 4096)
        rq_ir_builder_fail(b, RQ_EFORMAT, "%d x %d bins of %d samples", (int)a.bins[0],
                           (int)a.bins[1], (int)a.ratio);
    else if (!strcmp(rq_framework_string(b->node, "mode", "avg"), "max"))
        rq_ir_builder_set(b, 0, align_largest(b, &a));
    else
        rq_ir_builder_set(b, 0, align_mean(b, &a));
}

static const rq_op_mapping_row rows[] = {
    {"", "MaxRoiPool", map_max_roi_pool, NULL},
    {"", "RoiAlign", map_roi_align, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_roi, rows)
