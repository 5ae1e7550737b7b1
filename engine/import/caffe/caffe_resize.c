/* Caffe's layers that change an image's size. */
#include "engine/import/caffe/caffe_map.h"

#include "engine/base/round.h"

#include <string.h>

static rq_id emit_resize(rq_ir_builder *b, rq_id x, const int64_t size[2], const char *attrs)
{
    float scales[2] = {1, 1}; /* not looked at: the sizes count */
    return rq_emit(b, "Interpolate-4",
                   RQ_IN(x, RQ_EMIT_INTS(b, size[0], size[1]),
                         rq_emit_floats(b, scales, &(rq_shape){1, {2}}), RQ_EMIT_INTS(b, 2, 3)),
                   "shape_calculation_mode=sizes;antialias=false;pads_begin=0;pads_end=0;"
                   "cube_coeff=-0.75;%s",
                   attrs);
}

static bool need_size(rq_ir_builder *b, rq_id x, int64_t size[2])
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    if (b->status != RQ_OK) return false;
    if (shape.rank != 4 || shape.d[2] < 1 || shape.d[3] < 1) {
        rq_ir_builder_unmapped(b, "the size of its input is not known; give --input_shape");
        return false;
    }
    size[0] = shape.d[2];
    size[1] = shape.d[3];
    return true;
}

/* The pads of Interp are negative: rows and columns that are not looked at. */
static rq_id crop(rq_ir_builder *b, rq_id x, int64_t begin, int64_t end, int64_t size[2])
{
    if (!begin && !end) return x;
    int64_t to[2] = {size[0] + end, size[1] + end};
    rq_id y = rq_emit(b, "Slice-8",
                      RQ_IN(x, RQ_EMIT_INTS(b, -begin, -begin), RQ_EMIT_INTS(b, to[0], to[1]),
                            RQ_EMIT_INTS(b, 1, 1), RQ_EMIT_INTS(b, 2, 3)),
                      "%s", "");
    size[0] += begin + end;
    size[1] += begin + end;
    return y;
}

/* Bilinear with aligned corners, of DeepLab and PSPNet. */
static void map_interp(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int64_t size[2], shrink = rq_framework_int(b->node, "shrink_factor", 1);
    int64_t zoom = rq_framework_int(b->node, "zoom_factor", 1);
    int64_t begin = rq_framework_int(b->node, "pad_beg", 0),
            end = rq_framework_int(b->node, "pad_end", 0);
    (void)row;
    if (!need_size(b, x, size)) return;
    if (shrink < 1 || zoom < 1 || begin > 0 || end > 0) {
        rq_ir_builder_unmapped(b, "positive pads, or a factor below 1");
        return;
    }
    x = crop(b, x, begin, end, size);
    for (int i = 0; i < 2; i++) {
        size[i] = (size[i] - 1) / shrink + 1;
        size[i] += (size[i] - 1) * (zoom - 1);
        size[i] = rq_framework_int(b->node, i ? "width" : "height", size[i]);
    }
    if (rq_caffe_bottoms(b) > 1 && !need_size(b, rq_ir_builder_in(b, 1), size)) return;
    rq_ir_builder_set(b, 0,
                      emit_resize(b, x, size,
                                  "mode=linear_onnx;coordinate_transformation_mode=align_corners;"
                                  "nearest_mode=round_prefer_floor"));
}

#define NEAREST "mode=nearest;coordinate_transformation_mode=asymmetric;nearest_mode=floor"

static void map_upsample(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int64_t size[2], scale[2];
    (void)row;
    if (!need_size(b, x, size)) return;
    rq_caffe_spatial(b, "scale", "scale", 2, 2, scale);
    for (int i = 0; i < 2; i++)
        size[i] = rq_framework_int(b->node, i ? "upsample_w" : "upsample_h", size[i] * scale[i]);
    if (rq_caffe_bottoms(b) > 1)
        rq_caffe_map_unpool(b, size[0], size[1]);
    else
        rq_ir_builder_set(b, 0, emit_resize(b, x, size, NEAREST));
}

/* To a size, or by factors. */
static void map_resize(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    static const char *const sizes[2][3] = {{"height", "out_height", "resize_h"},
                                            {"width", "out_width", "resize_w"}};
    static const char *const factors[2][3] = {{"scale", "out_height_scale", "scale_h"},
                                              {"scale", "out_width_scale", "scale_w"}};
    rq_id x = rq_ir_builder_in(b, 0);
    const char *kind = rq_framework_string(b->node, "function_type",
                                           rq_framework_string(b->node, "interp_mode", "BILINEAR"));
    bool nearest = strstr(kind, "NEAREST") || strstr(kind, "nearest");
    int64_t size[2];
    (void)row;
    if (!need_size(b, x, size)) return;
    for (int i = 0; i < 2; i++) {
        double factor = 1;
        for (int k = 0; k < 3; k++) factor = rq_framework_float(b->node, factors[i][k], factor);
        size[i] = rq_saturate_i64((double)size[i] * factor);
        for (int k = 0; k < 3; k++) size[i] = rq_framework_int(b->node, sizes[i][k], size[i]);
    }
    rq_ir_builder_set(b, 0,
                      emit_resize(b, x, size,
                                  nearest ? NEAREST
                                          : "mode=linear_onnx;nearest_mode=floor;"
                                            "coordinate_transformation_mode=half_pixel"));
}

/* FlowNet's: to a size, or by a factor. */
static void map_resample(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool nearest = !strcmp(rq_framework_string(b->node, "type", "LINEAR"), "NEAREST");
    double factor = rq_framework_float(b->node, "factor", 1);
    int64_t size[2];
    (void)row;
    if (!need_size(b, x, size)) return;
    for (int i = 0; i < 2; i++)
        size[i] = rq_framework_int(b->node, i ? "width" : "height",
                                   rq_saturate_i64((double)size[i] * factor));
    if (rq_caffe_bottoms(b) > 1 && !need_size(b, rq_ir_builder_in(b, 1), size)) return;
    rq_ir_builder_set(b, 0,
                      emit_resize(b, x, size,
                                  nearest ? NEAREST
                                          : "mode=linear_onnx;nearest_mode=floor;"
                                            "coordinate_transformation_mode=half_pixel"));
}

static const rq_op_mapping_row rows[] = {
    {"", "Interp", map_interp, NULL},
    {"", "Resample", map_resample, NULL},
    {"", "Resize", map_resize, NULL},
    {"", "Upsample", map_upsample, NULL},
};
RQ_OP_MAPPING_GROUP(caffe_resize, rows)
