#include "engine/workbench/bench/deployed_kernels.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/bench/speed.h"

#include <string.h>
#include <strings.h>

static rq_status copy_names(rq_deployed_kernels *out, const rq_model *model, const rq_graph *graph,
                            rq_arena *arena)
{
    const char **names = rq_arena_alloc(arena, graph->n_nodes, sizeof *names);
    if (!names) return RQ_ENOMEM;
    for (rq_id id = 0; id < graph->n_nodes; id++) {
        const char *kernel = rq_model_kernel(model, id);
        if (kernel && !(names[id] = rq_arena_strdup(arena, kernel))) return RQ_ENOMEM;
    }
    out->names = names;
    return RQ_OK;
}

rq_status rq_deployed_kernels_find(rq_deployed_kernels *out, const rq_graph *graph,
                                   const rq_exec_options *exec, rq_arena *arena)
{
    const rq_backend *backend = rq_deployed_backend(NULL, exec);
    rq_model *model = NULL;
    *out = (rq_deployed_kernels){0};
    if (!backend) return RQ_OK;
    rq_exec_options options = *exec;
    options.backend = rq_backend_name(backend);
    options.kernels = true;
    rq_status status = rq_model_create(&model, graph, &options);
    if (status == RQ_OK) status = copy_names(out, model, graph, arena);
    rq_model_destroy(&model);
    out->runtime = rq_backend_version(backend, exec->library);
    if (status != RQ_EUNSUPPORTED) return status;
    rq_log("precisions of layers are the plan's: %s", rq_error_text());
    return RQ_OK;
}

const char *rq_deployed_kernel_precision(const char *kernel)
{
    static const char *const precisions[] = {"i8", "u8", "f32", "bf16", "f16"};
    const char *last = strrchr(kernel, '_');
    for (size_t i = 0; last && i < sizeof precisions / sizeof precisions[0]; i++)
        if (!strcasecmp(last + 1, precisions[i])) return i == 1 ? precisions[0] : precisions[i];
    return NULL;
}
