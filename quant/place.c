#include "quant/place.h"

#include "quant/patterns.h"

#include <stdlib.h>
#include <string.h>

/* What one reader of a value wants. */
typedef enum wish { WISH_NEUTRAL, WISH_QUANTIZED, WISH_FLOAT } wish;

typedef struct demand {
    uint32_t n_quantized, n_float;
    bool all_per_channel; /* every request comes from a depthwise convolution */
    bool claimed;         /* moved up through its producer: no point of its own */
} demand;

typedef struct placer {
    const rq_bound *bound;
    const rq_graph *graph;
    rq_uses uses;
    rq_placement *placement;
    const char **reasons;     /* by node id */
    rq_precision *precisions; /* by node id: how it would be quantized */
    bool *quantized;          /* by node id: a role that quantizes, and no reason against it */
    bool *weights_only;       /* by node id: its weights become INT8, its inputs do not */
    bool *transparent;        /* by node id: requests travel through it */
    bool *stops;              /* by node id: requests do not, whoever asks */
    demand *demands;          /* by value id */
    uint32_t *group;          /* by value id: union-find */
    uint32_t *group_size;     /* by group: how many points it will have */
} placer;

/* -- properties of nodes ------------------------------------------------------------------- */

static bool is_constant(const placer *p, rq_id value)
{
    return p->bound->nodes[p->graph->values[value]->producer].folded;
}

/* An input that carries data worth quantizing: connected, floating point, not constant. */
static bool is_activation(const placer *p, const rq_node *node, uint32_t port)
{
    rq_id value = node->in[port];
    return value != RQ_NONE && !is_constant(p, value) &&
           rq_dtype_is_float(p->bound->values[value].dtype);
}

static uint32_t count_activations(const placer *p, const rq_node *node)
{
    uint32_t n = 0;
    for (uint32_t port = 0; port < node->n_in; port++) n += is_activation(p, node, port);
    return n;
}

static bool is_weight_port(const placer *p, const rq_node *node, uint32_t port)
{
    return port < 2 && node->in[port] != RQ_NONE && is_constant(p, node->in[port]) &&
           rq_dtype_is_float(p->bound->values[node->in[port]].dtype);
}

static rq_role role_of(const placer *p, const rq_node *node)
{
    return p->bound->nodes[node->id].op->role;
}

bool rq_place_is_fused(const rq_bound *bound, const rq_node *node)
{
    if (bound->nodes[node->id].op->role != RQ_ROLE_QUANTIZE || node->n_in != 2 ||
        !strcmp(node->type, "Interpolate")) /* its scales are no operand */
        return false;
    uint32_t n_folded = 0, n_float = 0;
    for (uint32_t port = 0; port < 2; port++) {
        rq_id value = node->in[port];
        if (value == RQ_NONE) return false;
        n_folded += bound->nodes[bound->graph->values[value]->producer].folded;
        n_float += rq_dtype_is_float(bound->values[value].dtype);
    }
    return n_folded == 1 && n_float == 2;
}

static bool is_depthwise(const placer *p, const rq_node *node)
{
    if (strcmp(node->type, "GroupConvolution") != 0) return false;
    const rq_shape *weights = &p->bound->values[node->in[1]].shape; /* G, O, I, K... */
    return weights->rank >= 4 && weights->d[1] == 1 && weights->d[2] == 1;
}

/* Recurrent layers have several weight inputs and a state; they stay in floating point. */
static bool is_supported(const placer *p, const rq_node *node, const char **reason)
{
    if (role_of(p, node) == RQ_ROLE_WEIGHTED) {
        if (count_activations(p, node) == 0) return false;
        bool weights = is_weight_port(p, node, 0) || is_weight_port(p, node, 1);
        if (!weights && strcmp(node->type, "MatMul") != 0) {
            *reason = "its weights are not constant";
            return false;
        }
        return true;
    }
    if (strstr(node->type, "Sequence")) {
        *reason = "recurrent layers stay in floating point";
        return false;
    }
    return count_activations(p, node) > 0 && !rq_place_is_fused(p->bound, node);
}

static bool asks_for_quantization(rq_role role)
{
    return role == RQ_ROLE_WEIGHTED || role == RQ_ROLE_QUANTIZE;
}

static void choose_quantized(placer *p)
{
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        rq_role role = role_of(p, node);
        const char *reason = p->reasons[node->id];
        if (p->bound->nodes[node->id].folded) continue;
        if (asks_for_quantization(role)) {
            if (!reason && p->bound->nodes[node->id].deferred)
                reason = "its shape depends on the data";
            bool supported = !reason && is_supported(p, node, &reason);
            bool whole = p->precisions[node->id] == RQ_PRECISION_INT8;
            p->quantized[node->id] = supported && whole;
            p->weights_only[node->id] = supported && !whole;
        }
        if (asks_for_quantization(role) || role == RQ_ROLE_PASS || role == RQ_ROLE_CONCAT)
            p->placement->kept[node->id] = reason;
    }
}

/* -- demands -------------------------------------------------------------------------------- */

/* Data and weights of a weighted layer, queries and keys of attention: what comes of those passes a
 * Softmax in floating point, and OpenVINO multiplies that with the values in floating point too. */
static bool takes_two(const placer *p, const rq_node *node)
{
    return role_of(p, node) == RQ_ROLE_WEIGHTED || !strcmp(node->type, "ScaledDotProductAttention");
}

static wish wish_of(const placer *p, const rq_use *use)
{
    const rq_node *node = p->graph->nodes[use->node];
    if (p->quantized[node->id])
        return use->port < 2 || !takes_two(p, node) ? WISH_QUANTIZED : WISH_FLOAT;
    if (p->transparent[node->id]) return WISH_QUANTIZED;
    if (role_of(p, node) == RQ_ROLE_SHAPE) return WISH_NEUTRAL;
    if (rq_place_is_fused(p->bound, node) && !p->reasons[node->id]) return WISH_NEUTRAL;
    return WISH_FLOAT;
}

static bool keeps_channels(const rq_node *node)
{
    return !strcmp(node->type, "MaxPool") || !strcmp(node->type, "Pad");
}

static bool wants_per_channel(const placer *p, const rq_node *node)
{
    if (p->transparent[node->id])
        return keeps_channels(node) && p->demands[node->out[0]].all_per_channel;
    return is_depthwise(p, node);
}

static demand measure_demand(const placer *p, rq_id value)
{
    demand d = {.all_per_channel = p->bound->values[value].shape.rank >= 3};
    for (uint32_t u = p->uses.first[value]; u < p->uses.first[value + 1]; u++) {
        const rq_use *use = &p->uses.uses[u];
        wish w = wish_of(p, use);
        d.n_quantized += w == WISH_QUANTIZED;
        d.n_float += w == WISH_FLOAT;
        d.all_per_channel &=
            w == WISH_QUANTIZED && wants_per_channel(p, p->graph->nodes[use->node]);
    }
    return d;
}

static bool agreed(const demand *d)
{
    return d->n_quantized > 0 && d->n_float == 0;
}

static uint32_t find_group(placer *p, uint32_t v)
{
    while (p->group[v] != v) v = p->group[v] = p->group[p->group[v]];
    return v;
}

static void join_groups(placer *p, uint32_t a, uint32_t b)
{
    a = find_group(p, a);
    b = find_group(p, b);
    if (a < b)
        p->group[b] = a;
    else
        p->group[a] = b;
}

static bool all_outputs_agree(const placer *p, const rq_node *node)
{
    bool any = false;
    for (uint32_t o = 0; o < node->n_out; o++) {
        const demand *d = &p->demands[node->out[o]];
        if (p->uses.first[node->out[o]] == p->uses.first[node->out[o] + 1]) continue;
        if (!agreed(d)) return false;
        any = true;
    }
    return any;
}

/* Whether requests on a moving operator's outputs go to its inputs instead. */
static bool lets_through(const placer *p, const rq_node *node)
{
    rq_role role = role_of(p, node);
    if ((role != RQ_ROLE_PASS && role != RQ_ROLE_CONCAT) || p->bound->nodes[node->id].folded ||
        p->stops[node->id] || p->reasons[node->id] || !all_outputs_agree(p, node))
        return false;
    if (role == RQ_ROLE_PASS) return is_activation(p, node, 0) && count_activations(p, node) == 1;
    return count_activations(p, node) == node->n_in;
}

/* Consumers come first: when a node is reached, all demands on its outputs are known. */
static void spread_demands(placer *p)
{
    for (size_t i = p->bound->n_order; i-- > 0;) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        for (uint32_t o = 0; o < node->n_out; o++)
            p->demands[node->out[o]] = measure_demand(p, node->out[o]);
        p->transparent[node->id] = lets_through(p, node);
        if (!p->transparent[node->id]) continue;
        for (uint32_t o = 0; o < node->n_out; o++) p->demands[node->out[o]].claimed = true;
    }
}

static bool takes_a_part(const placer *p, const rq_node *node)
{
    const rq_tensor *x = &p->bound->values[node->in[0]], *y = &p->bound->values[node->out[0]];
    return role_of(p, node) == RQ_ROLE_PASS && !keeps_channels(node) && x->shape.rank >= 0 &&
           y->shape.rank >= 0 && rq_tensor_count(y) < rq_tensor_count(x);
}

/* Where others read a value in floating point, a slice of it is quantized behind the slice: fewer
 * elements, and a range of their own. */
static bool stop_at_slices(placer *p)
{
    bool any = false;
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        if (!p->transparent[node->id] || !takes_a_part(p, node) ||
            p->demands[node->in[0]].n_float == 0)
            continue;
        p->stops[node->id] = true;
        any = true;
    }
    return any;
}

/* All inputs of a Concat share one range; so do all outputs and the input of a moving operator. */
static void join_concats(placer *p)
{
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        if (!p->transparent[node->id]) continue;
        rq_id first = node->in[0];
        if (role_of(p, node) == RQ_ROLE_CONCAT)
            for (uint32_t port = 1; port < node->n_in; port++)
                join_groups(p, first, node->in[port]);
        for (uint32_t o = 0; o < node->n_out; o++) join_groups(p, first, node->out[o]);
    }
}

/* -- results -------------------------------------------------------------------------------- */

static bool has_point(const placer *p, rq_id value)
{
    const demand *d = &p->demands[value];
    return d->n_quantized && !d->claimed && rq_dtype_is_float(p->bound->values[value].dtype);
}

static rq_status make_point(placer *p, rq_id value)
{
    const demand *d = &p->demands[value];
    rq_point *point = &p->placement->points[p->placement->n_points++];
    point->value = value;
    point->at_output = d->n_float == 0;
    point->group = find_group(p, value);
    point->axis = d->all_per_channel && p->group_size[point->group] == 1 ? 1 : -1;
    point->uses = rq_arena_alloc(
        p->placement->arena, p->uses.first[value + 1] - p->uses.first[value], sizeof *point->uses);
    if (!point->uses) return RQ_ENOMEM;
    const rq_node *asker = NULL;
    for (uint32_t u = p->uses.first[value]; u < p->uses.first[value + 1]; u++) {
        const rq_use *use = &p->uses.uses[u];
        wish w = wish_of(p, use);
        bool rides_along = w == WISH_NEUTRAL && point->at_output &&
                           role_of(p, p->graph->nodes[use->node]) != RQ_ROLE_SHAPE;
        if (w != WISH_QUANTIZED && !rides_along) continue;
        point->uses[point->n_uses++] = *use;
        if (w == WISH_QUANTIZED && !asker) asker = p->graph->nodes[use->node];
    }
    point->reason =
        rq_arena_printf(p->placement->arena, "%s %s '%s'%s",
                        p->transparent[asker->id] ? "travels up through" : "input of", asker->type,
                        asker->name, d->n_float ? "; other readers stay in floating point" : "");
    return point->reason ? RQ_OK : RQ_ENOMEM;
}

static rq_status make_points(placer *p)
{
    p->placement->points =
        rq_arena_alloc(p->placement->arena, p->graph->n_values, sizeof *p->placement->points);
    if (!p->placement->points) return RQ_ENOMEM;
    for (rq_id v = 0; v < p->graph->n_values; v++)
        if (has_point(p, v)) p->group_size[find_group(p, v)]++;
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        if (p->bound->nodes[node->id].folded) continue;
        for (uint32_t o = 0; o < node->n_out; o++)
            if (has_point(p, node->out[o])) RQ_TRY(make_point(p, node->out[o]));
    }
    return RQ_OK;
}

/* Output channels of the weight tensor: O of O,I,K (Convolution), I,O,K (ConvolutionBackpropData,
 * axis 1), G,O,I,K and G,I,O,K (grouped: axes 0 and O), rows or columns of MatMul. */
static void find_weight_axis(const rq_node *node, const rq_shape *shape, rq_weight_point *w)
{
    bool transposed = strstr(node->type, "BackpropData") != NULL;
    w->n_axes = 1;
    if (!strcmp(node->type, "MatMul")) {
        const char *attr = rq_node_attr(node, w->port == 1 ? "transpose_b" : "transpose_a");
        bool flipped = attr && (!strcmp(attr, "true") || !strcmp(attr, "1"));
        bool last = w->port == 1 ? !flipped : flipped;
        w->axis = shape->rank < 2 ? -1 : last ? shape->rank - 1 : shape->rank - 2;
    } else if (!strncmp(node->type, "Group", 5)) {
        w->axis = transposed ? 2 : 1;
        w->n_axes = 2;
    } else {
        w->axis = transposed ? 1 : 0;
    }
}

rq_weight_point rq_place_weights_at(const rq_bound *bound, const rq_node *node, uint32_t port)
{
    rq_weight_point w = {.node = node->id, .port = port, .value = node->in[port]};
    find_weight_axis(node, &bound->values[w.value].shape, &w);
    return w;
}

static rq_status make_weights(placer *p)
{
    p->placement->weights =
        rq_arena_alloc(p->placement->arena, p->bound->n_order, sizeof *p->placement->weights);
    if (!p->placement->weights) return RQ_ENOMEM;
    for (size_t i = 0; i < p->bound->n_order; i++) {
        const rq_node *node = p->graph->nodes[p->bound->order[i]];
        bool any = p->quantized[node->id] || p->weights_only[node->id];
        if (!any || role_of(p, node) != RQ_ROLE_WEIGHTED) continue;
        for (uint32_t port = 0; port < 2; port++) {
            if (!is_weight_port(p, node, port)) continue;
            rq_weight_point *w = &p->placement->weights[p->placement->n_weights++];
            *w = rq_place_weights_at(p->bound, node, port);
            w->only = p->weights_only[node->id];
        }
    }
    return RQ_OK;
}

static rq_status allocate(placer *p)
{
    rq_arena *arena = p->placement->arena;
    size_t nodes = p->graph->n_nodes, values = p->graph->n_values;
    p->reasons = rq_arena_alloc(arena, nodes, sizeof *p->reasons);
    p->precisions = rq_arena_alloc(arena, nodes, sizeof *p->precisions);
    p->quantized = rq_arena_alloc(arena, nodes, sizeof *p->quantized);
    p->weights_only = rq_arena_alloc(arena, nodes, sizeof *p->weights_only);
    p->transparent = rq_arena_alloc(arena, nodes, sizeof *p->transparent);
    p->stops = rq_arena_alloc(arena, nodes, sizeof *p->stops);
    p->demands = rq_arena_alloc(arena, values, sizeof *p->demands);
    p->group = rq_arena_alloc(arena, values, sizeof *p->group);
    p->group_size = rq_arena_alloc(arena, values, sizeof *p->group_size);
    p->placement->kept = rq_arena_alloc(arena, nodes, sizeof *p->placement->kept);
    if (!p->reasons || !p->precisions || !p->quantized || !p->weights_only || !p->transparent ||
        !p->stops || !p->demands || !p->group || !p->group_size || !p->placement->kept)
        return RQ_ENOMEM;
    for (size_t v = 0; v < values; v++) p->group[v] = (uint32_t)v;
    return rq_uses_create(&p->uses, p->graph);
}

static rq_status place(placer *p, const rq_scope *scope)
{
    RQ_TRY(rq_arena_create(&p->placement->arena));
    RQ_TRY(allocate(p));
    if (!scope || !scope->only_rules)
        rq_patterns_apply(&(rq_pattern_context){p->bound, &p->uses, p->reasons});
    if (scope)
        RQ_TRY(rq_scope_apply(p->reasons, p->precisions, p->graph, scope, p->placement->arena));
    choose_quantized(p);
    do spread_demands(p);
    while (stop_at_slices(p)); /* each time of more nodes */
    join_concats(p);
    RQ_TRY(make_points(p));
    return make_weights(p);
}

rq_status rq_placement_create(rq_placement **out, const rq_bound *bound, const rq_scope *scope)
{
    *out = NULL;
    rq_placement *placement;
    RQ_TRY(rq_calloc(&placement, 1, sizeof *placement, "a placement"));
    placer p = {.bound = bound, .graph = bound->graph, .placement = placement};
    rq_status status = place(&p, scope);
    rq_uses_free(&p.uses);
    if (status != RQ_OK) {
        rq_placement_destroy(&placement);
        return status;
    }
    *out = placement;
    return RQ_OK;
}

void rq_placement_destroy(rq_placement **placement)
{
    if (!placement || !*placement) return;
    rq_arena_destroy(&(*placement)->arena);
    free(*placement);
    *placement = NULL;
}
