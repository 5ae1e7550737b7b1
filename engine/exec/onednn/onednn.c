/* The onednn backend: oneDNN's primitives where it has them, reference kernels for the rest. */
#include "engine/exec/onednn/plan.h"
#include "engine/exec/reference.h"

#include "engine/base/progress.h"

#include <stdlib.h>
#include <string.h>

typedef struct onednn_session {
    rq_reference_session base;
    const rq_onednn_plan *plan;
    rq_dnn_stream *stream;
    rq_dnn_call **calls; /* by step; NULL for steps that are no primitives */
    uint8_t *workspace;
    void **external; /* by buffer: address of model inputs and of what views them */
} onednn_session;

/* -- planning -------------------------------------------------------------------------------- */

static rq_status copy_observed(rq_onednn_plan *plan, const uint8_t *observed, size_t n)
{
    if (!observed) return RQ_OK;
    uint8_t *copy = rq_arena_alloc(plan->arena, n, 1);
    if (!copy) return RQ_ENOMEM;
    memcpy(copy, observed, n);
    plan->observed = copy;
    return RQ_OK;
}

static const rq_onednn_plan *lender_of(const rq_model *model, const rq_exec_options *options)
{
    const rq_model *lender = options->lender;
    return lender && lender->backend == model->backend ? lender->plan : NULL;
}

static rq_status onednn_plan(rq_model *model, const rq_graph *graph, const rq_exec_options *options)
{
    rq_onednn_plan *plan;
    if (options->bf16 && !rq_dnn_has_bf16())
        return rq_fail(RQ_EARG, "this CPU has no BF16 instructions (AVX512_BF16 or AMX)");
    RQ_TRY(rq_calloc(&plan, 1, sizeof *plan, "an execution plan"));
    model->plan = plan;
    plan->bound = model->bound;
    plan->threads = options->threads ? options->threads : 1;
    plan->numbers = options->bf16 ? RQ_DT_BF16 : RQ_DT_F32;
    plan->saturating = options->saturating || !rq_dnn_pairs_saturate();
    plan->observed_only = options->observed && options->observed_only;
    RQ_TRY(rq_arena_create(&plan->arena));
    RQ_TRY(rq_dnn_create(&plan->dnn, plan->threads));
    RQ_TRY(copy_observed(plan, options->observed, graph->n_values));
    RQ_TRY(rq_calloc(&plan->kernels, graph->n_nodes, sizeof *plan->kernels, "an execution plan"));
    RQ_TRY(rq_calloc(&plan->first_buffer, graph->n_values, sizeof *plan->first_buffer,
                     "an execution plan"));
    for (size_t v = 0; v < graph->n_values; v++) plan->first_buffer[v] = RQ_NO_BUFFER;
    rq_memory_was_short();
    plan->lender = lender_of(model, options);
    rq_status status = rq_onednn_lower(plan);
    plan->lender = NULL;
    /* A layout without memory looks like one that oneDNN does not have: another kernel would run.
     */
    if (rq_memory_was_short() && status != RQ_ENOMEM) return rq_fail_memory(0, "an execution plan");
    RQ_TRY(status);
    rq_release_all_pages(); /* most weights are packed now, and not read again */
    return RQ_OK;
}

static void onednn_plan_destroy(rq_model *model)
{
    rq_onednn_plan *plan = model->plan;
    if (!plan) return;
    rq_packs_free(plan);
    free(plan->buffers);
    free(plan->first_buffer);
    free(plan->steps);
    free(plan->observations);
    free(plan->kernels);
    free(plan->results);
    rq_dnn_destroy(&plan->dnn);
    rq_arena_destroy(&plan->arena);
    free(plan);
}

static const char *onednn_kernel(const rq_model *model, rq_id node)
{
    return ((const rq_onednn_plan *)model->plan)->kernels[node];
}

static size_t onednn_reorders(const rq_model *model)
{
    const rq_onednn_plan *plan = model->plan;
    size_t n = 0;
    for (size_t i = 0; i < plan->n_steps; i++)
        n += (plan->steps[i].kind == RQ_STEP_REORDER || plan->steps[i].kind == RQ_STEP_TURN) &&
             !plan->steps[i].for_observer;
    return n;
}

/* -- sessions -------------------------------------------------------------------------------- */

/* NULL while it is not known: model inputs, and what is sized at run time. */
static void *buffer_address(const onednn_session *s, size_t buffer)
{
    const rq_buffer *root = &s->plan->buffers[s->plan->buffers[buffer].root];
    size_t shift = s->plan->buffers[buffer].shift;
    if (root->data) return (void *)(uintptr_t)root->data;
    if (root->external) return s->external[s->plan->buffers[buffer].root];
    return root->deferred || root->first == SIZE_MAX ? NULL : s->workspace + root->offset + shift;
}

static void *arg_address(const onednn_session *s, const rq_step_arg *arg)
{
    return arg->buffer == RQ_NO_BUFFER ? (void *)(uintptr_t)arg->packed
                                       : buffer_address(s, arg->buffer);
}

static rq_status make_call(rq_dnn_call **out, onednn_session *s, const rq_step *step)
{
    rq_dnn_arg args[RQ_DNN_MAX_POSTS + 8], *list = args;
    if (step->n_args > sizeof args / sizeof args[0])
        RQ_TRY(rq_calloc(&list, step->n_args, sizeof *list, "a call"));
    for (size_t i = 0; i < step->n_args; i++)
        list[i] = (rq_dnn_arg){step->args[i].role, arg_address(s, &step->args[i])};
    rq_status status = rq_dnn_call_create(out, s->plan->dnn, step->primitive, list, step->n_args,
                                          s->base.planned_scratch);
    if (list != args) free(list);
    return status;
}

/* Reference kernels find values by id. */
static void place_values(onednn_session *s)
{
    const rq_bound *bound = s->plan->bound;
    for (size_t v = 0; v < bound->graph->n_values; v++) s->base.values[v] = bound->values[v];
    for (size_t f = 0; f < s->plan->n_buffers; f++) {
        const rq_buffer *buffer = &s->plan->buffers[f];
        if (buffer->value == RQ_NONE) continue;
        rq_tensor *value = &s->base.values[buffer->value];
        if (!value->data && rq_buffer_is_dense(s->plan, f, value->dtype))
            value->data = buffer_address(s, f);
    }
}

static rq_status onednn_open(rq_session *session)
{
    const rq_onednn_plan *plan = session->model->plan;
    onednn_session *s;
    RQ_TRY(rq_calloc(&s, 1, sizeof *s, "a session"));
    session->state = s;
    s->plan = plan;
    RQ_TRY(rq_reference_open(&s->base, session->model, plan->widest_in, plan->widest_out));
    RQ_TRY(rq_calloc(&s->calls, plan->n_steps, sizeof *s->calls, "a session"));
    RQ_TRY(rq_calloc(&s->external, plan->n_buffers, sizeof *s->external, "a session"));
    RQ_TRY(
        rq_alloc_aligned(&s->workspace, plan->bytes + plan->scratch + 1, "the session's buffers"));
    s->base.planned_scratch = s->workspace + plan->bytes;
    RQ_TRY(rq_dnn_stream_create(&s->stream, plan->dnn));
    for (size_t i = 0; i < plan->n_steps; i++)
        if (plan->steps[i].primitive) RQ_TRY(make_call(&s->calls[i], s, &plan->steps[i]));
    return RQ_OK;
}

static void onednn_close(rq_session *session)
{
    onednn_session *s = session->state;
    if (!s) return;
    for (size_t i = 0; s->calls && i < s->plan->n_steps; i++) rq_dnn_call_destroy(&s->calls[i]);
    rq_dnn_stream_destroy(&s->stream);
    rq_reference_close(&s->base);
    free(s->calls);
    free(s->external);
    free(s->workspace);
    free(s);
}

/* -- running --------------------------------------------------------------------------------- */

/* Arguments that lie in model inputs get this run's address. */
static void aim(onednn_session *s, size_t at)
{
    const rq_step *step = &s->plan->steps[at];
    for (size_t i = 0; i < step->n_args; i++) {
        size_t buffer = step->args[i].buffer;
        if (buffer == RQ_NO_BUFFER || !s->plan->buffers[s->plan->buffers[buffer].root].external)
            continue;
        rq_dnn_call_set(s->calls[at], i, buffer_address(s, buffer));
    }
}

static rq_status run_sweep(onednn_session *s, const rq_step *step)
{
    const rq_sweep *sweep = step->sweep;
    const void *operands[RQ_SWEEP_MAX_OPS] = {NULL};
    size_t arg = 1;
    for (size_t i = 0; i < sweep->n_ops; i++)
        if (sweep->ops[i].binary) operands[i] = arg_address(s, &step->args[arg++]);
    rq_sweep_run(sweep, s->plan->threads, arg_address(s, &step->args[arg]),
                 arg_address(s, &step->args[0]), operands);
    return RQ_OK;
}

static rq_status run_join(onednn_session *s, const rq_step *step)
{
    const void *few[32], **parts = few;
    size_t n = step->join->n;
    if (n > sizeof few / sizeof few[0]) RQ_TRY(rq_calloc(&parts, n, sizeof *parts, "a step"));
    for (size_t i = 0; i < n; i++) parts[i] = arg_address(s, &step->args[i]);
    rq_join_run(step->join, s->plan->threads, arg_address(s, &step->args[n]), parts);
    if (parts != few) free(parts);
    return RQ_OK;
}

static rq_status run_move(rq_session *session, const rq_step *step)
{
    onednn_session *s = session->state;
    const rq_node *node = s->plan->bound->graph->nodes[step->node];
    const rq_step_arg *out = step->args + step->n_args - node->n_out;
    s->base.in[0].data = arg_address(s, &step->args[0]);
    for (uint32_t i = 0; i < node->n_out; i++) s->base.out[i].data = arg_address(s, &out[i]);
    return rq_reference_run_codes(session, node);
}

static rq_status run_step(rq_session *session, size_t at)
{
    onednn_session *s = session->state;
    const rq_step *step = &s->plan->steps[at];
    switch (step->kind) {
    case RQ_STEP_SWEEP:
        return run_sweep(s, step);
    case RQ_STEP_NEAREST:
        rq_nearest_run(step->nearest, s->plan->threads, arg_address(s, &step->args[1]),
                       arg_address(s, &step->args[0]));
        return RQ_OK;
    case RQ_STEP_TURN:
        rq_turn_run(step->turn, s->plan->threads, arg_address(s, &step->args[1]),
                    arg_address(s, &step->args[0]));
        return RQ_OK;
    case RQ_STEP_JOIN:
        return run_join(s, step);
    case RQ_STEP_DEPTHWISE:
        rq_depthwise_run(step->depthwise, s->plan->threads, arg_address(s, &step->args[1]),
                         arg_address(s, &step->args[0]));
        return RQ_OK;
    case RQ_STEP_REFERENCE:
        return rq_reference_run_node(session, s->plan->bound->graph->nodes[step->node]);
    case RQ_STEP_MOVE:
        return run_move(session, step);
    default:
        aim(s, at);
        return rq_dnn_call_run(s->calls[at], s->stream);
    }
}

static rq_status show(onednn_session *s, size_t *observation, size_t step, rq_observe_fn *observe,
                      void *ctx)
{
    for (;
         *observation < s->plan->n_observations && s->plan->observations[*observation].step == step;
         ++*observation) {
        const rq_observation *shown = &s->plan->observations[*observation];
        rq_id value = s->plan->buffers[shown->buffer].value;
        rq_tensor tensor = s->base.values[value];
        if (shown->channels_last) tensor.data = buffer_address(s, shown->buffer);
        if (observe) RQ_TRY(observe(ctx, value, &tensor, shown->channels_last));
    }
    return RQ_OK;
}

static rq_status run_steps(rq_session *session, rq_observe_fn *observe, void *ctx)
{
    onednn_session *s = session->state;
    size_t observation = 0;
    RQ_TRY(show(s, &observation, 0, observe, ctx));
    for (size_t i = 0; i < s->plan->n_steps; i++) {
        const rq_step *step = &s->plan->steps[i];
        double started = session->node_seconds ? rq_now() : 0.0;
        if (observe || !step->for_observer) RQ_TRY(run_step(session, i));
        if (session->node_seconds) session->node_seconds[step->node] += rq_now() - started;
        RQ_TRY(show(s, &observation, i + 1, observe, ctx));
    }
    return RQ_OK;
}

static rq_status onednn_run(rq_session *session, const rq_tensor *inputs, rq_observe_fn *observe,
                            void *ctx)
{
    onednn_session *s = session->state;
    const rq_bound *bound = s->plan->bound;
    rq_dnn_stream_enter(s->stream);
    for (size_t i = 0; i < bound->n_parameters; i++) {
        rq_id value = bound->graph->nodes[bound->parameters[i]]->out[0];
        s->external[s->plan->first_buffer[value]] = inputs[i].data;
    }
    place_values(s);
    RQ_TRY(run_steps(session, observe, ctx));
    for (size_t i = 0; i < bound->n_results; i++)
        s->base.outputs[i] = s->base.values[bound->graph->nodes[bound->results[i]]->in[0]];
    return RQ_OK;
}

static const rq_tensor *onednn_output(const rq_session *session, size_t i)
{
    const onednn_session *s = session->state;
    return &s->base.outputs[i];
}

static void onednn_reset(rq_session *session)
{
    rq_reference_services_reset(session->state);
}

static size_t onednn_bytes(const rq_session *session)
{
    const onednn_session *s = session->state;
    return s->plan->bytes + s->plan->scratch + rq_reference_bytes(&s->base);
}

static const char *version(const char *library)
{
    (void)library;
    return rq_dnn_version();
}

/* It stands in for the deployment's runtime, which does. */
static bool prefers_bf16(const char *library)
{
    (void)library;
    return rq_dnn_has_bf16();
}

const rq_backend rq_backend_onednn = {
    .name = "onednn",
    .help = "oneDNN kernels: fast",
    .version = version,
    .prefers_bf16 = prefers_bf16,
    .threads = rq_dnn_threads,
    .set_threads = rq_dnn_set_threads,
    .binds = true,
    .plan = onednn_plan,
    .plan_destroy = onednn_plan_destroy,
    .kernel = onednn_kernel,
    .reorders = onednn_reorders,
    .open = onednn_open,
    .close = onednn_close,
    .run = onednn_run,
    .output = onednn_output,
    .reset = onednn_reset,
    .bytes = onednn_bytes,
};
