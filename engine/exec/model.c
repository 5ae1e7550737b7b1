/* Models: what all backends share of planning a graph. */
#include "engine/base/numa.h"
#include "engine/exec/backend.h"
#include "engine/exec/kept_options.h"
#include "engine/exec/variants.h"

#include <stdlib.h>
#include <string.h>

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
    RQ_TRY(rq_bind_sharing(&model->bound, graph, options->constants, options->shapes,
                           options->n_shapes));
    const rq_bound *bound = model->bound;
    if (bound->n_results == 0)
        return rq_fail(RQ_EFORMAT, "%s: no output: expected a layer of type Result", graph->path);
    model->n_inputs = bound->n_parameters;
    model->n_outputs = bound->n_results;
    RQ_TRY(fill_ports(&model->inputs, bound, bound->parameters, bound->n_parameters));
    return fill_ports(&model->outputs, bound, bound->results, bound->n_results);
}

static rq_status keep_options(rq_model *model, const rq_exec_options *options)
{
    RQ_TRY(rq_calloc(&model->kept, 1, sizeof *model->kept, "options of a model"));
    return rq_kept_options_open(model->kept, options, model->graph);
}

rq_status rq_model_create(rq_model **out, const rq_graph *graph, const rq_exec_options *options)
{
    static const rq_exec_options defaults = {0};
    if (!options) options = &defaults;
    RQ_TRY(rq_model_plan(out, graph, options));
    rq_status status = rq_variants_create(&(*out)->variants, *out, options);
    if (status == RQ_OK && rq_numa_nodes() > 1) status = keep_options(*out, options);
    if (status != RQ_OK) rq_model_destroy(out);
    return status;
}

rq_status rq_model_copy(rq_model **out, const rq_model *model)
{
    *out = NULL;
    if (!model->kept) return rq_fail(RQ_EUNSUPPORTED, "a model of before nodes were used");
    rq_exec_options options = model->kept->options;
    options.constants = NULL;
    options.lender = NULL;
    return rq_model_create(out, model->graph, &options);
}

static bool is_observed(const rq_graph *graph, const rq_exec_options *options)
{
    size_t n = options->observed ? graph->n_values : 0, v = 0;
    while (v < n && !options->observed[v]) v++;
    return v < n;
}

rq_status rq_model_plan(rq_model **out, const rq_graph *graph, const rq_exec_options *options)
{
    *out = NULL;
    const rq_backend *backend;
    RQ_TRY(rq_backend_choose(&backend, options));
    if (is_observed(graph, options)) RQ_TRY(rq_backend_check_observes(options));
    rq_model *model;
    RQ_TRY(rq_calloc(&model, 1, sizeof *model, "a model"));
    model->backend = backend;
    model->graph = graph;
    rq_status status = backend->binds ? bind_model(model, graph, options) : RQ_OK;
    if (status == RQ_OK) status = backend->plan(model, graph, options);
    if (status != RQ_OK) {
        rq_model_destroy(&model);
        return status;
    }
    *out = model;
    return RQ_OK;
}

void rq_model_end_lending(rq_model *model)
{
    if (!model) return;
    rq_variants_destroy(&model->variants);
    model->backend->plan_destroy(model);
    model->plan = NULL;
}

void rq_model_destroy(rq_model **model)
{
    rq_model *m = model ? *model : NULL;
    if (!m) return;
    rq_variants_destroy(&m->variants);
    if (m->kept) rq_kept_options_close(m->kept);
    free(m->kept);
    m->backend->plan_destroy(m);
    rq_bound_destroy(&m->bound);
    free(m->inputs);
    free(m->outputs);
    free(m);
    *model = NULL;
}

const rq_graph *rq_model_graph(const rq_model *model)
{
    return model->graph;
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

bool rq_model_input_is_named(const rq_model *model, size_t i, const char *name)
{
    return rq_parameter_is_named(model->graph, model->inputs[i].node, name);
}

const rq_node *rq_model_output_node(const rq_model *model, size_t i)
{
    return model->outputs[i].node;
}

/* "name/sink_port_0", as importers call the Result of an output that has a name of its own. */
static bool read_own_name(const rq_graph *graph, const rq_node *result, char *buffer, size_t size)
{
    const char *end = strstr(result->name, "/sink_port_0");
    size_t length = end ? (size_t)(end - result->name) : 0;
    if (!length || length >= size) return false;
    memcpy(buffer, result->name, length);
    buffer[length] = '\0';
    return rq_graph_find_value(graph, buffer) == result->in[0];
}

const char *rq_model_output_name(const rq_model *model, size_t i, char *buffer, size_t size)
{
    const rq_node *result = model->outputs[i].node;
    if (read_own_name(model->graph, result, buffer, size)) return buffer;
    return rq_value_name(model->graph, result->in[0], buffer, size);
}

const rq_tensor *rq_model_input(const rq_model *model, size_t i)
{
    return &model->inputs[i].tensor;
}

const rq_shape *rq_model_input_pattern(const rq_model *model, size_t i)
{
    return &model->graph->values[model->inputs[i].node->out[0]]->shape;
}

bool rq_model_is_for(const rq_model *model, const rq_tensor *inputs)
{
    for (size_t i = 0; i < model->n_inputs; i++)
        if (!rq_port_is_for(&model->inputs[i], &inputs[i])) return false;
    return true;
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
