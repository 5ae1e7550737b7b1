/* Weights that a plan compresses: those of layers that compute in floating point, and tables of
 * embeddings. In a plan of INT8 (weights and activations) these are the tables, and the layers that
 * a plan to follow gives an -weights precision. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_PLAN_H
#define RQ_QUANT_COMPRESS_COMPRESS_PLAN_H

#include "quant/compress/compress_source.h"
#include "quant/placement/precision.h"

/* An input that reads the weights. */
typedef struct rq_compressed_use {
    rq_weight_point point;
    int out_rank;      /* of the layer's output */
    float *bias_shift; /* per output channel, added to the layer's bias; NULL: none */
} rq_compressed_use;

/* One constant. */
typedef struct rq_plan_compressed {
    rq_id source; /* the node that holds it: behind Converts of floating point */
    rq_compressed_use *uses;
    size_t n_uses;
    bool is_table;          /* read by a Gather, row after row; else weights of layers */
    rq_precision precision; /* RQ_PRECISION_INT8_WEIGHTS or RQ_PRECISION_INT4_WEIGHTS */
    rq_shape shape;         /* of the weights */
    const float *weights;   /* of them, as the graph that is decided about has them */
    rq_weight_layout layout;
    rq_compressed codes;
    const char *reason;   /* of the precision */
    const char *no_gain;  /* why OpenVINO's CPU plugin gains disk space only; NULL */
    const char *rounding; /* how codes were rounded, and why; NULL: to the nearest */
} rq_plan_compressed;

#endif
