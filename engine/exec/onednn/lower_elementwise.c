/* Element-wise operators that stand alone or lead a chain. */
#include "engine/exec/onednn/lower.h"

#include <string.h>

/* -- one input ------------------------------------------------------------------------------ */

static rq_id data_input(const rq_lower *l, const rq_node *node)
{
    for (uint32_t i = 0; i < node->n_in; i++)
        if (node->in[i] != RQ_NONE && !rq_lower_value(l, node->in[i])->data) return node->in[i];
    return node->in[0];
}

/* A lone function is a primitive of its own; several in a row follow the sum with zero, which is
 * what oneDNN has a kernel with posts for. */
static rq_status attempt_function(rq_dnn_primitive **out, rq_fused *fused, rq_lower *l,
                                  const rq_chain *chain, size_t most, const rq_dnn_layout *layout)
{
    static const rq_fuse_rules rules = {.channel_axis = 1, .integer = true};
    const float *bias;
    rq_dnn *dnn = l->plan->dnn;
    RQ_TRY(rq_fuse_function(fused, l, chain, most, &rules));
    RQ_TRY(rq_fuse_finish(fused, &bias, l, NULL, 0));
    if (fused->attr.n_posts == 1 && !fused->encoded) {
        rq_dnn_post only = fused->attr.posts[0];
        fused->attr.n_posts = 0;
        return rq_dnn_eltwise(out, dnn, &only, layout, NULL);
    }
    rq_shape one = {.rank = rq_lower_value(l, chain->nodes[0]->out[0])->shape.rank};
    for (int d = 0; d < one.rank; d++) one.d[d] = 1;
    const rq_dnn_layout *zero = rq_dnn_layout_dense(dnn, RQ_DT_F32, &one);
    const rq_dnn_layout *dst = rq_dnn_layout_retyped(dnn, layout, rq_fused_dtype(fused));
    if (!zero || !dst) return RQ_EUNSUPPORTED;
    return rq_dnn_binary(out, dnn, RQ_DNN_ADD, layout, zero, dst, &fused->attr);
}

rq_status rq_lower_function(rq_lower *l, rq_chain *chain)
{
    static const float zero = 0.0f;
    const rq_node *node = chain->nodes[0];
    rq_id value = data_input(l, node);
    rq_fused fused;
    rq_dnn_primitive *primitive;
    rq_step_arg args[] = {{RQ_DNN_SRC, 0, NULL}, {RQ_DNN_SRC_1, RQ_NO_FORM, &zero}};
    if (!rq_shape_equal(&rq_lower_value(l, value)->shape, &rq_lower_value(l, node->out[0])->shape))
        return RQ_EUNSUPPORTED;
    RQ_TRY(rq_form_numbers(&args[0].form, l->plan, value, node->id));
    rq_status status = RQ_EUNSUPPORTED;
    for (size_t most = chain->n; status == RQ_EUNSUPPORTED && most > 0; most = fused.taken - 1)
        status = attempt_function(&primitive, &fused, l, chain, most,
                                  l->plan->forms[args[0].form].layout);
    RQ_TRY(status);
    return rq_fused_emit(l, chain, &fused, primitive, args, primitive->src_1 ? 2 : 1);
}

/* -- two inputs ----------------------------------------------------------------------------- */

typedef struct binary {
    rq_lower *l;
    rq_chain *chain;
    const rq_node *node;
    rq_dnn_binary_kind kind;
    rq_id a, b;   /* a has the output's shape */
    bool integer; /* both are codes, and are added as such */
    rq_codes codes_a, codes_b;
    size_t form_a, form_b;
    rq_fused fused;
} binary;

static bool is_commutative(rq_dnn_binary_kind kind)
{
    return kind == RQ_DNN_ADD || kind == RQ_DNN_MUL || kind == RQ_DNN_MAX || kind == RQ_DNN_MIN;
}

static rq_status choose_operands(binary *b)
{
    const rq_shape *out = &rq_lower_value(b->l, b->node->out[0])->shape;
    b->a = b->node->in[0];
    b->b = b->node->in[1];
    if (rq_shape_equal(&rq_lower_value(b->l, b->a)->shape, out)) return RQ_OK;
    if (!is_commutative(b->kind) || !rq_shape_equal(&rq_lower_value(b->l, b->b)->shape, out))
        return RQ_EUNSUPPORTED;
    b->a = b->node->in[1];
    b->b = b->node->in[0];
    return RQ_OK;
}

/* Sums of codes: exact, as the offsets are constants. */
static void choose_arithmetic(binary *b)
{
    const rq_codes *a = rq_form_codes(b->l->plan, b->a, &b->form_a);
    const rq_codes *c = rq_form_codes(b->l->plan, b->b, &b->form_b);
    const rq_shape *shape_a = &rq_lower_value(b->l, b->a)->shape;
    b->integer = a && c && !a->scales && !c->scales && b->kind == RQ_DNN_ADD &&
                 rq_shape_equal(shape_a, &rq_lower_value(b->l, b->b)->shape);
    if (!b->integer) return;
    b->codes_a = *a;
    b->codes_b = *c;
}

/* The second operand, with as many dims as the first. */
static rq_status second_operand(const rq_dnn_layout **out, binary *b)
{
    rq_onednn_plan *plan = b->l->plan;
    const rq_tensor *t = rq_lower_value(b->l, b->b);
    const rq_shape *whole = &rq_lower_value(b->l, b->node->out[0])->shape;
    rq_form first = plan->forms[b->form_a];
    if (rq_shape_equal(&t->shape, whole)) {
        RQ_TRY(rq_form_in(&b->form_b, plan, b->b, first.layout, b->integer ? &b->codes_b : NULL,
                          b->node->id));
        *out = plan->forms[b->form_b].layout;
        return RQ_OK;
    }
    rq_shape shape = {.rank = whole->rank};
    for (int d = 0; d < whole->rank; d++) {
        int at = d - (whole->rank - t->shape.rank);
        shape.d[d] = at < 0 ? 1 : t->shape.d[at];
    }
    RQ_TRY(rq_form_dense(&b->form_b, plan, b->b, b->node->id));
    *out = rq_dnn_layout_dense(plan->dnn, RQ_DT_F32, &shape);
    return *out ? RQ_OK : RQ_EUNSUPPORTED;
}

/* Offsets of both operands, behind the sum of scaled codes. */
static float offset_of(const binary *b)
{
    return -((float)b->codes_a.zero_point * b->codes_a.scale +
             (float)b->codes_b.zero_point * b->codes_b.scale);
}

static rq_status attempt_binary(rq_dnn_primitive **out, binary *b, size_t most,
                                const rq_dnn_layout *second)
{
    const float *bias;
    rq_dnn *dnn = b->l->plan->dnn;
    rq_fuse_rules rules = {.channel_axis = 1, .integer = b->integer};
    if (b->integer) rules.offset = offset_of(b);
    RQ_TRY(rq_fuse(&b->fused, b->l, b->chain, most, &rules));
    RQ_TRY(rq_fuse_finish(&b->fused, &bias, b->l, NULL, 0));
    if (b->integer) {
        b->fused.attr.source_scales[0] = b->codes_a.scale;
        b->fused.attr.source_scales[1] = b->codes_b.scale;
    }
    const rq_dnn_layout *first = b->l->plan->forms[b->form_a].layout;
    const rq_dnn_layout *dst = rq_dnn_layout_retyped(dnn, first, rq_fused_dtype(&b->fused));
    if (!dst) return RQ_ENOMEM;
    return rq_dnn_binary(out, dnn, b->kind, first, second, dst, &b->fused.attr);
}

static rq_status lower_operands(rq_dnn_primitive **out, binary *b)
{
    const rq_dnn_layout *second;
    rq_status status = RQ_EUNSUPPORTED;
    if (!b->integer) RQ_TRY(rq_form_numbers(&b->form_a, b->l->plan, b->a, b->node->id));
    RQ_TRY(second_operand(&second, b));
    for (size_t most = b->chain->n; status == RQ_EUNSUPPORTED && most > 0;
         most = b->fused.taken - 1)
        status = attempt_binary(out, b, most, second);
    return status;
}

rq_status rq_lower_binary(rq_lower *l, rq_chain *chain)
{
    binary b = {.l = l, .chain = chain, .node = chain->nodes[0]};
    rq_dnn_primitive *primitive;
    rq_is_binary(b.node, &b.kind);
    RQ_TRY(choose_operands(&b));
    choose_arithmetic(&b);
    rq_status status = lower_operands(&primitive, &b);
    if (status == RQ_EUNSUPPORTED && b.integer) {
        b.integer = false;
        status = lower_operands(&primitive, &b);
    }
    RQ_TRY(status);
    rq_step_arg args[] = {{RQ_DNN_SRC, b.form_a, NULL}, {RQ_DNN_SRC_1, b.form_b, NULL}};
    return rq_fused_emit(l, chain, &b.fused, primitive, args, 2);
}
