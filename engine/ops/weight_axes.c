#include "engine/ops/weight_axes.h"

#include "engine/ops/attrs.h"

#include <assert.h>

/* Columns meet as input channels in the left operand, rows in the right one; transposed, the other
 * way round. */
static rq_weight_axes matrix_axes(const rq_op *op, const void *attrs, uint32_t port, int rank)
{
    bool transposed = rq_attrs_int(op, attrs, port == 0 ? "transpose_a" : "transpose_b");
    int rows = rank - 2, columns = rank - 1;
    if (rank < 2) return (rq_weight_axes){-1, -1, columns};
    return (port == 0) == transposed ? (rq_weight_axes){-1, columns, rows}
                                     : (rq_weight_axes){-1, rows, columns};
}

rq_weight_axes rq_weight_axes_of(const rq_op *op, const void *attrs, uint32_t port, int rank)
{
    static const rq_weight_axes orders[] = {
        [RQ_WEIGHTS_OIK] = {-1, 0, 1},
        [RQ_WEIGHTS_GOIK] = {0, 1, 2},
        [RQ_WEIGHTS_IOK] = {-1, 1, 0},
        [RQ_WEIGHTS_GIOK] = {0, 2, 1},
    };
    assert(op->weights != RQ_WEIGHTS_NONE);
    return rq_op_is_matrix_product(op) ? matrix_axes(op, attrs, port, rank) : orders[op->weights];
}

int rq_summed_axis(const rq_op *op, const void *attrs, uint32_t port, int rank)
{
    assert(op->weights != RQ_WEIGHTS_NONE);
    return rq_op_is_matrix_product(op) ? matrix_axes(op, attrs, port, rank).input : 1;
}

int rq_output_channel_axis(const rq_op *op, uint32_t port, int rank)
{
    assert(op->weights != RQ_WEIGHTS_NONE);
    if (!rq_op_is_matrix_product(op)) return 1;
    return port == 0 ? rank - 2 : rank - 1;
}
