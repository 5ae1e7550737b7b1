/* MatMul's attributes. */
#ifndef RQ_OPS_COMMON_MAT_MUL_H
#define RQ_OPS_COMMON_MAT_MUL_H

#include "engine/ops/op.h"

/* The last two dims of an operand are swapped before it is multiplied; no effect on one of one dim.
 */
typedef struct rq_mat_mul_attrs {
    bool transpose_a, transpose_b;
} rq_mat_mul_attrs;

#endif
