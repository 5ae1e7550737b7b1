/* The reference backend: each operator's plain C kernel, one after the other. The truth that fast
 * backends are tested against. */
#include "engine/exec/reference.h"

#include "engine/base/progress.h"
#include "engine/exec/memory_plan.h"
#include "engine/ops/operators.h"

#include <stdlib.h>
#include <string.h>

typedef struct reference_plan {
    rq_id *steps; /* nodes that run, in order */
    size_t n_steps;
    rq_memory_plan memory;
    uint32_t widest_in, widest_out;
    const uint8_t *observed; /* by value id, owned; NULL: all */
} reference_plan;

typedef struct reference_session {
    rq_reference_session base;
    const reference_plan *plan;
    uint8_t *workspace;
} reference_session;

bool rq_reference_has_step(const rq_bound *bound, const rq_node *node)
{
    return !bound->nodes[node->id].folded && !rq_node_is(node, &rq_op_Parameter) &&
           !rq_node_is(node, &rq_op_Result);
}

static rq_status list_steps(reference_plan *plan, const rq_bound *bound)
{
    RQ_TRY(rq_calloc(&plan->steps, bound->n_order, sizeof *plan->steps, "an execution plan"));
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        if (!rq_reference_has_step(bound, node)) continue;
        plan->steps[plan->n_steps++] = node->id;
        if (node->n_in > plan->widest_in) plan->widest_in = node->n_in;
        if (node->n_out > plan->widest_out) plan->widest_out = node->n_out;
    }
    return RQ_OK;
}

static rq_status make_plan(rq_model *model, const rq_graph *graph, const rq_exec_options *options)
{
    reference_plan *plan;
    RQ_TRY(rq_calloc(&plan, 1, sizeof *plan, "an execution plan"));
    model->plan = plan;
    if (options->bf16) return rq_fail(RQ_EARG, "the reference backend computes in f32 only");
    RQ_TRY(rq_bound_fold_all(model->bound));
    if (options->observed) {
        uint8_t *observed;
        RQ_TRY(rq_calloc(&observed, graph->n_values, 1, "observed values"));
        memcpy(observed, options->observed, graph->n_values);
        plan->observed = observed;
    }
    RQ_TRY(list_steps(plan, model->bound));
    return rq_memory_plan_create(&plan->memory, model->bound, plan->steps, plan->n_steps);
}

static void reference_plan_destroy(rq_model *model)
{
    reference_plan *plan = model->plan;
    if (!plan) return;
    rq_memory_plan_free(&plan->memory);
    free((void *)(uintptr_t)plan->observed);
    free(plan->steps);
    free(plan);
}

static const char *reference_kernel(const rq_model *model, rq_id node)
{
    const rq_node *n = model->bound->graph->nodes[node];
    return n && rq_reference_has_step(model->bound, n) ? "reference" : NULL;
}

/* -- sessions ------------------------------------------------------------------------------ */

static void place_values(reference_session *s)
{
    const rq_bound *bound = s->base.model->bound;
    const rq_memory_plan *memory = &s->plan->memory;
    for (size_t v = 0; v < bound->graph->n_values; v++) {
        s->base.values[v] = bound->values[v];
        size_t offset = memory->offset[memory->root[v]];
        if (offset != RQ_NO_OFFSET) s->base.values[v].data = s->workspace + offset;
    }
}

rq_status rq_reference_open(rq_reference_session *s, const rq_model *model, uint32_t widest_in,
                            uint32_t widest_out)
{
    size_t n = model->bound->graph->n_values;
    s->model = model;
    RQ_TRY(rq_calloc(&s->values, n, sizeof *s->values, "a session"));
    RQ_TRY(rq_calloc(&s->deferred, n, sizeof *s->deferred, "a session"));
    RQ_TRY(rq_calloc(&s->deferred_bytes, n, sizeof *s->deferred_bytes, "a session"));
    RQ_TRY(rq_calloc(&s->in, widest_in, sizeof *s->in, "a session"));
    RQ_TRY(rq_calloc(&s->out, widest_out, sizeof *s->out, "a session"));
    return rq_calloc(&s->outputs, model->n_outputs, sizeof *s->outputs, "a session");
}

void rq_reference_close(rq_reference_session *s)
{
    rq_reference_services_close(s);
    for (size_t v = 0; s->deferred && v < s->model->bound->graph->n_values; v++)
        free(s->deferred[v]);
    free(s->deferred);
    free(s->deferred_bytes);
    free(s->values);
    free(s->in);
    free(s->out);
    free(s->scratch);
    free(s->outputs);
}

static rq_status reference_open(rq_session *session)
{
    reference_session *s;
    RQ_TRY(rq_calloc(&s, 1, sizeof *s, "a session"));
    session->state = s;
    s->plan = session->model->plan;
    RQ_TRY(rq_reference_open(&s->base, session->model, s->plan->widest_in, s->plan->widest_out));
    RQ_TRY(rq_alloc_aligned(&s->workspace, s->plan->memory.bytes, "the session's buffers"));
    s->base.planned_scratch = s->workspace + s->plan->memory.scratch;
    place_values(s);
    return RQ_OK;
}

static void reference_close(rq_session *session)
{
    reference_session *s = session->state;
    if (!s) return;
    rq_reference_close(&s->base);
    free(s->workspace);
    free(s);
}

static rq_status observe_value(const reference_session *s, rq_id value, rq_observe_fn *observe,
                               void *ctx)
{
    if (!observe || (s->plan->observed && !s->plan->observed[value])) return RQ_OK;
    return observe(ctx, value, &s->base.values[value], false);
}

/* Scratch that a deferred node turned out to need. */
static rq_status grow_scratch(rq_reference_session *s, const rq_node *node, size_t bytes)
{
    if (bytes <= s->scratch_bytes) return RQ_OK;
    RQ_TRY(rq_reference_check_bytes(s, node, bytes));
    free(s->scratch);
    s->scratch = NULL;
    s->scratch_bytes = 0;
    RQ_TRY(rq_alloc_aligned(&s->scratch, bytes, "scratch"));
    s->scratch_bytes = bytes;
    return RQ_OK;
}

/* Shapes of a deferred node, now that its inputs are here; memory for its outputs. */
static rq_status prepare_deferred(rq_reference_session *s, rq_session *session, const rq_node *node)
{
    bool still_deferred = false;
    size_t scratch = 0;
    const rq_bound *bound = s->model->bound;
    RQ_TRY(rq_bound_infer(bound, node->id, s->in, s->out, &still_deferred, &scratch));
    RQ_TRY(grow_scratch(s, node, scratch));
    if (still_deferred) return RQ_OK;
    if (bound->nodes[node->id].op->flags & RQ_OP_VIEW) {
        s->out[0].data = s->in[0].data;
        return RQ_OK;
    }
    rq_call call = {.node = node,
                    .op = bound->nodes[node->id].op,
                    .n_out = node->n_out,
                    .out = s->out,
                    .services = &rq_reference_services,
                    .executor = session};
    for (uint32_t i = 0; i < node->n_out; i++) RQ_TRY(rq_call_resize(&call, i, &s->out[i].shape));
    return RQ_OK;
}

rq_status rq_reference_run_node(rq_session *session, const rq_node *node)
{
    rq_reference_session *s = session->state;
    const rq_bound *bound = s->model->bound;
    const rq_bound_node *b = &bound->nodes[node->id];
    for (uint32_t i = 0; i < node->n_in; i++)
        s->in[i] = node->in[i] == RQ_NONE ? (rq_tensor){0} : s->values[node->in[i]];
    for (uint32_t i = 0; i < node->n_out; i++) s->out[i] = s->values[node->out[i]];
    if (b->deferred) RQ_TRY(prepare_deferred(s, session, node));
    void *scratch = b->deferred ? s->scratch : s->planned_scratch;
    if (!(b->op->flags & RQ_OP_VIEW))
        RQ_TRY(
            rq_bound_run(bound, node->id, s->in, s->out, scratch, &rq_reference_services, session));
    else if (!s->out[0].data) /* a view of a Parameter or a constant */
        s->out[0].data = s->in[0].data;
    for (uint32_t i = 0; i < node->n_out; i++) s->values[node->out[i]] = s->out[i];
    return RQ_OK;
}

static void make_codes(rq_tensor *t, const rq_tensor *value)
{
    *t = (rq_tensor){RQ_DT_U8, value->shape, t->data};
}

rq_status rq_reference_run_codes(rq_session *session, const rq_node *node)
{
    rq_reference_session *s = session->state;
    make_codes(&s->in[0], &s->values[node->in[0]]);
    for (uint32_t i = 1; i < node->n_in; i++)
        s->in[i] = node->in[i] == RQ_NONE ? (rq_tensor){0} : s->values[node->in[i]];
    for (uint32_t i = 0; i < node->n_out; i++) make_codes(&s->out[i], &s->values[node->out[i]]);
    return rq_bound_run(s->model->bound, node->id, s->in, s->out, s->planned_scratch,
                        &rq_reference_services, session);
}

static rq_status run_steps(rq_session *session, rq_observe_fn *observe, void *ctx)
{
    reference_session *s = session->state;
    const rq_graph *graph = s->base.model->bound->graph;
    for (size_t i = 0; i < s->plan->n_steps; i++) {
        const rq_node *node = graph->nodes[s->plan->steps[i]];
        double started = session->node_seconds ? rq_now() : 0.0;
        RQ_TRY(rq_reference_run_node(session, node));
        if (session->node_seconds) session->node_seconds[node->id] += rq_now() - started;
        for (uint32_t o = 0; o < node->n_out; o++)
            RQ_TRY(observe_value(s, node->out[o], observe, ctx));
    }
    return RQ_OK;
}

static rq_status reference_run(rq_session *session, const rq_tensor *inputs, rq_observe_fn *observe,
                               void *ctx)
{
    reference_session *s = session->state;
    const rq_bound *bound = s->base.model->bound;
    place_values(s);
    for (size_t i = 0; i < bound->n_parameters; i++) {
        rq_id value = bound->graph->nodes[bound->parameters[i]]->out[0];
        s->base.values[value].data = inputs[i].data;
        RQ_TRY(observe_value(s, value, observe, ctx));
    }
    RQ_TRY(run_steps(session, observe, ctx));
    for (size_t i = 0; i < bound->n_results; i++)
        s->base.outputs[i] = s->base.values[bound->graph->nodes[bound->results[i]]->in[0]];
    return RQ_OK;
}

static const rq_tensor *reference_output(const rq_session *session, size_t i)
{
    const reference_session *s = session->state;
    return &s->base.outputs[i];
}

static void reference_reset(rq_session *session)
{
    rq_reference_services_reset(session->state);
}

size_t rq_reference_bytes(const rq_reference_session *s)
{
    size_t bytes = s->scratch_bytes;
    for (size_t v = 0; v < s->model->bound->graph->n_values; v++) bytes += s->deferred_bytes[v];
    return bytes;
}

static size_t reference_bytes(const rq_session *session)
{
    const reference_session *s = session->state;
    return s->plan->memory.bytes + rq_reference_bytes(&s->base);
}

const rq_backend rq_backend_reference = {
    .name = "reference",
    .help = "plain loops in C: slow, exact, every operator",
    .binds = true,
    .plan = make_plan,
    .plan_destroy = reference_plan_destroy,
    .kernel = reference_kernel,
    .open = reference_open,
    .close = reference_close,
    .run = reference_run,
    .output = reference_output,
    .reset = reference_reset,
    .bytes = reference_bytes,
};
