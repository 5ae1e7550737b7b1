/* Layers that compare or multiply two maps: MatMul, Correlation, deformable convolution. */
#include "engine/import/caffe/caffe_map.h"

static void map_mat_mul(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit_mat_mul(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1),
                                      rq_framework_int(b->node, "transpose_a", 0),
                                      rq_framework_int(b->node, "transpose_b", 0)));
}

/* Mean over channels of the first map times the second moved by up to max_displacement, a channel
 * for each move, rows outermost (FlowNet's, with windows of one pixel). */
static void map_correlation(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t pad = rq_framework_int(b->node, "pad", 0);
    int64_t most = rq_framework_int(b->node, "max_displacement", 0);
    int64_t step = rq_framework_int(b->node, "stride_2", 1);
    (void)row;
    if (b->status != RQ_OK) return;
    if (rq_framework_int(b->node, "kernel_size", 1) != 1 ||
        rq_framework_int(b->node, "stride_1", 1) != 1 || pad != most || step < 1 || most < 0 ||
        most > 1024 || shape.rank != 4 || shape.d[1] < 1) {
        rq_ir_builder_unmapped(b, "windows of more than one pixel, steps of more than one, or a "
                                  "pad other than max_displacement");
        return;
    }
    int64_t reach = most / step, side = 2 * reach + 1, edge = reach * step;
    rq_id pads = RQ_EMIT_INTS(b, 0, 0, edge, edge);
    rq_id padded =
        rq_emit(b, "Pad-1", RQ_IN(y, pads, pads, rq_emit_like(b, y, 0)), "pad_mode=constant");
    rq_id moved = rq_emit(b, "ExtractImagePatches-3", RQ_IN(padded),
                          "sizes=%lld,%lld;strides=1,1;rates=%lld,%lld;auto_pad=valid",
                          (long long)side, (long long)side, (long long)step, (long long)step);
    moved = rq_emit_reshape(b, moved,
                            (int64_t[]){0, side * side, shape.d[1], shape.d[2], shape.d[3]}, 5);
    rq_id product =
        rq_emit_binary(b, "Multiply-1", moved, rq_emit_unsqueeze(b, x, (int64_t[]){1}, 1));
    rq_ir_builder_set(
        b, 0, rq_emit(b, "ReduceMean-1", RQ_IN(product, RQ_EMIT_INTS(b, 2)), "keep_dims=false"));
}

/* Bottoms: data, offsets (y, x of each tap), and perhaps a mask. */
static void map_deformable(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t stride[2], pad[2], dilation[2];
    rq_id in[4] = {rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), rq_caffe_blob(b, 0), RQ_NONE};
    bool masked = rq_caffe_bottoms(b) > 2;
    (void)row;
    if (masked) in[3] = rq_ir_builder_in(b, 2);
    rq_caffe_spatial(b, "stride", "stride", 2, 1, stride);
    rq_caffe_spatial(b, "pad", "pad", 2, 0, pad);
    rq_caffe_spatial(b, "", "dilation", 2, 1, dilation);
    const char *pads = rq_ir_builder_text(b, pad, 2);
    rq_id y =
        rq_emit(b, "DeformableConvolution-8", in, masked ? 4 : 3,
                "strides=%s;pads_begin=%s;pads_end=%s;dilations=%s;auto_pad=explicit;"
                "group=%lld;deformable_group=%lld;bilinear_interpolation_pad=true",
                rq_ir_builder_text(b, stride, 2), pads, pads, rq_ir_builder_text(b, dilation, 2),
                (long long)rq_framework_int(b->node, "group", 1),
                (long long)rq_framework_int(b->node, "deformable_group", 4));
    rq_ir_builder_set(b, 0, rq_caffe_add_bias(b, y, 1, 1));
}

static const rq_op_mapping_row rows[] = {
    {"", "Correlation", map_correlation, NULL},
    {"", "DeformableConvolution", map_deformable, NULL},
    {"", "MatMul", map_mat_mul, NULL},
};
RQ_OP_MAPPING_GROUP(caffe_matching, rows)
