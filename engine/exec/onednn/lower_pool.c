/* Pools, and means over all positions as pools. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/attrs.h"
#include "engine/ops/common/window.h"

typedef struct pool {
    rq_lower *l;
    rq_chain *chain;
    const rq_node *node;
    rq_dnn_window window;
    int64_t kernel[3];
    rq_dnn_pool_kind kind;
    bool fusing; /* takes nodes behind it */
    rq_fused fused;
} pool;

static rq_status attempt(rq_dnn_primitive **out, void *ctx, size_t max_nodes)
{
    pool *p = ctx;
    static const rq_fuse_rules rules = {.channel_axis = 1};
    const float *bias;
    rq_dnn *dnn = p->l->plan->dnn;
    RQ_TRY(rq_fuse(&p->fused, p->l, p->chain, p->fusing ? max_nodes : 1, &rules));
    RQ_TRY(rq_fuse_finish(&p->fused, &bias, p->l, NULL, 0));
    p->window.dst = rq_dnn_layout_any(dnn, rq_dnn_layout_dtype(p->window.src),
                                      &rq_lower_value(p->l, p->node->out[0])->shape);
    if (!p->window.dst) return RQ_EUNSUPPORTED;
    return rq_dnn_pool(out, dnn, &p->window, p->kernel, p->kind, &p->fused.attr);
}

/* On u8 where the pool only selects; else on float. */
static rq_status lower_pool(pool *p)
{
    rq_onednn_plan *plan = p->l->plan;
    rq_step_arg src = {RQ_DNN_SRC, 0, NULL};
    rq_dnn_primitive *primitive;
    const rq_u8_params *codes =
        p->kind == RQ_DNN_POOL_MAX ? rq_buffer_u8(plan, p->node->in[0], &src.buffer) : NULL;
    if (!codes) RQ_TRY(rq_buffer_numbers(&src.buffer, plan, p->node->in[0], p->node->id));
    p->window.src = plan->buffers[src.buffer].layout;
    p->fusing = !codes;
    RQ_TRY(rq_fuse_most(&primitive, p->chain, &p->fused, attempt, p));
    if (codes) {
        p->fused.quantized = true;
        p->fused.codes = *codes;
    }
    return rq_fused_emit(p->l, p->chain, &p->fused, primitive, &src, 1);
}

static rq_status settle_window(pool *p)
{
    const rq_shape *in = &rq_lower_value(p->l, p->node->in[0])->shape;
    const rq_shape *out = &rq_lower_value(p->l, p->node->out[0])->shape;
    int n = in->rank - 2;
    rq_window w;
    if (n < 1 || n > 3) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_window_pool(&w, p->node, rq_lower_attrs(p->l, p->node), in));
    p->window.n_spatial = n;
    for (int d = 0; d < n; d++) {
        int at = RQ_MAX_SPATIAL - n + d;
        p->kernel[d] = w.kernel[at];
        p->window.stride[d] = w.stride[at];
        p->window.dilation[d] = w.dilation[at];
        p->window.pad_begin[d] = w.pad_begin[at];
        p->window.pad_end[d] = (out->d[2 + d] - 1) * w.stride[at] +
                               w.dilation[at] * (w.kernel[at] - 1) + 1 - in->d[2 + d] -
                               w.pad_begin[at];
        if (p->window.pad_begin[d] >= w.kernel[at] || p->window.pad_end[d] >= w.kernel[at])
            return RQ_EUNSUPPORTED;
        /* Ceiling adds positions that an average that counts pads would count otherwise. */
        if (p->kind == RQ_DNN_POOL_AVG_PADDED && p->window.pad_end[d] != w.pad_end[at])
            return RQ_EUNSUPPORTED;
        if (p->window.pad_end[d] < 0) p->window.pad_end[d] = 0;
    }
    return RQ_OK;
}

rq_status rq_lower_pool(rq_lower *l, rq_chain *chain)
{
    pool p = {.l = l, .chain = chain, .node = chain->nodes[0]};
    bool average = rq_node_is(p.node, &rq_op_AvgPool);
    if (average) {
        p.kind = rq_attrs_int(rq_lower_op(l, p.node), rq_lower_attrs(l, p.node), "exclude-pad")
                     ? RQ_DNN_POOL_AVG
                     : RQ_DNN_POOL_AVG_PADDED;
    } else if (p.node->n_out > 1 && rq_uses_count(&l->uses, p.node->out[1]) > 0) {
        return RQ_EUNSUPPORTED; /* somebody reads the indices */
    }
    RQ_TRY(settle_window(&p));
    return lower_pool(&p);
}

/* -- reductions ------------------------------------------------------------------------------ */

static rq_dnn_reduce_kind kind_of(const rq_op *op)
{
    static const struct {
        const rq_op *op;
        rq_dnn_reduce_kind kind;
    } kinds[] = {{&rq_op_ReduceSum, RQ_DNN_REDUCE_SUM},   {&rq_op_ReduceMean, RQ_DNN_REDUCE_MEAN},
                 {&rq_op_ReduceMax, RQ_DNN_REDUCE_MAX},   {&rq_op_ReduceMin, RQ_DNN_REDUCE_MIN},
                 {&rq_op_ReduceProd, RQ_DNN_REDUCE_PROD}, {&rq_op_ReduceL1, RQ_DNN_REDUCE_L1},
                 {&rq_op_ReduceL2, RQ_DNN_REDUCE_L2}};
    size_t i = 0;
    while (kinds[i].op != op) i++; /* lowerings.def names no other */
    return kinds[i].kind;
}

static bool reduces(const int *axes, size_t n, int axis)
{
    for (size_t i = 0; i < n; i++)
        if (axes[i] == axis) return true;
    return false;
}

/* Mean over all spatial dims: a pool as large as the image. */
static rq_status lower_global(pool *p)
{
    const rq_shape *in = &rq_lower_value(p->l, p->node->in[0])->shape;
    rq_shape kept = *in;
    p->window.n_spatial = in->rank - 2;
    for (int d = 0; d < p->window.n_spatial; d++) {
        p->kernel[d] = in->d[2 + d];
        p->window.stride[d] = p->window.dilation[d] = 1;
        kept.d[2 + d] = 1;
    }
    if (!rq_shape_equal(&kept, &rq_lower_value(p->l, p->node->out[0])->shape))
        return RQ_EUNSUPPORTED;
    p->kind = RQ_DNN_POOL_AVG;
    return lower_pool(p);
}

static rq_status lower_reduction(pool *p, rq_dnn_reduce_kind kind, const int *axes, size_t n)
{
    rq_onednn_plan *plan = p->l->plan;
    const rq_shape *in = &rq_lower_value(p->l, p->node->in[0])->shape;
    const rq_tensor *out = rq_lower_value(p->l, p->node->out[0]);
    rq_step_arg args[2] = {{RQ_DNN_SRC, 0, NULL}, {RQ_DNN_DST, 0, NULL}};
    rq_shape kept = *in;
    rq_dnn_primitive *primitive;
    for (size_t i = 0; i < n; i++) kept.d[axes[i]] = 1;
    RQ_TRY(rq_buffer_rows(&args[0].buffer, plan, p->node->in[0], RQ_DT_F32, p->node->id));
    const rq_dnn_layout *dst = rq_dnn_layout_dense(plan->dnn, RQ_DT_F32, &kept);
    if (!dst) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_dnn_reduce(&primitive, plan->dnn, plan->buffers[args[0].buffer].layout, dst, kind));
    RQ_TRY(rq_buffer_add(&args[1].buffer, plan, p->node->out[0],
                         rq_dnn_layout_dense(plan->dnn, RQ_DT_F32, &out->shape), NULL,
                         RQ_NO_BUFFER));
    p->chain->done = 1;
    return rq_step_add(plan, RQ_STEP_PRIMITIVE, p->node->id, primitive, args, 2);
}

rq_status rq_lower_reduce(rq_lower *l, rq_chain *chain)
{
    pool p = {.l = l, .chain = chain, .node = chain->nodes[0]};
    const rq_tensor *given = rq_lower_value(l, p.node->in[1]);
    const rq_shape *in = &rq_lower_value(l, p.node->in[0])->shape;
    int64_t wanted[RQ_MAX_RANK];
    int axes[RQ_MAX_RANK];
    size_t n = 0;
    if (!given->data) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_tensor_ints(p.node, given, wanted, RQ_MAX_RANK, &n));
    for (size_t i = 0; i < n; i++) RQ_TRY(rq_axis_normalize(&axes[i], wanted[i], in->rank, "axis"));
    rq_dnn_reduce_kind kind = kind_of(rq_lower_op(l, p.node));
    bool spatial = in->rank >= 3 && in->rank <= 5;
    for (int d = 0; d < in->rank; d++)
        if (reduces(axes, n, d) != (d >= 2)) spatial = false;
    rq_status status = kind == RQ_DNN_REDUCE_MEAN && spatial ? lower_global(&p) : RQ_EUNSUPPORTED;
    return status == RQ_EUNSUPPORTED && n ? lower_reduction(&p, kind, axes, n) : status;
}
