/* TensorFlow's patches and crops of images, and pools that tell where they found what. */
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <string.h>

static rq_id number(rq_ir_builder *b, double value)
{
    return rq_emit_scalar(b, RQ_DT_F32, value);
}

/* Element k of x's shape, a scalar. */
static rq_id dim(rq_ir_builder *b, rq_id x, int64_t k)
{
    return rq_emit_gather(b, rq_emit_shape_of(b, x), rq_emit_int(b, k), 0);
}

static const char *auto_pad(const rq_ir_builder *b)
{
    return rq_framework_string(b->node, "padding", "VALID")[0] == 'S' ? "same_upper" : "valid";
}

static void map_patches(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_tf_to_channels_first(b, rq_ir_builder_in(b, 0));
    int64_t sizes[RQ_MAX_RANK], strides[RQ_MAX_RANK], rates[RQ_MAX_RANK];
    (void)row;
    if (!rq_tf_spatial(b, "ksizes", 4, 1, sizes) || !rq_tf_spatial(b, "strides", 4, 1, strides) ||
        !rq_tf_spatial(b, "rates", 4, 1, rates))
        return;
    rq_tf_set_channels_first(
        b, 0,
        rq_emit(b, "ExtractImagePatches-3", RQ_IN(x), "sizes=%s;strides=%s;rates=%s;auto_pad=%s",
                rq_ir_builder_text(b, sizes, 2), rq_ir_builder_text(b, strides, 2),
                rq_ir_builder_text(b, rates, 2), auto_pad(b)));
}

/* -- MaxPoolWithArgmax ----------------------------------------------------------------------- */

/* Where TensorFlow counts: over pixels of all channels, [N,] H, W, C. The IR's indices are over
 * N, C, H, W of x. */
static rq_id channels_last_index(rq_ir_builder *b, rq_id x, rq_id index)
{
    rq_id channels = dim(b, x, 1),
          pixels = rq_emit_binary(b, "Multiply-1", dim(b, x, 2), dim(b, x, 3));
    rq_id channel = rq_emit_reshape(b, rq_emit_count_up(b, channels), (int64_t[]){1, -1, 1, 1}, 4);
    rq_id pixel = rq_emit_binary(b, "FloorMod-1", index, pixels);
    if (rq_framework_int(b->node, "include_batch_in_index", 0)) {
        rq_id image =
            rq_emit_reshape(b, rq_emit_count_up(b, dim(b, x, 0)), (int64_t[]){-1, 1, 1, 1}, 4);
        pixel = rq_emit_binary(b, "Add-1", pixel, rq_emit_binary(b, "Multiply-1", image, pixels));
    }
    return rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Multiply-1", pixel, channels), channel);
}

static void map_pool_with_argmax(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_tf_to_channels_first(b, rq_ir_builder_in(b, 0));
    const rq_framework_attr *type = rq_framework_find_attr(b->node, "Targmax");
    int64_t size[RQ_MAX_RANK], strides[RQ_MAX_RANK];
    (void)row;
    if (!rq_tf_spatial(b, "ksize", 4, 1, size) || !rq_tf_spatial(b, "strides", 4, 1, strides))
        return;
    rq_node *node = rq_emit_node(
        b, "MaxPool-8", RQ_IN(x), 2,
        "kernel=%s;strides=%s;dilations=1,1;pads_begin=0,0;pads_end=0,0;rounding_type=floor;"
        "auto_pad=%s;index_element_type=i64;axis=0",
        rq_ir_builder_text(b, size, 2), rq_ir_builder_text(b, strides, 2), auto_pad(b));
    if (!node) return;
    rq_tf_set_channels_first(b, 0, node->out[0]);
    if (!rq_ir_builder_wants(b, 1)) return;
    rq_id index = channels_last_index(b, x, node->out[1]);
    bool narrow = type && type->kind == RQ_FRAMEWORK_DTYPE && type->i == RQ_DT_I32;
    rq_tf_set_channels_first(b, 1, rq_emit_convert(b, index, narrow ? RQ_DT_I32 : RQ_DT_I64));
}

/* -- CropAndResize --------------------------------------------------------------------------- */

/* The samples along an axis of the image, [boxes, n]: elements before and behind, and how near the
 * latter; whether there is an element there. */
typedef struct samples {
    rq_id before, behind, part, inside;
} samples;

/* Column k of the boxes, [boxes, 1]. */
static rq_id side(rq_ir_builder *b, int64_t k)
{
    return rq_emit_gather(b, rq_ir_builder_in(b, 1), RQ_EMIT_INTS(b, k), 1);
}

/* From the box's one side to the other in n steps; of one step its middle. */
static rq_id places(rq_ir_builder *b, int axis, int64_t n, rq_id last)
{
    rq_id low = rq_emit_binary(b, "Multiply-1", side(b, axis), last);
    rq_id high = rq_emit_binary(b, "Multiply-1", side(b, axis + 2), last);
    if (n == 1)
        return rq_emit_binary(b, "Multiply-1", rq_emit_binary(b, "Add-1", low, high),
                              number(b, 0.5));
    rq_id step = rq_emit_binary(b, "Divide-1", rq_emit_binary(b, "Subtract-1", high, low),
                                number(b, (double)(n - 1)));
    rq_id k = rq_emit_convert(b, rq_emit_count_up(b, rq_emit_int(b, n)), RQ_DT_F32);
    return rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Multiply-1", step, k), low);
}

static samples sample(rq_ir_builder *b, int axis, int64_t n, bool nearest)
{
    rq_id last = rq_emit_convert(b, dim(b, rq_ir_builder_in(b, 0), axis + 1), RQ_DT_F32);
    last = rq_emit_binary(b, "Subtract-1", last, number(b, 1));
    rq_id at = places(b, axis, n, last);
    rq_id inside =
        rq_emit_binary(b, "LogicalAnd-1", rq_emit_binary(b, "GreaterEqual-1", at, number(b, 0)),
                       rq_emit_binary(b, "LessEqual-1", at, last));
    at = rq_emit_binary(b, "Minimum-1", rq_emit_binary(b, "Maximum-1", at, number(b, 0)), last);
    if (nearest) at = rq_emit(b, "Round-5", RQ_IN(at), "mode=half_away_from_zero");
    rq_id before = rq_emit(b, "Floor-1", RQ_IN(at), "%s", "");
    rq_id behind =
        rq_emit_binary(b, "Minimum-1", rq_emit_binary(b, "Add-1", before, number(b, 1)), last);
    return (samples){rq_emit_convert(b, before, RQ_DT_I64), rq_emit_convert(b, behind, RQ_DT_I64),
                     rq_emit_binary(b, "Subtract-1", at, before), inside};
}

/* The pixels of rows y and columns x, [boxes, h, w, C]; `first` is the row where a box's image
 * begins. */
static rq_id pixels_at(rq_ir_builder *b, rq_id pixels, rq_id first, rq_id y, rq_id x)
{
    const int64_t behind = 2, middle = 1;
    rq_id width = dim(b, rq_ir_builder_in(b, 0), 2);
    rq_id rows_of = rq_emit_unsqueeze(b, rq_emit_binary(b, "Add-1", y, first), &behind, 1);
    rq_id index = rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Multiply-1", rows_of, width),
                                 rq_emit_unsqueeze(b, x, &middle, 1));
    rq_id found = rq_emit_gather(b, pixels, index, 0);
    return rq_emit_convert(b, found, RQ_DT_F32);
}

static rq_id between(rq_ir_builder *b, rq_id x, rq_id y, rq_id part)
{
    return rq_emit_binary(
        b, "Add-1", x,
        rq_emit_binary(b, "Multiply-1", rq_emit_binary(b, "Subtract-1", y, x), part));
}

static rq_id crop(rq_ir_builder *b, const samples *y, const samples *x)
{
    const int64_t of_row[] = {2, 3}, of_column[] = {1, 3};
    rq_id image = rq_ir_builder_in(b, 0), zero = rq_emit_int(b, 0);
    rq_id channels = rq_emit(
        b, "Gather-8", RQ_IN(rq_emit_shape_of(b, image), RQ_EMIT_INTS(b, 3), zero), "batch_dims=0");
    rq_id flat = rq_emit(b, "Concat-1", RQ_IN(RQ_EMIT_INTS(b, -1), channels), "axis=0");
    rq_id pixels = rq_emit(b, "Reshape-1", RQ_IN(image, flat), "special_zero=false");
    rq_id first = rq_emit_convert(b, rq_ir_builder_in(b, 2), RQ_DT_I64);
    first = rq_emit_reshape(b, first, (int64_t[]){-1, 1}, 2);
    first = rq_emit_binary(b, "Multiply-1", first, dim(b, image, 1));
    rq_id part = rq_emit_unsqueeze(b, x->part, of_column, 2);
    rq_id top = between(b, pixels_at(b, pixels, first, y->before, x->before),
                        pixels_at(b, pixels, first, y->before, x->behind), part);
    rq_id low = between(b, pixels_at(b, pixels, first, y->behind, x->before),
                        pixels_at(b, pixels, first, y->behind, x->behind), part);
    rq_id value = between(b, top, low, rq_emit_unsqueeze(b, y->part, of_row, 2));
    rq_id inside = rq_emit_binary(b, "LogicalAnd-1", rq_emit_unsqueeze(b, y->inside, of_row, 2),
                                  rq_emit_unsqueeze(b, x->inside, of_column, 2));
    rq_id outside = number(b, rq_framework_float(b->node, "extrapolation_value", 0));
    return rq_emit(b, "Select-1", RQ_IN(inside, value, outside), "auto_broadcast=numpy");
}

/* Images, boxes (y1, x1, y2, x2 from 0 to 1), each box's image, the crops' size. */
static void map_crop_and_resize(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool nearest = !strcmp(rq_framework_string(b->node, "method", "bilinear"), "nearest");
    int64_t size[RQ_MAX_RANK];
    size_t n;
    (void)row;
    if (!rq_tf_ints(b, 3, size, &n, "crops' size")) return;
    if (n != 2 || size[0] < 1 || size[1] < 1) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "crops of a size of %zu numbers, or empty", n);
        return;
    }
    samples y = sample(b, 0, size[0], nearest), x = sample(b, 1, size[1], nearest);
    rq_ir_builder_set(b, 0, crop(b, &y, &x));
}

static const rq_op_mapping_row rows[] = {
    {"", "CropAndResize", map_crop_and_resize, NULL},
    {"", "ExtractImagePatches", map_patches, NULL},
    {"", "MaxPoolWithArgmax", map_pool_with_argmax, NULL},
};
RQ_OP_MAPPING_GROUP(tf_patches, rows)
