#include "engine/ops/common/variable.h"

#include <string.h>

rq_status rq_variable_copy(rq_call *call, const rq_tensor *value)
{
    rq_tensor *out = &call->out[0];
    if (!out->data) RQ_TRY(rq_call_resize(call, 0, &value->shape));
    if (out->dtype != value->dtype || !rq_shape_equal(&out->shape, &value->shape)) {
        char got[RQ_SHAPE_TEXT], want[RQ_SHAPE_TEXT];
        return rq_node_fail(call->node, RQ_EARG, "the variable holds %s %s, expected %s %s",
                            rq_dtype_name(value->dtype), rq_shape_text(&value->shape, got),
                            rq_dtype_name(out->dtype), rq_shape_text(&out->shape, want));
    }
    size_t bytes = rq_tensor_bytes(value);
    if (bytes) memcpy(out->data, value->data, bytes);
    return RQ_OK;
}
