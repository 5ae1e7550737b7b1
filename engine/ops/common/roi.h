/* Regions of interest: what the operators that pool them share. */
#ifndef RQ_OPS_COMMON_ROI_H
#define RQ_OPS_COMMON_ROI_H

#include "engine/ops/op.h"

/* A point of a plane as the mean of four of its elements. */
typedef struct rq_bilinear {
    size_t at[4]; /* top left, top right, bottom left, bottom right */
    float weight[4];
} rq_bilinear;

/* The point (x, y) of a plane of height * width elements; must lie within its elements'
 * centres: 0 <= x <= width - 1, 0 <= y <= height - 1. */
rq_bilinear rq_bilinear_at(float x, float y, int64_t height, int64_t width);

static inline float rq_bilinear_value(const rq_bilinear *point, const float *plane)
{
    float sum = 0.0f;
    for (int i = 0; i < 4; i++) sum += point->weight[i] * plane[point->at[i]];
    return sum;
}

/* Input 0 is [N,C,H,W] of at least one element a plane, input 1 [regions, `numbers`]; both of
 * floating point. */
rq_status rq_roi_infer(const rq_infer *ctx, int64_t numbers);

/* The image a region belongs to; RQ_EARG if there is no such image (data may be the user's). */
rq_status rq_roi_image(const rq_node *node, int64_t *out, double number, int64_t images);

#endif
