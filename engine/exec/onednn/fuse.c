/* The followers of a primitive as its posts, bias and integer output. */
#include "engine/exec/onednn/lower.h"

#include <string.h>

typedef struct fusing {
    rq_fused *out;
    rq_lower *l;
    const rq_fuse_rules *rules;
    rq_id value; /* that the nodes so far leave */
} fusing;

/* How another operand lies against the value: aligned at the right, numpy's rule. */
typedef enum operand_kind { OPERAND_OTHER, OPERAND_CHANNEL, OPERAND_FULL } operand_kind;

static operand_kind kind_of(const rq_shape *operand, const rq_shape *whole, int axis)
{
    int shift = whole->rank - operand->rank;
    bool channel = true;
    if (rq_shape_equal(operand, whole)) return OPERAND_FULL;
    if (shift < 0) return OPERAND_OTHER;
    for (int d = 0; d < whole->rank; d++) {
        int64_t have = d < shift ? 1 : operand->d[d - shift];
        if (have != (d == axis ? whole->d[d] : 1)) channel = false;
    }
    return channel ? OPERAND_CHANNEL : OPERAND_OTHER;
}

static rq_shape channel_shape(const rq_shape *whole, int axis)
{
    rq_shape shape = {.rank = whole->rank};
    for (int d = 0; d < whole->rank; d++) shape.d[d] = d == axis ? whole->d[d] : 1;
    return shape;
}

bool rq_is_eltwise_post(const rq_dnn_post *post, rq_dnn_eltwise_kind eltwise)
{
    return post->kind == RQ_DNN_POST_ELTWISE && post->eltwise == eltwise;
}

/* Two linear functions in a row are one. */
static bool merge(rq_dnn_post *last, const rq_dnn_post *post)
{
    if (!rq_is_eltwise_post(last, RQ_DNN_LINEAR) || !rq_is_eltwise_post(post, RQ_DNN_LINEAR))
        return false;
    last->alpha *= post->alpha;
    last->beta = last->beta * post->alpha + post->beta;
    return true;
}

bool rq_fused_add_post(rq_fused *out, const rq_dnn_post *post)
{
    if (out->attr.n_posts && merge(&out->attr.posts[out->attr.n_posts - 1], post)) return true;
    if (out->attr.n_posts == RQ_DNN_MAX_POSTS) return false;
    out->attr.posts[out->attr.n_posts++] = *post;
    return true;
}

static bool take_function(fusing *f, const rq_node *node)
{
    rq_dnn_post posts[RQ_MAX_ELTWISE_POSTS];
    size_t n = rq_eltwise_posts(f->l, node, posts);
    for (size_t i = 0; i < n; i++)
        if (!rq_fused_add_post(f->out, &posts[i])) return false;
    return n > 0;
}

/* A second bias behind codes' products, whose sums are no other for it. */
static bool add_bias(fusing *f, const float *data, size_t n)
{
    float *sum = rq_arena_alloc(f->l->plan->arena, n, sizeof *sum);
    if (!sum) return false;
    for (size_t c = 0; c < n; c++) sum[c] = f->out->bias[c] + data[c];
    f->out->bias = sum;
    return true;
}

/* A tensor with one number per channel, constant or not. */
static bool take_channel(fusing *f, rq_dnn_binary_kind kind, rq_id operand)
{
    rq_fused *out = f->out;
    size_t n, buffer;
    const float *data = rq_lower_floats(f->l, operand, &n);
    if (kind == RQ_DNN_ADD && data && !out->attr.n_posts && f->rules->bias) {
        if (out->bias && f->rules->integer) return add_bias(f, data, n);
        if (!out->bias) {
            out->bias = data;
            return true;
        }
    }
    const rq_shape *whole = &rq_lower_value(f->l, f->value)->shape;
    rq_shape shape = channel_shape(whole, f->rules->channel_axis);
    if (out->one_position) return false;
    rq_dtype dtype = data ? RQ_DT_F32 : f->l->plan->numbers;
    const rq_dnn_layout *layout = rq_dnn_layout_dense(f->l->plan->dnn, dtype, &shape);
    if (!layout || rq_buffer_rows(&buffer, f->l->plan, operand, dtype,
                                  f->l->graph->values[operand]->producer) != RQ_OK)
        return false;
    rq_dnn_post post = {.kind = RQ_DNN_POST_BINARY, .binary = kind, .operand = layout};
    if (!rq_fused_add_post(out, &post)) return false;
    out->args[out->n_args++] =
        (rq_step_arg){RQ_DNN_POST_0 + (int)out->attr.n_posts - 1, buffer, NULL};
    return true;
}

/* Of the whole shape: added in place. */
static bool take_sum(fusing *f, rq_dnn_binary_kind kind, rq_id operand)
{
    rq_fused *out = f->out;
    if (kind != RQ_DNN_ADD || !f->rules->sum || out->sum != RQ_NONE || operand == f->value)
        return false;
    rq_dnn_post post = {.kind = RQ_DNN_POST_SUM, .scale = 1.0f};
    out->sum = operand;
    out->sum_u8 = rq_buffer_u8(f->l->plan, operand, NULL);
    if (out->sum_u8 && out->sum_u8->scales) out->sum_u8 = NULL;
    return rq_fused_add_post(out, &post);
}

static bool take_binary(fusing *f, const rq_node *node)
{
    rq_dnn_binary_kind kind;
    if (!rq_is_binary(f->l, node, &kind) || node->n_in != 2) return false;
    bool left = node->in[0] == f->value;
    rq_id operand = node->in[left ? 1 : 0];
    if (!left && kind != RQ_DNN_ADD && kind != RQ_DNN_MUL && kind != RQ_DNN_MAX &&
        kind != RQ_DNN_MIN)
        return false;
    if (rq_lower_value(f->l, operand)->dtype != RQ_DT_F32) return false;
    const rq_shape *whole = &rq_lower_value(f->l, f->value)->shape;
    switch (kind_of(&rq_lower_value(f->l, operand)->shape, whole, f->rules->channel_axis)) {
    case OPERAND_CHANNEL:
        return take_channel(f, kind, operand);
    case OPERAND_FULL:
        return take_sum(f, kind, operand);
    default:
        return false;
    }
}

/* The range that the codes stand for, of the widest channel. */
static void code_range(float *low, float *high, const rq_u8_params *codes)
{
    float widest = codes->scale;
    for (size_t c = 0; c < codes->n; c++)
        if (!c || codes->scales[c] > widest) widest = codes->scales[c];
    *low = (float)-codes->zero_point * widest;
    *high = (float)(codes->top - codes->zero_point) * widest;
}

/* Saturation to the code range does what this function would do. */
static bool is_redundant(const rq_dnn_post *post, const rq_u8_params *codes)
{
    float low, high;
    code_range(&low, &high, codes);
    if (rq_is_eltwise_post(post, RQ_DNN_RELU)) return post->alpha == 0.0f && low >= 0.0f;
    return rq_is_eltwise_post(post, RQ_DNN_CLIP) && post->alpha <= low && post->beta >= high;
}

/* The result becomes u8: x / scale + zero_point, rounded and saturated by the primitive.
 * The factor goes into the scales of what comes before, where that is exact. */
static bool take_codes(fusing *f, const rq_node *node)
{
    rq_fused *out = f->out;
    if (!f->rules->integer || !rq_fake_quantize_u8(&out->codes, f->l, node)) return false;
    if (node->in[0] != f->value) return false;
    rq_dnn_attr *attr = &out->attr;
    if (attr->n_posts && is_redundant(&attr->posts[attr->n_posts - 1], &out->codes))
        attr->n_posts--;
    out->quantized = true;
    out->rank = rq_lower_value(f->l, f->value)->shape.rank;
    return true;
}

static bool take(fusing *f, const rq_node *node)
{
    return rq_node_is(node, &rq_op_FakeQuantize) ? take_codes(f, node)
           : rq_is_eltwise(f->l, node)           ? take_function(f, node)
                                                 : take_binary(f, node);
}

static rq_status fuse_from(fusing *f, const rq_chain *chain, size_t max_nodes)
{
    f->value = chain->nodes[0]->out[0];
    f->out->taken = 1;
    while (f->out->taken < max_nodes) {
        const rq_node *node = chain->nodes[f->out->taken];
        size_t n = rq_dequantized_nodes(f->l, node);
        if (f->out->taken + n > max_nodes || !take(f, node)) break;
        f->out->taken += n;
        f->value = chain->nodes[f->out->taken - 1]->out[0];
    }
    return RQ_OK;
}

bool rq_has_one_position(const rq_shape *shape)
{
    return shape->rank > 2 && shape->d[0] > 1 && rq_shape_span(shape, 2, shape->rank) == 1;
}

static fusing begin(rq_fused *out, rq_lower *l, const rq_chain *chain, const rq_fuse_rules *rules)
{
    fusing f = {.out = out, .l = l, .rules = rules};
    memset(out, 0, sizeof *out);
    out->sum = RQ_NONE;
    out->channel_axis = rules->channel_axis;
    out->one_position = rq_has_one_position(&rq_lower_value(l, chain->nodes[0]->out[0])->shape);
    return f;
}

rq_status rq_fuse(rq_fused *out, rq_lower *l, const rq_chain *chain, size_t max_nodes,
                  const rq_fuse_rules *rules)
{
    fusing f = begin(out, l, chain, rules);
    rq_dnn_post offset = {.kind = RQ_DNN_POST_ELTWISE,
                          .eltwise = RQ_DNN_LINEAR,
                          .alpha = 1.0f,
                          .beta = rules->offset};
    if (rules->offset != 0.0f) rq_fused_add_post(out, &offset);
    return fuse_from(&f, chain, max_nodes);
}

rq_status rq_fuse_eltwise(rq_fused *out, rq_lower *l, const rq_chain *chain, size_t max_nodes,
                          const rq_fuse_rules *rules)
{
    fusing f = begin(out, l, chain, rules);
    if (!take_function(&f, chain->nodes[0])) return RQ_EUNSUPPORTED;
    return fuse_from(&f, chain, max_nodes);
}

rq_status rq_fuse_most(rq_dnn_primitive **out, const rq_chain *chain, const rq_fused *fused,
                       rq_fuse_attempt *attempt, void *ctx)
{
    rq_status status = RQ_EUNSUPPORTED;
    for (size_t n = chain->n; status == RQ_EUNSUPPORTED && n > 0; n = fused->taken - 1)
        status = attempt(out, ctx, n);
    return status;
}

rq_id rq_fused_value(const rq_chain *chain, const rq_fused *fused)
{
    return chain->nodes[fused->taken - 1]->out[0];
}

/* `sum` in the destination's layout, in memory that may be written over. */
static rq_status sum_root(size_t *out, rq_lower *l, const rq_node *consumer, const rq_fused *fused,
                          const rq_dnn_layout *layout)
{
    const rq_u8_params *codes = fused->quantized ? fused->sum_u8 : NULL;
    size_t buffer;
    RQ_TRY(rq_buffer_in(&buffer, l->plan, fused->sum, layout, codes, consumer->id));
    *out = buffer;
    return rq_lower_is_last_use(l, buffer, consumer)
               ? RQ_OK
               : rq_buffer_copy(out, l->plan, buffer, layout, consumer->id);
}

/* The destination's buffer and the argument for it; with a sum, over the operand's memory. */
static rq_status fused_destination(size_t *out, rq_lower *l, const rq_chain *chain,
                                   const rq_fused *fused, const rq_dnn_layout *layout)
{
    size_t root = RQ_NO_BUFFER;
    const rq_node *tail = chain->nodes[fused->taken - 1];
    if (fused->sum != RQ_NONE) RQ_TRY(sum_root(&root, l, tail, fused, layout));
    return rq_buffer_add(out, l->plan, tail->out[0], layout,
                         fused->quantized ? &fused->codes : NULL, root);
}

rq_status rq_fused_emit(rq_lower *l, rq_chain *chain, rq_fused *fused,
                        const rq_dnn_primitive *primitive, const rq_step_arg *args, size_t n_args)
{
    rq_step_arg all[RQ_DNN_MAX_POSTS + 8];
    size_t dst;
    RQ_TRY(fused_destination(&dst, l, chain, fused,
                             fused->result ? fused->result : primitive->layouts[RQ_DNN_DST]));
    memcpy(all, args, n_args * sizeof *all);
    memcpy(all + n_args, fused->args, fused->n_args * sizeof *all);
    n_args += fused->n_args;
    all[n_args++] = (rq_step_arg){RQ_DNN_DST, dst, NULL};
    chain->done = fused->taken;
    return rq_step_add(l->plan, RQ_STEP_PRIMITIVE, chain->nodes[0]->id, primitive, all, n_args);
}
