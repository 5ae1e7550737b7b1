/* Boxes from anchors that the network moves and scores: GenerateProposals and
 * ExperimentalDetectronGenerateProposalsSingleImage. */
#ifndef RQ_OPS_COMMON_ANCHOR_BOXES_H
#define RQ_OPS_COMMON_ANCHOR_BOXES_H

#include "engine/ops/common/box.h"

typedef struct rq_anchor_field {
    const float *anchors; /* [cells][kinds][4] */
    const float *deltas;  /* [kinds][4][cells] */
    const float *scores;  /* [kinds][cells] */
    size_t kinds, cells;
    float height, width;         /* of the image */
    float min_height, min_width; /* of boxes */
    float offset;                /* 1 where corners are pixels that belong to the box, else 0 */
} rq_anchor_field;

typedef struct rq_anchor_work {
    rq_corners *boxes; /* [cells][kinds] */
    rq_sort_item *order;
    float *scores;
    int32_t *kept;
} rq_anchor_work;

/* Bytes of scratch for n = cells * kinds boxes; cuts `base` unless it is NULL. */
size_t rq_anchor_work_cut(rq_anchor_work *work, size_t n, void *base);
/* Moves all anchors: boxes, scores and order. Small boxes are those below the minimum size. */
void rq_anchor_boxes(const rq_anchor_field *field, const rq_anchor_work *work);
bool rq_anchor_is_small(const rq_anchor_field *field, const rq_corners *box);

/* A box moved by delta[4], `stride` apart, in parts of its size; logarithms are limited to
 * `max_log`. */
rq_corners rq_anchor_apply_deltas(const rq_corners *box, const float *delta, size_t stride,
                                  float max_log, float offset);

#endif
