/* ScaledDotProductAttention as two products with a softmax between them. Causal ones, masks of
 * booleans and operands of different ranks are left to the reference kernel. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/attrs.h"

#include <math.h>

enum { QUERY, KEY, VALUE, MASK, SCALE }; /* inputs */

typedef struct attention {
    rq_lower *l;
    const rq_node *node;
    int rank;
    bool masked;
    float scale;
    const rq_dnn_layout *scores; /* [..., L, S] */
    const rq_dnn_layout *mask;   /* with ones before it up to the rank */
} attention;

static bool is_given(const attention *a, uint32_t port)
{
    return port < a->node->n_in && a->node->in[port] != RQ_NONE;
}

static const rq_shape *shape_of(const attention *a, uint32_t port)
{
    return &rq_lower_value(a->l, a->node->in[port])->shape;
}

static const rq_dnn_layout *layout_of(const attention *a, rq_dtype dtype, const rq_shape *shape)
{
    return rq_dnn_layout_dense(a->l->plan->dnn, dtype, shape);
}

static rq_status read_mask(attention *a)
{
    a->masked = is_given(a, MASK) && shape_of(a, MASK)->rank >= 2;
    if (!a->masked) return RQ_OK;
    const rq_shape *mask = shape_of(a, MASK);
    rq_shape full = {.rank = a->rank};
    int shift = a->rank - mask->rank;
    if (shift < 0 || rq_lower_value(a->l, a->node->in[MASK])->dtype != RQ_DT_F32)
        return RQ_EUNSUPPORTED;
    for (int d = 0; d < a->rank; d++) full.d[d] = d < shift ? 1 : mask->d[d - shift];
    a->mask = layout_of(a, RQ_DT_F32, &full);
    return a->mask ? RQ_OK : RQ_EUNSUPPORTED;
}

static rq_status read(attention *a)
{
    const rq_shape *q = shape_of(a, QUERY);
    rq_shape scores = rq_lower_value(a->l, a->node->out[0])->shape;
    a->rank = scores.rank;
    for (uint32_t i = QUERY; i <= VALUE; i++)
        if (shape_of(a, i)->rank != a->rank) return RQ_EUNSUPPORTED;
    if (rq_attrs_int(rq_lower_op(a->l, a->node), rq_lower_attrs(a->l, a->node), "causal"))
        return RQ_EUNSUPPORTED;
    a->scale = (float)(1.0 / sqrt((double)q->d[a->rank - 1]));
    if (is_given(a, SCALE)) {
        size_t n;
        const float *scale = rq_lower_floats(a->l, a->node->in[SCALE], &n);
        if (!scale) return RQ_EUNSUPPORTED;
        a->scale = *scale;
    }
    scores.d[a->rank - 1] = shape_of(a, KEY)->d[a->rank - 2];
    a->scores = layout_of(a, a->l->plan->numbers, &scores);
    return a->scores ? read_mask(a) : RQ_EUNSUPPORTED;
}

/* The keys as the second operand has them: [..., E, S]. */
static const rq_dnn_layout *turned_keys(const attention *a)
{
    return rq_dnn_layout_turned(a->l->plan->dnn,
                                layout_of(a, a->l->plan->numbers, shape_of(a, KEY)), a->rank);
}

static rq_status score_primitive(rq_dnn_primitive **out, const attention *a, bool masked)
{
    rq_dnn *dnn = a->l->plan->dnn;
    rq_dnn_attr attr = {.n_posts = masked ? 2 : 1};
    attr.posts[0] =
        (rq_dnn_post){.kind = RQ_DNN_POST_ELTWISE, .eltwise = RQ_DNN_LINEAR, .alpha = a->scale};
    attr.posts[1] =
        (rq_dnn_post){.kind = RQ_DNN_POST_BINARY, .binary = RQ_DNN_ADD, .operand = a->mask};
    const rq_dnn_layout *q = layout_of(a, a->l->plan->numbers, shape_of(a, QUERY));
    const rq_dnn_layout *k = turned_keys(a);
    return q && k ? rq_dnn_matmul(out, dnn, q, k, NULL, a->scores, &attr) : RQ_EUNSUPPORTED;
}

static rq_status operand(rq_step_arg *out, const attention *a, int role, uint32_t port,
                         rq_dtype dtype)
{
    *out = (rq_step_arg){role, RQ_NO_BUFFER, NULL};
    return rq_buffer_rows(&out->buffer, a->l->plan, a->node->in[port], dtype, a->node->id);
}

static rq_status add_step(const attention *a, const rq_dnn_primitive *primitive,
                          const rq_step_arg *args, size_t n)
{
    return rq_step_add(a->l->plan, RQ_STEP_PRIMITIVE, a->node->id, primitive, args, n);
}

/* By the product itself, or behind it where that does not take a mask of this shape. */
static rq_status add_scores(const attention *a, size_t scores)
{
    rq_dnn_primitive *product, *sum = NULL;
    rq_step_arg args[4];
    size_t n = 2;
    rq_status status = score_primitive(&product, a, a->masked);
    bool apart = status == RQ_EUNSUPPORTED && a->masked;
    if (apart) {
        RQ_TRY(
            rq_dnn_binary(&sum, a->l->plan->dnn, RQ_DNN_ADD, a->scores, a->mask, a->scores, NULL));
        status = score_primitive(&product, a, false);
    }
    RQ_TRY(status);
    rq_dtype numbers = a->l->plan->numbers;
    RQ_TRY(operand(&args[0], a, RQ_DNN_SRC, QUERY, numbers));
    RQ_TRY(operand(&args[1], a, RQ_DNN_WEIGHTS, KEY, numbers));
    if (a->masked && !apart) RQ_TRY(operand(&args[n++], a, RQ_DNN_POST_0 + 1, MASK, RQ_DT_F32));
    args[n++] = (rq_step_arg){RQ_DNN_DST, scores, NULL};
    RQ_TRY(add_step(a, product, args, n));
    if (!apart) return RQ_OK;
    args[0] = (rq_step_arg){RQ_DNN_SRC, scores, NULL};
    RQ_TRY(operand(&args[1], a, RQ_DNN_SRC_1, MASK, RQ_DT_F32));
    args[2] = (rq_step_arg){RQ_DNN_DST, scores, NULL};
    return add_step(a, sum, args, 3);
}

rq_status rq_lower_attention(rq_lower *l, rq_chain *chain)
{
    attention a = {.l = l, .node = chain->nodes[0]};
    rq_onednn_plan *plan = l->plan;
    rq_dnn_primitive *softmax, *product;
    rq_step_arg args[3];
    size_t scores;
    RQ_TRY(read(&a));
    const rq_dnn_layout *v = layout_of(&a, plan->numbers, shape_of(&a, VALUE));
    const rq_dnn_layout *to =
        layout_of(&a, plan->numbers, &rq_lower_value(l, a.node->out[0])->shape);
    if (!v || !to) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_dnn_softmax(&softmax, plan->dnn, a.scores, a.rank - 1, false));
    RQ_TRY(rq_dnn_matmul(&product, plan->dnn, a.scores, v, NULL, to, NULL));
    RQ_TRY(rq_buffer_scratch(&scores, plan, a.scores));
    RQ_TRY(add_scores(&a, scores));
    args[0] = (rq_step_arg){RQ_DNN_SRC, scores, NULL};
    args[1] = (rq_step_arg){RQ_DNN_DST, scores, NULL};
    RQ_TRY(add_step(&a, softmax, args, 2));
    RQ_TRY(operand(&args[1], &a, RQ_DNN_WEIGHTS, VALUE, plan->numbers));
    args[2] = (rq_step_arg){RQ_DNN_DST, 0, NULL};
    RQ_TRY(rq_buffer_add(&args[2].buffer, plan, a.node->out[0], to, NULL, RQ_NO_BUFFER));
    chain->done = 1;
    return add_step(&a, product, args, 3);
}
