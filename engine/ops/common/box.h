/* Boxes and their overlap: what the operators of object detection share. */
#ifndef RQ_OPS_COMMON_BOX_H
#define RQ_OPS_COMMON_BOX_H

#include "engine/ops/op.h"
#include "engine/ops/common/sort_keys.h"

/* Corners, x1 <= x2 and y1 <= y2 for a box that is not empty. */
typedef struct rq_corners {
    float x1, y1, x2, y2;
} rq_corners;

/* Area of the intersection over that of the union; 0 for boxes that do not meet. */
float rq_corners_overlap(const rq_corners *a, const rq_corners *b, float offset);
/* All corners moved into [0, x_max] and [0, y_max]. */
void rq_corners_clip(rq_corners *box, float x_max, float y_max);

/* Higher scores come first in rq_sort_first; equal ones by index. */
static inline rq_sort_item rq_rank_score(float score, int64_t index)
{
    return (rq_sort_item){~rq_sort_key(&score, RQ_DT_F32, 0), index};
}

/* Greedy suppression: of boxes[order[i].index], best first, keeps each that overlaps no kept one
 * by more than `threshold`. kept[] gets box indices; ends at `limit` of them. Returns how many. */
size_t rq_corners_suppress(int32_t *kept, size_t limit, const rq_corners *boxes,
                           const rq_sort_item *order, size_t n, float threshold, float offset);

#endif
