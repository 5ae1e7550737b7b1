/* Quantizer requests: who wants a value quantized, who in floating point, and through which nodes
 * that is passed on. */
#include "engine/ops/operators.h"
#include "engine/ops/weight_axes.h"
#include "quant/placement/quantizer_placement_parts.h"

static bool has_flag(const rq_placer *p, const rq_node *node, unsigned flag)
{
    return p->bound->nodes[node->id].op->flags & flag;
}

/* Repeats elements: four times as many bytes to write in floating point. */
static bool enlarges(const rq_placer *p, const rq_node *node)
{
    return rq_node_is(node, &rq_op_Interpolate) && rq_placer_moves_codes(p, node);
}

/* Layers that do not ask read codes that are there anyway where this costs little: pooling, an
 * element-wise layer with a constant whose result is made codes of, and what repeats elements. */
static bool takes_codes(const rq_placer *p, const rq_node *node)
{
    const rq_int8_kernel *kernel = p->kernels[node->id];
    if (p->reasons[node->id]) return false;
    if (rq_placement_is_fused(p->bound, node)) return p->wanted[node->out[0]];
    if (enlarges(p, node)) return true;
    return kernel && kernel->use == RQ_KERNEL_TAKES;
}

rq_quantizer_request rq_placer_request_of(const rq_placer *p, const rq_use *use)
{
    const rq_node *node = p->graph->nodes[use->node];
    if (p->quantized[node->id]) return use->port < 2 ? RQ_REQUEST_QUANTIZED : RQ_REQUEST_FLOAT;
    if (p->pass_through[node->id]) return RQ_REQUEST_QUANTIZED;
    if (rq_placer_role_of(p, node) == RQ_ROLE_SHAPE || takes_codes(p, node)) return RQ_REQUEST_NONE;
    return RQ_REQUEST_FLOAT;
}

static rq_codes codes_for(const rq_placer *p, const rq_use *use)
{
    const rq_node *node = p->graph->nodes[use->node];
    const rq_op *op = p->bound->nodes[node->id].op;
    if (p->pass_through[node->id]) return p->requests[node->out[0]].codes;
    if (!p->quantized[node->id]) return RQ_CODES_ANY;
    if (rq_op_is_transposed(op)) return RQ_CODES_SYMMETRIC;
    if (!rq_op_is_matrix_product(op) || rq_placer_is_weight_port(p, node, 1)) return RQ_CODES_ANY;
    return use->port == 1 ? RQ_CODES_SIGNED : RQ_CODES_SYMMETRIC;
}

static bool requests_per_channel(const rq_placer *p, const rq_node *node)
{
    if (p->pass_through[node->id])
        return has_flag(p, node, RQ_OP_KEEPS_CHANNELS) && p->requests[node->out[0]].all_per_channel;
    return rq_placer_is_depthwise(p, node);
}

static rq_quantizer_requests count_requests(const rq_placer *p, rq_id value)
{
    rq_quantizer_requests d = {.all_per_channel = p->bound->values[value].shape.rank >= 3};
    for (uint32_t u = p->uses.first[value]; u < p->uses.first[value + 1]; u++) {
        const rq_use *use = &p->uses.uses[u];
        rq_quantizer_request w = rq_placer_request_of(p, use);
        d.n_quantized += w == RQ_REQUEST_QUANTIZED;
        d.n_float += w == RQ_REQUEST_FLOAT;
        rq_codes codes = codes_for(p, use);
        if (codes > d.codes) d.codes = codes;
        d.all_per_channel &=
            w == RQ_REQUEST_QUANTIZED && requests_per_channel(p, p->graph->nodes[use->node]);
    }
    return d;
}

static bool is_unanimous(const rq_quantizer_requests *d)
{
    return d->n_quantized > 0 && d->n_float == 0;
}

uint32_t rq_placer_find_group(rq_placer *p, uint32_t v)
{
    while (p->group[v] != v) v = p->group[v] = p->group[p->group[v]];
    return v;
}

static void join_groups(rq_placer *p, uint32_t a, uint32_t b)
{
    a = rq_placer_find_group(p, a);
    b = rq_placer_find_group(p, b);
    if (a < b)
        p->group[b] = a;
    else
        p->group[a] = b;
}

static bool all_outputs_unanimous(const rq_placer *p, const rq_node *node)
{
    bool any = false;
    for (uint32_t o = 0; o < node->n_out; o++) {
        const rq_quantizer_requests *d = &p->requests[node->out[o]];
        if (rq_uses_count(&p->uses, node->out[o]) == 0) continue;
        if (!is_unanimous(d)) return false;
        any = true;
    }
    return any;
}

/* Whether requests on a moving operator's outputs go to its inputs instead. */
static bool is_pass_through(const rq_placer *p, const rq_node *node)
{
    return rq_placer_moves_codes(p, node) && !p->blocked[node->id] &&
           all_outputs_unanimous(p, node);
}

/* Consumers come first: when a node is reached, all requests on its outputs are known. */
void rq_placer_propagate(rq_placer *p)
{
    for (size_t i = p->bound->n_order; i-- > 0;) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        for (uint32_t o = 0; o < node->n_out; o++)
            p->requests[node->out[o]] = count_requests(p, node->out[o]);
        p->pass_through[node->id] = is_pass_through(p, node);
        if (!p->pass_through[node->id]) continue;
        for (uint32_t o = 0; o < node->n_out; o++) p->requests[node->out[o]].propagated = true;
    }
}

static bool takes_slice(const rq_placer *p, const rq_node *node)
{
    const rq_tensor *x = &p->bound->values[node->in[0]], *y = &p->bound->values[node->out[0]];
    return rq_placer_role_of(p, node) == RQ_ROLE_PASS && !has_flag(p, node, RQ_OP_KEEPS_CHANNELS) &&
           x->shape.rank >= 0 && y->shape.rank >= 0 && rq_tensor_count(y) < rq_tensor_count(x);
}

/* Where others read a value in floating point, a slice of it is quantized behind the slice: fewer
 * elements, and a range of their own. */
bool rq_placer_block_at_slices(rq_placer *p)
{
    bool any = false;
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        if (!p->pass_through[node->id] || !takes_slice(p, node) ||
            p->requests[node->in[0]].n_float == 0)
            continue;
        p->blocked[node->id] = true;
        any = true;
    }
    return any;
}

/* All inputs of a Concat share one range; so do all outputs and the input of a moving operator. */
void rq_placer_unify_scales(rq_placer *p)
{
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        if (!p->pass_through[node->id]) continue;
        rq_id first = node->in[0];
        if (rq_placer_role_of(p, node) == RQ_ROLE_CONCAT)
            for (uint32_t port = 1; port < node->n_in; port++)
                join_groups(p, first, node->in[port]);
        for (uint32_t o = 0; o < node->n_out; o++) join_groups(p, first, node->out[o]);
    }
}
