/* What there is to say of a network. */
#include "engine/api/network.h"

#include "engine/base/choice.h"
#include "engine/base/formats/json.h"

#include <stdlib.h>
#include <string.h>

/* -- inputs and outputs ---------------------------------------------------------------------- */

typedef struct port {
    const char *kind, *name; /* kind: "input" */
    rq_dtype dtype;
    const rq_shape *shape;
} port;
typedef rq_status put_port(void *ctx, const port *port);

static rq_status put_value(put_port *put, void *ctx, const char *kind, const char *name,
                           const rq_value *value, const rq_tensor *told)
{
    const port p = {kind, name, value ? value->dtype : told->dtype,
                    value ? &value->shape : &told->shape};
    return put(ctx, &p);
}

/* Of a model of another framework: as the IR has them, else as the model tells. */
static rq_status each_imported(put_port *put, void *ctx, const rq_network *network)
{
    const rq_framework_model *source = network->source;
    const rq_graph *graph = network->graph;
    rq_id *results = NULL;
    size_t n = 0;
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < source->n_inputs; i++) {
        const rq_framework_value *in = &source->inputs[i];
        const rq_node *node = graph ? rq_graph_find(graph, in->name) : NULL;
        const rq_value *value = node ? graph->values[node->out[0]] : NULL;
        status = put_value(put, ctx, "input", in->name, value, &in->tensor);
    }
    if (graph && status == RQ_OK) status = rq_graph_list(&results, &n, graph, "Result");
    for (size_t i = 0; status == RQ_OK && i < source->n_outputs; i++) {
        const rq_framework_value *out = &source->outputs[i];
        const rq_value *value = i < n ? graph->values[graph->nodes[results[i]]->in[0]] : NULL;
        status = put_value(put, ctx, "output", out->name, value, &out->tensor);
    }
    free(results);
    return status;
}

static rq_status each_of_type(put_port *put, void *ctx, const rq_graph *graph, const char *type,
                              const char *kind)
{
    rq_id *nodes;
    size_t n;
    char buffer[512];
    RQ_TRY(rq_graph_list(&nodes, &n, graph, type));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < n; i++) {
        const rq_node *node = graph->nodes[nodes[i]];
        rq_id id = node->n_in ? node->in[0] : node->out[0];
        const char *name = rq_value_name(graph, id, buffer, sizeof buffer);
        status = put_value(put, ctx, kind, name, graph->values[id], NULL);
    }
    free(nodes);
    return status;
}

static rq_status each_port(put_port *put, void *ctx, const rq_network *network)
{
    if (network->source) return each_imported(put, ctx, network);
    RQ_TRY(each_of_type(put, ctx, network->graph, "Parameter", "input"));
    return each_of_type(put, ctx, network->graph, "Result", "output");
}

/* -- for people ------------------------------------------------------------------------------ */

static size_t count_layers(const rq_graph *graph)
{
    size_t n = 0;
    for (size_t i = 0; graph && i < graph->n_nodes; i++)
        n += graph->nodes[i] && strcmp(graph->nodes[i]->type, "Const");
    return n;
}

static rq_status write_port(void *ctx, const port *p)
{
    char text[RQ_SHAPE_TEXT];
    rq_buf_printf_visible(ctx, "%s '%s': %s %s", p->kind, p->name, rq_dtype_name(p->dtype),
                          rq_shape_text(p->shape, text));
    rq_buf_append(ctx, "\n");
    return RQ_OK;
}

static rq_status write_ports(rq_buf *out, const rq_network *network)
{
    return each_port(write_port, out, network);
}

static void write_summary(rq_buf *out, const rq_network *network, bool names)
{
    rq_buf_printf_visible(out, "%s: ", network->path);
    if (network->source)
        rq_buf_printf_visible(out, "%s, %zu node%s -> ", network->source->framework,
                              network->source->n_nodes, rq_plural(network->source->n_nodes));
    if (network->source && network->saved) rq_buf_printf_visible(out, "%s, ", network->saved);
    size_t layers = count_layers(network->graph);
    rq_buf_printf(out, "%zu layer%s\n", layers, rq_plural(layers));
    if (network->source) rq_import_list_fused(out, &network->import, names);
}

static rq_status write_text(rq_buf *out, const rq_network *network)
{
    write_summary(out, network, false);
    return RQ_OK;
}

static rq_status write_fused(rq_buf *out, const rq_network *network)
{
    write_summary(out, network, true);
    return RQ_OK;
}

/* -- for programs ---------------------------------------------------------------------------- */

static rq_status push_port(void *ctx, const port *p)
{
    rq_json *json = rq_json_object(), *shape = rq_json_array();
    rq_json_set(json, "name", rq_json_string(p->name));
    rq_json_set(json, "type", rq_json_string(rq_dtype_name(p->dtype)));
    for (int i = 0; i < p->shape->rank; i++)
        rq_json_push(shape, rq_json_integer(p->shape->d[i])); /* -1: not known */
    rq_json_set(json, "shape", p->shape->rank < 0 ? (rq_json_free(&shape), rq_json_null()) : shape);
    rq_json_push(rq_json_get(ctx, strcmp(p->kind, "input") ? "outputs" : "inputs"), json);
    return RQ_OK;
}

static rq_json *fused_json(const rq_import_result *import)
{
    rq_json *list = rq_json_array();
    for (size_t i = 0; i < import->n_fused; i++) {
        rq_json *json = rq_json_object();
        rq_json_set(json, "pass", rq_json_string(import->fused[i].pass));
        rq_json_set(json, "layer", rq_json_string(import->fused[i].layer));
        rq_json_push(list, json);
    }
    return list;
}

static rq_status write_json(rq_buf *out, const rq_network *network)
{
    const rq_framework_model *source = network->source;
    rq_json *json = rq_json_object();
    rq_json_set(json, "model", rq_json_string(network->path));
    rq_json_set(json, "framework", rq_json_string(source ? source->framework : "OpenVINO"));
    if (source) rq_json_set(json, "nodes", rq_json_integer((int64_t)source->n_nodes));
    rq_json_set(json, "layers", rq_json_integer((int64_t)count_layers(network->graph)));
    rq_json_set(json, "saved", rq_json_string(network->saved));
    rq_json_set(json, "inputs", rq_json_array());
    rq_json_set(json, "outputs", rq_json_array());
    rq_status status = each_port(push_port, json, network);
    rq_json_set(json, "fused", fused_json(&network->import));
    if (status == RQ_OK) status = rq_json_dump(json, out, true);
    rq_json_free(&json);
    return status;
}

/* -- all ------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    rq_status (*write)(rq_buf *out, const rq_network *network);
} formats[] = {
    {"text", write_text}, {"fused", write_fused}, {"ports", write_ports}, {"json", write_json}};

rq_status rq_network_text(const char **text, rq_network *network, const char *format)
{
    const char *names[sizeof formats / sizeof *formats];
    *text = NULL;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        names[i] = formats[i].name;
        if (strcmp(names[i], format) != 0) continue;
        rq_buf_free(&network->text);
        const rq_api_call call = rq_api_enter(network->context);
        rq_status status = formats[i].write(&network->text, network);
        rq_api_leave(&call);
        RQ_TRY(status);
        if (network->text.failed) return rq_fail_memory(network->text.length, "a text");
        *text = network->text.data ? network->text.data : "";
        return RQ_OK;
    }
    return rq_choice_fail(RQ_EARG, format, names, sizeof names / sizeof *names,
                          "a network has no form '%s'", format);
}
