/* Products of two activations that are both codes (attention): the library multiplies u8 by s8, so
 * the second operand's codes are written once more, less 128. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/attrs.h"

#define SIGNED_ZERO 128 /* the code that is 0 as s8 */

typedef struct product {
    rq_lower *l;
    rq_chain *chain;
    const rq_node *node;
    struct {
        const rq_u8_params *codes;
        const rq_dnn_layout *layout; /* of the value's buffer */
        bool turned;
    } operands[2];
    int rank;
    float unit; /* what 1 in a sum of products stands for */
    rq_fused fused;
} product;

static bool find_codes(product *p)
{
    for (int i = 0; i < 2; i++) {
        size_t buffer;
        p->operands[i].codes = rq_buffer_u8(p->l->plan, p->node->in[i], &buffer);
        if (!p->operands[i].codes || p->operands[i].codes->scales) return false;
        p->operands[i].layout = p->l->plan->buffers[buffer].layout;
        p->operands[i].turned =
            rq_attrs_int(rq_lower_op(p->l, p->node), rq_lower_attrs(p->l, p->node),
                         i ? "transpose_b" : "transpose_a");
        if (rq_lower_value(p->l, p->node->in[i])->shape.rank != p->rank) return false;
    }
    p->unit = p->operands[0].codes->scale * p->operands[1].codes->scale;
    return p->operands[1].codes->zero_point == SIGNED_ZERO;
}

/* The operand's memory as the product sees it. */
static const rq_dnn_layout *seen(const product *p, int i, rq_dtype dtype)
{
    rq_dnn *dnn = p->l->plan->dnn;
    const rq_dnn_layout *layout = rq_dnn_layout_retyped(dnn, p->operands[i].layout, dtype);
    return p->operands[i].turned ? rq_dnn_layout_turned(dnn, layout, p->rank) : layout;
}

static rq_status attempt(rq_dnn_primitive **out, void *ctx, size_t max_nodes)
{
    product *p = ctx;
    const float *bias;
    rq_onednn_plan *plan = p->l->plan;
    rq_fuse_rules rules = {.channel_axis = p->rank - 1, .integer = true};
    RQ_TRY(rq_fuse(&p->fused, p->l, p->chain, max_nodes, &rules));
    RQ_TRY(rq_fuse_finish(&p->fused, &bias, p->l, &p->unit, 1));
    p->fused.attr.source_zero_point = p->operands[0].codes->zero_point;
    const rq_dnn_layout *a = seen(p, 0, RQ_DT_U8), *b = seen(p, 1, RQ_DT_I8);
    const rq_dnn_layout *dst =
        rq_dnn_layout_dense(plan->dnn, rq_fused_dtype(&p->fused, plan->numbers),
                            &rq_lower_value(p->l, p->node->out[0])->shape);
    if (!a || !b || !dst) return RQ_EUNSUPPORTED;
    return rq_dnn_matmul(out, plan->dnn, a, b, NULL, dst, &p->fused.attr);
}

/* With as many nodes behind it as the library takes. */
static rq_status build(rq_dnn_primitive **out, product *p)
{
    return rq_fuse_most(out, p->chain, &p->fused, attempt, p);
}

/* Strides that the library has no fast kernel for: dense. */
static rq_status build_dense(rq_dnn_primitive **out, product *p)
{
    for (int i = 0; i < 2; i++)
        p->operands[i].layout = rq_dnn_layout_dense(p->l->plan->dnn, RQ_DT_U8,
                                                    &rq_lower_value(p->l, p->node->in[i])->shape);
    if (!p->operands[0].layout || !p->operands[1].layout) return RQ_EUNSUPPORTED;
    return build(out, p);
}

static rq_status operand(size_t *out, const product *p, int i)
{
    return rq_buffer_in(out, p->l->plan, p->node->in[i], p->operands[i].layout,
                        p->operands[i].codes, p->node->id);
}

static rq_status signed_operand(size_t *out, const product *p)
{
    rq_onednn_plan *plan = p->l->plan;
    const rq_u8_params *codes = p->operands[1].codes;
    const rq_dnn_layout *layout = p->operands[1].layout;
    size_t n = rq_dnn_layout_elements(layout), from;
    rq_sweep sweep = {.shape = {1, n, 1, n}, .from = rq_sweep_codes(codes)};
    sweep.to = sweep.from;
    sweep.to.less = SIGNED_ZERO;
    RQ_TRY(operand(&from, p, 1));
    RQ_TRY(rq_buffer_scratch(out, plan, rq_dnn_layout_retyped(plan->dnn, layout, RQ_DT_I8)));
    rq_step_arg args[] = {{RQ_DNN_SRC, from, NULL}, {RQ_DNN_DST, *out, NULL}};
    return rq_step_add_sweep(plan, p->node->id, &sweep, args, 2);
}

rq_status rq_lower_matmul_codes(rq_lower *l, rq_chain *chain)
{
    product p = {.l = l, .chain = chain, .node = chain->nodes[0]};
    rq_dnn_primitive *primitive;
    p.rank = rq_lower_value(l, p.node->out[0])->shape.rank;
    if (!l->plan->saturating || !find_codes(&p)) return RQ_EUNSUPPORTED; /* pairs may be any */
    rq_status status = build(&primitive, &p);
    if (status == RQ_EUNSUPPORTED) status = build_dense(&primitive, &p);
    RQ_TRY(status);
    rq_step_arg args[] = {{RQ_DNN_SRC, 0, NULL}, {RQ_DNN_WEIGHTS, 0, NULL}};
    RQ_TRY(operand(&args[0].buffer, &p, 0));
    RQ_TRY(signed_operand(&args[1].buffer, &p));
    return rq_fused_emit(l, chain, &p.fused, primitive, args, 2);
}
