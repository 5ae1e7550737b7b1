#include "engine/workbench/bench/speed.h"

#include "engine/base/callbacks.h"

#define OWN_ENGINE "onednn"

const rq_backend *rq_deployed_backend(const char **missing, const rq_exec_options *exec)
{
    const rq_backend *openvino = rq_backend_find("openvino");
    const char *why = rq_backend_missing(openvino, exec->library);
    if (missing) *missing = why;
    return why ? NULL : openvino;
}

const rq_backend *rq_speed_backend(const rq_exec_options *exec)
{
    const char *missing;
    const rq_backend *deployed = rq_deployed_backend(&missing, exec);
    if (deployed) return deployed;
    rq_log("speed is measured with requant's own engine: %s", missing);
    return rq_backend_find(OWN_ENGINE);
}

/* -- precisions of floats ------------------------------------------------------------------- */

#define MAX_MODELS (2 * RQ_MAX_SPEEDS)

typedef struct pairs {
    bool bf16[RQ_MAX_SPEEDS];
    size_t n;
    rq_model *models[MAX_MODELS]; /* before and after, precision by precision */
} pairs;

static void choose_precisions(pairs *p, const rq_backend *backend, const rq_exec_options *exec)
{
    p->bf16[0] = rq_backend_prefers_bf16(backend, exec->library);
    p->bf16[1] = !p->bf16[0];
    p->n = p->bf16[0] || exec->bf16 ? 2 : 1;
}

static rq_status time_pairs(rq_timing *timings, pairs *p, const rq_workload *workload,
                            const rq_graph *const graphs[2], const rq_exec_options *asked,
                            const rq_timing_options *options)
{
    rq_exec_options exec = *asked;
    for (size_t i = 0; i < 2 * p->n; i++) {
        exec.bf16 = p->bf16[i / 2];
        RQ_TRY(rq_workload_create_model(&p->models[i], workload, graphs[i % 2], &exec));
    }
    return rq_timing_measure(timings, (const rq_model *const *)p->models, 2 * p->n, options);
}

static rq_status measure_on(const rq_backend *backend, rq_speed_result out[RQ_MAX_SPEEDS],
                            size_t *n, const rq_workload *workload, const rq_graph *const graphs[2],
                            double seconds, double *left)
{
    static const size_t against[MAX_MODELS] = {0, 0, 2, 2};
    rq_timing timings[MAX_MODELS];
    pairs p = {.n = 0};
    rq_exec_options exec = workload->exec;
    exec.backend = rq_backend_name(backend);
    exec.threads = workload->threads;
    choose_precisions(&p, backend, &exec);
    const rq_timing_options options = {
        .seconds = seconds * (double)p.n, .left = left, .against = against, .seed = workload->seed};
    rq_status status = time_pairs(timings, &p, workload, graphs, &exec, &options);
    *n = status == RQ_OK ? p.n : 0;
    for (size_t i = 0; i < *n; i++)
        out[i] = (rq_speed_result){exec.backend, rq_backend_version(backend, exec.library),
                                   p.bf16[i] ? "bf16" : "f32", timings[2 * i], timings[2 * i + 1]};
    for (size_t i = 0; i < MAX_MODELS; i++) rq_model_destroy(&p.models[i]);
    return status;
}

rq_status rq_speed_measure(rq_speed_result out[RQ_MAX_SPEEDS], size_t *n,
                           const rq_workload *workload, const rq_graph *before,
                           const rq_graph *after, double seconds, double *left)
{
    const rq_graph *const graphs[2] = {before, after};
    const rq_backend *backend = rq_speed_backend(&workload->exec);
    rq_status status = measure_on(backend, out, n, workload, graphs, seconds, left);
    if (status != RQ_EUNSUPPORTED || backend != rq_deployed_backend(NULL, &workload->exec))
        return status;
    rq_log("speed is measured with requant's own engine: %s", rq_error_text());
    return measure_on(rq_backend_find(OWN_ENGINE), out, n, workload, graphs, seconds, left);
}
