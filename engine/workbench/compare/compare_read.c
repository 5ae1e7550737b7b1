#include "engine/workbench/compare/compare_read.h"

#include "engine/base/map.h"
#include "engine/base/mem.h"
#include "engine/ops/attrs.h"
#include "engine/ops/quantized_pattern.h"
#include "engine/ops/operators.h"
#include "quant/equalize.h"
#include "reports/fields.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#define NO_REASON "as the model is"

/* -- one layer ------------------------------------------------------------------------------ */

static const rq_node *producer_of(const rq_bound *bound, const rq_node *node, uint32_t port)
{
    return port < node->n_in && node->in[port] != RQ_NONE
               ? rq_value_producer(bound->graph, node->in[port])
               : NULL;
}

static bool is_weighted(const rq_bound *bound, const rq_node *node)
{
    const rq_bound_node *b = &bound->nodes[node->id];
    return !b->folded && b->op && b->op->role == RQ_ROLE_WEIGHTED;
}

/* What a constant came from: the stored Const, and on the way to it scales and rounding. */
typedef struct stored {
    const rq_node *constant; /* NULL: the value is no constant */
    rq_dtype dtype;
    const rq_tensor *scales; /* NULL: none */
    bool rounded;            /* by a FakeQuantize */
} stored;

static bool passes_constant_on(const rq_node *node)
{
    static const rq_op *const ops[] = {
        &rq_op_Convert,   &rq_op_Multiply,    &rq_op_Subtract,  &rq_op_FakeQuantize, &rq_op_Reshape,
        &rq_op_Transpose, &rq_op_FakeConvert, &rq_op_Unsqueeze, &rq_op_Squeeze,      NULL};
    return rq_node_is_any(node, ops);
}

static stored stored_of(const rq_bound *bound, const rq_node *node, uint32_t port)
{
    stored out = {NULL, RQ_DT_UNDEFINED, NULL, false};
    const rq_node *at = producer_of(bound, node, port);
    if (!at || !bound->nodes[at->id].folded) return out;
    while (at && passes_constant_on(at)) {
        rq_quantized_pattern pattern;
        out.rounded = out.rounded || rq_node_is(at, &rq_op_FakeQuantize);
        if (rq_quantized_pattern_find(&pattern, bound->graph, at)) {
            out.scales = &bound->values[pattern.scale];
            at = rq_value_producer(bound->graph, pattern.codes);
        } else {
            at = producer_of(bound, at, 0);
        }
    }
    if (!rq_node_is(at, &rq_op_Const)) return out;
    out.constant = at;
    out.dtype = bound->graph->values[at->out[0]]->dtype;
    return out;
}

static rq_precision weights_only(const stored *weights)
{
    return rq_dtype_bits(weights->dtype) == 4 ? RQ_PRECISION_INT4_WEIGHTS
                                              : RQ_PRECISION_INT8_WEIGHTS;
}

/* Of the weights, which are input 1 or, of a product, perhaps input 0; neither: two activations. */
static stored weights_of(const rq_bound *bound, const rq_node *node, uint32_t *port)
{
    stored out = stored_of(bound, node, *port = 1);
    return out.constant ? out : stored_of(bound, node, *port = 0);
}

static bool is_integer(const stored *weights)
{
    rq_dtype_kind kind = rq_dtype_kind_of(weights->dtype);
    return kind == RQ_KIND_SIGNED || kind == RQ_KIND_UNSIGNED || weights->rounded;
}

/* The FakeQuantize that a value comes from, behind what only passes values on; NULL. */
static const rq_node *quantizer_of(const rq_bound *bound, const rq_node *node, uint32_t port)
{
    const rq_node *at = producer_of(bound, node, port);
    while (at && !rq_node_is(at, &rq_op_FakeQuantize)) {
        const rq_bound_node *b = &bound->nodes[at->id];
        bool passes = b->op && (b->op->role == RQ_ROLE_PASS || b->op->role == RQ_ROLE_CONCAT);
        at = passes ? producer_of(bound, at, 0) : NULL;
    }
    return at;
}

static rq_precision precision_of(const rq_bound *bound, const rq_node *node)
{
    uint32_t port;
    stored weights = weights_of(bound, node, &port);
    bool quantized = quantizer_of(bound, node, weights.constant ? 1 - port : 0) != NULL;
    if (!weights.constant) return quantized ? RQ_PRECISION_INT8 : RQ_PRECISION_FP32;
    if (is_integer(&weights)) return quantized ? RQ_PRECISION_INT8 : weights_only(&weights);
    return weights.dtype == RQ_DT_F16 ? RQ_PRECISION_FP16 : RQ_PRECISION_FP32;
}

/* -- ranges --------------------------------------------------------------------------------- */

static rq_status read_floats(float **out, size_t *n, const rq_tensor *t, rq_arena *arena)
{
    *n = t->data ? rq_tensor_count(t) : 0;
    *out = rq_arena_alloc(arena, *n, sizeof **out);
    if (!*out) return RQ_ENOMEM;
    return *n ? rq_convert(*out, RQ_DT_F32, t->data, t->dtype, *n) : RQ_OK;
}

static rq_status fill_range(rq_report_layer *row, const rq_bound *bound, const rq_node *node,
                            rq_arena *arena)
{
    uint32_t port;
    stored weights = weights_of(bound, node, &port);
    const rq_node *quantizer = quantizer_of(bound, node, weights.constant ? 1 - port : 0);
    row->low = row->high = NAN;
    for (uint32_t side = 1; quantizer && side < 3 && quantizer->n_in == 5; side++) {
        float *x;
        size_t n;
        double *edge = side == 1 ? &row->low : &row->high;
        RQ_TRY(read_floats(&x, &n, &bound->values[quantizer->in[side]], arena));
        for (size_t i = 0; i < n; i++) *edge = side == 1 ? fmin(*edge, x[i]) : fmax(*edge, x[i]);
    }
    return RQ_OK;
}

static rq_status fill_row(rq_report_layer *row, const rq_bound *bound, const rq_node *node,
                          rq_arena *arena)
{
    row->precision_after = rq_precision_layer_text(precision_of(bound, node));
    row->reason = NO_REASON;
    return fill_range(row, bound, node, arena);
}

rq_status rq_compare_read_layers(rq_report *out, const rq_bound *bound, rq_arena *arena)
{
    out->layers = rq_report_rows(arena, &rq_layer_type, bound->n_order);
    if (!out->layers) return RQ_ENOMEM;
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        if (!is_weighted(bound, node)) continue;
        rq_report_layer *row = &out->layers[out->n_layers];
        row->order = (double)out->n_layers++;
        row->name = node->name;
        row->type = node->type;
        RQ_TRY(fill_row(row, bound, node, arena));
    }
    return RQ_OK;
}

/* -- against another model ------------------------------------------------------------------ */

static rq_status index_nodes(rq_map **out, const rq_graph *graph)
{
    RQ_TRY(rq_map_create(out));
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]) RQ_TRY(rq_map_put(*out, graph->nodes[i]->name, graph->nodes[i]->id));
    return RQ_OK;
}

static bool alike(const rq_value *a, const rq_value *b)
{
    return a->index == b->index && a->dtype == RQ_DT_F32 && b->dtype == RQ_DT_F32 &&
           rq_shape_equal(&a->shape, &b->shape);
}

static rq_status note_equalized(rq_map *moved, const rq_graph *graph)
{
    const char *layer;
    for (size_t i = 0; (layer = rq_equalized_layer(graph, i)); i++)
        RQ_TRY(rq_map_put(moved, layer, 1));
    return RQ_OK;
}

/* Layers that were equalized, in either: their outputs differ by that. */
static rq_status find_equalized(rq_map **out, const rq_graph *before, const rq_graph *after)
{
    RQ_TRY(rq_map_create(out));
    rq_status status = note_equalized(*out, before);
    return status == RQ_OK ? note_equalized(*out, after) : status;
}

static void match_outputs(rq_id *same, const rq_graph *before, const rq_node *other,
                          const rq_graph *after, const rq_node *node)
{
    for (uint32_t p = 0; p < node->n_out && p < other->n_out; p++)
        if (alike(after->values[node->out[p]], before->values[other->out[p]]))
            same[node->out[p]] = other->out[p];
}

rq_status rq_compare_match(rq_id **same, const rq_graph *before, const rq_graph *after,
                           rq_arena *arena)
{
    rq_map *names, *moved = NULL;
    *same = rq_arena_alloc(arena, after->n_values, sizeof **same);
    if (!*same) return RQ_ENOMEM;
    for (size_t v = 0; v < after->n_values; v++) (*same)[v] = RQ_NONE;
    rq_status status = index_nodes(&names, before);
    if (status == RQ_OK) status = find_equalized(&moved, before, after);
    for (size_t i = 0; i < after->n_nodes && status == RQ_OK; i++) {
        const rq_node *node = after->nodes[i];
        rq_id id = node ? rq_map_get(names, node->name) : RQ_NONE;
        if (id == RQ_NONE || strcmp(before->nodes[id]->type, node->type) != 0) continue;
        if (rq_map_get(moved, node->name) == RQ_NONE)
            match_outputs(*same, before, before->nodes[id], after, node);
    }
    rq_map_destroy(&moved);
    rq_map_destroy(&names);
    return status;
}

rq_status rq_compare_read_onto(rq_report *out, const rq_bound *bound, const rq_id *same,
                               rq_arena *arena)
{
    rq_map *names;
    size_t kept = 0;
    rq_status status = index_nodes(&names, bound->graph);
    for (size_t i = 0; i < out->n_layers && status == RQ_OK; i++) {
        rq_id id = rq_map_get(names, out->layers[i].name);
        if (id == RQ_NONE) continue;
        const rq_node *node = bound->graph->nodes[id];
        rq_report_layer *row = &out->layers[kept++];
        *row = out->layers[i];
        if (same[node->out[0]] == RQ_NONE) row->sqnr_db = row->cosine = NAN;
        status = fill_row(row, bound, node, arena);
    }
    out->n_layers = kept;
    rq_map_destroy(&names);
    return status;
}

/* -- as a plan ------------------------------------------------------------------------------ */

/* Of a FakeQuantize. */
static int levels_of(const rq_bound *bound, const rq_node *node)
{
    const rq_bound_node *b = &bound->nodes[node->id];
    int64_t levels = rq_attrs_int(b->op, b->attrs, "levels");
    return levels > 0 && levels <= INT_MAX ? (int)levels : 0;
}

static rq_status add_activation(rq_plan_file *plan, const rq_bound *bound, const rq_node *node)
{
    char name[512];
    const rq_node *source = producer_of(bound, node, 0);
    rq_plan_file_activation *a = &plan->activations[plan->n_activations];
    *a = (rq_plan_file_activation){.estimator = "",
                                   .reason = NO_REASON,
                                   .levels = levels_of(bound, node),
                                   .axis = -1,
                                   .sqnr_db = NAN};
    if (!source || node->n_in != 5 || bound->nodes[source->id].folded) return RQ_OK;
    size_t n_high;
    a->layer = source->name;
    a->value =
        rq_arena_strdup(plan->arena, rq_value_name(bound->graph, node->in[0], name, sizeof name));
    if (!a->value) return RQ_ENOMEM;
    RQ_TRY(read_floats(&a->low, &a->n, &bound->values[node->in[1]], plan->arena));
    RQ_TRY(read_floats(&a->high, &n_high, &bound->values[node->in[2]], plan->arena));
    if (a->n && n_high == a->n) plan->n_activations++;
    return RQ_OK;
}

static rq_status add_weight(rq_plan_file *plan, const rq_bound *bound, const rq_node *node)
{
    uint32_t port;
    stored weights = weights_of(bound, node, &port);
    if (!weights.constant) return RQ_OK;
    if (!is_integer(&weights)) {
        plan->ignored[plan->n_ignored++] =
            (rq_plan_file_ignored){node->name, node->type, NO_REASON};
        return RQ_OK;
    }
    bool only = quantizer_of(bound, node, 1 - port) == NULL;
    rq_plan_file_weight *w = &plan->weights[plan->n_weights++];
    *w = (rq_plan_file_weight){.layer = node->name,
                               .type = node->type,
                               .overflow = "",
                               .port = port,
                               .precision = only ? weights_only(&weights) : RQ_PRECISION_INT8,
                               .sqnr_db = NAN};
    return weights.scales ? read_floats(&w->scales, &w->n, weights.scales, plan->arena) : RQ_OK;
}

static rq_status fill_plan(rq_plan_file *plan, const rq_bound *bound)
{
    const rq_graph *graph = bound->graph;
    plan->path = graph->path;
    plan->model = plan->digest = "";
    plan->activations = rq_arena_alloc(plan->arena, bound->n_order, sizeof *plan->activations);
    plan->weights = rq_arena_alloc(plan->arena, bound->n_order, sizeof *plan->weights);
    plan->ignored = rq_arena_alloc(plan->arena, bound->n_order, sizeof *plan->ignored);
    if (!plan->activations || !plan->weights || !plan->ignored) return RQ_ENOMEM;
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = graph->nodes[bound->order[i]];
        if (is_weighted(bound, node)) RQ_TRY(add_weight(plan, bound, node));
        if (rq_node_is(node, &rq_op_FakeQuantize)) RQ_TRY(add_activation(plan, bound, node));
    }
    return RQ_OK;
}

rq_status rq_compare_read_plan(rq_plan_file **out, const rq_bound *bound)
{
    rq_plan_file *plan;
    *out = NULL;
    RQ_TRY(rq_calloc(&plan, 1, sizeof *plan, "a plan"));
    rq_status status = rq_arena_create(&plan->arena);
    if (status == RQ_OK) status = fill_plan(plan, bound);
    if (status == RQ_OK)
        *out = plan;
    else
        rq_plan_file_destroy(&plan);
    return status;
}
