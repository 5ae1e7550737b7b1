#include "engine/workbench/search/noisy_layers.h"

#include "engine/base/numbers.h"
#include "engine/workbench/evaluate/layer_pass.h"
#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/search/float_rules.h"
#include "quant/plan_create.h"

#include <string.h>

#define IMAGES 8
#define MAX_LAYERS 16
#define MIN_DB 1.0      /* an output of zeros alone has 0 */
#define MIN_GAIN_DB 3.0 /* less is lost in the layers before it */

typedef struct search {
    rq_plan_options *options; /* their scope gets the rules */
    size_t n_given;           /* rules that it had */
    rq_workload workload;     /* over the images that were drawn */
    const rq_stats *stats;
    rq_memo *memo;
    rq_id tried[MAX_LAYERS];
    double before[MAX_LAYERS]; /* dB, by entry of `tried` */
    size_t n_tried;
} search;

/* -- what to do about it --------------------------------------------------------------------- */

static bool is_quantized(const rq_quant_plan *plan, rq_id node)
{
    for (size_t i = 0; i < plan->n_weights; i++)
        if (plan->weights[i].point.node == node) return true;
    return false;
}

static bool was_tried(const search *s, rq_id node)
{
    for (size_t i = 0; i < s->n_tried; i++)
        if (s->tried[i] == node) return true;
    return false;
}

static double decibel_of(const rq_layer_compare *compare, rq_id node)
{
    for (size_t i = 0; i < rq_layer_compare_count(compare); i++) {
        const rq_layer_error *e = rq_layer_compare_at(compare, i);
        if (e->node == node) return rq_sqnr_db(e->signal, e->noise);
    }
    return 0.0;
}

/* The last rule stays if its layer gained by it. */
static void confirm_last(search *s, const rq_layer_compare *compare)
{
    if (s->n_tried == 0) return;
    size_t last = s->n_tried - 1;
    rq_ignored_scope *scope = &s->options->scope;
    const char *name = s->workload.graph->nodes[s->tried[last]]->name;
    if (scope->n_rules == s->n_given || strcmp(scope->rules[scope->n_rules - 1].layer, name) != 0)
        return;
    if (decibel_of(compare, s->tried[last]) < s->before[last] + MIN_GAIN_DB) scope->n_rules--;
}

/* The first layer, in topological order, that is worse than noise; false: none is. */
static bool find_noisy(search *s, const rq_layer_compare *compare, const rq_quant_plan *plan)
{
    for (size_t i = 0; s->n_tried < MAX_LAYERS && i < rq_layer_compare_count(compare); i++) {
        const rq_layer_error *e = rq_layer_compare_at(compare, i);
        double decibel = rq_sqnr_db(e->signal, e->noise);
        if (!(e->signal > 0.0) || !(decibel < MIN_DB) || was_tried(s, e->node) ||
            !is_quantized(plan, e->node))
            continue;
        s->tried[s->n_tried] = e->node;
        s->before[s->n_tried++] = decibel;
        return true;
    }
    return false;
}

static rq_status add_rule(search *s)
{
    size_t last = s->n_tried - 1;
    const char *reason = rq_arena_printf(
        s->workload.arena, "its output in INT8 is more noise than signal: SQNR %.1f dB",
        s->before[last]);
    if (!reason) return RQ_ENOMEM;
    return rq_float_rules_add(&s->options->scope, s->workload.graph->nodes[s->tried[last]]->name,
                              reason, s->workload.arena);
}

/* One plan under the rules found so far, measured; *again: there is one more. */
static rq_status measure_plan(bool *again, search *s)
{
    const rq_workload *w = &s->workload;
    rq_quant_plan *plan = NULL;
    rq_graph *graph = NULL;
    rq_layer_compare *compare = NULL;
    *again = false;
    rq_status status = rq_quant_plan_create(
        &plan, w->bound, s->stats, s->options,
        &(rq_plan_inputs){.tables_stay = true, .memo = s->memo, .threads = w->threads});
    if (status == RQ_OK) status = rq_build_int8(&graph, w->graph, plan);
    if (status == RQ_OK)
        status = rq_layer_pass_run(
            &compare, w,
            &(rq_layer_pass){
                .before = w->graph, .after = graph, .bound = w->bound, .title = "layers"});
    if (status == RQ_OK) {
        confirm_last(s, compare);
        *again = find_noisy(s, compare, plan);
    }
    rq_layer_compare_destroy(&compare);
    rq_graph_destroy(&graph);
    rq_quant_plan_destroy(&plan);
    return status;
}

/* -- all ------------------------------------------------------------------------------------- */

rq_status rq_noisy_layers_find(rq_plan_options *options, const rq_workload *workload,
                               const rq_stats *stats, rq_memo *memo)
{
    rq_images images;
    search s = {
        .options = options, .n_given = options->scope.n_rules, .stats = stats, .memo = memo};
    rq_status status = rq_workload_draw(&images, workload, IMAGES, workload->seed);
    s.workload = rq_workload_over(workload, &images);
    for (bool again = true; status == RQ_OK && again;) {
        status = measure_plan(&again, &s);
        if (status == RQ_OK && again) status = add_rule(&s);
    }
    rq_images_close(&images);
    if (status == RQ_OK) rq_float_rules_log(&options->scope, s.n_given);
    return status;
}
