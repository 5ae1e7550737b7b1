/* Bytes that become numbers (images, masks): they are codes whose scale is 1. */
#include "engine/exec/onednn/lower.h"

rq_status rq_lower_convert(rq_lower *l, rq_chain *chain)
{
    static const rq_u8_params bytes = {.scale = 1.0f, .top = 255};
    const rq_node *node = chain->nodes[0];
    rq_onednn_plan *plan = l->plan;
    const rq_tensor *in = rq_lower_value(l, node->in[0]);
    const rq_shape *shape = &rq_lower_value(l, node->out[0])->shape;
    size_t buffer, codes;
    if (in->data || (in->dtype != RQ_DT_U8 && in->dtype != RQ_DT_BOOL)) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_buffer_dense(&buffer, plan, node->in[0], node->id));
    const rq_buffer *root = &plan->buffers[rq_buffer_root(plan, buffer)];
    /* a user's booleans may be other bytes than 0 and 1 */
    if (root->deferred || (root->external && in->dtype == RQ_DT_BOOL)) return RQ_EUNSUPPORTED;
    const rq_dnn_layout *layout = rq_dnn_layout_dense(plan->dnn, RQ_DT_U8, shape);
    if (!layout) return RQ_EUNSUPPORTED;
    chain->done = 1;
    return rq_buffer_add(&codes, plan, node->out[0], layout, &bytes, buffer);
}
