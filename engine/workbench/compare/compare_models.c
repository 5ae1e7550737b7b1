#include "engine/workbench/compare/compare_models.h"

#include "engine/workbench/compare/compare_read.h"
#include "engine/ir/ir.h"
#include "engine/run/recorded_request.h"
#include "engine/run/workload.h"
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/workbench/report/report_build.h"
#include "quant/detect_quantized.h"
#include "reports/fields.h"

#include <string.h>

bool rq_compare_is_model(const char *operand)
{
    return rq_ends_with(operand, ".xml");
}

void rq_compare_models_open(rq_compare_models *out, const rq_compare_models_options *options,
                            rq_arena *arena)
{
    *out = (rq_compare_models){
        .options = options, .arena = arena, .measuring_left = RQ_MEASURING_SECONDS};
}

/* -- one model ------------------------------------------------------------------------------ */

typedef struct rq_measured_model job;
struct rq_measured_model {
    job *next;
    rq_compare_models *models;
    const char *path;
    rq_report report;
    rq_workload workload; /* each model has its own shapes and preprocessing */
    rq_id *same;          /* see rq_evaluate_options */
    rq_evaluation evaluation;
    rq_speed_result speeds[RQ_MAX_SPEEDS];
    size_t n_speeds;
};

/* The model that this one is compared with; NULL: it is the first. */
static const rq_graph *original_of(const job *j)
{
    return j->models->first ? j->models->first->workload.graph : NULL;
}

static rq_precision precision_of(const rq_graph *graph)
{
    rq_existing_quantization d = rq_detect_quantized(graph);
    size_t half = 0, single = 0;
    if (d.n_fake_quantize) return RQ_PRECISION_INT8;
    if (d.n_4bit_weights) return RQ_PRECISION_INT4_WEIGHTS;
    if (d.n_integer_weights) return RQ_PRECISION_INT8_WEIGHTS;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || !node->data) continue;
        rq_dtype dtype = graph->values[node->out[0]]->dtype;
        *(dtype == RQ_DT_F16 ? &half : &single) += node->data_bytes;
    }
    return half > single ? RQ_PRECISION_FP16 : RQ_PRECISION_FP32;
}

static rq_status time_pair(job *j)
{
    return rq_speed_measure(j->speeds, &j->n_speeds, &j->workload, original_of(j),
                            j->workload.graph, j->models->options->seconds,
                            &j->models->measuring_left);
}

static rq_status measure(job *j)
{
    const rq_compare_models *m = j->models;
    rq_workload *w = &j->workload;
    RQ_TRY(m->options->open_workload(w, m->options->ctx));
    if (m->first) w->of_images.bad_log = m->first->workload.bad_log; /* the same images again */
    RQ_TRY(rq_workload_read(w, j->path));
    w->recorded = m->recorded;
    w->quiet_recorded = m->first != NULL;
    RQ_TRY(rq_workload_fit(w));
    RQ_TRY(rq_workload_bind(w));
    RQ_TRY(rq_workload_list(w, m->options->labels));
    if (!m->first) RQ_TRY(rq_evaluate_check(w)); /* the same images for all */
    if (m->first) RQ_TRY(rq_compare_match(&j->same, original_of(j), w->graph, m->arena));
    const rq_evaluate_options options = {.before = original_of(j),
                                         .after = w->graph,
                                         .bound = m->first ? m->first->workload.bound : NULL,
                                         .same = j->same};
    RQ_TRY(rq_evaluate_run(&j->evaluation, w, &options));
    return m->first && m->options->seconds > 0 ? time_pair(j) : RQ_OK;
}

static rq_status build(job *j)
{
    rq_compare_models *m = j->models;
    rq_output_paths paths = {.model = j->path};
    rq_report_facts facts = {.command = m->options->command,
                             .lint = m->options->lint,
                             .model_path = m->first ? m->first->path : j->path,
                             .paths = &paths,
                             .before = m->first ? m->first->workload.graph : j->workload.graph,
                             .after = j->workload.graph,
                             .bound = m->first ? m->first->workload.bound : j->workload.bound,
                             .evaluation = &j->evaluation,
                             .val = &j->workload.images,
                             .val_name = j->workload.data.name,
                             .backend = rq_backend_name(rq_backend_find(j->workload.exec.backend)),
                             .speeds = j->speeds,
                             .n_speeds = j->n_speeds,
                             .threads = j->workload.threads,
                             .seed = j->workload.seed};
    RQ_TRY(rq_report_build(&j->report, &facts, m->arena));
    RQ_TRY(rq_report_advise(&j->report, m->arena));
    j->report.after.precision = rq_precision_text(precision_of(j->workload.graph));
    if (m->first) return rq_compare_read_onto(&j->report, j->workload.bound, j->same, m->arena);
    rq_record_clear(&j->report.before, &rq_model_type);
    return rq_compare_read_layers(&j->report, j->workload.bound, m->arena);
}

/* The original's own time is known once it was timed beside another model. */
static void give_time(rq_report *original, const rq_report *pair, rq_arena *arena)
{
    if (original->n_speeds || !pair->n_speeds) return;
    rq_report_speed *speed = rq_report_rows(arena, &rq_speed_type, 1);
    if (!speed) return;
    *speed = pair->speeds[0];
    speed->after_median_ms = speed->before_median_ms;
    speed->after_p10_ms = speed->before_p10_ms;
    speed->after_p90_ms = speed->before_p90_ms;
    speed->round_speedup = speed->round_speedup_p10 = speed->round_speedup_p90 = 1;
    original->speeds = speed;
    original->n_speeds = 1;
}

static void close_job(job *j)
{
    rq_evaluation_close(&j->evaluation);
    rq_workload_close(&j->workload);
}

void rq_compare_models_close(rq_compare_models *models)
{
    for (job *j = models->all; j; j = j->next) close_job(j);
    rq_graph_destroy(&models->recorded);
}

rq_status rq_compare_models_consult(rq_compare_models *models, const char *path)
{
    rq_graph *graph;
    if (models->recorded || !rq_compare_is_model(path)) return RQ_OK;
    RQ_TRY(rq_ir_read(&graph, path));
    if (rq_recorded_request_is_there(graph))
        models->recorded = graph;
    else
        rq_graph_destroy(&graph);
    return RQ_OK;
}

rq_status rq_compare_models_measure(rq_compare_run *out, rq_compare_models *models,
                                    const char *path)
{
    job *j = rq_arena_alloc(models->arena, 1, sizeof *j);
    if (!j) return RQ_ENOMEM;
    *j = (job){.next = models->all, .models = models, .path = path};
    models->all = j;
    RQ_TRY(measure(j));
    RQ_TRY(build(j));
    out->report = &j->report;
    out->path = path;
    out->original = !models->first;
    if (models->first)
        give_time(&models->first->report, &j->report, models->arena);
    else
        models->first = j;
    return RQ_OK;
}

rq_status rq_compare_models_plan(rq_plan_file **out, const rq_compare_models *models)
{
    RQ_TRY(rq_compare_read_plan(out, models->all->workload.bound));
    if ((*out)->n_activations + (*out)->n_weights == 0) rq_plan_file_destroy(out);
    return RQ_OK;
}
