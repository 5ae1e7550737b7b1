/* Values as lowering sees them: what is constant, who reads them, when their memory is free. */
#include "engine/exec/onednn/lower.h"

const float *rq_lower_floats(const rq_lower *l, rq_id value, size_t *n)
{
    const rq_tensor *t = rq_lower_value(l, value);
    if (t->dtype != RQ_DT_F32 || !t->data) return NULL;
    *n = rq_tensor_count(t);
    return t->data;
}

const rq_node *rq_only_consumer(const rq_lower *l, rq_id value)
{
    const rq_node *consumer = NULL;
    if (l->plan->observed && l->plan->observed[value]) return NULL;
    for (uint32_t u = l->uses.first[value]; u < l->uses.first[value + 1]; u++) {
        const rq_node *node = l->graph->nodes[l->uses.uses[u].node];
        if (l->bound->nodes[node->id].folded) continue; /* looked at the shape only */
        if (consumer) return NULL;
        consumer = node;
    }
    return consumer;
}

static bool is_output(const rq_lower *l, rq_id value)
{
    for (size_t r = 0; r < l->bound->n_results; r++)
        if (l->graph->nodes[l->bound->results[r]]->in[0] == value) return true;
    return false;
}

/* Does anybody but `consumer` still have to read the value? */
static bool is_wanted(const rq_lower *l, rq_id value, const rq_node *consumer)
{
    bool used_once = false;
    for (uint32_t u = l->uses.first[value]; u < l->uses.first[value + 1]; u++) {
        rq_id node = l->uses.uses[u].node;
        if (l->bound->nodes[node].folded) continue;
        if (node != consumer->id && !l->executed[node]) return true;
        if (node == consumer->id && used_once) return true;
        if (node == consumer->id) used_once = true;
    }
    return is_output(l, value);
}

bool rq_lower_is_last_use(const rq_lower *l, size_t buffer, const rq_node *consumer)
{
    const rq_onednn_plan *plan = l->plan;
    size_t root = plan->buffers[buffer].root;
    if (plan->buffers[root].data || plan->buffers[root].external || plan->buffers[root].deferred)
        return false;
    for (size_t f = 0; f < plan->n_buffers; f++) {
        rq_id value = plan->buffers[f].value;
        if (plan->buffers[f].root == root && value != RQ_NONE && is_wanted(l, value, consumer))
            return false;
    }
    return true;
}
