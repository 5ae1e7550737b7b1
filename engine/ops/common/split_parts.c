#include "engine/ops/common/split_parts.h"

#include "engine/ops/common/strided_copy.h"

#include <string.h>

rq_status rq_split_axis(const rq_node *node, const rq_tensor *in, int *axis)
{
    int64_t value;
    RQ_TRY(rq_tensor_int(node, &in[1], &value));
    return rq_node_axis(node, axis, value, in[0].shape.rank);
}

rq_status rq_split_run(rq_call *call)
{
    const rq_shape *in = &call->in[0].shape;
    int axis;
    RQ_TRY(rq_split_axis(call->node, call->in, &axis));
    size_t element = rq_element_bytes(call->in[0].dtype);
    size_t outer = rq_shape_span(in, 0, axis), row = rq_shape_span(in, axis, in->rank) * element;
    const char *src = call->in[0].data;
    for (uint32_t i = 0; i < call->n_out; i++) {
        size_t part = rq_shape_span(&call->out[i].shape, axis, in->rank) * element;
        char *dst = call->out[i].data;
        for (size_t o = 0; part && o < outer; o++) memcpy(dst + o * part, src + o * row, part);
        src += part;
    }
    return RQ_OK;
}
