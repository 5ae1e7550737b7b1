#include "engine/workbench/report/tune_report.h"

#include "engine/workbench/bench/machine.h"
#include "engine/workbench/report/report_build.h"
#include "engine/ir/ir.h"
#include "engine/ops/reshape_graph.h"
#include "quant/plan_json.h"
#include "reports/writers/writer.h"

#include <string.h>

#define SPEED_SECONDS 3.0

typedef struct finish {
    const rq_tuning *tune;
    const rq_tune_report_options *options;
    rq_tuned *out;
} finish;

static rq_status build(finish *f)
{
    const rq_workload *w = f->tune->workload;
    const rq_output_paths *paths = f->options->paths;
    const char **why;
    RQ_TRY(rq_tune_reasons(&why, f->tune, f->tune->trials[f->tune->best].ignored));
    RQ_TRY(rq_partial_plan_create(&f->out->partial, f->tune->options.setup->parts, why));
    RQ_TRY(rq_quant_plan_save(&f->out->partial->plan, w->graph, paths->plan));
    RQ_TRY(rq_build_int8(&f->out->result, w->graph, &f->out->partial->plan));
    if (w->reshaped) RQ_TRY(rq_graph_make_static(f->out->result, w->bound));
    return rq_ir_write(f->out->result, paths->xml);
}

static rq_status measure_accuracy(finish *f)
{
    const rq_workload w = rq_workload_over(f->tune->workload, f->tune->options.val);
    const rq_evaluate_options options = {
        .before = w.graph, .after = f->out->result, .bound = w.bound};
    return rq_evaluate_run(&f->out->evaluation, &w, &options);
}

static rq_status measure_speed(finish *f)
{
    const rq_workload *w = f->tune->workload;
    rq_exec_options exec = w->exec;
    exec.backend = rq_backend_name(rq_speed_backend(&exec));
    exec.threads = w->threads;
    return rq_speed_measure(&f->out->speed, w->graph, f->out->result, &exec, SPEED_SECONDS,
                            w->seed);
}

static rq_status report(finish *f)
{
    rq_report *out = &f->out->report;
    const rq_workload *w = f->tune->workload;
    const rq_tune_report_options *o = f->options;
    const rq_images *val = f->tune->options.val;
    const char *val_name = o->val_name ? o->val_name : w->data;
    rq_report_facts facts = {.command = o->command,
                             .model_path = w->graph->path,
                             .paths = o->paths,
                             .before = w->graph,
                             .after = f->out->result,
                             .bound = w->bound,
                             .plan = &f->out->partial->plan,
                             .stats = f->tune->options.setup->stats,
                             .evaluation = &f->out->evaluation,
                             .calib = !strcmp(val_name, w->data) ? val : &w->images,
                             .val = val,
                             .calib_name = w->data,
                             .val_name = val_name,
                             .backend = rq_backend_name(rq_backend_find(w->exec.backend)),
                             .target_isa = o->target_isa,
                             .speeds = &f->out->speed,
                             .n_speeds = 1,
                             .threads = w->threads,
                             .seed = w->seed,
                             .peak_memory = rq_peak_memory(),
                             .thumbnails = true};
    RQ_TRY(rq_report_build(out, &facts, f->tune->arena));
    RQ_TRY(rq_report_save(out, rq_report_writer_find("json"), o->paths->report_json));
    return rq_report_save(out, rq_report_writer_find("html"), o->paths->report_html);
}

rq_status rq_tune_write(rq_tuned *out, const rq_tuning *tune, const rq_tune_report_options *options)
{
    *out = (rq_tuned){0};
    finish f = {.tune = tune, .options = options, .out = out};
    RQ_TRY(build(&f));
    RQ_TRY(measure_accuracy(&f));
    RQ_TRY(measure_speed(&f));
    return report(&f);
}

void rq_tuned_close(rq_tuned *tuned)
{
    rq_evaluation_close(&tuned->evaluation);
    rq_graph_destroy(&tuned->result);
    rq_partial_plan_destroy(&tuned->partial);
}
