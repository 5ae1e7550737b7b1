#include "engine/cli/model_options.h"

#include "engine/base/threads.h"
#include "engine/exec/openvino_library.h"

#include <string.h>

const rq_option rq_model_options[] = {
    {"shape", "NAME[1,3,H,W]", "static shape of an input (several times for several)", true},
    {"backend", "NAME", "what runs the model: onednn (default), reference or openvino", false},
    {"integers", "exact|cpu",
     "INT8 sums as the model means them (default), or as this CPU's fastest kernels add them",
     false},
    {"math", "f32|bf16", "how floats are multiplied; bf16 where backend and CPU can (default f32)",
     false},
    {"openvino", "PATH", "OpenVINO's C library, or its folder (default: found through python3)",
     false},
    RQ_OPTIONS_END,
};

static rq_status read_exec(rq_exec_options *exec, const rq_settings *settings)
{
    static const char *const integers[] = {"exact", "cpu", NULL}, *const math[] = {"f32", "bf16",
                                                                                   NULL};
    int which, floats;
    exec->backend = rq_settings_get(settings, "backend", NULL);
    RQ_TRY(rq_settings_choice(&which, settings, "integers", integers, 0));
    RQ_TRY(rq_settings_choice(&floats, settings, "math", math, 0));
    exec->saturating = which == 1;
    exec->bf16 = floats == 1;
    if (rq_settings_has(settings, "openvino"))
        rq_openvino_set_path(rq_settings_get(settings, "openvino", NULL));
    return RQ_OK;
}

rq_status rq_model_options_read(rq_workload *w, const rq_settings *settings)
{
    size_t n = rq_settings_count(settings, "shape"), *done = &w->exec.n_shapes;
    RQ_TRY(read_exec(&w->exec, settings));
    if (n > RQ_MAX_SHAPES)
        return rq_fail(RQ_EARG, "--shape is given %zu times, at most %d are possible", n,
                       RQ_MAX_SHAPES);
    for (; *done < n; (*done)++)
        RQ_TRY(rq_input_shape_parse(&w->shapes[*done], rq_settings_at(settings, "shape", *done),
                                    w->arena));
    w->reshaped = n > 0;
    return RQ_OK;
}

rq_status rq_threads_option(unsigned *out, const rq_settings *settings)
{
    int64_t threads;
    RQ_TRY(rq_settings_integer(&threads, settings, "threads", 0, 0, 1024));
    *out = threads ? (unsigned)threads : rq_cpu_count();
    return RQ_OK;
}
