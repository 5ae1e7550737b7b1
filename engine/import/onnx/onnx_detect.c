/* ONNX's selection of boxes. */
#include "engine/import/onnx/onnx_ops.h"

static rq_id scalar_or(rq_ir_builder *b, size_t input, rq_id fallback)
{
    return rq_ir_builder_has(b, input) ? rq_emit_reshape(b, rq_ir_builder_in(b, input), NULL, 0)
                                       : fallback;
}

static void map_nms(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id boxes = rq_ir_builder_in(b, 0), scores = rq_ir_builder_in(b, 1);
    rq_id most = scalar_or(b, 2, rq_emit_int(b, 0));
    rq_id overlap = scalar_or(b, 3, rq_emit_scalar(b, RQ_DT_F32, 0.0));
    rq_id least = scalar_or(b, 4, rq_emit_scalar(b, RQ_DT_F32, -1e30));
    (void)row;
    rq_node *node = rq_emit_node(
        b, "NonMaxSuppression-9", RQ_IN(boxes, scores, most, rq_emit_just_above(b, overlap), least),
        3, "box_encoding=%s;sort_result_descending=false;output_type=i64",
        rq_framework_int(b->node, "center_point_box", 0) ? "center" : "corner");
    if (node) rq_ir_builder_set(b, 0, node->out[0]);
}

static const rq_op_mapping_row rows[] = {
    {"", "NonMaxSuppression", map_nms, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_detect, rows)
