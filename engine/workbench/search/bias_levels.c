#include "engine/workbench/search/bias_levels.h"

#include "engine/base/mem.h"
#include "engine/workbench/graph_cut.h"
#include "quant/apply.h"

#include <stdlib.h>
#include <string.h>

typedef struct finder {
    rq_bias_levels *out;
    const rq_quant_plan *plan;
    const rq_bound *bound;
    const rq_graph *graph;
    rq_arena *arena;
    size_t *layer_of; /* by node id: index in `found` + 1 */
    rq_bias_layer *found;
    size_t n_found;
    rq_uses uses;
    rq_id *stack; /* nodes to look at */
    size_t n_stack;
    size_t *seen; /* by node id: 1 + the last level that came by */
} finder;

/* -- layers ---------------------------------------------------------------------------------- */

static bool take_layer(rq_bias_layer *layer, const finder *f, size_t weight)
{
    const rq_plan_weight *w = &f->plan->weights[weight];
    const rq_layer_bias bias = rq_plan_layer_bias(w);
    *layer = (rq_bias_layer){.weight = weight,
                             .node = w->point.node,
                             .value = f->graph->nodes[w->point.node]->out[0],
                             .axis = rq_layer_bias_axis(f->graph, &bias),
                             .channels = rq_weight_channels(&w->layout)};
    const rq_tensor *t = &f->bound->values[layer->value];
    return w->bias_shift && t->dtype == RQ_DT_F32 && rq_shape_is_static(&t->shape) &&
           layer->axis >= 0 && layer->axis < t->shape.rank &&
           (size_t)t->shape.d[layer->axis] == layer->channels;
}

static void take_layers(finder *f)
{
    for (size_t i = 0; i < f->plan->n_weights; i++)
        if (take_layer(&f->found[f->n_found], f, i)) {
            rq_id node = f->found[f->n_found++].node;
            f->layer_of[node] = f->n_found;
        }
}

/* A layer comes after those whose outputs reach it. */
static rq_status find_levels(finder *f)
{
    size_t *depth;
    RQ_TRY(rq_calloc(&depth, f->graph->n_values, sizeof *depth, "levels"));
    for (size_t i = 0; i < f->bound->n_order; i++) {
        const rq_node *node = f->graph->nodes[f->bound->order[i]];
        size_t most = 0, layer = f->layer_of[node->id];
        for (uint32_t k = 0; k < node->n_in; k++)
            if (node->in[k] != RQ_NONE && depth[node->in[k]] > most) most = depth[node->in[k]];
        if (layer) f->found[layer - 1].level = most++;
        if (most > f->out->n_levels) f->out->n_levels = most;
        for (uint32_t k = 0; k < node->n_out; k++) depth[node->out[k]] = most;
    }
    free(depth);
    return RQ_OK;
}

static void sort_layers(finder *f)
{
    for (size_t level = 0; level < f->out->n_levels; level++)
        for (size_t i = 0; i < f->n_found; i++)
            if (f->found[i].level == level) f->out->layers[f->out->n_layers++] = f->found[i];
}

/* -- what is kept ---------------------------------------------------------------------------- */

static bool may_keep(const finder *f, rq_id value)
{
    return f->bound->values[value].dtype == RQ_DT_F32 &&
           rq_graph_cut_may_be_border(f->bound, value);
}

/* Not to compute it again at each of its readers. */
static bool branches(const finder *f, rq_id value)
{
    return f->uses.first[value + 1] - f->uses.first[value] > 1;
}

static void push(finder *f, rq_id node, size_t level)
{
    if (f->seen[node] == level + 1) return;
    f->seen[node] = level + 1;
    f->stack[f->n_stack++] = node;
}

/* What the layers of a level are computed from, back to what is known before it. */
static void walk_level(finder *f, size_t level)
{
    for (size_t i = 0; i < f->out->n_layers; i++)
        if (f->out->layers[i].level == level) push(f, f->out->layers[i].node, level);
    while (f->n_stack) {
        const rq_node *node = f->graph->nodes[f->stack[--f->n_stack]];
        for (uint32_t k = 0; k < node->n_in; k++) {
            rq_id value = node->in[k];
            if (value == RQ_NONE || rq_bound_is_constant(f->bound, value)) continue;
            if (f->out->known_after[value] <= level)
                f->out->read_last[value] = level + 1;
            else
                push(f, f->graph->values[value]->producer, level);
        }
    }
}

static bool is_layer(const finder *f, rq_id node)
{
    return f->layer_of[node] != 0;
}

/* What the level's run may keep for later ones. */
static void keep_level(finder *f, size_t level)
{
    for (size_t i = 0; i < f->bound->n_order; i++) {
        const rq_node *node = f->graph->nodes[f->bound->order[i]];
        if (f->seen[node->id] != level + 1) continue;
        for (uint32_t k = 0; k < node->n_out; k++) {
            rq_id value = node->out[k];
            bool wanted = is_layer(f, node->id) || branches(f, value);
            if (wanted && may_keep(f, value) && f->out->known_after[value] == SIZE_MAX)
                f->out->known_after[value] = level + 1;
        }
    }
}

static void keep_inputs(const finder *f)
{
    for (rq_id v = 0; v < f->graph->n_values; v++) {
        bool is_input = f->graph->values[v] && /* NULL: removed */
                        !strcmp(rq_value_producer(f->graph, v)->type, "Parameter");
        f->out->known_after[v] = is_input && rq_graph_cut_may_be_border(f->bound, v) ? 0 : SIZE_MAX;
    }
}

/* Values that nothing starts from are not kept. */
static void find_bytes(const finder *f)
{
    for (size_t level = 0; level < f->out->n_levels; level++) {
        size_t bytes = 0;
        for (rq_id v = 0; v < f->graph->n_values; v++)
            if (f->out->known_after[v] <= level + 1 && f->out->read_last[v] > level)
                bytes += rq_tensor_bytes(&f->bound->values[v]);
        if (bytes > f->out->most_bytes) f->out->most_bytes = bytes;
    }
}

static void find_kept(finder *f)
{
    keep_inputs(f);
    for (size_t level = 0; level < f->out->n_levels; level++) {
        walk_level(f, level);
        keep_level(f, level);
    }
    for (rq_id v = 0; v < f->graph->n_values; v++)
        if (f->out->read_last[v] == 0) f->out->known_after[v] = SIZE_MAX;
    find_bytes(f);
}

/* -- all ------------------------------------------------------------------------------------- */

static rq_status open_finder(finder *f)
{
    size_t n_nodes = f->graph->n_nodes, n_values = f->graph->n_values;
    f->found = rq_arena_alloc(f->arena, f->plan->n_weights + 1, sizeof *f->found);
    f->out->layers = rq_arena_alloc(f->arena, f->plan->n_weights + 1, sizeof *f->found);
    f->layer_of = rq_arena_alloc(f->arena, n_nodes, sizeof *f->layer_of);
    f->seen = rq_arena_alloc(f->arena, n_nodes, sizeof *f->seen);
    f->stack = rq_arena_alloc(f->arena, n_nodes, sizeof *f->stack);
    f->out->known_after = rq_arena_alloc(f->arena, n_values, sizeof(size_t));
    f->out->read_last = rq_arena_alloc(f->arena, n_values, sizeof(size_t));
    bool all = f->found && f->out->layers && f->layer_of && f->seen && f->stack &&
               f->out->known_after && f->out->read_last;
    return all ? rq_uses_create(&f->uses, f->graph) : RQ_ENOMEM;
}

rq_status rq_bias_levels_find(rq_bias_levels *out, const rq_quant_plan *plan, const rq_bound *bound,
                              rq_arena *arena)
{
    finder f = {.out = out, .plan = plan, .bound = bound, .graph = bound->graph, .arena = arena};
    *out = (rq_bias_levels){0};
    RQ_TRY(open_finder(&f));
    take_layers(&f);
    rq_status status = find_levels(&f);
    if (status == RQ_OK) {
        sort_layers(&f);
        find_kept(&f);
    }
    rq_uses_free(&f.uses);
    return status;
}
