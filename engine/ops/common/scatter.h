/* What the Scatter operators share. */
#ifndef RQ_OPS_COMMON_SCATTER_H
#define RQ_OPS_COMMON_SCATTER_H

#include "engine/ops/op.h"

typedef enum rq_scatter_reduction {
    RQ_SCATTER_NONE,
    RQ_SCATTER_SUM,
    RQ_SCATTER_SUB,
    RQ_SCATTER_PROD,
    RQ_SCATTER_MIN,
    RQ_SCATTER_MAX,
    RQ_SCATTER_MEAN
} rq_scatter_reduction;

extern const char *const rq_scatter_reductions[]; /* the attribute's words, in that order */

/* dst[at .. at + n) = reduce(dst, src[from .. from + n)). MEAN adds; its caller divides. */
void rq_scatter_combine(int reduction, rq_dtype dt, void *dst, size_t at, const void *src,
                        size_t from, size_t n);
/* The value that a reduction starts from: 0, 1, the largest or the smallest of the type. */
void rq_scatter_reset(int reduction, rq_dtype dt, void *dst, size_t at);
/* The checks they share: updates of the data's type, which is whole bytes; integer indices.
 * Output: the data's type and shape. */
rq_status rq_scatter_infer(rq_infer *ctx, uint32_t max_in);
/* For the operators whose input 3 is an axis: it, and the checks that need it. */
typedef rq_status rq_scatter_check(const rq_infer *ctx, int axis);
rq_status rq_scatter_axis(const rq_node *node, const rq_tensor *in, int *axis);
rq_status rq_scatter_infer_axis(rq_infer *ctx, rq_scatter_check *check);
/* Output 0 = input 0. */
void rq_scatter_begin(const rq_call *call);

#endif
