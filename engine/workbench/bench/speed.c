#include "engine/workbench/bench/speed.h"

#include "engine/base/callbacks.h"

const rq_backend *rq_speed_backend(const rq_exec_options *exec)
{
    const rq_backend *deployed = rq_backend_find("openvino");
    const char *missing = rq_backend_missing(deployed, exec->library);
    if (!missing) return deployed;
    rq_log("speed is measured with requant's own engine: %s", missing);
    return rq_backend_find("onednn");
}

static rq_status time_models(rq_timing timings[2], rq_model *models[2], const rq_graph *before,
                             const rq_graph *after, const rq_exec_options *exec, double seconds,
                             uint64_t seed)
{
    RQ_TRY(rq_model_create(&models[0], before, exec));
    RQ_TRY(rq_model_create(&models[1], after, exec));
    return rq_timing_measure(timings, (const rq_model *const[]){models[0], models[1]}, 2, seconds,
                             seed);
}

rq_status rq_speed_measure(rq_speed_result *out, const rq_workload *workload,
                           const rq_graph *before, const rq_graph *after, double seconds)
{
    rq_model *models[2] = {NULL, NULL};
    rq_timing timings[2];
    rq_exec_options exec = workload->exec;
    const rq_backend *backend = rq_speed_backend(&exec);
    exec.backend = rq_backend_name(backend);
    exec.threads = workload->threads;
    rq_status status = time_models(timings, models, before, after, &exec, seconds, workload->seed);
    if (status == RQ_OK)
        *out = (rq_speed_result){exec.backend, rq_backend_version(backend, exec.library),
                                 timings[0], timings[1]};
    rq_model_destroy(&models[0]);
    rq_model_destroy(&models[1]);
    return status;
}
