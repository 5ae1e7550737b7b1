#include "engine/exec/framework_run.h"

#include "engine/ops/common/framework_call.h"
#include "engine/ops/operators.h"

#include <string.h>

/* Into the node's outputs: converted, and sized where they were deferred. */
static rq_status take_output(void *ctx, size_t i, const rq_tensor *tensor)
{
    rq_call *call = ctx;
    rq_tensor *out = &call->out[i];
    if (!out->data || !rq_shape_is_static(&out->shape))
        RQ_TRY(rq_call_resize(call, (uint32_t)i, &tensor->shape));
    if (!rq_shape_equal(&out->shape, &tensor->shape)) {
        char got[RQ_SHAPE_TEXT], want[RQ_SHAPE_TEXT];
        return rq_node_fail(call->node, RQ_EFORMAT, "output %zu has shape %s, expected %s", i,
                            rq_shape_text(&tensor->shape, got), rq_shape_text(&out->shape, want));
    }
    return rq_convert(out->data, out->dtype, tensor->data, tensor->dtype, rq_tensor_count(tensor));
}

rq_status rq_framework_call_node(rq_call *call)
{
    const rq_framework_call *a = call->attrs;
    bool tensorflow = !strcmp(call->op->type, "TensorFlowCall");
    rq_status status = (tensorflow ? rq_tensorflow_run : rq_onnxruntime_run)(
        a->file, a->feeds, a->fetches, call->in, call->n_in, take_output, call);
    return status == RQ_OK
               ? RQ_OK
               : rq_fail_prefix(status, "layer '%s' (%s)", call->node->name, call->node->type);
}
