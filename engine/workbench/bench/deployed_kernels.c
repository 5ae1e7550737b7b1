#include "engine/workbench/bench/deployed_kernels.h"

#include <string.h>
#include <strings.h>

rq_status rq_deployed_kernels_of(const char *const **out, const rq_model *model,
                                 const rq_graph *graph, rq_arena *arena)
{
    const char **names = rq_arena_alloc(arena, graph->n_nodes, sizeof *names);
    if (!names) return RQ_ENOMEM;
    for (rq_id id = 0; id < graph->n_nodes; id++) {
        const char *kernel = rq_model_kernel(model, id);
        if (kernel && !(names[id] = rq_arena_strdup(arena, kernel))) return RQ_ENOMEM;
    }
    *out = names;
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

rq_status rq_deployed_kernels_in_plan(rq_plan_kernels *out, const rq_graph *network,
                                      const rq_graph *graph, const char *const *kernels,
                                      const char *runtime, rq_arena *arena)
{
    const char **names = rq_arena_alloc(arena, network->n_nodes, sizeof *names);
    const char **precisions = rq_arena_alloc(arena, network->n_nodes, sizeof *precisions);
    if (!names || !precisions) return RQ_ENOMEM;
    for (size_t i = 0; i < network->n_nodes; i++) {
        const rq_node *node =
            network->nodes[i] ? rq_graph_find(graph, network->nodes[i]->name) : NULL;
        if (!node || !kernels[node->id]) continue;
        names[i] = kernels[node->id];
        precisions[i] = rq_deployed_kernel_precision(names[i]);
    }
    *out = (rq_plan_kernels){runtime, names, precisions};
    return RQ_OK;
}
