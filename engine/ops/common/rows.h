/* Rows of an output while operands are broadcast to it. */
#ifndef RQ_OPS_COMMON_ROWS_H
#define RQ_OPS_COMMON_ROWS_H

#include "engine/ops/op.h"

/* Where each of n operands (at most RQ_MAX_OPERANDS) stands while rows of the output are walked.
 * Dimensions that are contiguous in all operands are merged, so most calls are one row. */
#define RQ_MAX_OPERANDS 5
typedef struct rq_rows {
    int rank; /* of the merged outer dimensions */
    int64_t dims[RQ_MAX_RANK];
    int64_t strides[RQ_MAX_OPERANDS][RQ_MAX_RANK]; /* elements; 0 where broadcast */
    int n;
    size_t length;                 /* elements of a row */
    int64_t step[RQ_MAX_OPERANDS]; /* inside a row: 0 or 1 */
    size_t count;                  /* rows */
    int64_t index[RQ_MAX_RANK];
    int64_t at[RQ_MAX_OPERANDS]; /* offset of the present row */
} rq_rows;

/* Shapes are broadcast to `out` by numpy's rule. */
void rq_rows_begin(rq_rows *rows, const rq_shape *out, const rq_shape *const *operands, int n);
void rq_rows_next(rq_rows *rows);

#endif
