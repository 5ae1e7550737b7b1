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

rq_status rq_speed_measure(rq_speed_result *out, const rq_graph *before, const rq_graph *after,
                           const rq_exec_options *exec, double seconds, uint64_t seed)
{
    rq_model *models[2] = {NULL, NULL};
    rq_timing timings[2];
    rq_status status = rq_model_create(&models[0], before, exec);
    if (status == RQ_OK) status = rq_model_create(&models[1], after, exec);
    if (status == RQ_OK)
        status = rq_timing_measure(timings, (const rq_model *const[]){models[0], models[1]}, 2,
                                   seconds, seed);
    if (status == RQ_OK) {
        const rq_backend *backend = rq_backend_find(exec->backend);
        *out =
            (rq_speed_result){rq_backend_name(backend), rq_backend_version(backend, exec->library),
                              timings[0], timings[1]};
    }
    rq_model_destroy(&models[0]);
    rq_model_destroy(&models[1]);
    return status;
}
