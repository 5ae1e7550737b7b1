/* Reductions over axes: an operator file gives what is done to each element and at the end. */
#ifndef RQ_OPS_COMMON_REDUCE_H
#define RQ_OPS_COMMON_REDUCE_H

#include "engine/ops/op.h"

typedef struct rq_reduce_attrs {
    bool keep_dims;
} rq_reduce_attrs;

extern const rq_attr_spec rq_reduce_specs[];

/* Sums are kept in double (floats) or int64 (integers); `finish` may be NULL. */
typedef struct rq_reduction {
    double start;
    double (*step)(double sum, double x);
    double (*finish)(double sum, size_t n);
} rq_reduction;

/* Input 1: axes, known or not. The output's shape follows from them. */
rq_status rq_reduce_infer(rq_infer *ctx);
rq_status rq_reduce_run(rq_call *call, const rq_reduction *reduction);

#endif
