/* Normalizations: by statistics of the data itself (MVN, LRN) or by given ones. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/attrs.h"
#include "engine/ops/common/loop_nest.h"

#include <string.h>

static const rq_shape *data_shape(const rq_lower *l, const rq_node *node, uint32_t port)
{
    return &rq_lower_value(l, node->in[port])->shape;
}

/* One primitive from a buffer of the data to a new one in the same layout. */
static rq_status emit(rq_lower *l, rq_chain *chain, const rq_dnn_primitive *primitive,
                      const rq_step_arg *args, size_t n, const rq_dnn_layout *layout)
{
    const rq_node *node = chain->nodes[0];
    rq_step_arg all[8];
    memcpy(all, args, n * sizeof *args);
    all[n] = (rq_step_arg){RQ_DNN_DST, 0, NULL};
    RQ_TRY(rq_buffer_add(&all[n].buffer, l->plan, node->out[0], layout, NULL, RQ_NO_BUFFER));
    chain->done = 1;
    return rq_step_add(l->plan, RQ_STEP_PRIMITIVE, node->id, primitive, all, n + 1);
}

/* -- MVN ------------------------------------------------------------------------------------- */

static rq_status mvn_axes(bool reduced[RQ_MAX_RANK], const rq_lower *l, const rq_node *node)
{
    const rq_op *op = rq_lower_op(l, node);
    const void *attrs = rq_lower_attrs(l, node);
    int rank = data_shape(l, node, 0)->rank;
    if (l->bound->nodes[node->id].version == 1) {
        if (rq_attrs_ints(op, attrs, "reduction_axes")->n) return RQ_EUNSUPPORTED;
        int first = rq_attrs_int(op, attrs, "across_channels") ? 1 : 2;
        for (int d = 0; d < rank; d++) reduced[d] = d >= first;
        return RQ_OK;
    }
    const rq_tensor *axes = rq_lower_value(l, node->in[1]);
    return axes->data ? rq_loop_nest_axes(reduced, node, rank, axes) : RQ_EUNSUPPORTED;
}

/* The last dims together are what the library normalizes over. */
rq_status rq_lower_mvn(rq_lower *l, rq_chain *chain)
{
    const rq_node *node = chain->nodes[0];
    const rq_op *op = rq_lower_op(l, node);
    const void *attrs = rq_lower_attrs(l, node);
    const rq_shape *shape = data_shape(l, node, 0);
    rq_shape flat = rq_shape_make(2, (int64_t[]){1, 1});
    bool reduced[RQ_MAX_RANK] = {false};
    rq_dnn_primitive *primitive;
    rq_step_arg src = {RQ_DNN_SRC, 0, NULL};
    enum { INSIDE_SQRT }; /* the first of eps_mode's words */
    if (!rq_attrs_int(op, attrs, "normalize_variance") ||
        rq_attrs_int(op, attrs, "eps_mode") != INSIDE_SQRT)
        return RQ_EUNSUPPORTED;
    RQ_TRY(mvn_axes(reduced, l, node));
    for (int d = 0; d < shape->rank; d++) {
        if (d && reduced[d - 1] && !reduced[d]) return RQ_EUNSUPPORTED;
        flat.d[reduced[d]] *= shape->d[d];
    }
    const rq_dnn_layout *layout = rq_dnn_layout_dense(l->plan->dnn, l->plan->numbers, &flat);
    if (!layout || flat.d[1] == 1) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_dnn_layer_norm(&primitive, l->plan->dnn, layout,
                             (float)rq_attrs_float(op, attrs, "eps")));
    RQ_TRY(rq_buffer_rows(&src.buffer, l->plan, node->in[0], l->plan->numbers, node->id));
    return emit(l, chain, primitive, &src, 1, l->plan->buffers[src.buffer].layout);
}

/* -- LRN ------------------------------------------------------------------------------------- */

rq_status rq_lower_lrn(rq_lower *l, rq_chain *chain)
{
    const rq_node *node = chain->nodes[0];
    const rq_op *op = rq_lower_op(l, node);
    const void *attrs = rq_lower_attrs(l, node);
    const rq_tensor *axes = rq_lower_value(l, node->in[1]);
    int64_t size = rq_attrs_int(op, attrs, "size");
    bool reduced[RQ_MAX_RANK] = {false};
    rq_dnn_primitive *primitive;
    rq_step_arg src = {RQ_DNN_SRC, 0, NULL};
    if (!axes->data || data_shape(l, node, 0)->rank != 4 || size % 2 == 0) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_loop_nest_axes(reduced, node, 4, axes));
    bool across = reduced[1] && !reduced[2] && !reduced[3];
    bool within = !reduced[1] && reduced[2] && reduced[3];
    if (reduced[0] || (!across && !within)) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_buffer_float(&src.buffer, l->plan, node->in[0], node->id));
    const rq_dnn_layout *layout = l->plan->buffers[src.buffer].layout;
    RQ_TRY(rq_dnn_lrn(
        &primitive, l->plan->dnn, layout, across, size, (float)rq_attrs_float(op, attrs, "alpha"),
        (float)rq_attrs_float(op, attrs, "beta"), (float)rq_attrs_float(op, attrs, "bias")));
    return emit(l, chain, primitive, &src, 1, layout);
}

/* -- BatchNormInference ---------------------------------------------------------------------- */

rq_status rq_lower_batch_norm(rq_lower *l, rq_chain *chain)
{
    static const struct {
        int role;
        uint32_t port[2]; /* in version 5, in version 1 */
    } given[] = {{RQ_DNN_SCALE, {1, 0}},
                 {RQ_DNN_SHIFT, {2, 1}},
                 {RQ_DNN_MEAN, {3, 3}},
                 {RQ_DNN_VARIANCE, {4, 4}}};
    const rq_node *node = chain->nodes[0];
    int old = l->bound->nodes[node->id].version == 1;
    rq_id data = node->in[old ? 2 : 0];
    rq_step_arg args[5] = {{RQ_DNN_SRC, 0, NULL}};
    rq_dnn_primitive *primitive;
    for (size_t i = 0; i < 4; i++) {
        size_t n;
        args[1 + i] = (rq_step_arg){given[i].role, RQ_NO_BUFFER,
                                    rq_lower_floats(l, node->in[given[i].port[old]], &n)};
        if (!args[1 + i].packed) return RQ_EUNSUPPORTED;
    }
    RQ_TRY(rq_buffer_float(&args[0].buffer, l->plan, data, node->id));
    const rq_dnn_layout *layout = l->plan->buffers[args[0].buffer].layout;
    RQ_TRY(rq_dnn_batch_norm(
        &primitive, l->plan->dnn, layout,
        (float)rq_attrs_float(rq_lower_op(l, node), rq_lower_attrs(l, node), "epsilon")));
    return emit(l, chain, primitive, args, 5, layout);
}
