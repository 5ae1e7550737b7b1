#include "engine/exec/onednn/lower.h"

#include "engine/exec/reference.h"

#include <stdlib.h>
#include <string.h>

/* Element-wise operators are found by what they are, the others by the table. */
static rq_lower_fn *find_lowering(const rq_lower *l, const rq_node *node)
{
    rq_dnn_binary_kind kind;
    const rq_lowering *lowering = rq_lowering_of(rq_lower_op(l, node));
    if (lowering) return lowering->lower;
    if (rq_is_eltwise(l, node)) return rq_lower_eltwise;
    return rq_is_binary(l, node, &kind) ? rq_lower_binary : NULL;
}

/* -- one node by its reference kernel -------------------------------------------------------- */

static rq_status add_output_buffer(rq_lower *l, const rq_node *node, rq_id value, size_t view_of,
                                   size_t *out)
{
    rq_onednn_plan *plan = l->plan;
    const rq_tensor *t = rq_lower_value(l, value);
    bool planned = t->shape.rank >= 0 && !l->bound->nodes[node->id].deferred;
    const rq_dnn_layout *layout =
        planned ? rq_dnn_layout_dense(plan->dnn, t->dtype, &t->shape) : NULL;
    RQ_TRY(rq_buffer_add(out, plan, value, layout, NULL, planned ? view_of : RQ_NO_BUFFER));
    plan->buffers[*out].deferred = !planned;
    return RQ_OK;
}

rq_status rq_lower_rows(rq_step_arg *args, size_t *n, rq_lower *l, const rq_node *node,
                        uint32_t first)
{
    for (uint32_t i = first; i < node->n_in; i++) {
        if (node->in[i] == RQ_NONE) continue;
        RQ_TRY(rq_bound_fold(l->bound, node->in[i]));
        if (rq_lower_value(l, node->in[i])->data) continue;
        args[*n] = (rq_step_arg){RQ_DNN_SRC, 0, NULL};
        RQ_TRY(rq_buffer_dense(&args[*n].buffer, l->plan, node->in[i], node->id));
        (*n)++;
    }
    return RQ_OK;
}

rq_status rq_lower_add_reference(rq_lower *l, rq_step_kind kind, const rq_node *node,
                                 const rq_step_arg *args, size_t n)
{
    rq_onednn_plan *plan = l->plan;
    const rq_bound_node *b = &l->bound->nodes[node->id];
    if (b->scratch > plan->scratch) plan->scratch = b->scratch;
    if (node->n_in > plan->widest_in) plan->widest_in = node->n_in;
    if (node->n_out > plan->widest_out) plan->widest_out = node->n_out;
    return rq_step_add(plan, kind, node->id, NULL, args, n);
}

static rq_status add_reference(rq_lower *l, const rq_node *node)
{
    rq_onednn_plan *plan = l->plan;
    rq_step_arg *args =
        rq_arena_alloc(plan->arena, (size_t)node->n_in + node->n_out + 1, sizeof *args);
    size_t n = 0, view_of = RQ_NO_BUFFER;
    if (!args) return RQ_ENOMEM;
    RQ_TRY(rq_lower_rows(args, &n, l, node, 0));
    const rq_bound_node *b = &l->bound->nodes[node->id];
    if ((b->op->flags & RQ_OP_VIEW) && n && node->in[0] == plan->buffers[args[0].buffer].value)
        view_of = args[0].buffer;
    for (uint32_t i = 0; i < node->n_out; i++) {
        args[n] = (rq_step_arg){RQ_DNN_DST, 0, NULL};
        RQ_TRY(
            add_output_buffer(l, node, node->out[i], i ? RQ_NO_BUFFER : view_of, &args[n].buffer));
        n++;
    }
    plan->kernels[node->id] = "reference";
    return rq_lower_add_reference(l, RQ_STEP_REFERENCE, node, args, n);
}

/* -- walking --------------------------------------------------------------------------------- */

static rq_status observed_buffer(rq_observation *out, rq_onednn_plan *plan, rq_id value, rq_id node)
{
    *out = (rq_observation){.buffer = RQ_NO_BUFFER};
    if (plan->observed[value] == RQ_OBSERVED_ANY_ORDER)
        RQ_TRY(rq_buffer_channels_last(&out->buffer, plan, value, node));
    out->channels_last = out->buffer != RQ_NO_BUFFER;
    return out->channels_last ? RQ_OK : rq_buffer_dense(&out->buffer, plan, value, node);
}

/* Values that the observer asked for, right after they are there. */
static rq_status observation(rq_lower *l, rq_id value, rq_id node)
{
    rq_onednn_plan *plan = l->plan;
    rq_observation shown;
    if (!plan->observed || !plan->observed[value]) return RQ_OK;
    plan->observing = true;
    rq_status status = observed_buffer(&shown, plan, value, node);
    plan->observing = false;
    RQ_TRY(status);
    shown.step = plan->n_steps;
    RQ_TRY(rq_grow(&plan->observations, &plan->capacity_observations, plan->n_observations,
                   sizeof *plan->observations, "observed values"));
    rq_step_last_needs(plan, shown.buffer);
    plan->observations[plan->n_observations++] = shown;
    return RQ_OK;
}

static bool is_f32(const rq_lower *l, const rq_node *node)
{
    if (!node->n_out) return false;
    const rq_tensor *out = rq_lower_value(l, node->out[0]);
    return out->dtype == RQ_DT_F32 && out->shape.rank >= 1 && !l->bound->nodes[node->id].deferred &&
           rq_tensor_count(out) > 0;
}

static void name_kernels(rq_lower *l, const rq_chain *chain)
{
    for (size_t i = 1; i < chain->done; i++)
        l->plan->kernels[chain->nodes[i]->id] = RQ_KERNEL_FUSED;
    const rq_step *last = l->plan->n_steps ? &l->plan->steps[l->plan->n_steps - 1] : NULL;
    if (l->plan->kernels[chain->nodes[0]->id]) return;
    l->plan->kernels[chain->nodes[0]->id] =
        last && last->node == chain->nodes[0]->id && last->primitive ? last->primitive->kernel
                                                                     : "view";
}

/* A Pad that was left to a convolution which does not do it after all. */
static rq_status add_pad(rq_lower *l, const rq_node *node)
{
    if (!node->n_in || node->in[0] == RQ_NONE) return RQ_OK;
    const rq_node *pad = rq_value_producer(l->graph, node->in[0]);
    if (!l->padding[pad->id] || l->executed[pad->id]) return RQ_OK;
    l->executed[pad->id] = true;
    return add_reference(l, pad);
}

/* The first of the chain's nodes, with as many behind it as fit. */
static rq_status lower_some(rq_lower *l, rq_chain *chain)
{
    const rq_node *node = chain->nodes[0];
    rq_lower_fn *lower = is_f32(l, node) ? find_lowering(l, node) : NULL;
    rq_status status = lower ? lower(l, chain) : RQ_EUNSUPPORTED;
    if (status == RQ_EUNSUPPORTED && is_f32(l, node)) status = rq_lower_move(l, chain);
    if (status == RQ_EUNSUPPORTED) {
        chain->done = 1;
        RQ_TRY(add_pad(l, node));
        return add_reference(l, node);
    }
    if (status == RQ_OK) name_kernels(l, chain);
    return status;
}

static void end(rq_lower *l, const rq_node *node)
{
    l->executed[node->id] = true;
    if (!node->n_in || node->in[0] == RQ_NONE) return;
    const rq_node *pad = rq_value_producer(l->graph, node->in[0]);
    if (!l->padding[pad->id] || l->executed[pad->id]) return;
    l->executed[pad->id] = true;
    l->plan->kernels[pad->id] = RQ_KERNEL_FUSED;
}

static rq_status lower_chain(rq_lower *l, const rq_chain *whole)
{
    for (size_t at = 0; at < whole->n;) {
        rq_chain rest = {.n = whole->n - at};
        memcpy(rest.nodes, whole->nodes + at, rest.n * sizeof *rest.nodes);
        RQ_TRY(lower_some(l, &rest));
        for (size_t i = 0; i < rest.done; i++) end(l, rest.nodes[i]);
        at += rest.done;
        const rq_node *tail = rest.nodes[rest.done - 1];
        for (uint32_t o = 0; o < tail->n_out; o++) RQ_TRY(observation(l, tail->out[o], tail->id));
    }
    return RQ_OK;
}

/* A chain runs where its last node stands. */
static rq_status lower_from(rq_lower *l, const rq_id *head_of, rq_id node)
{
    rq_chain chain = {0};
    if (l->next[node] != RQ_NONE) return RQ_OK;
    for (rq_id at = head_of[node]; at != RQ_NONE; at = l->next[at])
        chain.nodes[chain.n++] = l->graph->nodes[at];
    return lower_chain(l, &chain);
}

static bool shows(const rq_lower *l, const rq_node *node)
{
    for (uint32_t o = 0; o < node->n_out; o++)
        if (l->plan->observed[node->out[o]]) return true;
    return false;
}

/* How many nodes of the order there is a reason to run. */
static size_t end_of_order(const rq_lower *l)
{
    size_t n = l->bound->n_order;
    while (l->plan->observed_only && n && !shows(l, l->graph->nodes[l->bound->order[n - 1]])) n--;
    return n;
}

static rq_status walk(rq_lower *l)
{
    rq_id *head_of;
    RQ_TRY(rq_calloc(&head_of, l->graph->n_nodes, sizeof *head_of, "an execution plan"));
    rq_status status = RQ_OK;
    for (size_t i = 0, n = end_of_order(l); status == RQ_OK && i < n; i++) {
        rq_id id = l->bound->order[i];
        if (!l->inner[id]) head_of[id] = id;
        if (l->next[id] != RQ_NONE) head_of[l->next[id]] = head_of[id];
        if (!l->padding[id] && rq_reference_has_step(l->bound, l->graph->nodes[id]))
            status = lower_from(l, head_of, id);
    }
    free(head_of);
    return status;
}

static rq_status add_inputs(rq_lower *l)
{
    for (size_t i = 0; i < l->bound->n_parameters; i++) {
        rq_id value = l->graph->nodes[l->bound->parameters[i]]->out[0];
        const rq_tensor *t = rq_lower_value(l, value);
        size_t buffer;
        RQ_TRY(rq_buffer_add(&buffer, l->plan, value,
                             rq_dnn_layout_dense(l->plan->dnn, t->dtype, &t->shape), NULL,
                             RQ_NO_BUFFER));
        l->plan->buffers[buffer].external = true;
        RQ_TRY(observation(l, value, l->bound->parameters[i]));
    }
    return RQ_OK;
}

/* Model outputs are dense float, and stay until the next run. */
static rq_status add_results(rq_lower *l)
{
    rq_onednn_plan *plan = l->plan;
    if (plan->observed_only) return RQ_OK;
    RQ_TRY(rq_calloc(&plan->results, l->bound->n_results, sizeof *plan->results, "model outputs"));
    for (size_t r = 0; r < l->bound->n_results; r++) {
        const rq_node *node = l->graph->nodes[l->bound->results[r]];
        RQ_TRY(rq_buffer_dense(&plan->results[r], plan, node->in[0], node->id));
        plan->buffers[plan->buffers[plan->results[r]].root].last = SIZE_MAX;
    }
    return RQ_OK;
}

rq_status rq_onednn_lower(rq_onednn_plan *plan)
{
    size_t n = plan->bound->graph->n_nodes;
    rq_lower l = {.plan = plan, .bound = plan->bound, .graph = plan->bound->graph};
    rq_status status;
    RQ_TRY(rq_uses_create(&l.uses, l.graph));
    RQ_TRY_GOTO(rq_calloc(&l.next, n, sizeof *l.next, "an execution plan"), done);
    RQ_TRY_GOTO(rq_calloc(&l.inner, n, sizeof *l.inner, "an execution plan"), done);
    RQ_TRY_GOTO(rq_calloc(&l.executed, n, sizeof *l.executed, "an execution plan"), done);
    RQ_TRY_GOTO(rq_calloc(&l.padding, n, sizeof *l.padding, "an execution plan"), done);
    for (size_t i = 0; i < n; i++) l.next[i] = RQ_NONE;
    RQ_TRY_GOTO(rq_fuse_pad_find(&l), done);
    RQ_TRY_GOTO(rq_chains_find(&l), done);
    RQ_TRY_GOTO(add_inputs(&l), done);
    RQ_TRY_GOTO(walk(&l), done);
    RQ_TRY_GOTO(add_results(&l), done);
    status = rq_buffers_plan(plan);
done:
    rq_uses_free(&l.uses);
    free(l.next);
    free(l.inner);
    free(l.executed);
    free(l.padding);
    return status;
}
