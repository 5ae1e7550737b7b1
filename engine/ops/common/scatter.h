/* What the Scatter operators share. Inputs: data of any shape but a scalar and any type of whole
 * bytes; indices of any integer type; updates of the data's type, whose shape each operator checks;
 * for ScatterUpdate and ScatterElementsUpdate an axis, one integer. Output 0: the data, of its type
 * and shape, with the updates put in. */
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

/* dst[at .. at + n) = reduce(dst, src[from .. from + n)), element by element, both of type `dt`.
 * Integers wrap around, booleans are true when the result is not 0. MEAN adds; its caller divides.
 */
void rq_scatter_combine(int reduction, rq_dtype dt, void *dst, size_t at, const void *src,
                        size_t from, size_t n);
/* dst[at] = what a reduction starts from: 1 for PROD, the largest value of the type for MIN (plus
 * infinity of floats), the smallest for MAX, else 0. */
void rq_scatter_reset(int reduction, rq_dtype dt, void *dst, size_t at);
/* Checks 3 to max_in inputs as above, updates' shape and axis excepted, and sets output 0.
 * RQ_EFORMAT or RQ_EUNSUPPORTED, naming the layer. */
rq_status rq_scatter_infer(rq_infer *ctx, uint32_t max_in);
/* For the operators whose input 3 is an axis: *axis in [0, rank of the data), from in[3].data.
 * RQ_EFORMAT for another one. */
rq_status rq_scatter_axis(const rq_node *node, const rq_tensor *in, int *axis);
/* rq_scatter_infer, then `check` with the axis; defers while the axis is not known. */
typedef rq_status rq_scatter_check(const rq_infer *ctx, int axis);
rq_status rq_scatter_infer_axis(rq_infer *ctx, rq_scatter_check *check);
/* Output 0 = input 0, before updates go in. */
void rq_scatter_begin(const rq_call *call);

#endif
