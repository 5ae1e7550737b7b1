/* Targets of reshapes that are computed from the input's own shape: where every dimension is known,
 * copied from the input's or what is left over, the target is the constant that says so, and the
 * computation goes away. */
#include "engine/import/pass.h"

/* The target for sizes `sample` of the unknown dimensions; false when it is not known. */
static bool target_of(const rq_pass *p, rq_id value, int sample, int64_t *dims, size_t *n)
{
    const rq_tensor *t = &p->b->values[value].t[sample];
    if (!t->data || t->shape.rank != 1 || t->shape.d[0] > RQ_MAX_RANK) return false;
    *n = rq_tensor_count(t);
    for (size_t i = 0; i < *n; i++) dims[i] = rq_load_i64(t->data, t->dtype, i);
    return true;
}

/* One dimension of the target: a number, 0 (as the input's) or, once, -1. */
static bool settle_dim(const rq_pass *p, rq_id x, size_t i, int64_t *dims, const int64_t *other,
                       bool zero_copies, bool *rest_used)
{
    const rq_tensor *t = p->b->values[x].t;
    bool in_x = (int)i < t[0].shape.rank && (int)i < t[1].shape.rank;
    if (dims[i] == other[i]) return dims[i] != 0 || zero_copies;
    if (in_x && t[0].shape.d[i] == dims[i] && t[1].shape.d[i] == other[i])
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
        if (!settle_dim(p, node->in[0], i, dims, other, copies, &rest_used)) return;
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
