#include "engine/import/axis_product.h"

static rq_id along_last(rq_ir_builder *b, rq_id x, rq_id weights)
{
    return rq_emit_mat_mul(b, x, weights, false, true);
}

rq_id rq_emit_axis_matrix(rq_ir_builder *b, rq_id x, rq_id weights, int64_t at)
{
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t order[RQ_MAX_RANK];
    if (rank < 0) return RQ_NONE;
    if (at == rank - 1) return along_last(b, x, weights);
    if (at == rank - 2) return rq_emit_mat_mul(b, weights, x, false, false);
    for (int i = 0; i < rank; i++) order[i] = i;
    order[at] = rank - 1;
    order[rank - 1] = at;
    x = along_last(b, rq_emit_transpose(b, x, order, (size_t)rank), weights);
    return rq_emit_transpose(b, x, order, (size_t)rank);
}

rq_id rq_emit_axis_product(rq_ir_builder *b, rq_id x, const rq_axis_rows *rows, int64_t at)
{
    size_t n = (size_t)(rows->out * rows->in);
    float *weights = rq_arena_alloc(b->arena, n, sizeof *weights);
    if (!rq_ir_builder_ok(b, weights ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (int64_t i = 0; i < rows->out; i++) rows->fill(weights + i * rows->in, rows->ctx, i);
    rq_tensor t = {RQ_DT_F32, {2, {rows->out, rows->in}}, weights};
    rq_id matrix = rq_emit_convert(b, rq_emit_const(b, &t), rq_ir_builder_dtype(b, x));
    return rq_emit_axis_matrix(b, x, matrix, at);
}
