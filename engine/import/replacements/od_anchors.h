/* Anchors of a grid, as Proposal makes them of ratios and scales. */
#ifndef RQ_IMPORT_OD_ANCHORS_H
#define RQ_IMPORT_OD_ANCHORS_H

#include "engine/base/arena.h"
#include "engine/base/tensor.h"

#define RQ_OD_MAX_ANCHORS 64 /* of one cell */
#define RQ_OD_BASE_SIZE 256  /* pixels that a scale of 1 is */

typedef struct rq_od_anchors {
    double ratios[RQ_OD_MAX_ANCHORS], scales[RQ_OD_MAX_ANCHORS];
    size_t n_ratios, n_scales;
    int64_t stride; /* pixels from cell to cell */
} rq_od_anchors;

/* From boxes [y1, x1, y2, x2] of all cells, `columns` of them in a row, ordered by row, column,
 * ratio, scale. A reason where they are not of that form; NULL: they are. */
const char *rq_od_anchors_read(rq_od_anchors *out, const rq_tensor *boxes, size_t per_cell,
                               int64_t columns);

#endif
