#include "engine/workbench/report/finish.h"

#include "engine/base/callbacks.h"
#include "engine/base/progress.h"
#include "engine/ir/ir.h"
#include "engine/workbench/bench/deployed_kernels.h"
#include "engine/workbench/bench/machine.h"
#include "engine/workbench/report/report_build.h"
#include "quant/plan_json.h"
#include "reports/writers/writer.h"

#include <math.h>

#define LAYER_SECONDS 1.0

static rq_status open_val(rq_images *out, const rq_workload *w, const rq_data_source *val,
                          const char *labels)
{
    if (val->name) return rq_workload_open_images(out, w, val, labels, 0);
    if (!w->data.name) return RQ_OK;
    if (labels) return rq_workload_open_images(out, w, &w->data, labels, w->subset);
    return rq_images_draw(out, &w->all, w->subset, w->seed, w->shuffle);
}

/* A folder of images may have those for validation in a folder of its own. */
static rq_status set_apart(rq_workload *w, const rq_images *val, const rq_data_source *source)
{
    size_t n = w->all.dataset ? w->all.dataset->n : 0;
    bool apart;
    if (!n || !source->name || rq_data_source_is(source, &w->data)) return RQ_OK;
    RQ_TRY(rq_workload_set_apart(&apart, w, val));
    size_t shared = n - w->all.dataset->n;
    if (!apart)
        rq_log("--val has all images of --data: accuracy is measured on the calibration images");
    else if (shared)
        rq_log("%zu image%s of --data %s in --val, too, and %s not calibrated with", shared,
               rq_plural(shared), shared == 1 ? "is" : "are", shared == 1 ? "is" : "are");
    return RQ_OK;
}

rq_status rq_finish_open_val(rq_images *out, rq_workload *w, const rq_data_source *val,
                             const char *labels)
{
    *out = (rq_images){0};
    RQ_TRY(open_val(out, w, val, labels));
    const rq_workload over = rq_workload_over(w, out);
    rq_status status = rq_evaluate_check(&over);
    if (status == RQ_OK) status = set_apart(w, out, val);
    if (status != RQ_OK) rq_images_close(out);
    return status;
}

void rq_finish_keep_stats(rq_decide_options *decide, const rq_output_folder *output)
{
    decide->stats_path = output->staged.stats;
    decide->stats_equalized_path = output->staged.stats_equalized;
    decide->earlier_stats = output->paths.stats;
    decide->earlier_stats_equalized = output->paths.stats_equalized;
}

rq_status rq_finish_commit(rq_output_folder *output, const rq_decision *decision, bool tune)
{
    const rq_output_extras extras = {.stats = decision->saved_stats,
                                     .stats_equalized = decision->saved_stats_equalized,
                                     .tune = tune,
                                     .drops_equalized = decision->ran_unequalized};
    return rq_output_folder_commit(output, &extras);
}

/* What the plan names. */
static const rq_graph *before_equalization(const rq_finish_options *o)
{
    return o->model ? o->model : o->workload->graph;
}

/* The user's own: before preparation, too. */
static const rq_graph *as_read(const rq_finish_options *o)
{
    return o->workload->as_read ? o->workload->as_read : before_equalization(o);
}

static rq_status save_plan(const rq_finish_options *o, const rq_plan_kernels *kernels)
{
    return rq_quant_plan_save(o->build.plan, before_equalization(o), o->workload->graph, kernels,
                              o->output->staged.plan);
}

/* Once more, with what the deployment's runtime ran. */
static rq_status save_kernels(const rq_finished *f, const rq_finish_options *o)
{
    const rq_deployment_check *check = &f->deployment;
    rq_plan_kernels kernels;
    if (!o->build.plan || !check->kernels) return RQ_OK;
    RQ_TRY(rq_deployed_kernels_in_plan(&kernels, o->workload->graph, f->result, check->kernels,
                                       check->runtime, o->workload->arena));
    return save_plan(o, &kernels);
}

rq_status rq_finish_build(rq_finished *out, const rq_finish_options *o)
{
    const rq_output_paths *staged = &o->output->staged;
    rq_steps_start(o->steps, "write");
    if (o->build.plan) RQ_TRY(save_plan(o, NULL));
    RQ_TRY(rq_build_result(&out->result, o->workload, &o->build, &out->fp16));
    if (staged->onnx || o->val->dataset) RQ_TRY(rq_graph_load(out->result));
    RQ_TRY(staged->onnx ? rq_to_onnx_write(out->result, staged->model, o->qdq)
                        : rq_ir_write(out->result, staged->model));
    rq_steps_end(o->steps);
    return RQ_OK;
}

rq_status rq_finish_measure_accuracy(rq_finished *out, const rq_finish_options *o)
{
    const rq_workload w = rq_workload_over(o->workload, o->val);
    const rq_evaluate_options options = {.before = w.graph, .after = out->result, .bound = w.bound};
    rq_steps_start(o->steps, "measure accuracy");
    RQ_TRY(rq_evaluate_run(&out->evaluation, &w, &options));
    rq_steps_end(o->steps);
    return RQ_OK;
}

/* That measuring speed may go on for: no longer than all that came before. */
static double measuring_seconds(const rq_steps *steps)
{
    double spent = 0;
    for (size_t i = 0; i < steps->n; i++) spent += steps->list[i].seconds;
    return fmin(spent, RQ_MEASURING_SECONDS - LAYER_SECONDS);
}

rq_status rq_finish_measure_speed(rq_finished *out, const rq_finish_options *o)
{
    const rq_workload *w = o->workload;
    rq_exec_options exec = w->exec;
    exec.threads = w->threads;
    out->peak_memory = rq_peak_memory();
    if (o->speed_seconds == 0) return RQ_OK;
    const rq_graph *read = as_read(o);
    rq_steps_start(o->steps, "measure speed");
    double left = measuring_seconds(o->steps);
    RQ_TRY(rq_speed_measure(out->speeds, &out->n_speeds, w, read, out->result, o->speed_seconds,
                            &left));
    RQ_TRY(rq_layer_times_measure(&out->times_before, &out->times_after, read, out->result, &exec,
                                  fmin(LAYER_SECONDS, o->speed_seconds), w->seed, w->arena));
    rq_steps_end(o->steps);
    return RQ_OK;
}

rq_status rq_finish_check_deployment(rq_finished *out, const rq_finish_options *o)
{
    if (o->output->paths.onnx || !rq_deployed_backend(NULL, &o->workload->exec)) return RQ_OK;
    rq_steps_start(o->steps, "run in OpenVINO");
    RQ_TRY(rq_deployment_check_run(&out->deployment, o->workload, out->result, o->val));
    RQ_TRY(save_kernels(out, o));
    if (out->deployment.runtime) rq_steps_end(o->steps);
    return RQ_OK;
}

static rq_report_facts facts_of(const rq_finished *f, const rq_finish_options *o)
{
    const rq_workload *w = o->workload;
    const rq_data_source *val = o->val_source.name ? &o->val_source : &w->data;
    bool same = rq_data_source_is(val, &w->data);
    bool has_fp16 = !o->build.plan || o->build.float_fp16;
    return (rq_report_facts){.command = o->command,
                             .lint = o->lint,
                             .evaluate = o->evaluate,
                             .tune = o->tune,
                             .budget = o->budget,
                             .trials = o->trials,
                             .n_trials = o->n_trials,
                             .note = o->note,
                             .model_path = w->graph->path,
                             .paths = &o->output->paths,
                             .written = o->output->staged.model,
                             .model = w->as_read ? w->as_read : o->model,
                             .deployment = &f->deployment,
                             .input_warning = w->input_warning,
                             .prepared = w->prepared,
                             .before = w->graph,
                             .after = f->result,
                             .bound = w->bound,
                             .plan = o->build.plan,
                             .stats = o->stats,
                             .asked = o->asked,
                             .float_fp16 = o->build.float_fp16,
                             .fp16 = has_fp16 ? &f->fp16 : NULL,
                             .evaluation = f->evaluation.measure ? &f->evaluation : NULL,
                             .workload = w,
                             .calib = same ? o->val : &w->images,
                             .val = o->val->dataset ? o->val : NULL,
                             .calib_name = w->data.name,
                             .val_name = val->name,
                             .backend = rq_backend_name(rq_backend_find(w->exec.backend)),
                             .target_isa = o->target_isa,
                             .speeds = f->speeds,
                             .n_speeds = f->n_speeds,
                             .times_before = f->times_before,
                             .times_after = f->times_after,
                             .steps = o->steps->list,
                             .n_steps = o->steps->n,
                             .threads = w->threads,
                             .seed = w->seed,
                             .peak_memory = f->peak_memory,
                             .thumbnails = o->thumbnails};
}

rq_status rq_finish_report(rq_finished *out, const rq_finish_options *o)
{
    const rq_report_facts facts = facts_of(out, o);
    rq_steps_start(o->steps, "report");
    RQ_TRY(rq_report_build(&out->report, &facts, o->workload->arena));
    RQ_TRY(rq_report_add_costs(&out->report, o->costs, o->n_costs));
    RQ_TRY(rq_report_try_advice(&out->report, &facts, o->workload));
    rq_steps_end(o->steps); /* all but writing itself */
    RQ_TRY(rq_report_set_steps(&out->report, o->steps->list, o->steps->n, o->workload->arena));
    RQ_TRY(rq_report_advise(&out->report, o->workload->arena));
    RQ_TRY(
        rq_report_save(&out->report, rq_report_writer_find("json"), o->output->staged.report_json));
    return rq_report_save(&out->report, rq_report_writer_find("html"),
                          o->output->staged.report_html);
}

size_t rq_finish_count_steps(const rq_workload *w, bool measures, double speed_seconds)
{
    size_t n = 2; /* write, report */
    if (!measures) return n;
    if (speed_seconds > 0) n++;
    if (rq_deployed_backend(NULL, &w->exec)) n++;
    return n + 1; /* accuracy */
}

rq_status rq_finish_run(rq_finished *out, const rq_finish_options *options)
{
    *out = (rq_finished){0};
    RQ_TRY(rq_finish_build(out, options));
    if (options->val->dataset) {
        RQ_TRY(rq_finish_measure_accuracy(out, options));
        RQ_TRY(rq_finish_measure_speed(out, options));
        RQ_TRY(rq_finish_check_deployment(out, options));
    }
    return rq_finish_report(out, options);
}

void rq_finished_close(rq_finished *finished)
{
    rq_evaluation_close(&finished->evaluation);
    rq_graph_destroy(&finished->result);
}
