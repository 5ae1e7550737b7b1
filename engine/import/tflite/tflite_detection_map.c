/* The Object Detection API's last step, in the IR: boxes from anchors, and which of them to keep.
 */
#include "engine/import/op_mapping.h"

#include "engine/base/round.h"

#include <math.h>

enum { BOXES, SCORES, ANCHORS }; /* [1, n, 4], [1, n, classes], [n, 4] */
enum { OUT_BOXES, OUT_CLASSES, OUT_SCORES, OUT_COUNT };

static double option(const rq_ir_builder *b, const char *name, double fallback)
{
    return rq_framework_float(b->node, name, fallback);
}

/* Columns of the last axis, each [1, n, 1]. */
static bool columns(rq_ir_builder *b, rq_id x, rq_id out[4])
{
    const rq_node *node =
        rq_emit_node(b, "Split-1", RQ_IN(x, rq_emit_int(b, 2)), 4, "num_splits=4");
    for (int i = 0; node && i < 4; i++) out[i] = node->out[i];
    return node != NULL;
}

/* Corners [1, n, 4]: y, x, y, x. Anchors and encodings have the middle's y and x, height, width. */
static rq_id decode(rq_ir_builder *b)
{
    static const char *const scales[] = {"y_scale", "x_scale", "h_scale", "w_scale"};
    rq_id code[4], anchor[4], low[2], high[2];
    rq_id anchors = rq_emit_reshape(b, rq_ir_builder_in(b, ANCHORS), (int64_t[]){1, -1, 4}, 3);
    if (!columns(b, rq_ir_builder_in(b, BOXES), code) || !columns(b, anchors, anchor))
        return RQ_NONE;
    for (int i = 0; i < 4; i++)
        code[i] = rq_emit_binary(b, "Divide-1", code[i],
                                 rq_emit_like(b, code[i], option(b, scales[i], 1)));
    for (int i = 0; i < 2; i++) {
        rq_id middle = rq_emit_binary(
            b, "Add-1", rq_emit_binary(b, "Multiply-1", code[i], anchor[2 + i]), anchor[i]);
        rq_id size = rq_emit(b, "Exp-1", RQ_IN(code[2 + i]), "%s", "");
        size = rq_emit_binary(b, "Multiply-1", size, anchor[2 + i]);
        rq_id half = rq_emit_binary(b, "Multiply-1", size, rq_emit_like(b, size, 0.5));
        low[i] = rq_emit_binary(b, "Subtract-1", middle, half);
        high[i] = rq_emit_binary(b, "Add-1", middle, half);
    }
    return rq_emit(b, "Concat-1", RQ_IN(low[0], low[1], high[0], high[1]), "axis=2");
}

/* The scores [1, n, classes] without the background that may come first. */
static rq_id classes_of(rq_ir_builder *b)
{
    rq_id scores = rq_ir_builder_in(b, SCORES);
    rq_shape shape = rq_ir_builder_shape(b, scores);
    int64_t n = rq_saturate_i64(option(b, "num_classes", 0));
    if (b->status != RQ_OK) return RQ_NONE;
    if (shape.rank != 3 || shape.d[2] < n || n < 1) {
        rq_ir_builder_unmapped(b, "scores that are not [1, n, classes]");
        return RQ_NONE;
    }
    return shape.d[2] == n ? scores : rq_emit_slice(b, scores, 2, shape.d[2] - n, INT32_MAX, 1);
}

typedef struct selection {
    rq_id index, classes, scores; /* rows of one length */
    rq_id missing;                /* how many fewer than there may be, a row of one */
} selection;

static rq_id column(rq_ir_builder *b, rq_id x, int64_t i)
{
    return rq_emit_gather(b, x, rq_emit_int(b, i), 1);
}

/* `per_class`: of each box all classes count; else its best alone. */
static bool select_boxes(selection *s, rq_ir_builder *b, rq_id boxes, bool per_class)
{
    int64_t most = rq_saturate_i64(option(b, "max_detections", 10));
    double each = per_class ? option(b, "detections_per_class", 100) : (double)most;
    float least = nextafterf((float)option(b, "nms_score_threshold", 0), -INFINITY);
    rq_id scores = classes_of(b), best = RQ_NONE;
    if (!per_class) {
        const rq_node *top =
            rq_emit_node(b, "TopK-11", RQ_IN(scores, rq_emit_int(b, 1)), 2,
                         "axis=2;mode=max;sort=value;stable=true;index_element_type=i32");
        if (!top) return false;
        scores = top->out[0];
        best = rq_emit_reshape(b, top->out[1], (int64_t[]){-1}, 1);
    }
    rq_id overlap = rq_emit_scalar(b, RQ_DT_F32, option(b, "nms_iou_threshold", 0.5));
    const rq_node *node =
        rq_emit_node(b, "NonMaxSuppression-9",
                     RQ_IN(boxes, rq_emit_transpose(b, scores, (int64_t[]){0, 2, 1}, 3),
                           rq_emit_int(b, rq_saturate_i64(each)), rq_emit_just_above(b, overlap),
                           rq_emit_scalar(b, RQ_DT_F32, (double)least)),
                     3, "box_encoding=corner;sort_result_descending=true;output_type=i32");
    if (!node) return false;
    rq_id kept = rq_emit_slice(b, node->out[0], 0, 0, most, 1);
    s->index = column(b, kept, 2);
    s->classes = per_class ? column(b, kept, 1) : rq_emit_gather(b, best, s->index, 0);
    s->scores = column(b, rq_emit_slice(b, node->out[1], 0, 0, most, 1), 2);
    s->missing =
        rq_emit_binary(b, "Subtract-1", RQ_EMIT_INTS(b, most), rq_emit_shape_of(b, s->index));
    return b->status == RQ_OK;
}

/* Rows with zeros behind them, as a batch of one. */
static rq_id fill_up(rq_ir_builder *b, rq_id x, const selection *s, bool of_boxes)
{
    rq_id begin = of_boxes ? RQ_EMIT_INTS(b, 0, 0) : RQ_EMIT_INTS(b, 0), end = s->missing;
    if (of_boxes) end = rq_emit(b, "Concat-1", RQ_IN(end, RQ_EMIT_INTS(b, 0)), "axis=0");
    x = rq_emit_convert(b, x, RQ_DT_F32);
    x = rq_emit(b, "Pad-1", RQ_IN(x, begin, end, rq_emit_scalar(b, RQ_DT_F32, 0)),
                "pad_mode=constant");
    return rq_emit_unsqueeze(b, x, (int64_t[]){0}, 1);
}

static void map_post_process(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    selection s;
    bool per_class = option(b, "use_regular_nms", 0) != 0;
    (void)row;
    if (!per_class && option(b, "max_classes_per_detection", 1) != 1) {
        rq_ir_builder_unmapped(b, "several classes of one box");
        return;
    }
    rq_id boxes = decode(b);
    if (b->status != RQ_OK || !select_boxes(&s, b, boxes, per_class)) return;
    rq_id corners = rq_emit_gather(b, rq_emit_squeeze(b, boxes, (int64_t[]){0}, 1), s.index, 0);
    rq_ir_builder_set(b, OUT_BOXES, fill_up(b, corners, &s, true));
    rq_ir_builder_set(b, OUT_CLASSES, fill_up(b, s.classes, &s, false));
    rq_ir_builder_set(b, OUT_SCORES, fill_up(b, s.scores, &s, false));
    rq_ir_builder_set(b, OUT_COUNT, rq_emit_convert(b, rq_emit_shape_of(b, s.index), RQ_DT_F32));
}

static const rq_op_mapping_row rows[] = {
    {"", "TFLite_Detection_PostProcess", map_post_process, NULL},
};
RQ_OP_MAPPING_GROUP(tflite_detection, rows)
