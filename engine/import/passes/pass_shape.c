/* Targets of reshapes that are computed from the input's own shape: where every dimension is known,
 * copied from the input's or what is left over, the target is the constant that says so, and the
 * computation goes away. */
#include "engine/import/pass.h"

#include <string.h>

/* The target for sizes `sample` of the unknown dimensions; false when it is not known. */
static bool target_of(const rq_pass *p, rq_id value, int sample, int64_t *dims, size_t *n)
{
    const rq_tensor *t = &p->b->values[value].t[sample];
    if (!t->data || t->shape.rank != 1 || t->shape.d[0] > RQ_MAX_RANK) return false;
    *n = rq_tensor_count(t);
    for (size_t i = 0; i < *n; i++) dims[i] = rq_load_i64(t->data, t->dtype, i);
    return true;
}

/* Element i of the target is dimension i of x. All unknown dimensions have one size in a sample:
 * where x has several, it has to be shown that it is that one; or it is the batch, of another
 * tensor.
 */
static bool copies_dim(const rq_pass *p, const rq_node *node, size_t i, int64_t dim, int64_t other)
{
    const rq_tensor *t = p->b->values[node->in[0]].t;
    int same = 0;
    for (int d = 0; d < t[0].shape.rank && d < t[1].shape.rank; d++)
        same += t[0].shape.d[d] == dim && t[1].shape.d[d] == other;
    if ((int)i >= t[0].shape.rank || (int)i >= t[1].shape.rank || t[0].shape.d[i] != dim ||
        t[1].shape.d[i] != other)
        return false;
    rq_dimension from, own;
    if (same == 1) return true;
    if (!rq_pass_trace_size(&from, p, node->in[1], (int64_t)i)) return false;
    from = rq_pass_trace_dimension(p, from.value, from.index);
    own = rq_pass_trace_dimension(p, node->in[0], (int)i);
    return from.index == own.index && (from.value == own.value || own.index == 0);
}

/* One dimension of the target: a number, 0 (as the input's) or, once, -1. */
static bool settle_dim(const rq_pass *p, const rq_node *node, size_t i, int64_t *dims,
                       const int64_t *other, bool zero_copies, bool *rest_used)
{
    if (dims[i] == other[i]) return dims[i] != 0 || zero_copies;
    if (copies_dim(p, node, i, dims[i], other[i]))
        dims[i] = 0;
    else if (!*rest_used)
        dims[i] = -1, *rest_used = true;
    else
        return false;
    return true;
}

static void settle(rq_pass *p, rq_node *node)
{
    int64_t dims[RQ_MAX_RANK], other[RQ_MAX_RANK];
    size_t n, m;
    bool rest_used = false, copies = rq_pass_int(p, node, "special_zero");
    if (rq_ir_builder_const(p->b, node->in[1]) || !target_of(p, node->in[1], 0, dims, &n) ||
        !target_of(p, node->in[1], 1, other, &m) || n != m)
        return;
    for (size_t i = 0; i < n; i++) rest_used |= dims[i] == -1 && other[i] == -1;
    for (size_t i = 0; i < n; i++)
        if (!settle_dim(p, node, i, dims, other, copies, &rest_used)) return;
    rq_pass_set_attr(p, node, "special_zero", "true");
    rq_pass_set_input(p, node, 1, rq_emit_ints(p->b, dims, n));
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_node(p, i, &rq_op_Reshape);
        if (node) settle(p, node);
    }
}

const rq_pass_row rq_pass_shape = {"shape", "target shapes of Reshape computed from the input", run,
                                   true};
