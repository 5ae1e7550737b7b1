#include "engine/exec/memory_plan.h"

#include "engine/exec/buffer_pool.h"
#include "engine/ops/operators.h"

#include <stdlib.h>

typedef struct planner {
    rq_memory_plan *plan;
    const rq_bound *bound;
    const rq_id *steps;
    size_t n_steps;
    size_t *last_use; /* by root value id: step that reads it last */
    size_t *bytes;    /* by root value id */
    rq_buffer_pool free;
} planner;

static rq_id find_root(const planner *p, rq_id value)
{
    return p->plan->root[value]; /* roots are set in execution order, so one step is enough */
}

static bool is_planned(const planner *p, rq_id root)
{
    const rq_node *producer = rq_value_producer(p->bound->graph, root);
    const rq_bound_node *b = &p->bound->nodes[producer->id];
    return !b->folded && !b->deferred && !rq_node_is(producer, &rq_op_Parameter);
}

static bool same_layout(const rq_tensor *a, const rq_tensor *b)
{
    return a->dtype == b->dtype && rq_shape_equal(&a->shape, &b->shape);
}

/* Output 0 in input 0's memory: views always; in-place operators when nobody else reads it. */
static bool shares_input(const planner *p, const rq_node *node, const uint32_t *consumers)
{
    const rq_bound_node *b = &p->bound->nodes[node->id];
    if (!node->n_in || node->in[0] == RQ_NONE || !node->n_out) return false;
    if (b->op->flags & RQ_OP_VIEW) return true;
    rq_id in = node->in[0], root = find_root(p, in);
    return (b->op->flags & RQ_OP_INPLACE) && !b->deferred && in == root && consumers[in] == 1 &&
           is_planned(p, root) &&
           same_layout(&p->bound->values[in], &p->bound->values[node->out[0]]);
}

static void find_lifetimes(planner *p, const uint32_t *consumers)
{
    const rq_graph *graph = p->bound->graph;
    for (size_t step = 0; step < p->n_steps; step++) {
        const rq_node *node = graph->nodes[p->steps[step]];
        if (shares_input(p, node, consumers))
            p->plan->root[node->out[0]] = find_root(p, node->in[0]);
        for (uint32_t i = 0; i < node->n_in; i++)
            if (node->in[i] != RQ_NONE) p->last_use[find_root(p, node->in[i])] = step;
        for (uint32_t i = 0; i < node->n_out; i++) {
            rq_id root = find_root(p, node->out[i]);
            if (p->last_use[root] < step) p->last_use[root] = step;
        }
    }
    for (size_t r = 0; r < p->bound->n_results; r++)
        p->last_use[find_root(p, graph->nodes[p->bound->results[r]]->in[0])] = SIZE_MAX;
}

static rq_status release(planner *p, rq_id value, size_t step)
{
    rq_id root = find_root(p, value);
    if (p->last_use[root] != step || p->plan->offset[root] == RQ_NO_OFFSET || !p->bytes[root])
        return RQ_OK;
    size_t bytes = p->bytes[root];
    p->bytes[root] = 0; /* given back once, however many inputs name it */
    return rq_pool_give(&p->free, p->plan->offset[root], bytes);
}

static rq_status place_values(planner *p)
{
    const rq_graph *graph = p->bound->graph;
    size_t scratch = 0;
    for (size_t step = 0; step < p->n_steps; step++) {
        const rq_node *node = graph->nodes[p->steps[step]];
        if (p->bound->nodes[node->id].scratch > scratch)
            scratch = p->bound->nodes[node->id].scratch;
        for (uint32_t i = 0; i < node->n_out; i++) {
            rq_id v = node->out[i];
            if (find_root(p, v) != v || !is_planned(p, v)) continue;
            size_t bytes = rq_round_up(rq_tensor_bytes(&p->bound->values[v]) + 1, RQ_ALIGN);
            p->plan->offset[v] = rq_pool_take(&p->free, bytes);
            p->bytes[v] = bytes;
        }
        for (uint32_t i = 0; i < node->n_in; i++)
            if (node->in[i] != RQ_NONE) RQ_TRY(release(p, node->in[i], step));
        for (uint32_t i = 0; i < node->n_out; i++) RQ_TRY(release(p, node->out[i], step));
    }
    p->plan->scratch = p->free.end;
    p->plan->bytes = p->free.end + rq_round_up(scratch, RQ_ALIGN);
    return RQ_OK;
}

static rq_status count_consumers(uint32_t **out, const rq_graph *graph)
{
    rq_uses uses;
    RQ_TRY(rq_uses_create(&uses, graph));
    rq_status status = rq_calloc(out, graph->n_values, sizeof **out, "a buffer plan");
    for (rq_id v = 0; status == RQ_OK && v < graph->n_values; v++)
        (*out)[v] = rq_uses_count(&uses, v);
    rq_uses_free(&uses);
    return status;
}

rq_status rq_memory_plan_create(rq_memory_plan *out, const rq_bound *bound, const rq_id *steps,
                                size_t n_steps)
{
    size_t n = bound->graph->n_values;
    uint32_t *consumers = NULL;
    planner p = {.plan = out, .bound = bound, .steps = steps, .n_steps = n_steps};
    memset(out, 0, sizeof *out);
    rq_status status;
    RQ_TRY_GOTO(rq_calloc(&out->root, n, sizeof *out->root, "a buffer plan"), done);
    RQ_TRY_GOTO(rq_calloc(&out->offset, n, sizeof *out->offset, "a buffer plan"), done);
    RQ_TRY_GOTO(rq_calloc(&p.last_use, n, sizeof *p.last_use, "a buffer plan"), done);
    RQ_TRY_GOTO(rq_calloc(&p.bytes, n, sizeof *p.bytes, "a buffer plan"), done);
    RQ_TRY_GOTO(count_consumers(&consumers, bound->graph), done);
    for (size_t v = 0; v < n; v++) {
        out->root[v] = (rq_id)v;
        out->offset[v] = RQ_NO_OFFSET;
    }
    find_lifetimes(&p, consumers);
    status = place_values(&p);
done:
    free(consumers);
    free(p.last_use);
    free(p.bytes);
    free(p.free.blocks);
    if (status != RQ_OK) rq_memory_plan_free(out);
    return status;
}

void rq_memory_plan_free(rq_memory_plan *plan)
{
    free(plan->root);
    free(plan->offset);
    memset(plan, 0, sizeof *plan);
}
