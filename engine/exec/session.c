/* Sessions: what all backends share of running a model: input checks, node timing. */
#include "engine/exec/backend.h"
#include "engine/exec/variants.h"

#include <stdlib.h>

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

static void leave_variant(rq_session *s)
{
    if (!s->variant) return;
    rq_session_destroy(&s->other);
    rq_variants_give_back(s->model->variants, s->variant);
    s->variant = NULL;
}

void rq_session_destroy(rq_session **session)
{
    rq_session *s = session ? *session : NULL;
    if (!s) return;
    leave_variant(s);
    s->model->backend->close(s);
    free(s->node_seconds);
    free(s);
    *session = NULL;
}

static rq_status wrong_input(const rq_model *model, size_t i, const rq_tensor *input)
{
    const rq_tensor *want = &model->inputs[i].tensor;
    char got[RQ_SHAPE_TEXT], expected[RQ_SHAPE_TEXT];
    return rq_fail(RQ_EARG, "input '%s' is %s %s, expected %s %s", model->inputs[i].node->name,
                   rq_dtype_name(input->dtype), rq_shape_text(&input->shape, got),
                   rq_dtype_name(want->dtype), rq_shape_text(&want->shape, expected));
}

/* Other types, or other shapes where the model has no variants for them. */
static rq_status check_inputs(const rq_model *model, const rq_tensor *inputs)
{
    for (size_t i = 0; i < model->n_inputs; i++) {
        if (rq_port_is_for(&model->inputs[i], &inputs[i])) continue;
        if (!model->variants || inputs[i].dtype != model->inputs[i].tensor.dtype)
            return wrong_input(model, i, &inputs[i]);
    }
    return RQ_OK;
}

static rq_status enter_variant(rq_session *s, const rq_tensor *inputs)
{
    RQ_TRY(check_inputs(s->model, inputs));
    if (s->variant && rq_model_is_for(s->variant, inputs)) return RQ_OK;
    leave_variant(s);
    RQ_TRY(rq_variants_take(&s->variant, s->model->variants, inputs));
    rq_status status = rq_session_create(&s->other, s->variant);
    if (status != RQ_OK) leave_variant(s);
    return status;
}

rq_status rq_session_run(rq_session *session, const rq_tensor *inputs, rq_observe_fn *observe,
                         void *ctx)
{
    const rq_backend *backend = session->model->backend;
    if (rq_model_is_for(session->model, inputs)) {
        leave_variant(session);
        return backend->run(session, inputs, observe, ctx);
    }
    RQ_TRY(enter_variant(session, inputs));
    return backend->run(session->other, inputs, observe, ctx);
}

const rq_tensor *rq_session_output(const rq_session *session, size_t i)
{
    const rq_session *ran = session->other ? session->other : session;
    return session->model->backend->output(ran, i);
}

const rq_bound *rq_session_bound(const rq_session *session)
{
    return session->other ? session->variant->bound : session->model->bound;
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
    if (session->other) rq_session_reset(session->other);
    if (session->model->backend->reset) session->model->backend->reset(session);
}

size_t rq_session_bytes(const rq_session *session)
{
    size_t other = session->other ? rq_session_bytes(session->other) : 0;
    return session->model->backend->bytes(session) + other;
}
