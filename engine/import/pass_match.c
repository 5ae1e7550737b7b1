/* What several passes look for. */
#include "engine/import/pass.h"

#include <string.h>

rq_id rq_pass_mean_of(const rq_pass *p, rq_id value, rq_id *axes)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_ReduceMean);
    if (!node || !rq_pass_int(p, node, "keep_dims") || !rq_ir_builder_const(p->b, node->in[1]))
        return RQ_NONE;
    *axes = node->in[1];
    return node->in[0];
}

bool rq_pass_same_constant(const rq_pass *p, rq_id x, rq_id y)
{
    const rq_tensor *s = rq_ir_builder_const(p->b, x), *t = rq_ir_builder_const(p->b, y);
    return s && t && s->dtype == t->dtype && rq_shape_equal(&s->shape, &t->shape) &&
           !memcmp(s->data, t->data, rq_tensor_bytes(s));
}

bool rq_pass_same_dim(const rq_pass *p, rq_id x, int i, rq_id y, int k)
{
    for (int n = 0; n < RQ_IR_BUILDER_SAMPLES; n++) {
        const rq_shape *s = &p->b->values[x].t[n].shape, *t = &p->b->values[y].t[n].shape;
        if (s->rank <= i || t->rank <= k || s->d[i] < 0 || s->d[i] != t->d[k]) return false;
    }
    return true;
}
