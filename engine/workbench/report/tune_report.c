#include "engine/workbench/report/tune_report.h"

#include "engine/workbench/bench/machine.h"
#include "engine/workbench/report/report_build.h"
#include "engine/cli/text/report_print.h"
#include "engine/ir/ir.h"
#include "engine/ops/common/reshape_graph.h"
#include "quant/plan_json.h"
#include "reports/writers/writer.h"

#include <stdio.h>
#include <string.h>

#define SPEED_SECONDS 3.0

typedef struct finish {
    const rq_tune *tune;
    const rq_output_paths *paths;
    rq_partial_plan *partial;
    rq_graph *result;
    rq_measuring measuring;
    rq_speed_result speed;
} finish;

static rq_status build(finish *f)
{
    const rq_setup *s = f->tune->setup;
    const char **why;
    RQ_TRY(rq_tune_reasons(&why, f->tune, f->tune->trials[f->tune->best].kept));
    RQ_TRY(rq_partial_plan_create(&f->partial, s->parts, why));
    RQ_TRY(rq_plan_save(&f->partial->plan, s->subject.graph, f->paths->plan));
    RQ_TRY(rq_build_int8(&f->result, s->subject.graph, &f->partial->plan));
    if (s->subject.reshaped) RQ_TRY(rq_graph_make_static(f->result, s->subject.bound));
    return rq_ir_write(f->result, f->paths->xml);
}

static rq_status measure_accuracy(finish *f)
{
    const rq_setup *s = f->tune->setup;
    f->measuring = (rq_measuring){.before = s->subject.graph,
                                  .after = f->result,
                                  .bound = s->subject.bound,
                                  .exec = &s->subject.exec,
                                  .request = &s->subject.request,
                                  .args = f->tune->args,
                                  .images = f->tune->val,
                                  .threads = s->subject.threads,
                                  .seed = s->subject.seed};
    return rq_measuring_run(&f->measuring);
}

static rq_status measure_speed(finish *f)
{
    const rq_subject *s = &f->tune->setup->subject;
    rq_exec_options exec = s->exec;
    exec.backend = rq_backend_name(rq_speed_backend());
    exec.threads = s->threads;
    return rq_speed_measure(&f->speed, s->graph, f->result, &exec, SPEED_SECONDS, s->seed);
}

static rq_status report(finish *f)
{
    const rq_setup *s = f->tune->setup;
    const rq_args *args = f->tune->args;
    const char *val = rq_args_get(args, "val", s->subject.data);
    rq_report_facts facts = {.args = args,
                             .model_path = rq_args_operand(args, 0),
                             .paths = f->paths,
                             .before = s->subject.graph,
                             .after = f->result,
                             .bound = s->subject.bound,
                             .plan = &f->partial->plan,
                             .stats = s->stats,
                             .measuring = &f->measuring,
                             .calib = !strcmp(val, s->subject.data) ? f->tune->val : &s->calib,
                             .val = f->tune->val,
                             .calib_name = s->subject.data,
                             .val_name = val,
                             .backend = rq_backend_name(rq_backend_find(s->subject.choice.backend)),
                             .target_isa = rq_args_get(args, "target-isa", "any"),
                             .speeds = &f->speed,
                             .n_speeds = 1,
                             .threads = s->subject.threads,
                             .seed = s->subject.seed,
                             .peak_memory = rq_peak_memory(),
                             .thumbnails = true};
    rq_report built;
    RQ_TRY(rq_report_build(&built, &facts, f->tune->arena));
    RQ_TRY(rq_report_save(&built, rq_report_writer_find("json"), f->paths->report_json));
    RQ_TRY(rq_report_save(&built, rq_report_writer_find("html"), f->paths->report_html));
    RQ_TRY(rq_report_print(&built));
    printf("\n  model   %s\n  plan    %s\n  report  %s\n          %s\n", f->paths->xml,
           f->paths->plan, f->paths->report_html, f->paths->report_json);
    return RQ_OK;
}

rq_status rq_tune_write(const rq_tune *tune, const rq_output_paths *paths)
{
    finish f = {.tune = tune, .paths = paths};
    rq_status status = build(&f);
    if (status == RQ_OK) status = measure_accuracy(&f);
    if (status == RQ_OK) status = measure_speed(&f);
    if (status == RQ_OK) status = report(&f);
    rq_measuring_close(&f.measuring);
    rq_graph_destroy(&f.result);
    rq_partial_plan_destroy(&f.partial);
    return status;
}
