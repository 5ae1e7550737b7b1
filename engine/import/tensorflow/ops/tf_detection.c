/* TensorFlow's choice of boxes of several images and classes at once. */
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <string.h>

#define MAX_IMAGES 256

/* What one image's detections are made of. */
typedef struct detections {
    rq_id boxes;  /* [1 or classes, boxes, 4] */
    rq_id scores; /* [classes, 1, boxes], or [1, classes, boxes] of shared boxes */
    bool shared;
    int64_t n; /* rows of the result */
} detections;

/* Row i of the first axis; the axis stays. */
static rq_id row_of(rq_ir_builder *b, rq_id x, int64_t i)
{
    return rq_emit_slice(b, x, 0, i, i + 1, 1);
}

static rq_id column(rq_ir_builder *b, rq_id x, int64_t i)
{
    return rq_emit_gather(b, x, rq_emit_int(b, i), 1);
}

/* The first n rows, with zeros where there are fewer. */
static rq_id fill_rows(rq_ir_builder *b, rq_id x, int64_t n, int64_t width)
{
    int64_t dims[] = {n, width};
    rq_id zeros =
        rq_emit(b, "Broadcast-3",
                RQ_IN(rq_emit_like(b, x, 0), rq_emit_ints(b, dims, width ? 2 : 1)), "mode=numpy");
    rq_id all = rq_emit(b, "Concat-1", RQ_IN(x, zeros), "axis=0");
    int64_t first = 0;
    return rq_emit_unsqueeze(b, rq_emit_slice(b, all, 0, 0, n, 1), &first, 1);
}

/* Boxes of the selection, [n, 4]: each of its class, or of all. */
static rq_id boxes_of(rq_ir_builder *b, const detections *d, rq_id class, rq_id box)
{
    const int64_t last = -1;
    if (d->shared) class = rq_emit_binary(b, "Multiply-1", class, rq_emit_like(b, class, 0));
    rq_id index =
        rq_emit(b, "Concat-1",
                RQ_IN(rq_emit_unsqueeze(b, class, &last, 1), rq_emit_unsqueeze(b, box, &last, 1)),
                "axis=1");
    rq_id boxes = rq_emit(b, "GatherND-8", RQ_IN(d->boxes, index), "batch_dims=0");
    if (!rq_framework_int(b->node, "clip_boxes", 1)) return boxes;
    return rq_emit(b, "Clamp-1", RQ_IN(boxes), "min=0;max=1");
}

/* Boxes, scores, classes and how many of one image, each with an axis of 1 in front. */
static void detect(rq_ir_builder *b, const detections *d, rq_id out[4])
{
    rq_node *nms =
        rq_emit_node(b, "NonMaxSuppression-9",
                     RQ_IN(d->boxes, d->scores, rq_ir_builder_in(b, 2),
                           rq_emit_just_above(b, rq_ir_builder_in(b, 4)), rq_ir_builder_in(b, 5)),
                     3, "box_encoding=corner;sort_result_descending=true;output_type=i64");
    if (!nms) return;
    rq_id class = column(b, nms->out[0], d->shared ? 1 : 0), box = column(b, nms->out[0], 2);
    out[0] = fill_rows(b, boxes_of(b, d, class, box), d->n, 4);
    out[1] = fill_rows(b, column(b, nms->out[1], 2), d->n, 0);
    out[2] = fill_rows(b, rq_emit_convert(b, class, RQ_DT_F32), d->n, 0);
    rq_id found = rq_emit_binary(b, "Minimum-1", nms->out[2], rq_emit_int(b, d->n));
    out[3] = rq_emit_convert(b, rq_emit_reshape(b, found, (int64_t[]){1}, 1), RQ_DT_I32);
}

/* [1, boxes, q, 4] as [q, boxes, 4] */
static rq_id boxes_by_class(rq_ir_builder *b, rq_id boxes)
{
    rq_id of_image = rq_emit_squeeze(b, boxes, (int64_t[]){0}, 1);
    return rq_emit_transpose(b, of_image, (int64_t[]){1, 0, 2}, 3);
}

static detections of_image(rq_ir_builder *b, int64_t i, int64_t n)
{
    rq_id boxes = rq_ir_builder_in(b, 0), scores = row_of(b, rq_ir_builder_in(b, 1), i);
    detections d = {.shared = rq_ir_builder_shape(b, boxes).d[2] == 1, .n = n};
    d.boxes = boxes_by_class(b, row_of(b, boxes, i));
    d.scores =
        rq_emit_transpose(b, scores, d.shared ? (int64_t[]){0, 2, 1} : (int64_t[]){2, 0, 1}, 3);
    return d;
}

/* Rows of the result: as many as are asked for, or as the classes can give. */
static bool read_total(rq_ir_builder *b, int64_t *out)
{
    int64_t each, total;
    size_t n;
    rq_shape scores = rq_ir_builder_shape(b, rq_ir_builder_in(b, 1));
    if (!rq_ir_builder_require_ints(b, rq_ir_builder_in(b, 2), &each, 1, &n, "boxes of a class") ||
        !rq_ir_builder_require_ints(b, rq_ir_builder_in(b, 3), &total, 1, &n, "boxes of an image"))
        return false;
    *out = total;
    if (each < 1 || total < 1 || total > INT32_MAX) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "no boxes at all, or too many");
        return false;
    }
    bool by_class = rq_framework_int(b->node, "pad_per_class", 0);
    if (by_class && scores.d[2] > 0 && each < total / scores.d[2]) *out = each * scores.d[2];
    return true;
}

/* boxes [N, boxes, 1 or classes, 4], scores [N, boxes, classes], numbers. */
static void map_combined_nms(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_shape boxes = rq_ir_builder_shape(b, rq_ir_builder_in(b, 0));
    rq_shape scores = rq_ir_builder_shape(b, rq_ir_builder_in(b, 1));
    rq_id parts[4][MAX_IMAGES] = {{0}}, of_one[4] = {RQ_NONE, RQ_NONE, RQ_NONE, RQ_NONE};
    int64_t total;
    (void)row;
    if (boxes.rank != 4 || scores.rank != 3 || scores.d[0] < 1 || scores.d[0] > MAX_IMAGES ||
        boxes.d[2] < 1 || scores.d[2] < 1) {
        rq_ir_builder_unmapped(b, "a number of images or classes that is not known (--batch)");
        return;
    }
    if (!read_total(b, &total)) return;
    for (int64_t i = 0; i < scores.d[0] && b->status == RQ_OK; i++) {
        detections d = of_image(b, i, total);
        detect(b, &d, of_one);
        for (int k = 0; k < 4; k++) parts[k][i] = of_one[k];
    }
    for (size_t k = 0; k < 4; k++)
        if (rq_ir_builder_wants(b, k))
            rq_ir_builder_set(b, k,
                              rq_emit(b, "Concat-1", parts[k], (size_t)scores.d[0], "axis=0"));
}

static const rq_op_mapping_row rows[] = {
    {"", "CombinedNonMaxSuppression", map_combined_nms, NULL},
};
RQ_OP_MAPPING_GROUP(tf_detection, rows)
