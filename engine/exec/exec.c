/* The table of backends, and what all of them share: binding, input checks, node timing. */
#include "engine/exec/exec.h"

#include "engine/base/choice.h"
#include "engine/exec/backend.h"

#include <stdlib.h>
#include <string.h>

static const rq_backend *const backends[] = {
    &rq_backend_onednn, /* the first is the default */
    &rq_backend_reference,
    &rq_backend_openvino,
};
#define N_BACKENDS (sizeof backends / sizeof backends[0])

const rq_backend *rq_backend_find(const char *name)
{
    if (!name) return backends[0];
    for (size_t i = 0; i < N_BACKENDS; i++)
        if (!strcmp(backends[i]->name, name)) return backends[i];
    return NULL;
}

const char *rq_backend_name(const rq_backend *backend)
{
    return backend->name;
}

const char *rq_backend_version(const rq_backend *backend)
{
    return backend->version ? backend->version() : NULL;
}

const char *rq_backend_missing(const rq_backend *backend)
{
    return backend->missing ? backend->missing() : NULL;
}

/* -- models -------------------------------------------------------------------------------- */

static rq_status choose_backend(const rq_backend **out, const char *name)
{
    *out = rq_backend_find(name);
    if (!*out) {
        const char *names[N_BACKENDS];
        for (size_t i = 0; i < N_BACKENDS; i++) names[i] = backends[i]->name;
        return rq_choice_fail(RQ_EARG, name, names, N_BACKENDS, "backend '%s' is unknown", name);
    }
    const char *missing = rq_backend_missing(*out);
    return missing ? rq_fail(RQ_EUNSUPPORTED, "backend '%s': %s", (*out)->name, missing) : RQ_OK;
}

static rq_status fill_ports(rq_port **ports, const rq_bound *bound, const rq_id *nodes, size_t n)
{
    RQ_TRY(rq_calloc(ports, n, sizeof **ports, "model ports"));
    for (size_t i = 0; i < n; i++) {
        const rq_node *node = bound->graph->nodes[nodes[i]];
        rq_id value = node->n_in ? node->in[0] : node->out[0];
        (*ports)[i].node = node;
        (*ports)[i].tensor = bound->values[value];
        (*ports)[i].tensor.data = NULL;
    }
    return RQ_OK;
}

static rq_status bind_model(rq_model *model, const rq_graph *graph, const rq_exec_options *options)
{
    RQ_TRY(rq_bind(&model->bound, graph, options->shapes, options->n_shapes));
    const rq_bound *bound = model->bound;
    model->n_inputs = bound->n_parameters;
    model->n_outputs = bound->n_results;
    RQ_TRY(fill_ports(&model->inputs, bound, bound->parameters, bound->n_parameters));
    return fill_ports(&model->outputs, bound, bound->results, bound->n_results);
}

rq_status rq_model_create(rq_model **out, const rq_graph *graph, const rq_exec_options *options)
{
    static const rq_exec_options defaults = {0};
    if (!options) options = &defaults;
    *out = NULL;
    const rq_backend *backend;
    RQ_TRY(choose_backend(&backend, options->backend));
    rq_model *model;
    RQ_TRY(rq_calloc(&model, 1, sizeof *model, "a model"));
    model->backend = backend;
    rq_status status = backend->binds ? bind_model(model, graph, options) : RQ_OK;
    if (status == RQ_OK) status = backend->plan(model, graph, options);
    if (status != RQ_OK) {
        rq_model_destroy(&model);
        return status;
    }
    *out = model;
    return RQ_OK;
}

void rq_model_destroy(rq_model **model)
{
    rq_model *m = model ? *model : NULL;
    if (!m) return;
    m->backend->plan_destroy(m);
    rq_bound_destroy(&m->bound);
    free(m->inputs);
    free(m->outputs);
    free(m);
    *model = NULL;
}

size_t rq_model_input_count(const rq_model *model)
{
    return model->n_inputs;
}

size_t rq_model_output_count(const rq_model *model)
{
    return model->n_outputs;
}

const rq_node *rq_model_input_node(const rq_model *model, size_t i)
{
    return model->inputs[i].node;
}

const rq_node *rq_model_output_node(const rq_model *model, size_t i)
{
    return model->outputs[i].node;
}

const rq_tensor *rq_model_input(const rq_model *model, size_t i)
{
    return &model->inputs[i].tensor;
}

const rq_tensor *rq_model_output(const rq_model *model, size_t i)
{
    return &model->outputs[i].tensor;
}

const rq_bound *rq_model_bound(const rq_model *model)
{
    return model->bound;
}

const char *rq_model_backend(const rq_model *model)
{
    return model->backend->name;
}

const char *rq_model_kernel(const rq_model *model, rq_id node)
{
    return model->backend->kernel ? model->backend->kernel(model, node) : NULL;
}

size_t rq_model_reorders(const rq_model *model)
{
    return model->backend->reorders ? model->backend->reorders(model) : 0;
}

/* -- sessions ------------------------------------------------------------------------------ */

rq_status rq_session_create(rq_session **out, const rq_model *model)
{
    *out = NULL;
    rq_session *session;
    RQ_TRY(rq_calloc(&session, 1, sizeof *session, "a session"));
    session->model = model;
    rq_status status = model->backend->open(session);
    if (status != RQ_OK) {
        rq_session_destroy(&session);
        return status;
    }
    *out = session;
    return RQ_OK;
}

void rq_session_destroy(rq_session **session)
{
    rq_session *s = session ? *session : NULL;
    if (!s) return;
    s->model->backend->close(s);
    free(s->node_seconds);
    free(s);
    *session = NULL;
}

static rq_status check_inputs(const rq_model *model, const rq_tensor *inputs)
{
    for (size_t i = 0; i < model->n_inputs; i++) {
        const rq_tensor *want = &model->inputs[i].tensor;
        if (inputs[i].dtype == want->dtype && rq_shape_equal(&inputs[i].shape, &want->shape))
            continue;
        char got[RQ_SHAPE_TEXT], expected[RQ_SHAPE_TEXT];
        return rq_fail(RQ_EARG, "input '%s' is %s %s, expected %s %s", model->inputs[i].node->name,
                       rq_dtype_name(inputs[i].dtype), rq_shape_text(&inputs[i].shape, got),
                       rq_dtype_name(want->dtype), rq_shape_text(&want->shape, expected));
    }
    return RQ_OK;
}

rq_status rq_session_run(rq_session *session, const rq_tensor *inputs, rq_observe_fn *observe,
                         void *ctx)
{
    RQ_TRY(check_inputs(session->model, inputs));
    return session->model->backend->run(session, inputs, observe, ctx);
}

const rq_tensor *rq_session_output(const rq_session *session, size_t i)
{
    return session->model->backend->output(session, i);
}

rq_status rq_session_time_nodes(rq_session *session)
{
    const rq_bound *bound = session->model->bound;
    if (!bound || session->node_seconds) return RQ_OK;
    return rq_calloc(&session->node_seconds, bound->graph->n_nodes, sizeof(double), "node times");
}

const double *rq_session_node_seconds(const rq_session *session)
{
    return session->node_seconds;
}

void rq_session_reset(rq_session *session)
{
    if (session->model->backend->reset) session->model->backend->reset(session);
}

size_t rq_session_bytes(const rq_session *session)
{
    return session->model->backend->bytes(session);
}
