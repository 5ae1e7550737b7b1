/* Graphs in which only some pieces of a plan are carried out. */
#include "engine/ops/operators.h"
#include "engine/workbench/sensitivity/sensitivity_parts.h"
#include "quant/apply.h"

#include <stdlib.h>
#include <string.h>

/* -- plans of some pieces -------------------------------------------------------------------- */

typedef struct choice {
    uint8_t *weights; /* by entry of the plan */
    uint8_t *uses;    /* by use */
    rq_arena *arena;
} choice;

static rq_status choice_open(choice *c, const rq_parts *parts)
{
    RQ_TRY(rq_arena_create(&c->arena));
    c->weights = rq_arena_alloc(c->arena, parts->plan->n_weights, 1);
    c->uses = rq_arena_alloc(c->arena, parts->n_uses, 1);
    return c->weights && c->uses ? RQ_OK : RQ_ENOMEM;
}

static void choose_all(choice *c, const rq_parts *parts)
{
    memset(c->weights, 1, parts->plan->n_weights);
    memset(c->uses, 1, parts->n_uses);
}

static void set_weights(choice *c, const rq_parts *parts, const rq_part *part, uint8_t on)
{
    for (size_t i = 0; i < parts->plan->n_weights; i++)
        if (parts->plan->weights[i].point.node == part->node) c->weights[i] = on;
}

static void set_activations(choice *c, const rq_parts *parts, const rq_part *part, uint8_t on)
{
    for (size_t u = 0; u < parts->n_uses; u++)
        if (part->reads[u]) c->uses[u] = on;
}

static rq_status pick_activations(rq_quant_plan *out, const choice *c, const rq_quant_plan *plan)
{
    size_t number = 0;
    out->activations = rq_arena_alloc(c->arena, plan->n_activations, sizeof *out->activations);
    if (!out->activations) return RQ_ENOMEM;
    out->n_activations = 0;
    for (size_t i = 0; i < plan->n_activations; i++) {
        const rq_point *point = &plan->activations[i].point;
        rq_use *uses = rq_arena_alloc(c->arena, point->n_uses, sizeof *uses);
        size_t n = 0;
        if (!uses) return RQ_ENOMEM;
        for (size_t u = 0; u < point->n_uses; u++)
            if (c->uses[number++]) uses[n++] = point->uses[u];
        if (n == 0) continue;
        rq_plan_activation *a = &out->activations[out->n_activations++];
        *a = plan->activations[i];
        a->point.uses = uses;
        a->point.n_uses = n;
    }
    return RQ_OK;
}

static rq_status pick_weights(rq_quant_plan *out, const choice *c, const rq_quant_plan *plan)
{
    size_t *place = rq_arena_alloc(c->arena, plan->n_weights, sizeof *place); /* index + 1 */
    out->weights = rq_arena_alloc(c->arena, plan->n_weights, sizeof *out->weights);
    if (!place || !out->weights) return RQ_ENOMEM;
    out->n_weights = 0;
    for (size_t i = 0; i < plan->n_weights; i++) {
        if (!c->weights[i]) continue;
        size_t first = plan->weights[i].shared_with, at = out->n_weights++;
        if (!place[first]) place[first] = at + 1;
        out->weights[at] = plan->weights[i];
        out->weights[at].shared_with = place[first] - 1;
    }
    return RQ_OK;
}

static rq_status build(rq_graph **out, const choice *c, const rq_parts *parts)
{
    rq_quant_plan some = *parts->plan;
    RQ_TRY(pick_activations(&some, c, parts->plan));
    RQ_TRY(pick_weights(&some, c, parts->plan));
    RQ_TRY(rq_graph_clone(out, parts->bound->graph));
    rq_status status = rq_quant_plan_apply(*out, &some);
    if (status == RQ_OK) status = rq_graph_load(*out);
    if (status != RQ_OK) rq_graph_destroy(out);
    return status;
}

/* -- variants -------------------------------------------------------------------------------- */

bool rq_part_has(const rq_part *part, rq_variant variant)
{
    if (variant == RQ_VARIANT_WEIGHTS) return part->weights && part->activations;
    if (variant == RQ_VARIANT_ACTIVATIONS) return part->weights && part->activations;
    return true;
}

rq_status rq_part_build(rq_graph **out, const rq_parts *parts, size_t index, rq_variant variant)
{
    const rq_part *part = &parts->v[index];
    choice c = {0};
    *out = NULL;
    rq_status status = choice_open(&c, parts);
    if (status == RQ_OK) {
        bool left_out = variant == RQ_VARIANT_LEFT_OUT;
        if (left_out) choose_all(&c, parts);
        if (variant != RQ_VARIANT_ACTIVATIONS) set_weights(&c, parts, part, !left_out);
        if (variant != RQ_VARIANT_WEIGHTS) set_activations(&c, parts, part, !left_out);
        status = build(out, &c, parts);
    }
    rq_arena_destroy(&c.arena);
    return status;
}

/* -- the plan without some layers ------------------------------------------------------------ */

static rq_status leave_out(rq_partial_plan *p, choice *c, const rq_parts *parts,
                           const char *const *why)
{
    size_t n = parts->bound->graph->n_nodes;
    p->plan = *parts->plan;
    p->placement = *parts->plan->placement;
    p->plan.placement = &p->placement;
    p->placement.ignored = rq_arena_alloc(p->arena, n, sizeof *p->placement.ignored);
    if (!p->placement.ignored) return RQ_ENOMEM;
    memcpy(p->placement.ignored, parts->plan->placement->ignored, n * sizeof *p->placement.ignored);
    choose_all(c, parts);
    for (size_t i = 0; i < parts->n; i++) {
        if (!why[i]) continue;
        p->placement.ignored[parts->v[i].node] = why[i];
        set_weights(c, parts, &parts->v[i], 0);
        set_activations(c, parts, &parts->v[i], 0);
    }
    RQ_TRY(pick_activations(&p->plan, c, parts->plan));
    return pick_weights(&p->plan, c, parts->plan);
}

rq_status rq_partial_plan_create(rq_partial_plan **out, const rq_parts *parts,
                                 const char *const *why)
{
    rq_partial_plan *p;
    choice c = {0};
    *out = NULL;
    RQ_TRY(rq_calloc(&p, 1, sizeof *p, "a plan"));
    rq_status status = choice_open(&c, parts);
    p->arena = c.arena;
    if (status == RQ_OK) status = leave_out(p, &c, parts, why);
    if (status == RQ_OK)
        *out = p;
    else
        rq_partial_plan_destroy(&p);
    return status;
}

void rq_partial_plan_destroy(rq_partial_plan **partial)
{
    if (!partial || !*partial) return;
    rq_arena_destroy(&(*partial)->arena);
    free(*partial);
    *partial = NULL;
}

/* -- cutting --------------------------------------------------------------------------------- */

typedef struct cutter {
    rq_graph *graph;
    const rq_parts *parts;
    const rq_part *part;
    uint8_t *kept; /* by node id of the edited graph */
    rq_id *stack;  /* kept nodes whose inputs are not looked at yet */
    size_t n_stack;
    rq_id *parameter; /* by value id of the original: what stands for it, or RQ_NONE */
    bool dynamic;     /* inputs of the original may have other shapes than those it is bound to */
} cutter;

static bool is_dynamic(const rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (node && rq_node_is(node, &rq_op_Parameter) &&
            !rq_shape_is_static(&graph->values[node->out[0]]->shape))
            return true;
    }
    return false;
}

static void keep(cutter *c, rq_id node)
{
    if (c->kept[node]) return;
    c->kept[node] = 1;
    c->stack[c->n_stack++] = node;
}

static rq_status parameter_for(rq_id *out, cutter *c, rq_id value)
{
    const rq_tensor *t = &c->parts->bound->values[value];
    const char *type = rq_dtype_name(t->dtype);
    rq_shape shape = t->shape;
    rq_buf dims = {0};
    rq_node *node;
    *out = c->parameter[value];
    if (*out != RQ_NONE) return RQ_OK;
    for (int d = 0; d < shape.rank; d++) {
        if (c->dynamic) shape.d[d] = RQ_DYNAMIC;
        rq_buf_printf(&dims, "%s%lld", d ? "," : "", (long long)shape.d[d]);
    }
    rq_status status = dims.failed ? rq_fail_memory(dims.length, "a shape") : RQ_OK;
    if (status == RQ_OK)
        status = rq_graph_add_node(&node, c->graph, "border", "Parameter", "opset1", 0, 1);
    if (status == RQ_OK) status = rq_node_set_attr(c->graph, node, "element_type", type);
    if (status == RQ_OK)
        status = rq_node_set_attr(c->graph, node, "shape", dims.data ? dims.data : "");
    rq_buf_free(&dims);
    RQ_TRY(status);
    c->graph->values[node->out[0]]->dtype = t->dtype;
    c->graph->values[node->out[0]]->shape = shape;
    *out = c->parameter[value] = node->out[0];
    return RQ_OK;
}

static rq_status cut_inputs(cutter *c, rq_node *node)
{
    const rq_bound *bound = c->parts->bound;
    for (uint32_t i = 0; i < node->n_in; i++) {
        rq_id value = node->in[i];
        if (value == RQ_NONE) continue;
        rq_id producer = c->graph->values[value]->producer;
        bool may_cut = value < bound->graph->n_values && rq_parts_is_boundary(bound, value);
        if (may_cut && !c->part->affected[producer])
            RQ_TRY(parameter_for(&node->in[i], c, value));
        else
            keep(c, producer);
    }
    return RQ_OK;
}

static void drop_rest(cutter *c, size_t n_nodes)
{
    rq_graph *graph = c->graph;
    for (rq_id i = 0; i < n_nodes; i++)
        if (graph->nodes[i] && !c->kept[i])
            for (uint32_t p = 0; p < graph->nodes[i]->n_in; p++) graph->nodes[i]->in[p] = RQ_NONE;
    for (rq_id i = 0; i < n_nodes; i++)
        if (graph->nodes[i] && !c->kept[i]) rq_graph_remove_node(graph, i);
}

static rq_status cut(cutter *c)
{
    size_t n_nodes = c->graph->n_nodes;
    const rq_graph *original = c->parts->bound->graph;
    for (rq_id i = 0; i < original->n_nodes; i++)
        if (c->part->affected[i] && c->graph->nodes[i]) keep(c, i);
    while (c->n_stack) RQ_TRY(cut_inputs(c, c->graph->nodes[c->stack[--c->n_stack]]));
    drop_rest(c, n_nodes);
    return RQ_OK;
}

/* Parameters in the order of nodes, which is the order of the model's inputs. */
static rq_status list_inputs(rq_id **values, size_t *n_values, const cutter *c)
{
    const rq_graph *original = c->parts->bound->graph;
    rq_id *inputs, *list;
    size_t n;
    RQ_TRY(rq_graph_list(&inputs, &n, c->graph, "Parameter"));
    rq_status status = rq_calloc(&list, n, sizeof *list, "inputs");
    for (size_t i = 0; status == RQ_OK && i < n; i++) {
        list[i] = c->graph->nodes[inputs[i]]->out[0]; /* of an input that is kept itself */
        for (rq_id v = 0; v < original->n_values; v++)
            if (c->parameter[v] == c->graph->nodes[inputs[i]]->out[0]) list[i] = v;
    }
    free(inputs);
    RQ_TRY(status);
    *values = list;
    *n_values = n;
    return RQ_OK;
}

rq_status rq_part_cut(rq_graph *graph, rq_id **values, size_t *n_values, const rq_parts *parts,
                      size_t part)
{
    size_t n = parts->bound->graph->n_values;
    cutter c = {.graph = graph, .parts = parts, .part = &parts->v[part]};
    rq_status status = rq_calloc(&c.kept, graph->n_nodes, 1, "layers");
    if (status == RQ_OK) status = rq_calloc(&c.stack, graph->n_nodes, sizeof *c.stack, "layers");
    if (status == RQ_OK) status = rq_calloc(&c.parameter, n, sizeof *c.parameter, "values");
    if (status == RQ_OK) {
        c.dynamic = is_dynamic(parts->bound->graph);
        for (size_t v = 0; v < n; v++) c.parameter[v] = RQ_NONE;
        status = cut(&c);
    }
    if (status == RQ_OK) status = list_inputs(values, n_values, &c);
    free(c.kept);
    free(c.stack);
    free(c.parameter);
    return status;
}
