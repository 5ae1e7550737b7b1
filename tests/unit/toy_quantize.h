/* The job of `quantize` on a toy network, without the seconds that it takes to time two models. */
#ifndef RQ_TESTS_TOY_QUANTIZE_H
#define RQ_TESTS_TOY_QUANTIZE_H

#include "tests/unit/toy_workload.h"

#include "engine/base/file.h"
#include "engine/ir/ir.h"
#include "engine/ops/reshape_graph.h"
#include "engine/workbench/quantize/quantize_job.h"

typedef struct toy_job {
    rq_workload workload;
    rq_quantize_options options;
    rq_quantization q;
    char data[4096], output[4096], model[4096];
} toy_job;

/* Writes the network as "<name>.xml". */
static inline void toy_save(void **state, const char *name, rq_graph *graph)
{
    char file[256];
    rq_bound *bound;
    assert_ok(rq_bind(&bound, graph, NULL, 0));
    assert_ok(rq_graph_make_static(graph, bound)); /* as in any file: shapes and types */
    for (rq_id v = 0; v < graph->n_values; v++) graph->values[v]->dtype = bound->values[v].dtype;
    rq_bound_destroy(&bound);
    snprintf(file, sizeof file, "%s.xml", name);
    assert_ok(rq_ir_write(graph, scratch_path(state, file)));
    rq_graph_destroy(&graph);
}

/* Of model "<name>.xml", into `output`; `data`: a folder of the scratch folder, NULL: none. */
static inline void toy_job_open(toy_job *job, void **state, const char *name, const char *data,
                                const char *output)
{
    char file[256];
    memset(job, 0, sizeof *job);
    snprintf(file, sizeof file, "%s.xml", name);
    snprintf(job->model, sizeof job->model, "%s", scratch_path(state, file));
    snprintf(job->output, sizeof job->output, "%s", scratch_path(state, output));
    if (data) snprintf(job->data, sizeof job->data, "%s", scratch_path(state, data));
    toy_settings(&job->workload, data ? job->data : NULL);
    job->options = (rq_quantize_options){
        .decide.plan = toy_plan, .output = job->output, .command = "requant quantize toy.xml"};
}

static inline void toy_job_read(toy_job *job)
{
    assert_ok(rq_workload_read(&job->workload, job->model));
    assert_ok(rq_quantize_open(&job->workload, &job->options));
}

/* As rq_quantize_run, but for the times; the model was read. */
static inline void toy_job_run(toy_job *job)
{
    rq_quantization *q = &job->q;
    assert_ok(rq_quantize_decide(q, &job->workload, &job->options));
    assert_ok(rq_finish_open_val(&q->val, &q->decision.workload, &(rq_data_source){0}, NULL));
    const rq_finish_options finish = rq_quantize_finish_options(q);
    assert_ok(rq_finish_build(&q->finished, &finish));
    assert_ok(rq_finish_measure_accuracy(&q->finished, &finish));
    assert_ok(rq_finish_report(&q->finished, &finish));
    assert_ok(rq_finish_commit(&q->output, &q->decision, false));
}

static inline void toy_job_close(toy_job *job)
{
    rq_quantization_close(&job->q);
    rq_workload_close(&job->workload);
}

#endif
