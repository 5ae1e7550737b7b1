/* Operators that only move elements take codes as well as numbers: what reads their results in
 * integers finds codes there. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/common/strided_copy.h"

/* Gather gives zeros where there is nothing to give, which is not what code 0 says. */
static bool is_inside(const rq_lower *l, const rq_node *node)
{
    const rq_shape *data = &rq_lower_value(l, node->in[0])->shape;
    const rq_tensor *indices = rq_lower_value(l, node->in[1]);
    int64_t value;
    int axis;
    if (!indices->data || rq_tensor_int(node, rq_lower_value(l, node->in[2]), &value) != RQ_OK ||
        rq_node_axis(node, &axis, value, data->rank) != RQ_OK)
        return false;
    for (size_t i = 0; i < rq_tensor_count(indices); i++) {
        int64_t index = rq_load_i64(indices->data, indices->dtype, i);
        if (index < 0 || index >= data->d[axis]) return false;
    }
    return true;
}

/* One range for all channels, which may change places. */
static const rq_u8_params *codes_of(const rq_lower *l, const rq_node *node)
{
    const rq_op *op = rq_lower_op(l, node);
    if (!(op->flags & RQ_OP_MOVES) || (op == &rq_op_Gather && !is_inside(l, node))) return NULL;
    const rq_u8_params *codes = rq_buffer_u8(l->plan, node->in[0], NULL);
    return codes && !codes->scales ? codes : NULL;
}

static const rq_dnn_layout *rows(const rq_lower *l, rq_id value)
{
    return rq_dnn_layout_dense(l->plan->dnn, RQ_DT_U8, &rq_lower_value(l, value)->shape);
}

static bool has_rows(const rq_lower *l, const rq_node *node)
{
    for (uint32_t i = 0; i < node->n_out; i++)
        if (!rows(l, node->out[i])) return false;
    return true;
}

rq_status rq_lower_move(rq_lower *l, rq_chain *chain)
{
    rq_onednn_plan *plan = l->plan;
    const rq_node *node = chain->nodes[0];
    const rq_u8_params *codes = codes_of(l, node);
    if (!codes || !has_rows(l, node)) return RQ_EUNSUPPORTED;
    rq_step_arg *args = rq_arena_alloc(plan->arena, (size_t)node->n_in + node->n_out, sizeof *args);
    size_t n = 1;
    if (!args) return RQ_ENOMEM;
    args[0] = (rq_step_arg){RQ_DNN_SRC, 0, NULL};
    RQ_TRY(rq_buffer_in(&args[0].buffer, plan, node->in[0], rows(l, node->in[0]), codes, node->id));
    RQ_TRY(rq_lower_rows(args, &n, l, node, 1));
    for (uint32_t i = 0; i < node->n_out; i++, n++) {
        args[n] = (rq_step_arg){RQ_DNN_DST, 0, NULL};
        RQ_TRY(rq_buffer_add(&args[n].buffer, plan, node->out[i], rows(l, node->out[i]), codes,
                             RQ_NO_BUFFER));
    }
    chain->done = 1;
    plan->kernels[node->id] = "move";
    return rq_lower_add_reference(l, RQ_STEP_MOVE, node, args, n);
}
