/* What nodes are to a placement, and which of them are quantized. */
#include "quant/placement/quantizer_placement_parts.h"

#include "engine/ops/operators.h"
#include "engine/ops/weight_axes.h"

/* An input that carries data worth quantizing: connected, floating point, not constant. */
bool rq_placer_is_activation(const rq_placer *p, const rq_node *node, uint32_t port)
{
    rq_id value = node->in[port];
    return value != RQ_NONE && !rq_bound_is_constant(p->bound, value) &&
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
    return port < 2 && port < node->n_in && node->in[port] != RQ_NONE &&
           rq_bound_is_constant(p->bound, node->in[port]) &&
           rq_dtype_is_float(p->bound->values[node->in[port]].dtype);
}

bool rq_placer_has_weights(const rq_placer *p, const rq_node *node)
{
    return rq_placer_is_weight_port(p, node, 0) || rq_placer_is_weight_port(p, node, 1);
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
        n_folded += rq_bound_is_constant(bound, value);
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

/* x * gate(x) is one activation, whatever rules say of its parts. */
rq_id rq_placer_follows(const rq_placer *p, const rq_node *node)
{
    const rq_int8_kernel *kernel = p->kernels[node->id];
    if (p->gated[node->id] != RQ_NONE) return p->gated[node->id];
    if (p->reasons[node->id] || !kernel) return RQ_NONE;
    if (kernel->use == RQ_KERNEL_FOLLOWS) return node->in[0];
    if (!rq_placement_is_fused(p->bound, node)) return RQ_NONE;
    return node->in[rq_bound_is_constant(p->bound, node->in[0]) ? 1 : 0];
}

static bool is_zero(const rq_placer *p, rq_id value)
{
    const rq_tensor *t = &p->bound->values[value];
    return t->data && rq_tensor_count(t) == 1 && rq_load_f64(t->data, t->dtype, 0) == 0.0;
}

/* Zeros go into the padding of the one convolution behind them. Elsewhere a Pad of codes with a
 * zero point, or with another constant, is undone: it runs in f32, and so does the convolution. */
static bool pads_codes(const rq_placer *p, const rq_node *node)
{
    const char *mode = rq_node_attr(node, "pad_mode");
    const rq_use *only = rq_uses_only(&p->uses, node->out[0]);
    if (!mode || strcmp(mode, "constant") != 0) return true;
    if (!only) return false;
    const rq_node *reader = p->graph->nodes[only->node];
    return (node->n_in < 4 || node->in[3] == RQ_NONE || is_zero(p, node->in[3])) &&
           p->quantized[reader->id] &&
           (rq_node_is(reader, &rq_op_Convolution) || rq_node_is(reader, &rq_op_GroupConvolution));
}

static bool form_moves_codes(const rq_placer *p, const rq_node *node)
{
    if (rq_node_is(node, &rq_op_Pad)) return pads_codes(p, node);
    if (!rq_node_is(node, &rq_op_Interpolate)) return true;
    const char *mode = rq_node_attr(node, "mode");
    return mode && !strcmp(mode, "nearest");
}

bool rq_placer_moves_codes(const rq_placer *p, const rq_node *node)
{
    const rq_int8_kernel *kernel = p->kernels[node->id];
    uint32_t n = rq_placer_count_activations(p, node);
    if (!kernel || kernel->use != RQ_KERNEL_MOVES || p->bound->nodes[node->id].folded ||
        p->reasons[node->id] || !form_moves_codes(p, node))
        return false;
    if (rq_placer_role_of(p, node) == RQ_ROLE_CONCAT) return n == node->n_in;
    return n == 1 && rq_placer_is_activation(p, node, 0);
}

static bool has_empty_operand(const rq_placer *p, const rq_node *node)
{
    for (uint32_t k = 0; k < node->n_in && k < 2; k++) {
        if (node->in[k] == RQ_NONE) continue;
        const rq_shape *shape = &p->bound->values[node->in[k]].shape;
        if (rq_shape_is_static(shape) && rq_shape_count(shape) == 0) return true;
    }
    return false;
}

/* Recurrent layers have several weight inputs and a state; they stay in floating point. */
static bool is_supported(const rq_placer *p, const rq_node *node, const char **reason)
{
    const rq_op *op = p->bound->nodes[node->id].op;
    if (rq_placer_count_activations(p, node) == 0) return false;
    if (!rq_placer_has_weights(p, node) && !rq_op_is_matrix_product(op))
        *reason = "its weights are not constant";
    if (p->bound->nodes[node->id].deferred) *reason = "its shape depends on the data";
    if (has_empty_operand(p, node)) *reason = "there is nothing to multiply";
    return !*reason;
}

/* Why a layer that could be asked to read codes is not. */
static const char *kernel_reason(const rq_placer *p, const rq_node *node)
{
    const rq_int8_kernel *kernel = p->kernels[node->id];
    if (!kernel) return "OpenVINO has no INT8 kernel for it";
    bool asks = kernel->use == RQ_KERNEL_COMPUTES || kernel->use == RQ_KERNEL_SUMS;
    if (asks && !kernel->pays[p->isa]) return "slower with codes on CPUs without VNNI";
    return kernel->use == RQ_KERNEL_FLOATS ? kernel->reason : NULL;
}

static void choose_weighted(rq_placer *p, const rq_node *node)
{
    const char *reason = p->reasons[node->id];
    bool supported = !reason && is_supported(p, node, &reason);
    bool whole = p->precisions[node->id] == RQ_PRECISION_INT8;
    if (supported && whole) reason = kernel_reason(p, node);
    p->quantized[node->id] = supported && whole && !reason;
    p->weights_only[node->id] = supported && !whole;
    p->placement->ignored[node->id] = reason;
}

static void choose_other(rq_placer *p, const rq_node *node)
{
    const char *reason = p->reasons[node->id];
    bool computes = rq_placer_role_of(p, node) == RQ_ROLE_QUANTIZE &&
                    rq_placer_count_activations(p, node) > 0 &&
                    !rq_placement_is_fused(p->bound, node);
    bool whole = p->precisions[node->id] == RQ_PRECISION_INT8;
    if (!reason && computes && whole) reason = kernel_reason(p, node);
    if (reason && !p->reasons[node->id] && p->listed && p->listed[node->id]) {
        p->quantized[node->id] = true;
        reason = NULL;
    }
    p->placement->ignored[node->id] = reason;
}

void rq_placer_choose_quantized(rq_placer *p)
{
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        rq_role role = rq_placer_role_of(p, node);
        if (p->bound->nodes[node->id].folded) continue;
        if (role == RQ_ROLE_WEIGHTED)
            choose_weighted(p, node);
        else if (role == RQ_ROLE_QUANTIZE || role == RQ_ROLE_PASS || role == RQ_ROLE_CONCAT)
            choose_other(p, node);
    }
}
