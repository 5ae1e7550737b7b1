/* TensorFlow's morphology of grey images: the largest sum of a window and a filter. */
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <float.h>

typedef struct window {
    int64_t size[2], strides[RQ_MAX_RANK], rates[RQ_MAX_RANK];
    bool same;
} window;

static bool read_window(window *w, rq_ir_builder *b)
{
    rq_shape filter = rq_ir_builder_shape(b, rq_ir_builder_in(b, 1));
    w->same = rq_framework_string(b->node, "padding", "VALID")[0] == 'S';
    if (!rq_tf_spatial(b, "strides", 4, 1, w->strides) ||
        !rq_tf_spatial(b, "rates", 4, 1, w->rates))
        return false;
    if (filter.rank != 3 || filter.d[0] < 1 || filter.d[1] < 1) {
        rq_ir_builder_unmapped(b, "a filter of unknown size");
        return false;
    }
    w->size[0] = filter.d[0];
    w->size[1] = filter.d[1];
    return true;
}

/* The windows of x [N, C, H, W]: [N, elements of the filter, channels, h, w]. `channels` -1: as
 * many as there are. What lies outside the image is 0. */
static rq_id windows_of(rq_ir_builder *b, rq_id x, const window *w, int64_t channels)
{
    rq_id all =
        rq_emit(b, "ExtractImagePatches-3", RQ_IN(x), "sizes=%s;strides=%s;rates=%s;auto_pad=%s",
                rq_ir_builder_text(b, w->size, 2), rq_ir_builder_text(b, w->strides, 2),
                rq_ir_builder_text(b, w->rates, 2), w->same ? "same_upper" : "valid");
    rq_id front = RQ_EMIT_INTS(b, 0, w->size[0] * w->size[1], channels);
    rq_id size = rq_emit_slice(b, rq_emit_shape_of(b, all), 0, 2, 4, 1);
    rq_id shape = rq_emit(b, "Concat-1", RQ_IN(front, size), "axis=0");
    return rq_emit(b, "Reshape-1", RQ_IN(all, shape), "special_zero=true");
}

/* 0 inside the image, so low outside that it is never the largest. */
static rq_id outside(rq_ir_builder *b, rq_id x, const window *w)
{
    rq_id one = rq_emit_like(b, x, 1);
    rq_id size = rq_emit_slice(b, rq_emit_shape_of(b, x), 0, 2, 4, 1);
    rq_id shape = rq_emit(b, "Concat-1", RQ_IN(RQ_EMIT_INTS(b, 1, 1), size), "axis=0");
    rq_id ones = rq_emit(b, "Broadcast-3", RQ_IN(one, shape), "mode=numpy");
    double far = rq_ir_builder_dtype(b, x) == RQ_DT_F16 ? 60000.0 : (double)FLT_MAX / 2.0;
    return rq_emit_binary(b, "Multiply-1",
                          rq_emit_binary(b, "Subtract-1", windows_of(b, ones, w, 1), one),
                          rq_emit_like(b, x, far));
}

static void map_dilation(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_tf_to_channels_first(b, rq_ir_builder_in(b, 0));
    rq_dtype dtype = rq_ir_builder_dtype(b, x);
    window w;
    (void)row;
    if (!read_window(&w, b)) return;
    if (dtype != RQ_DT_F16) x = rq_emit_convert(b, x, RQ_DT_F32);
    rq_id filter = rq_emit_convert(b, rq_ir_builder_in(b, 1), rq_ir_builder_dtype(b, x));
    filter = rq_emit_reshape(b, filter, (int64_t[]){1, w.size[0] * w.size[1], -1, 1, 1}, 5);
    rq_id sum =
        rq_emit_binary(b, "Add-1", windows_of(b, x, &w, rq_ir_builder_shape(b, x).d[1]), filter);
    if (w.same) sum = rq_emit_binary(b, "Add-1", sum, outside(b, x, &w));
    rq_id y = rq_emit(b, "ReduceMax-1", RQ_IN(sum, RQ_EMIT_INTS(b, 1)), "keep_dims=false");
    rq_tf_set_channels_first(b, 0, rq_emit_convert(b, y, dtype));
}

static const rq_op_mapping_row rows[] = {
    {"", "Dilation2D", map_dilation, NULL},
};
RQ_OP_MAPPING_GROUP(tf_dilation, rows)
