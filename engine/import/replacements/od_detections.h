/* DetectionOutput in place of boxes decoded and suppressed. */
#ifndef RQ_IMPORT_OD_DETECTIONS_H
#define RQ_IMPORT_OD_DETECTIONS_H

#include "engine/import/replacements/od_stage.h"

/* A node "DetectionOutput" [1, 1, images * total, 7] that maps by `mapping`, with the inputs given
 * and what the rule, the pipeline and the stage say of suppression; it gives the model's only
 * output. False in *made where the user's outputs do not need it. */
rq_status rq_od_add_detections(bool *made, rq_replacer *r, const rq_rule *rule,
                               const rq_od_stage *stage, const rq_op_mapping_row *mapping,
                               const char *const *in, size_t n_in);

/* For mapping functions of such nodes: the operator, from flat boxes, scores and priors. */
rq_id rq_od_emit_detections(rq_ir_builder *b, rq_id boxes, rq_id scores, rq_id priors,
                            bool share_location, bool variance_encoded);
/* What encodings are divided by, in the order of places: x, y, width, height. */
void rq_od_scales_of(double out[4], const rq_ir_builder *b);
/* [.., 4 * n] of y, x, h, w each as x, y, w, h; along the last axis of a row of `n` boxes. */
rq_id rq_od_emit_swapped(rq_ir_builder *b, rq_id x, int64_t axis, int64_t n);

#endif
