#include "engine/exec/onednn/lower.h"

#include "engine/ops/attrs.h"

rq_status rq_lower_softmax(rq_lower *l, rq_chain *chain)
{
    const rq_node *node = chain->nodes[0];
    rq_onednn_plan *plan = l->plan;
    rq_step_arg args[2] = {{RQ_DNN_SRC, 0, NULL}, {RQ_DNN_DST, 0, NULL}};
    rq_dnn_primitive *primitive;
    int axis;
    RQ_TRY(rq_axis_normalize(&axis,
                             rq_attrs_int(rq_lower_op(l, node), rq_lower_attrs(l, node), "axis"),
                             rq_lower_value(l, node->out[0])->shape.rank, "axis"));
    RQ_TRY(rq_buffer_rows(&args[0].buffer, plan, node->in[0], plan->numbers, node->id));
    RQ_TRY(rq_dnn_softmax(&primitive, plan->dnn, plan->buffers[args[0].buffer].layout, axis,
                          rq_lower_op(l, node) == &rq_op_LogSoftmax));
    RQ_TRY(rq_buffer_add(&args[1].buffer, plan, node->out[0], primitive->layouts[RQ_DNN_DST], NULL,
                         RQ_NO_BUFFER));
    chain->done = 1;
    return rq_step_add(plan, RQ_STEP_PRIMITIVE, node->id, primitive, args, 2);
}
