/* What the reference executor does for kernels: memory for outputs sized at run time, nested
 * graphs, variables. */
#include "engine/exec/framework_run.h"
#include "engine/exec/reference.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_reference_check_bytes(const rq_reference_session *s, const rq_node *node, size_t bytes)
{
    char asked[RQ_SIZE_TEXT], most[RQ_SIZE_TEXT];
    if (bytes <= RQ_RUN_TIME_BYTES && rq_reference_bytes(s) <= RQ_RUN_TIME_BYTES - bytes)
        return RQ_OK;
    return rq_node_fail(node, RQ_EUNSUPPORTED,
                        "the size of its output depends on the data, and is %s here; all such may "
                        "have %s",
                        rq_size_text(bytes, asked), rq_size_text(RQ_RUN_TIME_BYTES, most));
}

static rq_status resize(rq_call *call, uint32_t out, const rq_shape *shape)
{
    rq_reference_session *s = ((rq_session *)call->executor)->state;
    rq_id value = call->node->out[out];
    rq_tensor sized = {call->out[out].dtype, *shape, NULL};
    size_t bytes = rq_tensor_bytes(&sized);
    if (bytes > s->deferred_bytes[value] || !s->deferred[value]) {
        free(s->deferred[value]);
        s->deferred[value] = NULL;
        s->deferred_bytes[value] = 0;
        RQ_TRY(rq_reference_check_bytes(s, call->node, bytes));
        RQ_TRY(rq_alloc_aligned(&s->deferred[value], bytes, call->node->name));
        s->deferred_bytes[value] = bytes;
    }
    sized.data = s->deferred[value];
    call->out[out] = sized;
    return RQ_OK;
}

/* -- nested graphs ------------------------------------------------------------------------- */

static bool child_fits(const rq_child *child, const rq_tensor *in, size_t n_in)
{
    if (!child->session || rq_model_input_count(child->model) != n_in) return false;
    for (size_t i = 0; i < n_in; i++)
        if (!rq_shape_equal(&rq_model_input(child->model, i)->shape, &in[i].shape)) return false;
    return true;
}

static rq_status find_child(rq_child **out, rq_reference_session *s, rq_id node, uint32_t body)
{
    for (size_t i = 0; i < s->n_children; i++) {
        *out = &s->children[i];
        if ((*out)->node == node && (*out)->body == body) return RQ_OK;
    }
    RQ_TRY(rq_grow(&s->children, &s->capacity_children, s->n_children, sizeof *s->children,
                   "nested graphs"));
    *out = &s->children[s->n_children++];
    **out = (rq_child){.node = node, .body = body};
    return RQ_OK;
}

static rq_status bind_child(rq_child *child, const rq_graph *body, const rq_tensor *in, size_t n_in)
{
    rq_id *parameters = NULL;
    size_t n = 0;
    rq_input_shape *shapes = NULL;
    rq_session_destroy(&child->session);
    rq_model_destroy(&child->model);
    RQ_TRY(rq_graph_list(&parameters, &n, body, "Parameter"));
    rq_status status = RQ_OK;
    if (n != n_in)
        status = rq_fail(RQ_EFORMAT, "a nested graph has %zu inputs, expected %zu", n, n_in);
    if (status == RQ_OK) status = rq_calloc(&shapes, n, sizeof *shapes, "nested graph shapes");
    for (size_t i = 0; status == RQ_OK && i < n; i++)
        shapes[i] = (rq_input_shape){body->nodes[parameters[i]]->name, in[i].shape};
    rq_exec_options options = {.backend = "reference", .shapes = shapes, .n_shapes = n};
    if (status == RQ_OK) status = rq_model_create(&child->model, body, &options);
    if (status == RQ_OK) status = rq_session_create(&child->session, child->model);
    free(shapes);
    free(parameters);
    return status;
}

static rq_status run_body(rq_call *call, uint32_t body, const rq_tensor *in, size_t n_in,
                          rq_tensor *out, size_t n_out)
{
    rq_reference_session *s = ((rq_session *)call->executor)->state;
    rq_child *child;
    if (body >= call->node->n_bodies)
        return rq_fail(RQ_EFORMAT, "layer '%s' has %zu nested graphs, asked for number %u",
                       call->node->name, call->node->n_bodies, body);
    RQ_TRY(find_child(&child, s, call->node->id, body));
    rq_status status = RQ_OK;
    if (!child_fits(child, in, n_in))
        status = bind_child(child, call->node->bodies[body].graph, in, n_in);
    if (status == RQ_OK && rq_model_output_count(child->model) != n_out)
        status = rq_fail(RQ_EFORMAT, "a nested graph has %zu outputs, expected %zu",
                         rq_model_output_count(child->model), n_out);
    if (status == RQ_OK) status = rq_session_run(child->session, in, NULL, NULL);
    if (status != RQ_OK) return rq_fail_prefix(status, "layer '%s'", call->node->name);
    for (size_t i = 0; i < n_out; i++) out[i] = *rq_session_output(child->session, i);
    return RQ_OK;
}

/* -- variables ----------------------------------------------------------------------------- */

static rq_variable *find_variable(const rq_reference_session *s, const char *id)
{
    for (size_t i = 0; i < s->n_variables; i++)
        if (!strcmp(s->variables[i].id, id)) return &s->variables[i];
    return NULL;
}

static rq_status read_variable(rq_call *call, const char *id, rq_tensor *out)
{
    const rq_reference_session *s = ((rq_session *)call->executor)->state;
    const rq_variable *variable = find_variable(s, id);
    *out = variable ? variable->tensor : (rq_tensor){0};
    return RQ_OK;
}

static rq_status add_variable(rq_variable **out, rq_reference_session *s, const char *id)
{
    RQ_TRY(rq_grow(&s->variables, &s->capacity_variables, s->n_variables, sizeof *s->variables,
                   "variables"));
    rq_variable variable = {.id = strdup(id)};
    if (!variable.id) return rq_fail_memory(strlen(id), "a variable's name");
    s->variables[s->n_variables] = variable;
    *out = &s->variables[s->n_variables++];
    return RQ_OK;
}

static rq_status write_variable(rq_call *call, const char *id, const rq_tensor *value)
{
    rq_reference_session *s = ((rq_session *)call->executor)->state;
    rq_variable *variable = find_variable(s, id);
    if (!variable) RQ_TRY(add_variable(&variable, s, id));
    size_t bytes = rq_tensor_bytes(value);
    if (bytes > variable->capacity || !variable->tensor.data) {
        free(variable->tensor.data);
        variable->tensor.data = NULL;
        variable->capacity = 0;
        RQ_TRY(rq_alloc_aligned(&variable->tensor.data, bytes, "a variable"));
        variable->capacity = bytes;
    }
    memmove(variable->tensor.data, value->data, bytes);
    variable->tensor.dtype = value->dtype;
    variable->tensor.shape = value->shape;
    return RQ_OK;
}

void rq_reference_services_reset(rq_reference_session *s)
{
    for (size_t i = 0; i < s->n_variables; i++) {
        free(s->variables[i].tensor.data);
        free(s->variables[i].id);
    }
    s->n_variables = 0;
}

void rq_reference_services_close(rq_reference_session *s)
{
    rq_reference_services_reset(s);
    free(s->variables);
    for (size_t i = 0; i < s->n_children; i++) {
        rq_session_destroy(&s->children[i].session);
        rq_model_destroy(&s->children[i].model);
    }
    free(s->children);
}

const rq_services rq_reference_services = {
    .resize = resize,
    .run_body = run_body,
    .read_variable = read_variable,
    .write_variable = write_variable,
    .call_framework = rq_framework_call_node,
};
