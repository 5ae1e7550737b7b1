/* Sessions: what all backends share of running a model: input checks, node timing. */
#include "engine/exec/backend.h"

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
