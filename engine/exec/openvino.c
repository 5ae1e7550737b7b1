/* The openvino backend: the deployment's own runtime, for its speed and its answers. Values inside
 * the network are not seen, so it cannot calibrate. */
#include "engine/exec/backend.h"
#include "engine/base/callbacks.h"
#include "engine/exec/openvino_kernels.h"
#include "engine/ir/ir.h"
#include "engine/ops/extension.h"
#include "engine/ops/reshape_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct openvino_plan {
    const rq_openvino *api;
    ov_core *core;
    ov_compiled_model *compiled;
    bool has_states;            /* of ReadValue */
    const char *const *kernels; /* by node id; NULL: not known */
    rq_arena *arena;            /* of their names */
} openvino_plan;

typedef struct openvino_session {
    ov_infer_request *request;
    rq_tensor *outputs;
    void **data; /* owned copies of outputs */
    size_t *capacity;
} openvino_session;

static const char *openvino_missing(const char *path)
{
    const char *why;
    rq_openvino_get(&why, path);
    return why;
}

static const char *openvino_version(const char *path)
{
    const char *why;
    const rq_openvino *api = rq_openvino_get(&why, path);
    return api ? api->version : NULL;
}

/* What the CPU plugin computes with where nobody asks for a precision. */
static bool openvino_prefers_bf16(const char *path)
{
    const char *why;
    const rq_openvino *api = rq_openvino_get(&why, path);
    ov_core *core = NULL;
    char *value = NULL;
    if (!api || !api->core_property || api->core_create(&core) != 0) return false;
    bool found = api->core_property(core, "CPU", "INFERENCE_PRECISION_HINT", &value) == 0 && value;
    bool bf16 = found && strcmp(value, "bf16") == 0;
    if (found && api->text_free) api->text_free(value);
    api->core_free(core);
    return bf16;
}

static rq_status openvino_fail(const rq_openvino *api, const char *what)
{
    rq_buf reason = {0};
    if (api->last_error) rq_openvino_reason(&reason, api->last_error());
    rq_status status = rq_fail(RQ_EUNSUPPORTED, "%s could not %s%s%s", api->version, what,
                               reason.length ? ": " : "", reason.length ? reason.data : "");
    rq_buf_free(&reason);
    return status;
}

/* -- compiling ------------------------------------------------------------------------------ */

/* The libraries of extensions that the graph needs: built with requant_openvino.cpp, they are
 * OpenVINO's too. */
static rq_status add_extensions(const openvino_plan *plan, const rq_graph *graph)
{
    const rq_openvino *api = plan->api;
    const char *path;
    for (size_t i = 0; (path = rq_extension_path_at(i)); i++) {
        if (!rq_extension_is_used(graph, path)) continue;
        if (!api->add_extension) return openvino_fail(api, "take extensions: it is too old");
        if (api->add_extension(plan->core, path) == 0) continue;
        return rq_fail_prefix(openvino_fail(api, "load the extension"),
                              "%s, if it is built without requant_openvino.cpp (`make openvino` of "
                              "`requant extension new` builds with it)",
                              path);
    }
    return RQ_OK;
}

/* Requests beyond its number of streams would wait for each other. */
static rq_status compile_file(openvino_plan *plan, const rq_graph *graph, const char *xml,
                              const rq_exec_options *options)
{
    unsigned inside = options->threads ? options->threads : 1;
    char streams[16], threads[16];
    snprintf(streams, sizeof streams, "%u", options->streams ? options->streams : 1);
    snprintf(threads, sizeof threads, "%u", inside * (options->streams ? options->streams : 1));
    const rq_openvino *api = plan->api;
    if (api->core_create(&plan->core) != 0) return openvino_fail(api, "start");
    RQ_TRY(add_extensions(plan, graph));
    if (api->compile_file(plan->core, xml, "CPU", 10, &plan->compiled, "INFERENCE_PRECISION_HINT",
                          options->bf16 ? "bf16" : "f32", "PERFORMANCE_HINT", "LATENCY",
                          "NUM_STREAMS", streams, "INFERENCE_NUM_THREADS", threads, "PERF_COUNT",
                          options->kernels ? "YES" : "NO") != 0)
        return openvino_fail(api, "compile the model");
    return RQ_OK;
}

/* The library reads files: the graph, with the bound shapes, goes through a temporary folder. */
static rq_status compile_graph(openvino_plan *plan, const rq_graph *graph, const rq_bound *bound,
                               const rq_exec_options *options)
{
    const char *base = getenv("TMPDIR");
    char folder[4096], xml[4200], bin[4200];
    snprintf(folder, sizeof folder, "%s/requant-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(folder)) return rq_fail(RQ_EIO, "%s: cannot make a temporary folder", folder);
    snprintf(xml, sizeof xml, "%s/model.xml", folder);
    snprintf(bin, sizeof bin, "%s/model.bin", folder);
    rq_graph *clone = NULL;
    rq_status status = rq_graph_clone(&clone, graph);
    if (status == RQ_OK) status = rq_graph_make_static(clone, bound);
    if (status == RQ_OK) status = rq_ir_write(clone, xml);
    if (status == RQ_OK) status = compile_file(plan, graph, xml, options);
    rq_graph_destroy(&clone);
    unlink(xml);
    unlink(bin);
    rmdir(folder);
    return status;
}

static rq_status openvino_compile(rq_model *model, const rq_graph *graph,
                                  const rq_exec_options *options)
{
    openvino_plan *plan;
    const char *why;
    RQ_TRY(rq_calloc(&plan, 1, sizeof *plan, "an OpenVINO model"));
    model->plan = plan;
    plan->api = rq_openvino_get(&why, options->library);
    for (size_t n = 0; n < graph->n_nodes; n++)
        plan->has_states |= graph->nodes[n] && !strcmp(graph->nodes[n]->type, "ReadValue");
    RQ_TRY(compile_graph(plan, graph, model->bound, options));
    if (!options->kernels) return RQ_OK;
    RQ_TRY(rq_arena_create(&plan->arena));
    rq_status status = rq_openvino_kernels_find(&plan->kernels, plan->api, plan->compiled, graph,
                                                model->n_inputs, plan->arena);
    if (status != RQ_EUNSUPPORTED) return status;
    rq_log("kernels of layers are not known: %s", rq_error_text());
    plan->kernels = NULL;
    return RQ_OK;
}

static const char *openvino_kernel(const rq_model *model, rq_id node)
{
    const openvino_plan *plan = model->plan;
    return plan->kernels ? plan->kernels[node] : NULL;
}

static void openvino_plan_destroy(rq_model *model)
{
    openvino_plan *plan = model->plan;
    if (!plan) return;
    if (plan->compiled) plan->api->compiled_free(plan->compiled);
    if (plan->core) plan->api->core_free(plan->core);
    rq_arena_destroy(&plan->arena);
    free(plan);
}

/* -- running -------------------------------------------------------------------------------- */

static rq_status openvino_open(rq_session *session)
{
    const openvino_plan *plan = session->model->plan;
    openvino_session *s;
    RQ_TRY(rq_calloc(&s, 1, sizeof *s, "an OpenVINO session"));
    session->state = s;
    RQ_TRY(rq_calloc(&s->outputs, session->model->n_outputs, sizeof *s->outputs, "outputs"));
    RQ_TRY(rq_calloc(&s->data, session->model->n_outputs, sizeof *s->data, "outputs"));
    RQ_TRY(rq_calloc(&s->capacity, session->model->n_outputs, sizeof *s->capacity, "outputs"));
    return plan->api->create_request(plan->compiled, &s->request) == 0
               ? RQ_OK
               : openvino_fail(plan->api, "make a request");
}

static void openvino_close(rq_session *session)
{
    const openvino_plan *plan = session->model->plan;
    openvino_session *s = session->state;
    if (!s) return;
    if (s->request) plan->api->request_free(s->request);
    for (size_t i = 0; s->data && i < session->model->n_outputs; i++) free(s->data[i]);
    free(s->data);
    free(s->capacity);
    free(s->outputs);
    free(s);
}

static rq_status copy_input(const rq_openvino *api, const openvino_session *s, size_t i,
                            const rq_tensor *from)
{
    ov_tensor *tensor = NULL;
    void *data = NULL;
    size_t bytes = 0;
    bool good = api->get_input(s->request, i, &tensor) == 0 &&
                api->tensor_data(tensor, &data) == 0 && api->tensor_bytes(tensor, &bytes) == 0 &&
                bytes == rq_tensor_bytes(from);
    if (good) memcpy(data, from->data, bytes);
    if (tensor) api->tensor_free(tensor);
    return good ? RQ_OK : openvino_fail(api, "take an input");
}

static rq_status keep_output(const rq_openvino *api, openvino_session *s, size_t i,
                             const ov_tensor *from, rq_dtype dtype)
{
    ov_shape shape = {0, NULL};
    void *data;
    if (api->tensor_shape(from, &shape) != 0 || api->tensor_data(from, &data) != 0 ||
        shape.rank > RQ_MAX_RANK)
        return openvino_fail(api, "give an output");
    s->outputs[i] = (rq_tensor){dtype, rq_shape_make((int)shape.rank, shape.dims), NULL};
    api->shape_free(&shape);
    size_t bytes = rq_tensor_bytes(&s->outputs[i]);
    if (bytes > s->capacity[i] || !s->data[i]) {
        RQ_TRY(rq_realloc(&s->data[i], bytes + 1, 1, "an output"));
        s->capacity[i] = bytes;
    }
    memcpy(s->data[i], data, bytes);
    s->outputs[i].data = s->data[i];
    return RQ_OK;
}

static rq_status openvino_run(rq_session *session, const rq_tensor *inputs, rq_observe_fn *observe,
                              void *ctx)
{
    (void)observe; /* refused when the model was made, unless nothing was to be seen */
    (void)ctx;
    const rq_model *model = session->model;
    const openvino_plan *plan = model->plan;
    openvino_session *s = session->state;
    for (size_t i = 0; i < model->n_inputs; i++) RQ_TRY(copy_input(plan->api, s, i, &inputs[i]));
    if (plan->api->infer(s->request) != 0) return openvino_fail(plan->api, "run the model");
    for (size_t i = 0; i < model->n_outputs; i++) {
        ov_tensor *tensor = NULL;
        if (plan->api->get_output(s->request, i, &tensor) != 0)
            return openvino_fail(plan->api, "give an output");
        rq_status status = keep_output(plan->api, s, i, tensor, model->outputs[i].tensor.dtype);
        plan->api->tensor_free(tensor);
        RQ_TRY(status);
    }
    return RQ_OK;
}

/* The C library cannot forget states: a new request has none. */
static void openvino_reset(rq_session *session)
{
    const openvino_plan *plan = session->model->plan;
    openvino_session *s = session->state;
    ov_infer_request *request;
    if (!plan->has_states || plan->api->create_request(plan->compiled, &request) != 0) return;
    plan->api->request_free(s->request);
    s->request = request;
}

static const rq_tensor *openvino_output(const rq_session *session, size_t i)
{
    const openvino_session *s = session->state;
    return &s->outputs[i];
}

static size_t openvino_bytes(const rq_session *session)
{
    (void)session; /* OpenVINO does not tell */
    return 0;
}

const rq_backend rq_backend_openvino = {
    .name = "openvino",
    .help = "OpenVINO itself, through its C library",
    .version = openvino_version,
    .missing = openvino_missing,
    .prefers_bf16 = openvino_prefers_bf16,
    .opaque = true,
    .binds = true,
    .plan = openvino_compile,
    .plan_destroy = openvino_plan_destroy,
    .kernel = openvino_kernel,
    .open = openvino_open,
    .close = openvino_close,
    .run = openvino_run,
    .reset = openvino_reset,
    .output = openvino_output,
    .bytes = openvino_bytes,
};
