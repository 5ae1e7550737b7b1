/* Zeros around an image that the convolution behind it can pad by itself. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/attrs.h"
#include "engine/ops/common/pad.h"
#include "engine/ops/weight_axes.h"

#include <string.h>

static bool pads_zeros(const rq_lower *l, const rq_node *pad)
{
    size_t n;
    if (rq_attrs_int(rq_lower_op(l, pad), rq_lower_attrs(l, pad), "pad_mode") !=
        RQ_PAD_MODE_CONSTANT)
        return false;
    if (pad->n_in < 4 || pad->in[3] == RQ_NONE) return true;
    const float *value = rq_lower_floats(l, pad->in[3], &n);
    return value && n == 1 && value[0] == 0.0f;
}

/* Nothing cropped, and nothing before or behind the images and channels. */
static bool pads_space(const rq_lower *l, const rq_node *pad, int64_t begin[RQ_MAX_RANK])
{
    int rank = rq_lower_value(l, pad->out[0])->shape.rank;
    for (uint32_t which = 1; which <= 2; which++) {
        int64_t list[RQ_MAX_RANK];
        size_t n = 0;
        const rq_tensor *given = rq_lower_value(l, pad->in[which]);
        if (!given->data || rq_tensor_ints(pad, given, list, RQ_MAX_RANK, &n) != RQ_OK)
            return false;
        if (n != (size_t)rank) return false;
        for (int d = 0; d < rank; d++)
            if (list[d] < 0 || (d < 2 && list[d])) return false;
        if (which == 1) memcpy(begin, list, n * sizeof *list);
    }
    return true;
}

static bool is_left_to_convolution(const rq_lower *l, const rq_node *pad)
{
    int64_t begin[RQ_MAX_RANK];
    const rq_tensor *out = rq_lower_value(l, pad->out[0]);
    const rq_bound_node *b = &l->bound->nodes[pad->id];
    if (b->op != &rq_op_Pad || b->folded || b->deferred) return false;
    if (out->dtype != RQ_DT_F32 || out->shape.rank < 3 || out->shape.rank > 5) return false;
    const rq_node *consumer = rq_only_consumer(l, pad->out[0]);
    return consumer && rq_op_is_convolution(rq_lower_op(l, consumer)) &&
           consumer->in[0] == pad->out[0] && pads_zeros(l, pad) && pads_space(l, pad, begin);
}

rq_status rq_fuse_pad_find(rq_lower *l)
{
    for (size_t i = 0; i < l->bound->n_order; i++) {
        const rq_node *node = l->graph->nodes[l->bound->order[i]];
        l->padding[node->id] = is_left_to_convolution(l, node);
    }
    return RQ_OK;
}

rq_id rq_fuse_pad_input(const rq_lower *l, const rq_node *convolution, int64_t begin[3])
{
    const rq_node *pad = rq_value_producer(l->graph, convolution->in[0]);
    int64_t all[RQ_MAX_RANK];
    memset(begin, 0, 3 * sizeof *begin);
    if (!l->padding[pad->id] || l->executed[pad->id]) return convolution->in[0];
    pads_space(l, pad, all);
    for (int d = 2; d < rq_lower_value(l, pad->out[0])->shape.rank; d++) begin[d - 2] = all[d];
    return pad->in[0];
}
