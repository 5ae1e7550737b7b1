#include "engine/workbench/compare/compare_models.h"

#include "engine/workbench/compare/compare_read.h"
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/workbench/report/report_build.h"
#include "engine/run/workload.h"
#include "quant/detect.h"
#include "reports/fields.h"

#include <string.h>

const rq_option rq_compare_model_options[] = {
    {"data", "DIR|LIST", "images to measure models with", false},
    {"labels", "FILE", "lines \"path class\"; default: the class sub-folders of --data", false},
    {"subset", "N", "at most N images, drawn by --seed", false},
    {"seed", "N", "for --subset (default 0)", false},
    {"seconds", "S", "time for each pair of models (default 3; 0: no times)", false},
    RQ_OPTIONS_END,
};

bool rq_compare_is_model(const char *operand)
{
    return rq_ends_with(operand, ".xml");
}

rq_status rq_compare_models_open(rq_compare_models *out, const rq_args *args, rq_arena *arena)
{
    *out = (rq_compare_models){.args = args, .arena = arena};
    if (!rq_args_has(args, "data"))
        return rq_fail(RQ_EARG, "--data is missing: models are measured on the spot, and need "
                                "images");
    return rq_settings_number(&out->seconds, rq_args_settings(args), "seconds", 3, 0, 3600);
}

/* -- one model ------------------------------------------------------------------------------ */

typedef struct rq_measured_model job;
struct rq_measured_model {
    job *next;
    rq_compare_models *models;
    const char *path;
    rq_report report;
    rq_subject subject; /* each model has its own shapes and preprocessing */
    rq_images images;
    rq_measuring measuring;
    rq_speed_result speed;
    size_t n_speeds;
};

/* The model that this one is compared with; NULL: it is the first. */
static const rq_graph *original_of(const job *j)
{
    return j->models->first ? j->models->first->subject.graph : NULL;
}

static const char *precision_of(const rq_graph *graph)
{
    rq_detection d = rq_detect_quantized(graph);
    size_t half = 0, single = 0;
    if (d.n_fake_quantize) return "INT8";
    if (d.n_integer_weights) return "INT8 weights";
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || !node->data) continue;
        rq_dtype dtype = graph->values[node->out[0]]->dtype;
        *(dtype == RQ_DT_F16 ? &half : &single) += node->data_bytes;
    }
    return half > single ? "FP16" : "FP32";
}

static rq_status time_pair(job *j)
{
    rq_exec_options exec = j->subject.exec;
    exec.threads = j->subject.threads;
    RQ_TRY(rq_speed_measure(&j->speed, original_of(j), j->subject.graph, &exec, j->models->seconds,
                            j->subject.seed));
    j->n_speeds = 1;
    return RQ_OK;
}

static rq_status measure(job *j)
{
    rq_compare_models *m = j->models;
    rq_subject *subject = &j->subject;
    RQ_TRY(rq_subject_open(subject, m->args));
    RQ_TRY(rq_subject_read(subject, j->path));
    RQ_TRY(rq_subject_fit(subject));
    RQ_TRY(rq_subject_bind(subject));
    RQ_TRY(rq_subject_images(&j->images, subject, rq_args_get(m->args, "labels", NULL)));
    rq_id *same = NULL;
    if (m->first) RQ_TRY(rq_compare_match(&same, original_of(j), subject->graph, m->arena));
    j->measuring = (rq_measuring){.before = original_of(j),
                                  .after = subject->graph,
                                  .bound = m->first ? m->first->subject.bound : NULL,
                                  .same = same,
                                  .exec = &subject->exec,
                                  .request = &subject->request,
                                  .args = m->args,
                                  .images = &j->images,
                                  .threads = subject->threads,
                                  .seed = subject->seed};
    RQ_TRY(rq_measuring_run(&j->measuring));
    return m->first && m->seconds > 0 ? time_pair(j) : RQ_OK;
}

static rq_status build(job *j)
{
    rq_compare_models *m = j->models;
    rq_output_paths paths = {.xml = j->path};
    rq_report_facts facts = {.args = m->args,
                             .model_path = m->first ? m->first->path : j->path,
                             .paths = &paths,
                             .before = m->first ? m->first->subject.graph : j->subject.graph,
                             .after = j->subject.graph,
                             .bound = m->first ? m->first->subject.bound : j->subject.bound,
                             .measuring = &j->measuring,
                             .val = &j->images,
                             .val_name = j->subject.data,
                             .backend = rq_backend_name(rq_backend_find(j->subject.choice.backend)),
                             .speeds = &j->speed,
                             .n_speeds = j->n_speeds,
                             .threads = j->subject.threads,
                             .seed = j->subject.seed};
    RQ_TRY(rq_report_build(&j->report, &facts, m->arena));
    j->report.after.precision = precision_of(j->subject.graph);
    if (m->first)
        return rq_compare_read_onto(&j->report, j->subject.bound, j->measuring.same, m->arena);
    rq_record_clear(&j->report.before, &rq_model_type);
    return rq_compare_read_layers(&j->report, j->subject.bound, m->arena);
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
    original->speeds = speed;
    original->n_speeds = 1;
}

static void close_job(job *j)
{
    rq_measuring_close(&j->measuring);
    rq_images_close(&j->images);
    rq_subject_close(&j->subject);
}

void rq_compare_models_close(rq_compare_models *models)
{
    for (job *j = models->all; j; j = j->next) close_job(j);
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
    RQ_TRY(rq_compare_read_plan(out, models->all->subject.bound));
    if ((*out)->n_activations + (*out)->n_weights == 0) rq_plan_file_destroy(out);
    return RQ_OK;
}
