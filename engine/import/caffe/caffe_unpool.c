/* Maxima with their places, and what puts values back there (SegNet); pooling in a pyramid. */
#include "engine/import/caffe/caffe_map.h"

/* Values at the places, among zeros of [H, W]; a place is row * W + column, per channel. */
void rq_caffe_map_unpool(rq_ir_builder *b, int64_t height, int64_t width)
{
    rq_id x = rq_ir_builder_in(b, 0), mask = rq_ir_builder_in(b, 1);
    rq_shape shape = rq_ir_builder_shape(b, x);
    if (b->status != RQ_OK) return;
    if (shape.rank != 4 || shape.d[0] < 1 || shape.d[1] < 1 || height < 1 || width < 1) {
        rq_ir_builder_unmapped(b, "the size of its input is not known; give --input_shape");
        return;
    }
    int64_t whole[4] = {shape.d[0], shape.d[1], height, width};
    rq_id values = rq_emit_reshape(b, x, (int64_t[]){0, 0, -1}, 3);
    rq_id places =
        rq_emit_convert(b, rq_emit_reshape(b, mask, (int64_t[]){0, 0, -1}, 3), RQ_DT_I64);
    rq_id zeros = rq_emit(
        b, "Broadcast-3",
        RQ_IN(rq_emit_scalar(b, RQ_DT_F32, 0), RQ_EMIT_INTS(b, whole[0], whole[1], height * width)),
        "mode=numpy");
    rq_id y = rq_emit(b, "ScatterElementsUpdate-3", RQ_IN(zeros, places, values, rq_emit_int(b, 2)),
                      "%s", "");
    rq_ir_builder_set(b, 0, rq_emit_reshape(b, y, whole, 4));
}

static void map_unpooling(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_shape shape = rq_ir_builder_shape(b, rq_ir_builder_in(b, 0));
    int64_t kernel[2], stride[2], size[2];
    (void)row;
    if (rq_caffe_bottoms(b) < 2) {
        rq_ir_builder_unmapped(b, "unpooling without a mask");
        return;
    }
    rq_caffe_spatial(b, "kernel", "kernel_size", 2, 2, kernel);
    rq_caffe_spatial(b, "stride", "stride", 2, 2, stride);
    for (int i = 0; i < 2; i++) {
        int64_t out = shape.rank == 4 ? (shape.d[2 + i] - 1) * stride[i] + kernel[i] : -1;
        size[i] = rq_framework_int(b->node, i ? "unpool_w" : "unpool_h",
                                   rq_framework_int(b->node, i ? "out_w" : "out_h", out));
    }
    rq_caffe_map_unpool(b, size[0], size[1]);
}

/* Level i has 2^i by 2^i bins; each is a pooling, its values in a row (spp_layer.cpp). */
static rq_id pyramid_level(rq_ir_builder *b, rq_id x, const rq_shape *shape, int level, bool max)
{
    int64_t bins = INT64_C(1) << level, kernel[2], begin[2], end[2];
    for (int i = 0; i < 2; i++) {
        int64_t size = shape->d[2 + i];
        kernel[i] = (size + bins - 1) / bins;
        begin[i] = (kernel[i] * bins - size + 1) / 2;
        end[i] = kernel[i] * bins - size - begin[i];
        if (begin[i] < kernel[i]) continue;
        rq_ir_builder_unmapped(b, "%lld bins of %lld pixels", (long long)bins, (long long)size);
        return RQ_NONE;
    }
    const char *window = rq_ir_builder_text(b, kernel, 2);
    rq_id y = rq_emit(b, max ? "MaxPool-1" : "AvgPool-1", RQ_IN(x),
                      "kernel=%s;strides=%s;pads_begin=%s;pads_end=%s;rounding_type=floor;"
                      "auto_pad=explicit%s",
                      window, window, rq_ir_builder_text(b, begin, 2),
                      rq_ir_builder_text(b, end, 2), max ? "" : ";exclude-pad=false");
    return rq_emit_reshape(b, y, (int64_t[]){0, -1}, 2);
}

static void map_spp(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), parts[16];
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t levels = rq_framework_int(b->node, "pyramid_height", 1);
    bool max = rq_framework_string(b->node, "pool", "MAX")[0] == 'M';
    (void)row;
    if (b->status != RQ_OK) return;
    if (shape.rank != 4 || shape.d[2] < 1 || shape.d[3] < 1 || levels < 1 || levels > 16) {
        rq_ir_builder_unmapped(b, "the size of its input is not known; give --input_shape");
        return;
    }
    for (int i = 0; i < levels; i++) parts[i] = pyramid_level(b, x, &shape, i, max);
    rq_ir_builder_set(
        b, 0, levels == 1 ? parts[0] : rq_emit(b, "Concat-1", parts, (size_t)levels, "axis=1"));
}

static const rq_op_mapping_row rows[] = {
    {"", "SPP", map_spp, NULL},
    {"", "Unpooling", map_unpooling, NULL},
};
RQ_OP_MAPPING_GROUP(caffe_unpool, rows)
