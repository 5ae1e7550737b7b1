#include "engine/ops/common/rows.h"

/* Strides of an operand along the output's dimensions; 0 where it has one element. */
static void operand_strides(int64_t *strides, const rq_shape *out, const rq_shape *operand)
{
    int64_t own[RQ_MAX_RANK];
    rq_shape_strides(operand, own);
    for (int d = 0; d < out->rank; d++) {
        int from = d - (out->rank - operand->rank);
        strides[d] = from < 0 || operand->d[from] == 1 ? 0 : own[from];
    }
}

/* Dimension d can be walked together with the one merged last, in every operand. */
static bool merges(const rq_rows *rows, int last, int64_t strides[][RQ_MAX_RANK], int d,
                   int64_t dim)
{
    for (int k = 0; k < rows->n; k++)
        if (rows->strides[k][last] != strides[k][d] * dim) return false;
    return true;
}

void rq_rows_begin(rq_rows *rows, const rq_shape *out, const rq_shape *const *operands, int n)
{
    int64_t strides[RQ_MAX_OPERANDS][RQ_MAX_RANK];
    *rows = (rq_rows){.n = n, .length = 1, .count = 1};
    for (int k = 0; k < n; k++) operand_strides(strides[k], out, operands[k]);
    for (int d = 0; d < out->rank; d++) {
        if (out->d[d] == 1) continue;
        int last = rows->rank - 1;
        bool merged = rows->rank > 0 && merges(rows, last, strides, d, out->d[d]);
        int to = merged ? last : rows->rank++;
        rows->dims[to] = merged ? rows->dims[to] * out->d[d] : out->d[d];
        for (int k = 0; k < n; k++) rows->strides[k][to] = strides[k][d];
    }
    if (rows->rank > 0) { /* the innermost dimension is the row: its strides are 0 or 1 */
        rows->rank--;
        rows->length = (size_t)rows->dims[rows->rank];
        for (int k = 0; k < n; k++) rows->step[k] = rows->strides[k][rows->rank];
    }
    for (int d = 0; d < rows->rank; d++) rows->count *= (size_t)rows->dims[d];
    if (rows->length == 0) rows->count = 0;
}

void rq_rows_next(rq_rows *rows)
{
    for (int d = rows->rank - 1; d >= 0; d--) {
        for (int k = 0; k < rows->n; k++) rows->at[k] += rows->strides[k][d];
        if (++rows->index[d] < rows->dims[d]) return;
        for (int k = 0; k < rows->n; k++) rows->at[k] -= rows->strides[k][d] * rows->dims[d];
        rows->index[d] = 0;
    }
}
