/* The parts of DetectionOutput: its geometry, and the decoding of boxes. */
#ifndef RQ_OPS_COMMON_DETECTION_OUTPUT_H
#define RQ_OPS_COMMON_DETECTION_OUTPUT_H

#include "engine/ops/common/box.h"

typedef struct rq_detection_output_attrs {
    int64_t num_classes; /* opset1 only */
    int64_t background, top_k, input_height, input_width;
    rq_ints keep_top_k;
    double nms_threshold, confidence_threshold, objectness_score;
    int code_type;
    bool variance_encoded, share_location, clip_after, clip_before, decrease_label, normalized;
} rq_detection_output_attrs;

enum { RQ_CODE_CORNER, RQ_CODE_CENTER_SIZE };

/* Inputs; the last two are optional, and come together. */
enum { RQ_DET_LOCATION, RQ_DET_CONFIDENCE, RQ_DET_PRIORS, RQ_DET_AUX_CONF, RQ_DET_AUX_LOCATION };

typedef struct rq_detection_output {
    const rq_detection_output_attrs *attrs;
    size_t images, priors, classes;
    size_t locations;   /* sets of boxes per image: 1, or one per class */
    size_t prior_size;  /* numbers per prior: 4, or 5 with the image's number first */
    size_t prior_batch; /* 1: the same priors for all images */
    bool cascade;       /* with the two auxiliary inputs */
} rq_detection_output;

/* Checks that the inputs' shapes fit together. */
rq_status rq_detection_read(rq_detection_output *d, const rq_node *node,
                            const rq_detection_output_attrs *attrs, const rq_tensor *in,
                            uint32_t n_in, int version);

/* Priors of image n that count: those before a first image number of -1. */
size_t rq_detection_priors(const rq_detection_output *d, const float *priors, size_t n);

/* Boxes of image n and set l, in units of the image: boxes[priors]. */
void rq_detection_decode(const rq_detection_output *d, const rq_tensor *in, size_t n, size_t l,
                         rq_corners *boxes);

#endif
