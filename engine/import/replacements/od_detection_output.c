/* ObjectDetectionAPIDetectionOutputReplacement: the end of a network of two stages. What moves
 * proposals, by class or for all classes, and suppresses them is one DetectionOutput. */
#include "engine/import/replacements/od_detections.h"

#include <string.h>

enum { ENCODINGS, SCORES, ROIS };

/* Columns [.., 4 * (classes + 1)] of encodings by class as the operator reads them: x before y, and
 * those of the background, which nobody reads, before the others. Of one class alone as they are.
 */
static rq_id emit_columns(rq_ir_builder *b, rq_id rows, int64_t classes)
{
    int64_t first = classes > 1 ? 4 : 0, n = 4 * classes + first;
    int64_t *order = rq_arena_alloc(b->arena, (size_t)n, sizeof *order);
    double *factors = rq_arena_alloc(b->arena, (size_t)n, sizeof *factors), scale[4];
    if (!rq_ir_builder_ok(b, order && factors ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    rq_od_scales_of(scale, b);
    for (int64_t i = 0; i < n; i++) {
        order[i] = (i < first ? i : i - first) ^ 1;
        factors[i] = 1.0 / scale[i % 4];
    }
    rq_id columns = rq_emit_gather(b, rows, rq_emit_ints(b, order, (size_t)n), 1);
    rq_shape shape = {1, {n}};
    return rq_emit_binary(b, "Multiply-1", columns, rq_emit_reals(b, factors, &shape));
}

/* How many classes have encodings of their own; 0: not known. */
static int64_t count_classes(rq_ir_builder *b, rq_id encodings, int64_t proposals)
{
    rq_shape shape = rq_ir_builder_shape(b, encodings);
    if (shape.rank < 0 || !rq_shape_is_static(&shape) || proposals < 1) return 0;
    int64_t boxes = (int64_t)rq_shape_count(&shape) / 4;
    return boxes % proposals ? 0 : boxes / proposals;
}

static void map_detections(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id encodings = rq_ir_builder_in(b, ENCODINGS), rois = rq_ir_builder_in(b, ROIS);
    rq_shape shape = rq_ir_builder_shape(b, rois);
    int64_t classes = count_classes(b, encodings, shape.rank == 2 ? shape.d[0] : 0);
    (void)row;
    if (b->status != RQ_OK) return;
    if (!classes) {
        rq_ir_builder_unmapped(b, "its encodings are not as many for each proposal");
        return;
    }
    rq_id boxes = rq_emit_reshape(b, encodings, (int64_t[]){shape.d[0], 4 * classes}, 2);
    boxes = rq_emit_reshape(b, emit_columns(b, boxes, classes), (int64_t[]){1, -1}, 2);
    rq_id scores = rq_emit_reshape(b, rq_ir_builder_in(b, SCORES), (int64_t[]){1, -1}, 2);
    rq_id priors = rq_emit_slice(b, rois, 1, 1, 5, 1);
    priors = rq_emit_reshape(b, priors, (int64_t[]){1, 1, -1}, 3);
    rq_ir_builder_set(b, 0, rq_od_emit_detections(b, boxes, scores, priors, classes == 1, true));
}

static const rq_op_mapping_row detections = {"", "DetectionOutput", map_detections, NULL};

static rq_status replace(rq_replacer *r, const rq_rule *rule)
{
    rq_od_stage stage;
    bool made;
    if (!r->rois || !rq_od_stage_last(&stage, r))
        return rule ? rq_fail(RQ_EUNSUPPORTED,
                              "%s: '%s': the graph has no second stage that decodes and "
                              "suppresses boxes of a first one",
                              rule->path, rule->id)
                    : RQ_OK;
    const char *in[] = {stage.encodings, stage.scores, r->rois};
    return rq_od_add_detections(&made, r, rule, &stage, &detections, in, 3);
}

const rq_replacement rq_replacement_detection_output = {
    "ObjectDetectionAPIDetectionOutputReplacement", replace};
