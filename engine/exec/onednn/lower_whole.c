/* Slices, repetitions and broadcasts that here take all there is, once: only views. Converters
 * leave many of them where shapes were dynamic. */
#include "engine/exec/onednn/lower.h"

/* Input 3 of both kinds of slice. As many elements as before, by steps forwards, are all of them
 * in their order. */
static bool goes_forwards(const rq_lower *l, const rq_node *node)
{
    int64_t steps[RQ_MAX_RANK];
    size_t n;
    if (node->n_in < 4 || node->in[3] == RQ_NONE) return true;
    const rq_tensor *t = rq_lower_value(l, node->in[3]);
    if (!t->data || rq_tensor_ints(node, t, steps, RQ_MAX_RANK, &n) != RQ_OK) return false;
    for (size_t i = 0; i < n; i++)
        if (steps[i] < 0) return false;
    return true;
}

static bool keeps_order(const rq_lower *l, const rq_node *node)
{
    if (rq_node_is(node, &rq_op_Slice) || rq_node_is(node, &rq_op_StridedSlice))
        return goes_forwards(l, node);
    /* an axes mapping may turn dimensions */
    return rq_node_is(node, &rq_op_Tile) || node->n_in < 3 || node->in[2] == RQ_NONE;
}

rq_status rq_lower_whole(rq_lower *l, rq_chain *chain)
{
    const rq_node *node = chain->nodes[0];
    const rq_shape *in = &rq_lower_value(l, node->in[0])->shape;
    const rq_shape *out = &rq_lower_value(l, node->out[0])->shape;
    if (!rq_shape_is_static(in) || rq_shape_count(in) != rq_shape_count(out) ||
        !keeps_order(l, node))
        return RQ_EUNSUPPORTED;
    return rq_lower_view(l, chain);
}
