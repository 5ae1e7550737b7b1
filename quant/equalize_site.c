#include "quant/equalize_site.h"

#include "engine/ops/common/window.h"
#include "engine/ops/operators.h"
#include "engine/ops/weight_axes.h"
#include "quant/layers/layer_bias.h"

#include <string.h>

#define MAX_CONSTANTS 16
#define MAX_STEPS 16 /* upwards */

typedef struct finder {
    const rq_bound *bound;
    const rq_uses *uses;
    rq_equalize_site site;
    rq_equalize_constant constants[MAX_CONSTANTS];
} finder;

static bool is_own_constant(const finder *f, const rq_node *node, uint32_t port)
{
    if (port >= node->n_in || node->in[port] == RQ_NONE) return false;
    const rq_tensor *t = &f->bound->values[node->in[port]];
    return t->data && t->dtype == RQ_DT_F32 && rq_uses_only(f->uses, node->in[port]);
}

static bool add(finder *f, rq_equalize_role role, const rq_node *node, uint32_t port)
{
    if (f->site.n_constants == MAX_CONSTANTS || !is_own_constant(f, node, port)) return false;
    f->constants[f->site.n_constants++] = (rq_equalize_constant){role, node->id, port, {0}};
    return true;
}

static bool is_weighted(const finder *f, const rq_node *node)
{
    const rq_op *op = f->bound->nodes[node->id].op;
    return op && op->role == RQ_ROLE_WEIGHTED && node->n_in == 2 && node->n_out == 1;
}

static bool add_weights(finder *f, rq_equalize_role role, const rq_node *node, uint32_t port)
{
    if (!add(f, role, node, port)) return false;
    rq_weight_layout *layout = &f->constants[f->site.n_constants - 1].layout;
    const rq_weight_point point = rq_placement_weights_at(f->bound, node, port);
    if (rq_weight_layout_find(layout, f->bound, &point) != RQ_OK) return false;
    size_t channels =
        role == RQ_EQUALIZE_PRODUCER ? rq_weight_channels(layout) : layout->groups * layout->inputs;
    return channels == f->site.n;
}

/* -- consumers --------------------------------------------------------------------------------- */

static bool add_consumer(finder *f, const rq_use *use)
{
    const rq_node *node = f->bound->graph->nodes[use->node];
    if (!is_weighted(f, node)) return false;
    int axis = rq_weight_summed_axis(f->bound, node, use->port);
    if (f->site.axis < 0) {
        f->site.axis = axis;
        f->site.n = (size_t)f->bound->values[f->site.value].shape.d[axis];
    }
    return axis == f->site.axis && add_weights(f, RQ_EQUALIZE_CONSUMER, node, 1 - use->port);
}

static bool has_channels(const finder *f)
{
    const rq_shape *shape = &f->bound->values[f->site.value].shape;
    return shape->rank >= 2 && rq_shape_is_static(shape);
}

static bool find_consumers(finder *f)
{
    f->site.axis = -1;
    if (!has_channels(f) || !rq_uses_count(f->uses, f->site.value)) return false;
    for (uint32_t u = f->uses->first[f->site.value]; u < f->uses->first[f->site.value + 1]; u++)
        if (!add_consumer(f, &f->uses->uses[u])) return false;
    return true;
}

/* -- producers -------------------------------------------------------------------------------- */

/* One number, or one per channel of the site. */
static bool is_per_channel(const finder *f, const rq_tensor *operand, int rank)
{
    if (operand->shape.rank > rank) return false;
    if (rq_tensor_count(operand) == 1) return true;
    for (int d = 0; d < operand->shape.rank; d++) {
        int at = d + rank - operand->shape.rank; /* shapes broadcast from the right */
        if (operand->shape.d[d] != (at == f->site.axis ? (int64_t)f->site.n : 1)) return false;
    }
    return true;
}

/* The other operand of an element-wise layer with a constant per channel, which is added. */
static bool step_over_operand(finder *f, const rq_node *node, rq_id *value)
{
    int rank = f->bound->values[*value].shape.rank;
    for (uint32_t port = 0; port < 2 && node->n_in == 2; port++) {
        if (!is_own_constant(f, node, port) ||
            !is_per_channel(f, &f->bound->values[node->in[port]], rank))
            continue;
        *value = node->in[1 - port];
        return add(f, RQ_EQUALIZE_OPERAND, node, port);
    }
    return false;
}

static bool add_producer(finder *f, const rq_node *node)
{
    int rank = f->bound->values[node->out[0]].shape.rank;
    int axis = rq_output_channel_axis(f->bound->nodes[node->id].op, 1, rank);
    if (!is_own_constant(f, node, 1) || f->site.axis != axis) return false;
    return add_weights(f, RQ_EQUALIZE_PRODUCER, node, 1);
}

/* Zeros of a padding stay zeros when all else is shifted. */
static bool pads(const rq_bound_node *b)
{
    return !rq_op_is_matrix_product(b->op) && rq_window_may_pad(b->attrs);
}

/* A bias of its own, which what the layer makes is scaled with. */
static bool has_bias(const finder *f, const rq_equalize_constant *k)
{
    const rq_node *node = f->bound->graph->nodes[k->node];
    const rq_layer_bias layer = {k->node, k->port, f->bound->values[node->out[0]].shape.rank,
                                 rq_weight_channels(&k->layout)};
    return rq_layer_bias_exists(f->bound->graph, f->uses, &layer);
}

static bool can_shift(const finder *f)
{
    const rq_node *node = rq_value_producer(f->bound->graph, f->site.value);
    if (!rq_node_is(node, &rq_op_Add)) return false;
    for (size_t i = 0; i < f->site.n_constants; i++)
        if (f->constants[i].role == RQ_EQUALIZE_CONSUMER &&
            (pads(&f->bound->nodes[f->constants[i].node]) || !has_bias(f, &f->constants[i])))
            return false;
    return true;
}

/* Upwards from the site's value to what can scale it; nobody else may read what lies between. */
static bool find_producer(finder *f)
{
    rq_id value = f->site.value;
    for (int step = 0; step < MAX_STEPS; step++) {
        const rq_node *node = rq_value_producer(f->bound->graph, value);
        if (step > 0 && !rq_uses_only(f->uses, value)) return false;
        if (is_weighted(f, node)) return add_producer(f, node);
        if (rq_node_is(node, &rq_op_Multiply)) return step_over_operand(f, node, &value);
        if (rq_node_is(node, &rq_op_Add)) {
            if (!step_over_operand(f, node, &value)) return false;
        } else if (f->bound->nodes[node->id].op->flags & RQ_OP_HOMOGENEOUS &&
                   node->out[0] == value) {
            value = node->in[0];
        } else {
            return false;
        }
    }
    return false;
}

/* -- a Multiply of their own ------------------------------------------------------------------ */

/* Those of the consumers that are MatMul layers over the same channels. */
static bool find_matmul_consumers(finder *f)
{
    f->site.axis = -1;
    f->site.inserted = true;
    const rq_tensor *value = &f->bound->values[f->site.value];
    if (!has_channels(f) || value->data || value->dtype != RQ_DT_F32) return false;
    for (uint32_t u = f->uses->first[f->site.value]; u < f->uses->first[f->site.value + 1]; u++) {
        const rq_use *use = &f->uses->uses[u];
        const rq_node *node = f->bound->graph->nodes[use->node];
        if (rq_op_is_matrix_product(f->bound->nodes[node->id].op) &&
            is_own_constant(f, node, 1 - use->port) && !add_consumer(f, use))
            return false;
    }
    return f->site.n_constants > 0;
}

static bool find_site(finder *f, rq_id value)
{
    f->site = (rq_equalize_site){.value = value};
    if (find_consumers(f)) {
        f->site.shifted = f->site.n_constants; /* the first that find_producer adds */
        if (find_producer(f)) {
            f->site.can_shift = can_shift(f);
            return true;
        }
    }
    f->site = (rq_equalize_site){.value = value};
    return find_matmul_consumers(f);
}

rq_status rq_equalize_site_of(rq_equalize_site *out, bool *found, const rq_bound *bound,
                              const rq_uses *uses, rq_id value, rq_arena *arena)
{
    finder f = {.bound = bound, .uses = uses};
    *found = find_site(&f, value);
    if (!*found) return RQ_OK;
    *out = f.site;
    out->constants = rq_arena_alloc(arena, f.site.n_constants, sizeof *out->constants);
    if (!out->constants) return RQ_ENOMEM;
    memcpy(out->constants, f.constants, f.site.n_constants * sizeof *out->constants);
    return RQ_OK;
}

static bool has(const rq_equalize_site *sites, size_t n, rq_id value)
{
    for (size_t i = 0; i < n; i++)
        if (sites[i].value == value) return true;
    return false;
}

/* 8 bits per output channel are as good without. */
static bool may_gain(const rq_weight_point *w)
{
    return w->precision == RQ_PRECISION_INT8 || w->precision == RQ_PRECISION_INT4_WEIGHTS;
}

rq_status rq_equalize_sites(rq_equalize_site **sites, size_t *n, const rq_bound *bound,
                            const rq_placement *placement, rq_arena *arena)
{
    rq_uses uses;
    rq_status status = RQ_OK;
    *n = 0;
    *sites = rq_arena_alloc(arena, placement->n_weights, sizeof **sites);
    if (!*sites) return RQ_ENOMEM;
    RQ_TRY(rq_uses_create(&uses, bound->graph));
    for (size_t i = 0; status == RQ_OK && i < placement->n_weights; i++) {
        const rq_weight_point *w = &placement->weights[i];
        rq_id value = bound->graph->nodes[w->node]->in[1 - w->port];
        bool found = false;
        if (!may_gain(w) || value == RQ_NONE || has(*sites, *n, value)) continue;
        status = rq_equalize_site_of(&(*sites)[*n], &found, bound, &uses, value, arena);
        *n += status == RQ_OK && found;
    }
    rq_uses_free(&uses);
    return status;
}
