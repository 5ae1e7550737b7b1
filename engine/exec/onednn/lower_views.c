/* Operators that only say how memory is read: views, transposes, FakeQuantize. */
#include "engine/exec/onednn/lower.h"

#include <string.h>

/* Codes that keep their meaning when dims are moved about. */
static const rq_u8_params *view_codes(const rq_lower *l, rq_id value, size_t *buffer)
{
    const rq_u8_params *codes = rq_buffer_u8(l->plan, value, buffer);
    return codes && !codes->scales ? codes : NULL;
}

/* Another shape over the same dense memory, codes included. */
rq_status rq_lower_view(rq_lower *l, rq_chain *chain)
{
    const rq_node *node = chain->nodes[0];
    rq_onednn_plan *plan = l->plan;
    const rq_tensor *out = rq_lower_value(l, node->out[0]);
    size_t buffer, view;
    const rq_u8_params *codes = view_codes(l, node->in[0], &buffer);
    if (!codes) RQ_TRY(rq_buffer_numbers(&buffer, plan, node->in[0], node->id));
    rq_buffer source = plan->buffers[buffer];
    const rq_dnn_layout *layout = rq_dnn_layout_reshaped(plan->dnn, source.layout, &out->shape);
    if (!layout) { /* blocks or strides in the way: dense first */
        const rq_tensor *in = rq_lower_value(l, node->in[0]);
        const rq_dnn_layout *dense =
            rq_dnn_layout_dense(plan->dnn, rq_dnn_layout_dtype(source.layout), &in->shape);
        RQ_TRY(rq_buffer_in(&buffer, plan, node->in[0], dense, source.codes, node->id));
        layout = rq_dnn_layout_reshaped(plan->dnn, dense, &out->shape);
        if (!layout) return RQ_EUNSUPPORTED;
    }
    chain->done = 1;
    return rq_buffer_add(&view, plan, node->out[0], layout, source.codes, buffer);
}

/* The same memory read in another order: whoever needs it dense reorders it. */
rq_status rq_lower_transpose(rq_lower *l, rq_chain *chain)
{
    const rq_node *node = chain->nodes[0];
    rq_onednn_plan *plan = l->plan;
    int64_t order[RQ_MAX_RANK];
    int axes[RQ_MAX_RANK];
    size_t n = 0, buffer, view;
    const rq_tensor *given = rq_lower_value(l, node->in[1]);
    int rank = rq_lower_value(l, node->out[0])->shape.rank;
    if (!given->data || rank > RQ_DNN_MAX_RANK) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_tensor_ints(node, given, order, RQ_MAX_RANK, &n));
    for (int i = 0; i < rank; i++) axes[i] = n ? (int)order[i] : rank - 1 - i;
    const rq_u8_params *codes = view_codes(l, node->in[0], &buffer);
    if (!codes) RQ_TRY(rq_buffer_numbers(&buffer, plan, node->in[0], node->id));
    rq_buffer source = plan->buffers[buffer];
    const rq_dnn_layout *layout = rq_dnn_layout_permuted(plan->dnn, source.layout, axes);
    if (!layout) return RQ_EUNSUPPORTED;
    chain->done = 1;
    return rq_buffer_add(&view, plan, node->out[0], layout, source.codes, buffer);
}

/* Float becomes u8 in the layout they are in. */
rq_status rq_lower_fake_quantize(rq_lower *l, rq_chain *chain)
{
    return rq_lower_sweep(l, chain, true);
}
