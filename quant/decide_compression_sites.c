#include "quant/decide_compression_sites.h"

#include "engine/base/mem.h"
#include "engine/ops/operators.h"
#include "quant/compress/compress_layout.h"
#include "quant/finite_weights.h"

#include <stdlib.h>

#define MIN_TABLE 1024 /* numbers: of fewer, the chain in the .xml takes what the .bin saves */

typedef struct finder {
    rq_quant_plan *plan;
    const rq_bound *bound;
    const rq_plan_file *given;
    size_t next; /* weights of the placement, from plan->n_weights on */
} finder;

/* Behind Converts between types of floating point. */
static rq_id source_of(const rq_graph *graph, rq_id value)
{
    const rq_node *node = rq_value_producer(graph, value);
    while (rq_node_is(node, &rq_op_Convert) && node->in[0] != RQ_NONE &&
           rq_dtype_is_float(graph->values[node->in[0]]->dtype))
        node = rq_value_producer(graph, node->in[0]);
    return node->id;
}

static bool all_finite(const rq_tensor *t)
{
    return !rq_finite_count_bad(t->data, rq_tensor_count(t), true);
}

static bool same_view(const rq_weight_layout *a, const rq_weight_layout *b)
{
    return a->groups == b->groups && a->outputs == b->outputs && a->inputs == b->inputs &&
           a->taps == b->taps && a->output_stride == b->output_stride &&
           a->input_stride == b->input_stride;
}

/* Of the same constant, seen the same way; NULL: none yet. */
static rq_plan_compressed *find_entry(const finder *f, rq_id source, const rq_weight_layout *own)
{
    for (size_t i = 0; i < f->plan->n_compressed; i++) {
        rq_plan_compressed *c = &f->plan->compressed[i];
        if (c->source == source && same_view(own, &c->layout)) return c;
    }
    return NULL;
}

static rq_status add_use(finder *f, const rq_weight_point *point)
{
    const rq_graph *graph = f->bound->graph;
    const rq_node *node = graph->nodes[point->node];
    rq_quant_plan *plan = f->plan;
    rq_id source = source_of(graph, point->value);
    rq_weight_layout layout;
    if (!all_finite(&f->bound->values[point->value])) {
        plan->placement->ignored[point->node] = "some of its weights are not finite";
        return RQ_OK;
    }
    RQ_TRY(rq_compress_layout_find(&layout, f->bound, point));
    rq_plan_compressed *c = find_entry(f, source, &layout);
    if (!c) {
        c = &plan->compressed[plan->n_compressed++];
        c->source = source;
        c->layout = layout;
        c->shape = f->bound->values[point->value].shape;
        c->weights = f->bound->values[point->value].data;
        c->precision = point->precision;
        c->uses = rq_arena_alloc(plan->arena, graph->n_nodes, sizeof *c->uses);
        if (!c->uses) return RQ_ENOMEM;
    }
    c->is_table |= rq_node_is(node, &rq_op_Gather);
    if (point->precision == RQ_PRECISION_INT8_WEIGHTS) c->precision = point->precision;
    c->uses[c->n_uses++] =
        (rq_compressed_use){*point, f->bound->values[node->out[0]].shape.rank, NULL};
    return RQ_OK;
}

static bool is_table(const finder *f, const rq_node *node)
{
    const rq_bound *bound = f->bound;
    if (!rq_node_is(node, &rq_op_Gather) || bound->nodes[node->id].folded ||
        f->plan->placement->ignored[node->id])
        return false;
    const rq_tensor *t = &bound->values[node->in[0]];
    if (!t->data || t->dtype != RQ_DT_F32 || t->shape.rank < 2) return false;
    if (f->given && !rq_plan_file_weight_of(f->given, node->name, 0)) return false;
    return rq_tensor_count(t) >= MIN_TABLE && t->shape.d[0] > 1 &&
           rq_tensor_count(t) > (size_t)t->shape.d[0];
}

static rq_status look_at(finder *f, const rq_node *node)
{
    const rq_placement *placement = f->plan->placement;
    if (is_table(f, node)) {
        const rq_weight_point point = {.node = node->id,
                                       .value = node->in[0],
                                       .n_axes = 1,
                                       .precision = RQ_PRECISION_INT8_WEIGHTS};
        return add_use(f, &point);
    }
    while (f->next < placement->n_weights && placement->weights[f->next].node == node->id)
        RQ_TRY(add_use(f, &placement->weights[f->next++]));
    return RQ_OK;
}

rq_status rq_compress_sites_find(rq_quant_plan *plan, const rq_bound *bound,
                                 const rq_plan_file *given)
{
    finder f = {.plan = plan, .bound = bound, .given = given, .next = plan->n_weights};
    plan->n_compressed = 0;
    plan->compressed = rq_arena_alloc(plan->arena, bound->graph->n_nodes, sizeof *plan->compressed);
    if (!plan->compressed) return RQ_ENOMEM;
    for (size_t i = 0; i < bound->n_order; i++)
        RQ_TRY(look_at(&f, bound->graph->nodes[bound->order[i]]));
    return RQ_OK;
}
