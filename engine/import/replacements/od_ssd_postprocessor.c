/* ObjectDetectionAPISSDPostprocessorReplacement: boxes of all heads, decoded against priors that
 * the graph computes from constants, and suppressed, are one DetectionOutput. */
#include "engine/import/replacements/od_detections.h"

#include <string.h>

enum { ENCODINGS, SCORES, ANCHORS };

/* [1, 2, 4 * n]: anchors as x1, y1, x2, y2, then the variances of each. */
static rq_id emit_constant_priors(rq_ir_builder *b, const rq_tensor *anchors, size_t n)
{
    double scale[4];
    double *values = rq_arena_alloc(b->arena, n, 8 * sizeof *values);
    if (!rq_ir_builder_ok(b, values ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    rq_od_scales_of(scale, b);
    for (size_t i = 0; i < 4 * n; i++) {
        values[i] = rq_load_f64(anchors->data, anchors->dtype, i ^ 1);
        values[4 * n + i] = 1.0 / scale[i % 4];
    }
    rq_shape shape = {3, {1, 2, (int64_t)(4 * n)}};
    return rq_emit_reals(b, values, &shape);
}

/* [1, 1, 4 * n] of anchors that are computed when the network runs. */
static rq_id emit_priors(rq_ir_builder *b, rq_id anchors)
{
    rq_id rows = rq_emit_reshape(b, anchors, (int64_t[]){-1, 4}, 2);
    return rq_emit_reshape(b, rq_od_emit_swapped(b, rows, 1, 1), (int64_t[]){1, 1, -1}, 3);
}

/* Encodings divided by their scales, as [.., 4]. */
static rq_id emit_scaled(rq_ir_builder *b, rq_id rows)
{
    double scale[4];
    rq_od_scales_of(scale, b);
    for (int i = 0; i < 4; i++) scale[i] = 1.0 / scale[i];
    rq_shape shape = {1, {4}};
    return rq_emit_binary(b, "Multiply-1", rows, rq_emit_reals(b, scale, &shape));
}

/* Anchors are there once for each image. */
static size_t anchors_of_image(const rq_tensor *anchors, int64_t images)
{
    size_t n = rq_tensor_count(anchors) / 4;
    return images > 0 && n % (size_t)images == 0 ? n / (size_t)images : n;
}

static void map_detections(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id scores = rq_ir_builder_in(b, SCORES), anchors = rq_ir_builder_in(b, ANCHORS);
    rq_shape shape = rq_ir_builder_shape(b, scores);
    const rq_tensor *known = rq_ir_builder_const(b, anchors);
    int64_t images = shape.rank == 3 && shape.d[0] > 0 ? shape.d[0] : 1;
    (void)row;
    rq_id boxes = rq_emit_reshape(b, rq_ir_builder_in(b, ENCODINGS), (int64_t[]){-1, 4}, 2);
    boxes = rq_od_emit_swapped(b, boxes, 1, 1);
    if (!known) boxes = emit_scaled(b, boxes);
    boxes = rq_emit_reshape(b, boxes, (int64_t[]){images, -1}, 2);
    scores = rq_emit_reshape(b, scores, (int64_t[]){images, -1}, 2);
    rq_id priors = known ? emit_constant_priors(b, known, anchors_of_image(known, images))
                         : emit_priors(b, anchors);
    rq_ir_builder_set(b, 0, rq_od_emit_detections(b, boxes, scores, priors, true, !known));
}

static const rq_op_mapping_row detections = {"", "DetectionOutput", map_detections, NULL};

static rq_status replace(rq_replacer *r, const rq_rule *rule)
{
    rq_od_stage stage;
    bool made;
    if (rq_od_stage_count(r) != 1 || !rq_od_stage_last(&stage, r))
        return rule ? rq_fail(RQ_EUNSUPPORTED,
                              "%s: '%s': the graph is no SSD: it does not end in boxes that are "
                              "decoded and suppressed once",
                              rule->path, rule->id)
                    : RQ_OK;
    const char *in[] = {stage.encodings, stage.scores, stage.anchors};
    return rq_od_add_detections(&made, r, rule, &stage, &detections, in, 3);
}

const rq_replacement rq_replacement_ssd_postprocessor = {
    "ObjectDetectionAPISSDPostprocessorReplacement", replace};
