/* What leads to a kernel that asks for codes; sums of two activations, which may become the
 * in-place sum of an INT8 convolution; and layers that stop codes on their way. */
#include "engine/ops/operators.h"
#include "quant/placement/quantizer_placement_parts.h"

/* Whether codes of an input of the node would be read by a kernel that asks, at once or behind
 * layers that hand codes on or run at the end of the same kernel. */
static bool leads_on(const rq_placer *p, const rq_use *use)
{
    const rq_node *node = p->graph->nodes[use->node];
    if (p->quantized[node->id]) return use->port < 2;
    bool passes =
        rq_placer_moves_codes(p, node) || rq_placer_follows(p, node) == node->in[use->port];
    for (uint32_t o = 0; passes && o < node->n_out; o++)
        if (p->wanted[node->out[o]]) return true;
    return false;
}

static bool is_wanted(const rq_placer *p, rq_id value)
{
    for (uint32_t u = p->uses.first[value]; u < p->uses.first[value + 1]; u++)
        if (leads_on(p, &p->uses.uses[u])) return true;
    return false;
}

static bool has_one_reader(const rq_placer *p, rq_id value)
{
    uint32_t n = 0;
    for (uint32_t u = p->uses.first[value]; u < p->uses.first[value + 1]; u++)
        n += rq_placer_role_of(p, p->graph->nodes[p->uses.uses[u].node]) != RQ_ROLE_SHAPE;
    return n == 1;
}

/* Whether the value comes out of an INT8 convolution: of itself, behind its bias and activation.
 * alone: nothing else reads it on the way, so that more can be added in the same kernel. */
static bool ends_convolution(const rq_placer *p, rq_id value, bool alone)
{
    for (;;) {
        const rq_node *node = rq_value_producer(p->graph, value);
        rq_id in = rq_placer_follows(p, node);
        if (alone && !has_one_reader(p, value)) return false;
        if (in == RQ_NONE)
            return p->quantized[node->id] && (rq_node_is(node, &rq_op_Convolution) ||
                                              rq_node_is(node, &rq_op_GroupConvolution));
        if (p->gated[node->id] != RQ_NONE) alone = false; /* the gate reads it, too */
        value = in;
    }
}

/* Values from 0 on, or to both sides alike. */
static bool needs_no_zero_point(const rq_node *node)
{
    static const rq_op *const types[] = {&rq_op_ReLU, &rq_op_Sigmoid, &rq_op_HSigmoid, &rq_op_Tanh};
    const char *low = rq_node_is(node, &rq_op_Clamp) ? rq_node_attr(node, "min") : NULL;
    double min;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (rq_node_is(node, types[i])) return true;
    return low && rq_parse_f64(low, &min) && min >= 0.0;
}

/* Whether an activation that ends a convolution's kernel needs codes with a zero point. */
static bool has_zero_point(const rq_placer *p, rq_id value)
{
    for (;;) {
        const rq_node *node = rq_value_producer(p->graph, value);
        rq_id in = rq_placer_follows(p, node);
        if (p->gated[node->id] != RQ_NONE || rq_placer_role_of(p, node) == RQ_ROLE_ACTIVATION)
            return !needs_no_zero_point(node);
        if (in == RQ_NONE) return false;
        value = in;
    }
}

static bool has_equal_shapes(const rq_placer *p, const rq_node *node)
{
    const rq_shape *a = &p->bound->values[node->in[0]].shape;
    const rq_shape *b = &p->bound->values[node->in[1]].shape;
    return rq_shape_equal(a, b);
}

/* Both operands hold codes anyway, or can at no cost, and one of them is a convolution's alone. */
static bool joins_convolution(const rq_placer *p, const rq_node *node)
{
    if (p->bound->nodes[node->id].deferred || rq_placer_count_activations(p, node) != 2 ||
        !has_equal_shapes(p, node))
        return false;
    for (uint32_t port = 0; port < 2; port++)
        if (!p->wanted[node->in[port]] && !ends_convolution(p, node->in[port], false)) return false;
    return ends_convolution(p, node->in[0], true) || ends_convolution(p, node->in[1], true);
}

/* OpenVINO does not add codes with a zero point (those of Swish and its like) in a convolution's
 * kernel, but in a layer of its own. That pays where the sum does not fit a core's cache. Four
 * blocks of 64 channels on AVX512-VNNI, time with codes over time without: of Swish at 40x40 1.8,
 * 56x56 1.5, 90x90 1.3, 112x112 0.9; at 40x40 of HSwish 1.5, PReLU 1.4, Gelu 2.0. */
#define CACHED_BYTES (2 << 20)

static bool sums_apart(const rq_placer *p, const rq_node *node)
{
    const rq_shape *shape = &p->bound->values[node->out[0]].shape;
    if (rq_shape_is_static(shape) && rq_shape_count(shape) * sizeof(float) > CACHED_BYTES)
        return false;
    for (uint32_t port = 0; port < 2; port++)
        if (ends_convolution(p, node->in[port], true) && !has_zero_point(p, node->in[port]))
            return false;
    return true;
}

static void find_wanted(rq_placer *p)
{
    for (size_t i = p->bound->n_order; i-- > 0;) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        for (uint32_t o = 0; o < node->n_out; o++)
            p->wanted[node->out[o]] = is_wanted(p, node->out[o]);
    }
}

static bool may_sum(const rq_placer *p, const rq_node *node)
{
    const rq_int8_kernel *kernel = p->kernels[node->id];
    return kernel && kernel->use == RQ_KERNEL_SUMS && !p->bound->nodes[node->id].folded &&
           !p->placement->ignored[node->id] && p->precisions[node->id] == RQ_PRECISION_INT8 &&
           rq_placer_count_activations(p, node) > 0 && !rq_placement_is_fused(p->bound, node);
}

/* The pool that alone reads the sum, behind its activation, and is read by a kernel that asks;
 * NULL: none. A mean over positions of codes is as good as one of floats. */
static const rq_node *pool_of(const rq_placer *p, rq_id sum)
{
    for (;;) {
        const rq_use *only = rq_uses_only(&p->uses, sum);
        const rq_node *node = only ? p->graph->nodes[only->node] : NULL;
        const rq_int8_kernel *kernel = node ? p->kernels[node->id] : NULL;
        if (!kernel || p->reasons[node->id] || p->precisions[node->id] != RQ_PRECISION_INT8)
            return NULL;
        if (kernel->use == RQ_KERNEL_TAKES) return p->wanted[node->out[0]] ? node : NULL;
        if (rq_placer_follows(p, node) != sum) return NULL;
        sum = node->out[0];
    }
}

static void choose_sum(rq_placer *p, const rq_node *node)
{
    const char *reason = NULL;
    bool wanted = p->wanted[node->out[0]];
    const rq_node *pool = wanted ? NULL : pool_of(p, node->out[0]);
    if ((!wanted && !pool) || !joins_convolution(p, node))
        reason = p->kernels[node->id]->reason;
    else if (sums_apart(p, node))
        reason = "its codes would have a zero point: added in a layer of its own, and slower";
    p->quantized[node->id] = !reason;
    if (pool && !reason) p->quantized[pool->id] = true;
    p->placement->ignored[node->id] = reason;
}

/* Moves values, and is read by a kernel, but not in codes: those stand behind it. */
static bool stops_codes(const rq_placer *p, const rq_node *node)
{
    bool moves = rq_placer_role_of(p, node) == RQ_ROLE_PASS || rq_node_is(node, &rq_op_Interpolate);
    return moves && node->n_out && p->wanted[node->out[0]] && p->kernels[node->id] &&
           !p->placement->ignored[node->id] && !p->bound->nodes[node->id].folded &&
           p->precisions[node->id] == RQ_PRECISION_INT8 && rq_placer_is_activation(p, node, 0) &&
           !rq_placer_moves_codes(p, node);
}

/* From the end: whether a sum is read by a kernel may depend on a later sum; what its operands are
 * read by, without sums, was found before. */
void rq_placer_choose_sums(rq_placer *p)
{
    find_wanted(p);
    for (size_t i = p->bound->n_order; i-- > 0;) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        for (uint32_t o = 0; o < node->n_out; o++)
            p->wanted[node->out[o]] |= is_wanted(p, node->out[o]);
        if (may_sum(p, node)) choose_sum(p, node);
        if (stops_codes(p, node)) p->placement->ignored[node->id] = p->kernels[node->id]->reason;
    }
}
