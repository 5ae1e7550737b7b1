#include "engine/exec/buffer_pool.h"
#include "engine/exec/onednn/plan.h"

#include <stdlib.h>
#include <string.h>

/* A step reads or writes a buffer: its memory is needed from the first such step to the last. */
static void touch(rq_onednn_plan *plan, size_t buffer, size_t step)
{
    rq_buffer *root = &plan->buffers[plan->buffers[buffer].root];
    if (root->first == SIZE_MAX) root->first = step;
    if (root->last < step) root->last = step;
}

void rq_step_last_needs(rq_onednn_plan *plan, size_t buffer)
{
    if (plan->n_steps) touch(plan, buffer, plan->n_steps - 1);
}

/* What only the observer wanted turns out to be needed anyway. */
static void require_buffer(rq_onednn_plan *plan, size_t buffer)
{
    size_t producer = plan->buffers[buffer].producer;
    if (producer == RQ_NO_BUFFER || !plan->steps[producer].for_observer) return;
    plan->steps[producer].for_observer = false;
    for (size_t i = 0; i < plan->steps[producer].n_args; i++)
        if (plan->steps[producer].args[i].role != RQ_DNN_DST)
            require_buffer(plan, plan->steps[producer].args[i].buffer);
}

static void link_buffers(rq_onednn_plan *plan, size_t step)
{
    for (size_t i = 0; i < plan->steps[step].n_args; i++) {
        const rq_step_arg *arg = &plan->steps[step].args[i];
        if (arg->buffer == RQ_NO_BUFFER) continue;
        touch(plan, arg->buffer, step);
        if (arg->role == RQ_DNN_DST)
            plan->buffers[arg->buffer].producer = step;
        else if (!plan->observing)
            require_buffer(plan, arg->buffer);
    }
}

rq_status rq_step_add(rq_onednn_plan *plan, rq_step_kind kind, rq_id node,
                      const rq_dnn_primitive *primitive, const rq_step_arg *args, size_t n)
{
    RQ_TRY(rq_grow(&plan->steps, &plan->capacity_steps, plan->n_steps, sizeof *plan->steps,
                   "an execution plan"));
    rq_step_arg *copy = rq_arena_alloc(plan->arena, n, sizeof *copy);
    if (!copy) return RQ_ENOMEM;
    if (n) memcpy(copy, args, n * sizeof *copy);
    size_t at = plan->n_steps++;
    plan->steps[at] = (rq_step){.kind = kind,
                                .node = node,
                                .primitive = primitive,
                                .args = copy,
                                .n_args = n,
                                .for_observer = plan->observing};
    link_buffers(plan, at);
    if (primitive && primitive->scratch > plan->scratch) plan->scratch = primitive->scratch;
    return RQ_OK;
}

/* A step that runs a kernel of our own, as `own` says, which is copied. */
static rq_status add_own(rq_onednn_plan *plan, rq_step_kind kind, rq_id node, const void *own,
                         size_t bytes, const rq_step_arg *args, size_t n)
{
    void *copy = rq_arena_alloc(plan->arena, 1, bytes);
    if (!copy) return RQ_ENOMEM;
    memcpy(copy, own, bytes);
    RQ_TRY(rq_step_add(plan, kind, node, NULL, args, n));
    plan->steps[plan->n_steps - 1].own = copy;
    return RQ_OK;
}

rq_status rq_step_add_sweep(rq_onednn_plan *plan, rq_id node, const rq_sweep *sweep,
                            const rq_step_arg *args, size_t n)
{
    return add_own(plan, RQ_STEP_SWEEP, node, sweep, sizeof *sweep, args, n);
}

rq_status rq_step_add_nearest(rq_onednn_plan *plan, rq_id node, const rq_nearest *nearest,
                              const rq_step_arg *args)
{
    return add_own(plan, RQ_STEP_NEAREST, node, nearest, sizeof *nearest, args, 2);
}

rq_status rq_step_add_depthwise(rq_onednn_plan *plan, rq_id node, const rq_depthwise_packed *packed,
                                const rq_step_arg *args)
{
    RQ_TRY(rq_step_add(plan, RQ_STEP_DEPTHWISE, node, NULL, args, 2));
    plan->steps[plan->n_steps - 1].depthwise = packed;
    return RQ_OK;
}

rq_status rq_step_add_turn(rq_onednn_plan *plan, rq_id node, const rq_turn *turn,
                           const rq_step_arg *args)
{
    return add_own(plan, RQ_STEP_TURN, node, turn, sizeof *turn, args, 2);
}

rq_status rq_step_add_join(rq_onednn_plan *plan, rq_id node, const rq_join *join,
                           const rq_step_arg *args)
{
    return add_own(plan, RQ_STEP_JOIN, node, join, sizeof *join, args, join->n + 1);
}

/* -- buffers -------------------------------------------------------------------------------- */

static bool is_planned(const rq_onednn_plan *plan, size_t f)
{
    const rq_buffer *buffer = &plan->buffers[f];
    return buffer->root == f && !buffer->data && !buffer->external && !buffer->deferred &&
           buffer->first != SIZE_MAX;
}

static int by_first(const void *a, const void *b)
{
    const rq_buffer *x = *(const rq_buffer *const *)a, *y = *(const rq_buffer *const *)b;
    return x->first != y->first ? (x->first < y->first ? -1 : 1) : (x < y ? -1 : x > y);
}

static int by_last(const void *a, const void *b)
{
    const rq_buffer *x = *(const rq_buffer *const *)a, *y = *(const rq_buffer *const *)b;
    return x->last != y->last ? (x->last < y->last ? -1 : 1) : (x < y ? -1 : x > y);
}

/* `begin` by first step, `end` by last step: memory is given back once its last step is past. */
static rq_status sweep(rq_onednn_plan *plan, rq_buffer_pool *pool, rq_buffer **begin,
                       rq_buffer **end, size_t n)
{
    for (size_t i = 0, e = 0; i < n; i++) {
        for (; e < n && end[e]->last < begin[i]->first; e++)
            RQ_TRY(rq_pool_give(pool, end[e]->offset, end[e]->bytes));
        begin[i]->bytes = rq_round_up(begin[i]->bytes + 1, RQ_ALIGN);
        begin[i]->offset = rq_pool_take(pool, begin[i]->bytes);
    }
    plan->bytes = pool->end;
    return RQ_OK;
}

rq_status rq_buffers_plan(rq_onednn_plan *plan)
{
    rq_buffer_pool pool = {0};
    rq_buffer **begin = NULL, **end = NULL;
    size_t n = 0;
    rq_status status;
    RQ_TRY_GOTO(rq_calloc(&begin, plan->n_buffers, sizeof(*begin), "a buffer plan"), done);
    RQ_TRY_GOTO(rq_calloc(&end, plan->n_buffers, sizeof(*end), "a buffer plan"), done);
    for (size_t f = 0; f < plan->n_buffers; f++)
        if (is_planned(plan, f)) begin[n++] = &plan->buffers[f];
    memcpy(end, begin, n * sizeof(*end));
    qsort(begin, n, sizeof(*begin), by_first);
    qsort(end, n, sizeof(*end), by_last);
    status = sweep(plan, &pool, begin, end, n);
done:
    rq_pool_free(&pool);
    free(begin);
    free(end);
    return status;
}
