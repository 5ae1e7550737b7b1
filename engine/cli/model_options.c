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

rq_status rq_model_choice_open(rq_model_choice *out, const rq_args *args)
{
    memset(out, 0, sizeof *out);
    static const char *const integers[] = {"exact", "cpu", NULL}, *const math[] = {"f32", "bf16",
                                                                                   NULL};
    int which, floats;
    out->backend = rq_args_get(args, "backend", NULL);
    RQ_TRY(rq_settings_choice(&which, rq_args_settings(args), "integers", integers, 0));
    RQ_TRY(rq_settings_choice(&floats, rq_args_settings(args), "math", math, 0));
    out->saturating = which == 1;
    out->bf16 = floats == 1;
    if (rq_args_has(args, "openvino")) rq_openvino_set_path(rq_args_get(args, "openvino", NULL));
    size_t n = rq_settings_count(rq_args_settings(args), "shape");
    if (n > RQ_MAX_SHAPES)
        return rq_fail(RQ_EARG, "--shape is given %zu times, at most %d are possible", n,
                       RQ_MAX_SHAPES);
    RQ_TRY(rq_arena_create(&out->arena));
    for (; out->n_shapes < n; out->n_shapes++) {
        rq_status status = rq_input_shape_parse(
            &out->shapes[out->n_shapes],
            rq_settings_at(rq_args_settings(args), "shape", out->n_shapes), out->arena);
        if (status != RQ_OK) {
            rq_model_choice_close(out);
            return status;
        }
    }
    return RQ_OK;
}

void rq_model_choice_close(rq_model_choice *choice)
{
    rq_arena_destroy(&choice->arena);
}

rq_exec_options rq_model_choice_exec(const rq_model_choice *choice)
{
    return (rq_exec_options){.backend = choice->backend,
                             .shapes = choice->shapes,
                             .n_shapes = choice->n_shapes,
                             .saturating = choice->saturating,
                             .bf16 = choice->bf16};
}

rq_status rq_threads_option(unsigned *out, const rq_args *args)
{
    int64_t threads;
    RQ_TRY(rq_args_integer(&threads, args, "threads", 0, 0, 1024));
    *out = threads ? (unsigned)threads : rq_cpu_count();
    return RQ_OK;
}
