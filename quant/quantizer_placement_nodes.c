/* What nodes are to a placement, and which of them are quantized. */
#include "quant/quantizer_placement_parts.h"

#include "engine/ops/weight_axes.h"

static bool is_constant(const rq_placer *p, rq_id value)
{
    return p->bound->nodes[p->graph->values[value]->producer].folded;
}

/* An input that carries data worth quantizing: connected, floating point, not constant. */
bool rq_placer_is_activation(const rq_placer *p, const rq_node *node, uint32_t port)
{
    rq_id value = node->in[port];
    return value != RQ_NONE && !is_constant(p, value) &&
           rq_dtype_is_float(p->bound->values[value].dtype);
}

uint32_t rq_placer_count_activations(const rq_placer *p, const rq_node *node)
{
    uint32_t n = 0;
    for (uint32_t port = 0; port < node->n_in; port++) n += rq_placer_is_activation(p, node, port);
    return n;
}

bool rq_placer_is_weight_port(const rq_placer *p, const rq_node *node, uint32_t port)
{
    return port < 2 && node->in[port] != RQ_NONE && is_constant(p, node->in[port]) &&
           rq_dtype_is_float(p->bound->values[node->in[port]].dtype);
}

rq_role rq_placer_role_of(const rq_placer *p, const rq_node *node)
{
    return p->bound->nodes[node->id].op->role;
}

bool rq_placement_is_fused(const rq_bound *bound, const rq_node *node)
{
    const rq_op *op = bound->nodes[node->id].op;
    if (op->role != RQ_ROLE_QUANTIZE || !(op->flags & RQ_OP_BINARY)) return false;
    uint32_t n_folded = 0, n_float = 0;
    for (uint32_t port = 0; port < 2; port++) {
        rq_id value = node->in[port];
        if (value == RQ_NONE) return false;
        n_folded += bound->nodes[bound->graph->values[value]->producer].folded;
        n_float += rq_dtype_is_float(bound->values[value].dtype);
    }
    return n_folded == 1 && n_float == 2;
}

bool rq_placer_is_depthwise(const rq_placer *p, const rq_node *node)
{
    if (p->bound->nodes[node->id].op->weights != RQ_WEIGHTS_GOIK) return false;
    const rq_shape *weights = &p->bound->values[node->in[1]].shape; /* G, O, I, K... */
    return weights->rank >= 4 && weights->d[1] == 1 && weights->d[2] == 1;
}

/* Recurrent layers have several weight inputs and a state; they stay in floating point. */
static bool is_supported(const rq_placer *p, const rq_node *node, const char **reason)
{
    const rq_op *op = p->bound->nodes[node->id].op;
    if (op->role == RQ_ROLE_WEIGHTED) {
        if (rq_placer_count_activations(p, node) == 0) return false;
        bool weights = rq_placer_is_weight_port(p, node, 0) || rq_placer_is_weight_port(p, node, 1);
        if (!weights && !rq_op_is_matrix_product(op)) {
            *reason = "its weights are not constant";
            return false;
        }
        return true;
    }
    if (op->flags & RQ_OP_RECURRENT) {
        *reason = "recurrent layers stay in floating point";
        return false;
    }
    return rq_placer_count_activations(p, node) > 0 && !rq_placement_is_fused(p->bound, node);
}

static bool is_quantizable(rq_role role)
{
    return role == RQ_ROLE_WEIGHTED || role == RQ_ROLE_QUANTIZE;
}

void rq_placer_choose_quantized(rq_placer *p)
{
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        rq_role role = rq_placer_role_of(p, node);
        const char *reason = p->reasons[node->id];
        if (p->bound->nodes[node->id].folded) continue;
        if (is_quantizable(role)) {
            if (!reason && p->bound->nodes[node->id].deferred)
                reason = "its shape depends on the data";
            bool supported = !reason && is_supported(p, node, &reason);
            bool whole = p->precisions[node->id] == RQ_PRECISION_INT8;
            p->quantized[node->id] = supported && whole;
            p->weights_only[node->id] = supported && !whole;
        }
        if (is_quantizable(role) || role == RQ_ROLE_PASS || role == RQ_ROLE_CONCAT)
            p->placement->ignored[node->id] = reason;
    }
}
