/* Resampling along one axis as a table: which input elements an output element is made of, and in
 * what shares. All modes of Interpolate are separable, so that a table per axis is all there is.
 *
 * Operation Specifications: Interpolate-4, Interpolate-11; the pillow modes after the Python
 * Imaging Library's resampling (a triangle or cubic filter, widened where the image shrinks). */
#ifndef RQ_OPS_COMMON_RESAMPLE_TAPS_H
#define RQ_OPS_COMMON_RESAMPLE_TAPS_H

#include "engine/ops/op.h"

typedef enum rq_resample_mode {
    RQ_RESAMPLE_NEAREST,
    RQ_RESAMPLE_LINEAR,
    RQ_RESAMPLE_LINEAR_ONNX,
    RQ_RESAMPLE_CUBIC,
    RQ_RESAMPLE_BILINEAR_PILLOW,
    RQ_RESAMPLE_BICUBIC_PILLOW
} rq_resample_mode;

typedef enum rq_resample_coordinates {
    RQ_COORDINATES_HALF_PIXEL,
    RQ_COORDINATES_PYTORCH_HALF_PIXEL,
    RQ_COORDINATES_ASYMMETRIC,
    RQ_COORDINATES_TF_HALF_PIXEL_FOR_NN,
    RQ_COORDINATES_ALIGN_CORNERS
} rq_resample_coordinates;

typedef enum rq_resample_rounding {
    RQ_NEAREST_PREFER_FLOOR,
    RQ_NEAREST_PREFER_CEIL,
    RQ_NEAREST_FLOOR,
    RQ_NEAREST_CEIL,
    RQ_NEAREST_SIMPLE
} rq_resample_rounding;

#define RQ_RESAMPLE_MAX_DIM (INT64_C(1) << 20)

typedef struct rq_resample_axis {
    int mode, coordinates, rounding; /* rounding: of nearest */
    bool antialias;                  /* of linear, where something shrinks */
    double cube_coeff;               /* of cubic */
    int64_t dim;                     /* elements of the input */
    int64_t before, after;           /* zeros around them, part of the input's length */
    int64_t out;
    float scale; /* out / (dim + before + after), or as the model says; > 0 */
} rq_resample_axis;

/* Output element i is the sum over t < width of weight[i * width + t] * input[index[i * width +
 * t]]. Indices are in [0, dim); what lies in the padding has weight 0. */
typedef struct rq_taps {
    int64_t n;
    int width;
    int32_t *index;
    float *weight;
} rq_taps;

int rq_taps_width(const rq_resample_axis *axis);
/* index and weight have room for out * width. dim must be 1 or more. */
void rq_taps_fill(rq_taps *taps, const rq_resample_axis *axis);

#endif
