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

typedef struct eltwise {
    rq_lower *l;
    rq_chain *chain;
    const rq_dnn_layout *layout; /* of what is read */
    rq_fused fused;
} eltwise;

/* A lone function is a primitive of its own; several in a row follow the sum with zero, which is
 * what oneDNN has a kernel with posts for. */
static rq_status attempt_eltwise(rq_dnn_primitive **out, void *ctx, size_t max_nodes)
{
    static const rq_fuse_rules rules = {.channel_axis = 1, .integer = true};
    eltwise *e = ctx;
    const float *bias;
    rq_dnn *dnn = e->l->plan->dnn;
    RQ_TRY(rq_fuse_eltwise(&e->fused, e->l, e->chain, max_nodes, &rules));
    RQ_TRY(rq_fuse_finish(&e->fused, &bias, e->l, NULL, 0));
    if (e->fused.attr.n_posts == 1 && !e->fused.quantized) {
        rq_dnn_post only = e->fused.attr.posts[0];
        e->fused.attr.n_posts = 0;
        return rq_dnn_eltwise(out, dnn, &only, e->layout, NULL);
    }
    rq_shape one = {.rank = rq_lower_value(e->l, e->chain->nodes[0]->out[0])->shape.rank};
    for (int d = 0; d < one.rank; d++) one.d[d] = 1;
    const rq_dnn_layout *zero = rq_dnn_layout_dense(dnn, RQ_DT_F32, &one);
    const rq_dnn_layout *dst =
        rq_dnn_layout_retyped(dnn, e->layout, rq_fused_dtype(&e->fused, e->l->plan->numbers));
    if (!zero || !dst) return RQ_EUNSUPPORTED;
    return rq_dnn_binary(out, dnn, RQ_DNN_ADD, e->layout, zero, dst, &e->fused.attr);
}

rq_status rq_lower_eltwise(rq_lower *l, rq_chain *chain)
{
    static const float zero = 0.0f;
    const rq_node *node = chain->nodes[0];
    rq_id value = data_input(l, node);
    eltwise e = {.l = l, .chain = chain};
    rq_dnn_primitive *primitive;
    rq_step_arg args[] = {{RQ_DNN_SRC, 0, NULL}, {RQ_DNN_SRC_1, RQ_NO_BUFFER, &zero}};
    rq_status status = rq_lower_sweep(l, chain, true);
    if (status != RQ_EUNSUPPORTED) return status;
    if (!rq_shape_equal(&rq_lower_value(l, value)->shape, &rq_lower_value(l, node->out[0])->shape))
        return RQ_EUNSUPPORTED;
    RQ_TRY(rq_buffer_numbers(&args[0].buffer, l->plan, value, node->id));
    e.layout = l->plan->buffers[args[0].buffer].layout;
    RQ_TRY(rq_fuse_most(&primitive, chain, &e.fused, attempt_eltwise, &e));
    return rq_fused_emit(l, chain, &e.fused, primitive, args,
                         primitive->layouts[RQ_DNN_SRC_1] ? 2 : 1);
}

/* -- two inputs ----------------------------------------------------------------------------- */

typedef struct binary {
    rq_lower *l;
    rq_chain *chain;
    const rq_node *node;
    rq_dnn_binary_kind kind;
    rq_id a, b;   /* a has the output's shape */
    bool integer; /* both are codes, and are added as such */
    rq_u8_params codes_a, codes_b;
    size_t buffer_a, buffer_b;
    const rq_dnn_layout *second; /* of b */
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
    const rq_u8_params *a = rq_buffer_u8(b->l->plan, b->a, &b->buffer_a);
    const rq_u8_params *c = rq_buffer_u8(b->l->plan, b->b, &b->buffer_b);
    const rq_shape *shape_a = &rq_lower_value(b->l, b->a)->shape;
    b->integer = a && c && !a->scales && !c->scales && b->kind == RQ_DNN_ADD &&
                 rq_shape_equal(shape_a, &rq_lower_value(b->l, b->b)->shape);
    if (!b->integer) return;
    b->codes_a = *a;
    b->codes_b = *c;
}

/* How the second operand may lie: as the first where it has its shape; blocked as the first, left
 * to the primitive; or dense, with ones before its dims. `n` tells how many were found. */
static size_t second_layouts(const rq_dnn_layout *out[2], binary *b)
{
    rq_dnn *dnn = b->l->plan->dnn;
    const rq_tensor *t = rq_lower_value(b->l, b->b);
    const rq_shape *whole = &rq_lower_value(b->l, b->node->out[0])->shape;
    size_t n = 0;
    if (rq_shape_equal(&t->shape, whole)) {
        out[n++] = rq_dnn_layout_retyped(dnn, b->l->plan->buffers[b->buffer_a].layout,
                                         b->integer ? RQ_DT_U8 : b->l->plan->numbers);
        return n;
    }
    rq_shape shape = {.rank = whole->rank};
    for (int d = 0; d < whole->rank; d++) {
        int at = d - (whole->rank - t->shape.rank);
        shape.d[d] = at < 0 ? 1 : t->shape.d[at];
    }
    if (t->shape.rank == whole->rank) out[n++] = rq_dnn_layout_any(dnn, RQ_DT_F32, &shape);
    out[n++] = rq_dnn_layout_dense(dnn, RQ_DT_F32, &shape);
    return n;
}

static rq_status second_buffer(binary *b, const rq_dnn_primitive *primitive)
{
    rq_onednn_plan *plan = b->l->plan;
    int rank = rq_lower_value(b->l, b->node->out[0])->shape.rank;
    if (rq_lower_value(b->l, b->b)->shape.rank < rank)
        return rq_buffer_rows(&b->buffer_b, plan, b->b, RQ_DT_F32, b->node->id);
    return rq_buffer_in(&b->buffer_b, plan, b->b, primitive->layouts[RQ_DNN_SRC_1],
                        b->integer ? &b->codes_b : NULL, b->node->id);
}

/* Offsets of both operands, behind the sum of scaled codes. */
static float offset_of(const binary *b)
{
    return -((float)b->codes_a.zero_point * b->codes_a.scale +
             (float)b->codes_b.zero_point * b->codes_b.scale);
}

static rq_status attempt_binary(rq_dnn_primitive **out, void *ctx, size_t max_nodes)
{
    binary *b = ctx;
    const float *bias;
    rq_dnn *dnn = b->l->plan->dnn;
    rq_fuse_rules rules = {.channel_axis = 1, .integer = b->integer};
    if (b->integer) rules.offset = offset_of(b);
    RQ_TRY(rq_fuse(&b->fused, b->l, b->chain, max_nodes, &rules));
    RQ_TRY(rq_fuse_finish(&b->fused, &bias, b->l, NULL, 0));
    if (b->integer) {
        b->fused.attr.source_scales[0] = b->codes_a.scale;
        b->fused.attr.source_scales[1] = b->codes_b.scale;
    }
    const rq_dnn_layout *first = b->l->plan->buffers[b->buffer_a].layout;
    const rq_dnn_layout *dst =
        rq_dnn_layout_retyped(dnn, first, rq_fused_dtype(&b->fused, b->l->plan->numbers));
    if (!dst) return RQ_ENOMEM;
    return rq_dnn_binary(out, dnn, b->kind, first, b->second, dst, &b->fused.attr);
}

/* An operand per channel that the library would not find its way in. */
static bool is_misread(const binary *b)
{
    const rq_shape *whole = &rq_lower_value(b->l, b->node->out[0])->shape;
    const rq_shape *second = &rq_lower_value(b->l, b->b)->shape;
    return rq_has_one_position(whole) && rq_shape_count(second) > 1 &&
           !rq_shape_equal(second, whole);
}

static rq_status lower_operands(rq_dnn_primitive **out, binary *b)
{
    const rq_dnn_layout *second[2];
    rq_status status = RQ_EUNSUPPORTED;
    if (is_misread(b)) return RQ_EUNSUPPORTED;
    if (!b->integer) RQ_TRY(rq_buffer_numbers(&b->buffer_a, b->l->plan, b->a, b->node->id));
    size_t n = second_layouts(second, b);
    for (size_t i = 0; status == RQ_EUNSUPPORTED && i < n; i++) {
        b->second = second[i];
        status = b->second ? rq_fuse_most(out, b->chain, &b->fused, attempt_binary, b) : RQ_ENOMEM;
    }
    return status == RQ_OK ? second_buffer(b, *out) : status;
}

static rq_status emit(binary *b, const rq_dnn_primitive *primitive)
{
    rq_step_arg args[] = {{RQ_DNN_SRC, b->buffer_a, NULL}, {RQ_DNN_SRC_1, b->buffer_b, NULL}};
    return rq_fused_emit(b->l, b->chain, &b->fused, primitive, args, 2);
}

/* By the library's primitive; a sum of codes as such, if all behind it is taken, too. */
static rq_status lower_primitive(binary *b, bool codes)
{
    rq_dnn_primitive *primitive;
    RQ_TRY(choose_operands(b));
    choose_arithmetic(b);
    if (codes && !b->integer) return RQ_EUNSUPPORTED;
    b->integer = codes;
    RQ_TRY(lower_operands(&primitive, b));
    if (codes && b->fused.taken < b->chain->n) return RQ_EUNSUPPORTED;
    return emit(b, primitive);
}

/* Of codes: the library's sum, else one sweep. Of numbers: one sweep if that does all of it. */
rq_status rq_lower_binary(rq_lower *l, rq_chain *chain)
{
    binary b = {.l = l, .chain = chain, .node = chain->nodes[0]};
    rq_is_binary(b.l, b.node, &b.kind);
    rq_status status = lower_primitive(&b, true);
    if (status == RQ_EUNSUPPORTED) status = rq_lower_sweep(l, chain, true);
    if (status == RQ_EUNSUPPORTED) status = lower_primitive(&b, false);
    return status == RQ_EUNSUPPORTED ? rq_lower_sweep(l, chain, false) : status;
}
