#include "quant/layers/graph_edit.h"

rq_status rq_graph_edit_const_f32(rq_id *value, rq_graph *graph, const char *prefix,
                                  const char *name, const rq_shape *shape, const float *data)
{
    const char *full = rq_arena_printf(graph->arena, "%s/%s", prefix, name);
    rq_node *node;
    if (!full) return RQ_ENOMEM;
    RQ_TRY(rq_graph_add_const(&node, graph, full, RQ_DT_F32, shape, data));
    *value = node->out[0];
    return RQ_OK;
}

rq_status rq_graph_edit_node(rq_node **out, rq_graph *graph, const char *name, const char *type,
                             const char *version, const rq_id *in, uint32_t n_in, rq_dtype dtype,
                             const rq_shape *shape)
{
    RQ_TRY(rq_graph_add_node(out, graph, name, type, version, n_in, 1));
    for (uint32_t i = 0; i < n_in; i++) (*out)->in[i] = in[i];
    rq_value *value = graph->values[(*out)->out[0]];
    value->dtype = dtype;
    value->shape = *shape;
    return RQ_OK;
}

rq_shape rq_graph_edit_axis_shape(int rank, int axis, size_t n)
{
    rq_shape shape = {rank, {0}};
    for (int d = 0; d < rank; d++) shape.d[d] = d == axis ? (int64_t)n : 1;
    return shape;
}
