/* Bilinear samples over the bins of a region: ROIAlign and
 * ExperimentalDetectronROIFeatureExtractor. */
#ifndef RQ_OPS_COMMON_ROI_SAMPLE_H
#define RQ_OPS_COMMON_ROI_SAMPLE_H

#include "engine/ops/common/roi.h"

/* A region in elements of the feature map. */
typedef struct rq_roi_grid {
    float x, y, bin_w, bin_h;
    int64_t rows, columns;        /* bins */
    int64_t samples_y, samples_x; /* in one bin */
} rq_roi_grid;

/* corner: x1, y1, x2, y2; sampling_ratio 0: a sample for each element that a bin covers.
 * at_least_one: sides shorter than one element count as one. map: [N,C,H,W]. */
rq_roi_grid rq_roi_grid_make(const float corner[4], int64_t rows, int64_t columns,
                             int64_t sampling_ratio, bool at_least_one, const rq_shape *map);

/* All bins of channels [C] of one image, to out[C * rows * columns]: their samples' mean, or the
 * largest of them and 0. */
void rq_roi_sample(const rq_roi_grid *grid, const float *image, const rq_shape *map, bool largest,
                   float *out);

#endif
