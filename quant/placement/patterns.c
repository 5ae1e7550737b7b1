/* Recognisers of fused activations, squeeze-and-excitation, post-processing. Source: NNCF 3.4.0,
 * nncf/openvino/hardware/fused_patterns.py and quantization/ignored_patterns.py,
 * nncf/common/quantization/quantizer_propagation/solver.py (PostprocessingNodeLocator). */
#include "quant/placement/patterns.h"

#include "engine/ops/operators.h"

#include <string.h>

static const rq_node *producer(const rq_pattern_context *ctx, const rq_node *node, uint32_t port)
{
    if (port >= node->n_in || node->in[port] == RQ_NONE) return NULL;
    return rq_value_producer(ctx->bound->graph, node->in[port]);
}

static bool has_flag(const rq_pattern_context *ctx, const rq_node *node, unsigned flag)
{
    return ctx->bound->nodes[node->id].op->flags & flag;
}

static bool is_constant(const rq_pattern_context *ctx, const rq_node *node, uint32_t port)
{
    return port < node->n_in && node->in[port] != RQ_NONE &&
           rq_bound_is_constant(ctx->bound, node->in[port]);
}

/* The input of a two-input node that is not constant, when the other one is; NULL otherwise. */
static const rq_node *variable_producer(const rq_pattern_context *ctx, const rq_node *node,
                                        rq_id *value)
{
    for (uint32_t port = 0; node && node->n_in == 2 && port < 2; port++) {
        if (!is_constant(ctx, node, 1 - port) || is_constant(ctx, node, port)) continue;
        *value = node->in[port];
        return producer(ctx, node, port);
    }
    return NULL;
}

/* Is `gate` a function of value x by a gate activation: Sigmoid(x), HSigmoid(x), HardSigmoid(x), or
 * Clamp(x + c) with a constant scale somewhere behind it? */
static bool gates(const rq_pattern_context *ctx, const rq_node *gate, rq_id x)
{
    static const rq_op *const direct[] = {&rq_op_Sigmoid, &rq_op_HSigmoid, &rq_op_HardSigmoid,
                                          NULL};
    rq_id value = RQ_NONE;
    if (rq_node_is_any(gate, direct)) return gate->in[0] == x;
    if (rq_node_is(gate, &rq_op_Multiply) || rq_node_is(gate, &rq_op_Divide))
        gate = variable_producer(ctx, gate, &value);
    if (!rq_node_is(gate, &rq_op_Clamp)) return false;
    const rq_node *shift = producer(ctx, gate, 0);
    return rq_node_is(shift, &rq_op_Add) && variable_producer(ctx, shift, &value) && value == x;
}

static rq_id gated_input(const rq_pattern_context *ctx, const rq_node *node)
{
    if (!rq_node_is(node, &rq_op_Multiply) || node->n_in != 2) return RQ_NONE;
    for (uint32_t port = 0; port < 2; port++)
        if (gates(ctx, producer(ctx, node, port), node->in[1 - port])) return node->in[1 - port];
    return RQ_NONE;
}

void rq_patterns_find_gated(rq_id *gated, const rq_bound *bound)
{
    const rq_pattern_context ctx = {.bound = bound};
    for (size_t i = 0; i < bound->graph->n_nodes; i++) gated[i] = RQ_NONE;
    for (size_t i = 0; i < bound->n_order; i++)
        gated[bound->order[i]] = gated_input(&ctx, bound->graph->nodes[bound->order[i]]);
}

/* x * gate(x) runs as one activation behind its producer. */
static void match_gated_activation(const rq_pattern_context *ctx, const rq_node *node)
{
    if (ctx->gated[node->id] != RQ_NONE)
        ctx->reasons[node->id] =
            "part of a Swish or HSwish activation, which is executed as one operator";
}

/* Walks from `node` upwards over bias additions and activations to a weighted layer. */
static const rq_node *weighted_above(const rq_pattern_context *ctx, const rq_node *node)
{
    for (int steps = 0; node && steps < 6; steps++) {
        const rq_bound_node *b = &ctx->bound->nodes[node->id];
        rq_id value = RQ_NONE;
        if (b->op->role == RQ_ROLE_WEIGHTED) return node;
        if (b->op->role == RQ_ROLE_ACTIVATION || rq_node_is(node, &rq_op_Reshape))
            node = producer(ctx, node, 0);
        else
            node = variable_producer(ctx, node, &value);
    }
    return NULL;
}

/* x * act(fc(act(fc(mean(x))))): the two inner layers stay in floating point (Hu et al. 2018, SE).
 */
static void match_squeeze_excitation(const rq_pattern_context *ctx, const rq_node *node)
{
    static const rq_op *const pools[] = {&rq_op_ReduceMean, &rq_op_AvgPool, &rq_op_AdaptiveAvgPool,
                                         NULL};
    if (!rq_node_is(node, &rq_op_Multiply) || node->n_in != 2) return;
    for (uint32_t port = 0; port < 2; port++) {
        const rq_node *gate = producer(ctx, node, port);
        if (!gate || ctx->bound->nodes[gate->id].op->role != RQ_ROLE_ACTIVATION) continue;
        const rq_node *outer = weighted_above(ctx, gate);
        const rq_node *inner = outer ? weighted_above(ctx, producer(ctx, outer, 0)) : NULL;
        const rq_node *pool = inner ? producer(ctx, inner, 0) : NULL;
        if (rq_node_is(pool, &rq_op_Reshape)) pool = producer(ctx, pool, 0);
        if (!rq_node_is_any(pool, pools) || pool->in[0] != node->in[1 - port]) continue;
        ctx->reasons[outer->id] = ctx->reasons[inner->id] =
            "inside a squeeze-and-excitation block: small and sensitive to quantization";
    }
}

/* Everything between the last weighted layers and a selection of boxes or classes. */
static void match_post_processing(const rq_pattern_context *ctx, const rq_node *node)
{
    bool is_end = has_flag(ctx, node, RQ_OP_SELECTS);
    /* Nodes come in reverse topological order, so a reason set below reaches upwards. */
    if (!is_end) {
        for (uint32_t o = 0; o < node->n_out; o++)
            for (uint32_t u = ctx->uses->first[node->out[o]];
                 u < ctx->uses->first[node->out[o] + 1]; u++) {
                const char *reason = ctx->reasons[ctx->uses->uses[u].node];
                is_end |= reason && !strncmp(reason, "post-processing", 15);
            }
        if (!is_end || ctx->bound->nodes[node->id].op->role == RQ_ROLE_WEIGHTED) return;
    }
    ctx->reasons[node->id] =
        "post-processing: between the last layer with weights and TopK, NMS or DetectionOutput";
}

/* The first node upwards from an input that computes something. */
static const rq_node *computed(const rq_pattern_context *ctx, const rq_node *node, uint32_t port)
{
    node = producer(ctx, node, port);
    while (node && ctx->bound->nodes[node->id].op->role == RQ_ROLE_PASS)
        node = producer(ctx, node, 0);
    return node;
}

/* softmax(q k) v: probabilities, most of them next to 0, and small matrices. */
static void match_attention(const rq_pattern_context *ctx, const rq_node *node)
{
    if (!rq_node_is(node, &rq_op_MatMul) || is_constant(ctx, node, 1)) return;
    const rq_node *left = computed(ctx, node, 0);
    if (rq_node_is(left, &rq_op_SoftMax))
        ctx->reasons[node->id] = "multiplies the Softmax of attention: sensitive to quantization";
}

static const rq_pattern patterns[] = {
    {"post-processing", "layers before TopK, NMS or DetectionOutput", match_post_processing},
    {"gated-activation", "x * sigmoid(x) and similar", match_gated_activation},
    {"squeeze-excitation", "the inner layers of SE blocks", match_squeeze_excitation},
    {"attention", "the MatMul after the Softmax of attention", match_attention},
};

void rq_patterns_apply(const rq_pattern_context *ctx)
{
    for (size_t p = 0; p < sizeof patterns / sizeof patterns[0]; p++)
        for (size_t i = ctx->bound->n_order; i-- > 0;) {
            const rq_node *node = ctx->bound->graph->nodes[ctx->bound->order[i]];
            if (!ctx->reasons[node->id] && !ctx->bound->nodes[node->id].folded)
                patterns[p].match(ctx, node);
        }
}
