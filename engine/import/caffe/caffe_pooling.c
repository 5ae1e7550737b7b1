/* Caffe's pooling, of whose windows the last may reach out of the image. */
#include "engine/import/caffe/caffe_map.h"

typedef struct window {
    int64_t kernel[2], stride[2], pad[2], end[2]; /* end: what the last window needs at the end */
    bool overhang;                                /* some end is more than the pad */
} window;

/* Caffe rounds the number of windows up, and drops one that would begin in the end's pad
 * (pooling_layer.cpp, PoolingLayer::Reshape). */
static int64_t needed_end(int64_t size, int64_t kernel, int64_t stride, int64_t pad)
{
    int64_t windows = (size + 2 * pad - kernel + stride - 1) / stride + 1;
    if (pad && (windows - 1) * stride >= size + pad) windows--;
    int64_t end = (windows - 1) * stride + kernel - size - pad;
    return end < 0 ? 0 : end;
}

static bool rounds_up(const rq_ir_builder *b)
{
    if (!rq_framework_int(b->node, "ceil_mode", 1)) return false;
    const char *mode = rq_framework_string(b->node, "round_mode", "CEIL");
    return mode[0] == 'C';
}

static bool read_window(rq_ir_builder *b, window *w, const rq_shape *shape)
{
    rq_caffe_spatial(b, "kernel", "kernel_size", 2, 0, w->kernel);
    rq_caffe_spatial(b, "stride", "stride", 2, 1, w->stride);
    rq_caffe_spatial(b, "pad", "pad", 2, 0, w->pad);
    w->overhang = false;
    for (int i = 0; i < 2; i++) {
        int64_t size = shape->d[2 + i];
        if (w->kernel[i] < 1 || w->stride[i] < 1 || w->pad[i] < 0 || w->pad[i] >= w->kernel[i]) {
            rq_ir_builder_fail(b, RQ_EFORMAT, "kernel %lld, stride %lld, pad %lld",
                               (long long)w->kernel[i], (long long)w->stride[i],
                               (long long)w->pad[i]);
            return false;
        }
        w->end[i] = w->pad[i];
        if (!rounds_up(b)) continue;
        if (size < 0) {
            rq_ir_builder_unmapped(b, "the size of its input is not known; give --input_shape");
            return false;
        }
        w->end[i] = needed_end(size, w->kernel[i], w->stride[i], w->pad[i]);
        w->overhang |= w->end[i] > w->pad[i];
        if (w->end[i] < w->kernel[i]) continue;
        rq_ir_builder_unmapped(b, "stride %lld with kernel %lld: its last window has no pixel",
                               (long long)w->stride[i], (long long)w->kernel[i]);
        return false;
    }
    return true;
}

static rq_id emit_pool(rq_ir_builder *b, const char *type, rq_id x, const window *w,
                       const char *more)
{
    return rq_emit(b, type, RQ_IN(x),
                   "kernel=%s;strides=%s;pads_begin=%s;pads_end=%s;rounding_type=floor;"
                   "auto_pad=explicit%s",
                   rq_ir_builder_text(b, w->kernel, 2), rq_ir_builder_text(b, w->stride, 2),
                   rq_ir_builder_text(b, w->pad, 2), rq_ir_builder_text(b, w->end, 2), more);
}

/* Caffe's mean counts the pad's zeros, but not what reaches out of the pad: where a window does,
 * the pad becomes an operator of its own. */
static rq_id emit_average(rq_ir_builder *b, rq_id x, const window *w)
{
    window inner = *w;
    if (!w->overhang) return emit_pool(b, "AvgPool-1", x, w, ";exclude-pad=false");
    if (w->pad[0] || w->pad[1]) {
        rq_id pads = RQ_EMIT_INTS(b, 0, 0, w->pad[0], w->pad[1]);
        rq_id zero = rq_emit_scalar(b, RQ_DT_F32, 0);
        x = rq_emit(b, "Pad-1", RQ_IN(x, pads, pads, zero), "pad_mode=constant");
    }
    for (int i = 0; i < 2; i++) {
        inner.end[i] = w->end[i] > w->pad[i] ? w->end[i] - w->pad[i] : 0;
        inner.pad[i] = 0;
    }
    return emit_pool(b, "AvgPool-1", x, &inner, ";exclude-pad=true");
}

/* The second top: where in its channel each maximum lies, as floats. */
static void map_with_mask(rq_ir_builder *b, rq_id x, const window *w)
{
    rq_node *node = rq_emit_node(
        b, "MaxPool-8", RQ_IN(x), 2,
        "kernel=%s;strides=%s;pads_begin=%s;pads_end=%s;dilations=1,1;rounding_type=floor;"
        "auto_pad=explicit;index_element_type=i64;axis=2",
        rq_ir_builder_text(b, w->kernel, 2), rq_ir_builder_text(b, w->stride, 2),
        rq_ir_builder_text(b, w->pad, 2), rq_ir_builder_text(b, w->end, 2));
    if (!node) return;
    rq_ir_builder_set(b, 0, node->out[0]);
    rq_ir_builder_set(b, 1, rq_emit_convert(b, node->out[1], RQ_DT_F32));
}

static void map_pooling(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    const char *method = rq_framework_string(b->node, "pool", "MAX");
    bool max = method[0] == 'M';
    window w;
    (void)row;
    if (b->status != RQ_OK) return;
    if (method[0] == 'S' || (b->node->n_out > 1 && !max)) {
        rq_ir_builder_unmapped(b, method[0] == 'S' ? "stochastic pooling" : "a mask of means");
    } else if (shape.rank != 4) {
        rq_ir_builder_unmapped(b, "pooling of what is not NCHW");
    } else if (rq_framework_int(b->node, "global_pooling", 0)) {
        rq_ir_builder_set(b, 0,
                          rq_emit(b, max ? "ReduceMax-1" : "ReduceMean-1",
                                  RQ_IN(x, RQ_EMIT_INTS(b, 2, 3)), "keep_dims=true"));
    } else if (b->node->n_out > 1) {
        if (read_window(b, &w, &shape)) map_with_mask(b, x, &w);
    } else if (read_window(b, &w, &shape)) {
        rq_ir_builder_set(b, 0,
                          max ? emit_pool(b, "MaxPool-1", x, &w, "") : emit_average(b, x, &w));
    }
}

static const rq_op_mapping_row rows[] = {{"", "Pooling", map_pooling, NULL}};
RQ_OP_MAPPING_GROUP(caffe_pooling, rows)
