#include "engine/ops/common/batch_space.h"

#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

typedef struct batch_space {
    int rank;
    int64_t block[RQ_MAX_RANK], before[RQ_MAX_RANK], after[RQ_MAX_RANK];
    int64_t blocks; /* product of the block sizes */
} batch_space;

/* Of the batch, the block is 1 and nothing lies before or after. */
static rq_status read_blocks(batch_space *out, const rq_node *node, const rq_tensor *in)
{
    size_t rank = (size_t)in[0].shape.rank;
    out->rank = (int)rank;
    out->blocks = 1;
    RQ_TRY(rq_node_list(node, out->block, rank, &in[1], "block_shape"));
    RQ_TRY(rq_node_list(node, out->before, rank, &in[2], "crops or pads begin"));
    RQ_TRY(rq_node_list(node, out->after, rank, &in[3], "crops or pads end"));
    for (int i = 0; i < out->rank; i++) {
        if (out->block[i] < 1 || out->before[i] < 0 || out->after[i] < 0 ||
            (i == 0 && (out->block[i] != 1 || out->before[i] || out->after[i])) ||
            !rq_mul_i64(&out->blocks, out->blocks, out->block[i]))
            return rq_node_fail(node, RQ_EFORMAT,
                                "dimension %d has block size %" PRId64 ", begin %" PRId64
                                ", end %" PRId64 ", expected 1 or more, 0 or more (1, 0, 0 for the "
                                "batch)",
                                i, out->block[i], out->before[i], out->after[i]);
    }
    return RQ_OK;
}

/* -- shapes --------------------------------------------------------------------------------- */

static rq_status crop(rq_shape *shape, const batch_space *p, const rq_node *node)
{
    if (shape->d[0] % p->blocks)
        return rq_node_fail(node, RQ_EFORMAT, "batch %" PRId64 ", expected a multiple of %" PRId64,
                            shape->d[0], p->blocks);
    shape->d[0] /= p->blocks;
    for (int i = 1; i < shape->rank; i++) {
        int64_t cut;
        if (!rq_mul_i64(&shape->d[i], shape->d[i], p->block[i]) ||
            !rq_add_i64(&cut, p->before[i], p->after[i]) || cut > shape->d[i])
            return rq_node_fail(node, RQ_EFORMAT,
                                "crops %" PRId64 " and %" PRId64 " are more than dimension %d has",
                                p->before[i], p->after[i], i);
        shape->d[i] -= cut;
    }
    return RQ_OK;
}

static rq_status pad(rq_shape *shape, const batch_space *p, const rq_node *node)
{
    bool fits = rq_mul_i64(&shape->d[0], shape->d[0], p->blocks);
    for (int i = 1; fits && i < shape->rank; i++) {
        fits = rq_add_i64(&shape->d[i], shape->d[i], p->before[i]) &&
               rq_add_i64(&shape->d[i], shape->d[i], p->after[i]) && shape->d[i] % p->block[i] == 0;
        shape->d[i] /= p->block[i];
    }
    return fits ? RQ_OK
                : rq_node_fail(node, RQ_EFORMAT,
                               "padded dimensions are not multiples of the block sizes");
}

rq_status rq_batch_space_infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 4, 4));
    RQ_TRY(rq_infer_rank(ctx, 0, 2, RQ_MAX_RANK));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    ctx->out[0].dtype = ctx->in[0].dtype;
    for (uint32_t i = 1; i < 4; i++)
        if (!rq_infer_known(ctx, i)) return rq_infer_defer(ctx);
    batch_space p;
    RQ_TRY(read_blocks(&p, ctx->node, ctx->in));
    ctx->out[0].shape = ctx->in[0].shape;
    bool to_space = *(const bool *)ctx->op->kind;
    return (to_space ? crop : pad)(&ctx->out[0].shape, &p, ctx->node);
}

/* -- running -------------------------------------------------------------------------------- */

static int64_t ceil_div(int64_t a, int64_t b)
{
    return a <= 0 ? 0 : (a + b - 1) / b;
}

/* The elements at one place in the blocks; `place` counts blocks with the last dimension innermost:
 * index x of the batch side is x * block + place - before of the space side. */
static void copy_block(const rq_call *call, const batch_space *p, bool to_space, int64_t place)
{
    const rq_shape *batch = to_space ? &call->in[0].shape : &call->out[0].shape;
    const rq_shape *space = to_space ? &call->out[0].shape : &call->in[0].shape;
    int64_t near[RQ_MAX_RANK], far[RQ_MAX_RANK], count[RQ_MAX_RANK];
    rq_shape_strides(batch, near);
    rq_shape_strides(space, far);
    int64_t batch_at = place * space->d[0] * near[0], space_at = 0;
    count[0] = space->d[0];
    for (int i = p->rank - 1; i > 0; i--) {
        int64_t shift = place % p->block[i] - p->before[i];
        place /= p->block[i];
        int64_t first = ceil_div(-shift, p->block[i]);
        int64_t last = ceil_div(space->d[i] - shift, p->block[i]);
        if (last > batch->d[i]) last = batch->d[i];
        count[i] = last > first ? last - first : 0;
        if (count[i] == 0) return;
        batch_at += first * near[i];
        space_at += (first * p->block[i] + shift) * far[i];
        far[i] *= p->block[i];
    }
    rq_strided_copy copy = {0};
    for (int i = 0; i < p->rank; i++)
        rq_strided_copy_add(&copy, count[i], to_space ? far[i] : near[i],
                            to_space ? near[i] : far[i]);
    size_t element = rq_element_bytes(call->in[0].dtype);
    rq_strided_copy_run(
        &copy, rq_strided_at(call->out[0].data, to_space ? space_at : batch_at, element),
        rq_strided_from(call->in[0].data, to_space ? batch_at : space_at, element), element);
}

rq_status rq_batch_space_run(rq_call *call)
{
    batch_space p;
    bool to_space = *(const bool *)call->op->kind;
    RQ_TRY(read_blocks(&p, call->node, call->in));
    if (!to_space) memset(call->out[0].data, 0, rq_tensor_bytes(&call->out[0])); /* the pads */
    if (rq_tensor_count(&call->in[0]) == 0 || rq_tensor_count(&call->out[0]) == 0) return RQ_OK;
    for (int64_t place = 0; place < p.blocks; place++) copy_block(call, &p, to_space, place);
    return RQ_OK;
}
