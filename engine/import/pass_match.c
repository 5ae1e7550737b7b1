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
