#include "engine/exec/openvino_kernels.h"

#include "engine/base/map.h"

#include <string.h>

/* What OpenVINO's passes split off a quantized layer bears its name with this behind it. */
#define SPLIT_OFF "/Dequantization"

static rq_status clear_inputs(const rq_openvino *api, const ov_infer_request *request, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ov_tensor *tensor = NULL;
        void *data = NULL;
        size_t bytes = 0;
        bool good = api->get_input(request, i, &tensor) == 0 &&
                    api->tensor_data(tensor, &data) == 0 && api->tensor_bytes(tensor, &bytes) == 0;
        if (good) memset(data, 0, bytes);
        if (tensor) api->tensor_free(tensor);
        if (!good) return rq_fail(RQ_EUNSUPPORTED, "%s gives no input", api->version);
    }
    return RQ_OK;
}

/* RQ_NONE: none of the graph. */
static uint32_t node_of(const rq_map *names, const char *name)
{
    char own[1024];
    uint32_t id = rq_map_get(names, name);
    const char *end = strstr(name, SPLIT_OFF);
    if (id != RQ_NONE || !end || (size_t)(end - name) >= sizeof own) return id;
    memcpy(own, name, (size_t)(end - name));
    own[end - name] = '\0';
    return rq_map_get(names, own);
}

static rq_status read_profile(const char **kernels, const ov_profiling_info_list *list,
                              const rq_map *names, rq_arena *arena)
{
    for (size_t i = 0; i < list->n; i++) {
        const ov_profiling_info *info = &list->infos[i];
        uint32_t id =
            info->status == OV_PROFILING_EXECUTED ? node_of(names, info->node_name) : RQ_NONE;
        if (id == RQ_NONE) continue;
        kernels[id] = rq_arena_strdup(arena, info->exec_type);
        if (!kernels[id]) return RQ_ENOMEM;
    }
    return RQ_OK;
}

static rq_status run_once(const char **kernels, const rq_openvino *api, ov_infer_request *request,
                          const rq_map *names, size_t n_inputs, rq_arena *arena)
{
    ov_profiling_info_list list = {0};
    RQ_TRY(clear_inputs(api, request, n_inputs));
    if (api->infer(request) != 0 || api->get_profile(request, &list) != 0)
        return rq_fail(RQ_EUNSUPPORTED, "%s gives no profile", api->version);
    rq_status status = read_profile(kernels, &list, names, arena);
    api->profile_free(&list);
    return status;
}

static rq_status name_nodes(rq_map **out, const rq_graph *graph)
{
    RQ_TRY(rq_map_create(out));
    for (uint32_t id = 0; id < graph->n_nodes; id++)
        if (graph->nodes[id]) RQ_TRY(rq_map_put(*out, graph->nodes[id]->name, id));
    return RQ_OK;
}

rq_status rq_openvino_kernels_find(const char *const **out, const rq_openvino *api,
                                   const ov_compiled_model *compiled, const rq_graph *graph,
                                   size_t n_inputs, rq_arena *arena)
{
    rq_map *names = NULL;
    ov_infer_request *request = NULL;
    if (!api->get_profile || !api->profile_free)
        return rq_fail(RQ_EUNSUPPORTED, "%s tells no kernels", api->version);
    const char **kernels = rq_arena_alloc(arena, graph->n_nodes, sizeof *kernels);
    if (!kernels) return RQ_ENOMEM;
    rq_status status = name_nodes(&names, graph);
    if (status == RQ_OK && api->create_request(compiled, &request) != 0)
        status = rq_fail(RQ_EUNSUPPORTED, "%s makes no request", api->version);
    if (status == RQ_OK) status = run_once(kernels, api, request, names, n_inputs, arena);
    if (request) api->request_free(request);
    rq_map_destroy(&names);
    *out = kernels;
    return status;
}
