#include "engine/ops/common/batch_space.h"

#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>

bool rq_batch_space_known(const rq_infer *ctx)
{
    return rq_infer_known(ctx, 1) && rq_infer_known(ctx, 2) && rq_infer_known(ctx, 3);
}

rq_status rq_batch_space_read(rq_batch_space *out, const rq_node *node, const rq_tensor *in)
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

static int64_t ceil_div(int64_t a, int64_t b)
{
    return a <= 0 ? 0 : (a + b - 1) / b;
}

/* The elements at one place in the blocks; `place` counts blocks with the last dimension innermost:
 * index x of the batch side is x * block + place - before of the space side. */
static void copy_block(const rq_call *call, const rq_batch_space *p, bool to_space, int64_t place)
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

void rq_batch_space_copy(const rq_call *call, const rq_batch_space *plan, bool to_space)
{
    if (rq_tensor_count(&call->in[0]) == 0 || rq_tensor_count(&call->out[0]) == 0) return;
    for (int64_t place = 0; place < plan->blocks; place++) copy_block(call, plan, to_space, place);
}
