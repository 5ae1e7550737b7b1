/* Which nodes may run inside the primitive of another one: found before lowering, so that a chain
 * runs where its last node stands and the other operands are there by then. */
#include "engine/exec/onednn/lower.h"

static bool is_elementwise(const rq_lower *l, const rq_node *node)
{
    rq_dnn_binary_kind kind;
    return rq_is_eltwise(l, node) || rq_is_binary(l, node, &kind);
}

/* Nodes whose primitive can take followers. */
static bool starts_chain(const rq_lower *l, const rq_node *node)
{
    const rq_lowering *lowering = rq_lowering_of(rq_lower_op(l, node));
    return (lowering && lowering->leads) || is_elementwise(l, node);
}

static bool follows(const rq_lower *l, const rq_node *node)
{
    rq_u8_params codes;
    return is_elementwise(l, node) || rq_fake_quantize_u8(&codes, l, node);
}

static bool is_static_f32(const rq_lower *l, const rq_node *node)
{
    if (node->n_out < 1) return false;
    const rq_tensor *out = rq_lower_value(l, node->out[0]);
    return out->dtype == RQ_DT_F32 && out->shape.rank >= 1 && rq_shape_is_static(&out->shape) &&
           !l->bound->nodes[node->id].deferred;
}

static bool keeps_shape(const rq_lower *l, const rq_node *node, rq_id value)
{
    return rq_shape_equal(&rq_lower_value(l, node->out[0])->shape,
                          &rq_lower_value(l, value)->shape);
}

static const rq_node *append(rq_lower *l, const rq_node *tail, const rq_node *node)
{
    l->next[tail->id] = node->id;
    l->inner[node->id] = true;
    return node;
}

/* The nodes that dequantize a FakeQuantize's codes, where they are nodes of their own.
 */
static void append_dequantize(rq_lower *l, const rq_node *fake_quantize)
{
    rq_dequantize tail;
    const rq_node *last = fake_quantize;
    if (!rq_dequantize_find(&tail, l, fake_quantize)) return;
    for (size_t i = 0; i < tail.n; i++) last = append(l, last, tail.nodes[i]);
}

static void extend(rq_lower *l, const rq_node *head)
{
    const rq_node *tail = head;
    for (size_t n = 1; n < RQ_MAX_FUSED && tail->n_out == 1; n++) {
        rq_id value = tail->out[0];
        const rq_node *consumer = rq_only_consumer(l, value);
        if (!consumer || l->inner[consumer->id] || !is_static_f32(l, consumer) ||
            !follows(l, consumer) || !keeps_shape(l, consumer, value))
            return;
        tail = append(l, tail, consumer);
        if (rq_node_is(tail, &rq_op_FakeQuantize)) {
            append_dequantize(l, tail);
            return;
        }
    }
}

rq_status rq_chains_find(rq_lower *l)
{
    for (size_t i = 0; i < l->bound->n_order; i++) {
        const rq_node *node = l->graph->nodes[l->bound->order[i]];
        if (l->bound->nodes[node->id].folded || l->inner[node->id]) continue;
        if (!is_static_f32(l, node)) continue;
        if (starts_chain(l, node)) extend(l, node);
        if (rq_node_is(node, &rq_op_FakeQuantize)) append_dequantize(l, node);
    }
    return RQ_OK;
}
