#include "engine/workbench/search/filter_banks.h"

#include "engine/base/callbacks.h"
#include "engine/base/mem.h"
#include "engine/ops/operators.h"
#include "engine/workbench/search/float_rules.h"
#include "engine/workbench/search/output_error.h"
#include "quant/plan_create.h"

#include <stdlib.h>

#define IMAGES 8
#define MIN_GAIN_DB 3.0 /* half of all noise */

/* -- where they are -------------------------------------------------------------------------- */

/* What a value is read by. */
typedef enum reader {
    READER_OTHER,
    READER_PRODUCT, /* a product that leads to a Log: an activation between would make it a network
                     */
    READER_LOG      /* a Log: its argument may have a floor */
} reader;

static bool keeps_bands(const rq_bound *bound, const rq_node *node, reader of)
{
    static const rq_op *const floors[] = {&rq_op_Clamp, &rq_op_ReLU, NULL};
    static const rq_op *const parts[] = {&rq_op_Abs, &rq_op_Negative, &rq_op_Sqrt, NULL};
    rq_role role = bound->nodes[node->id].op->role;
    if (role == RQ_ROLE_ACTIVATION) return of == READER_LOG && rq_node_is_any(node, floors);
    return role == RQ_ROLE_PASS || role == RQ_ROLE_CONCAT || role == RQ_ROLE_QUANTIZE ||
           rq_node_is_any(node, parts);
}

/* The stricter of what the node's outputs are read by. */
static reader reader_of(const reader *readers, const rq_node *node)
{
    reader found = READER_OTHER;
    for (uint32_t o = 0; o < node->n_out; o++) {
        reader r = readers[node->out[o]];
        if (r != READER_OTHER && found != READER_PRODUCT) found = r;
    }
    return found;
}

static void mark_inputs(reader *readers, const rq_bound *bound, const rq_node *node, reader as)
{
    for (uint32_t port = 0; port < node->n_in; port++) {
        rq_id value = node->in[port];
        if (value == RQ_NONE || rq_bound_is_constant(bound, value)) continue;
        if (readers[value] != READER_PRODUCT) readers[value] = as;
    }
}

/* Whether it is a bank. */
static bool visit(reader *readers, const rq_bound *bound, const rq_node *node)
{
    reader of = reader_of(readers, node);
    bool weighted = bound->nodes[node->id].op->role == RQ_ROLE_WEIGHTED;
    if (rq_node_is(node, &rq_op_Log))
        mark_inputs(readers, bound, node, READER_LOG);
    else if (of != READER_OTHER && weighted)
        mark_inputs(readers, bound, node, READER_PRODUCT);
    else if (of != READER_OTHER && keeps_bands(bound, node, of))
        mark_inputs(readers, bound, node, of);
    return of != READER_OTHER && weighted;
}

rq_status rq_filter_banks_mark(bool *banks, size_t *n, const rq_bound *bound)
{
    reader *readers;
    *n = 0;
    RQ_TRY(rq_calloc(&readers, bound->graph->n_values, sizeof *readers, "readers"));
    for (size_t i = bound->n_order; i-- > 0;) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        if (bound->nodes[node->id].folded) continue;
        banks[node->id] = visit(readers, bound, node);
        *n += banks[node->id];
    }
    free(readers);
    return RQ_OK;
}

/* -- whether it pays ------------------------------------------------------------------------- */

/* Of the network without and with the banks in INT8. */
typedef struct trials {
    const rq_workload *workload;
    const rq_stats *stats;
    rq_memo *memo;
} trials;

/* In INT8 with these options. */
static rq_status measure(rq_output_scores *out, rq_output_error *error, const trials *t,
                         const rq_plan_options *options, const rq_output_rival *rival)
{
    rq_quant_plan *plan;
    *out = (rq_output_scores){0};
    const rq_workload *w = t->workload;
    const rq_plan_inputs inputs = {.tables_stay = true, .memo = t->memo, .threads = w->threads};
    RQ_TRY(rq_quant_plan_create(&plan, w->bound, t->stats, options, &inputs));
    const rq_output_error_score_options scored = {.graph = w->graph, .plan = plan, .rival = rival};
    rq_status status = rq_output_error_score(out, error, &scored);
    rq_quant_plan_destroy(&plan);
    return status;
}

static rq_status compare(rq_output_gain *gain, const trials *t, const rq_plan_options *before,
                         const rq_plan_options *after)
{
    const rq_workload *w = t->workload;
    rq_images images;
    rq_output_error *error = NULL;
    rq_output_scores scores[2] = {{0}, {0}};
    const rq_output_rival rival = {.scores = &scores[0], .least = MIN_GAIN_DB};
    rq_status status = rq_workload_draw(&images, w, IMAGES, w->seed);
    const rq_output_error_options options = {.title = "layers", .images = &images};
    if (status == RQ_OK) status = rq_output_error_open(&error, w, &options);
    if (status == RQ_OK) status = measure(&scores[0], error, t, before, NULL);
    if (status == RQ_OK) status = measure(&scores[1], error, t, after, &rival);
    if (status == RQ_OK) *gain = rq_output_scores_gain(&scores[0], &scores[1]);
    for (int i = 0; i < 2; i++) rq_output_scores_close(&scores[i]);
    rq_output_error_close(&error);
    rq_images_close(&images);
    return status;
}

/* -- all ------------------------------------------------------------------------------------- */

static rq_status add_rules(rq_ignored_scope *scope, const rq_workload *w, const bool *banks)
{
    for (size_t i = 0; i < w->bound->n_order; i++) {
        const rq_node *node = w->graph->nodes[w->bound->order[i]];
        if (banks[node->id])
            RQ_TRY(rq_float_rules_add(scope, node->name,
                                      "a filter bank before a logarithm, which reads quiet bands, "
                                      "too: the outputs gain by it",
                                      w->arena));
    }
    return RQ_OK;
}

static rq_status try_rules(rq_plan_options *options, const trials *t, const bool *banks)
{
    rq_output_gain gain;
    rq_plan_options changed = *options;
    RQ_TRY(add_rules(&changed.scope, t->workload, banks));
    RQ_TRY(compare(&gain, t, options, &changed));
    if (!rq_output_gain_is_confirmed(&gain, MIN_GAIN_DB)) return RQ_OK;
    rq_log("filter banks before a logarithm in floating point: the outputs gain %.1f dB",
           gain.decibel);
    rq_float_rules_log(&changed.scope, options->scope.n_rules);
    options->scope = changed.scope;
    return RQ_OK;
}

rq_status rq_filter_banks_find(rq_plan_options *options, const rq_workload *workload,
                               const rq_stats *stats, rq_memo *memo)
{
    const trials t = {workload, stats, memo};
    bool *banks;
    size_t n;
    RQ_TRY(rq_calloc(&banks, workload->graph->n_nodes, sizeof *banks, "filter banks"));
    rq_status status = rq_filter_banks_mark(banks, &n, workload->bound);
    if (status == RQ_OK && n) status = try_rules(options, &t, banks);
    free(banks);
    return status;
}
