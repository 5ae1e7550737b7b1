/* What a primitive's posts, scales and bias become where its sums have a unit of their own, and
 * where its result becomes codes. */
#include "engine/exec/onednn/lower.h"

#include <float.h>
#include <math.h>

static bool is_scaled(const rq_dnn_post *p)
{
    return rq_is_eltwise_post(p, RQ_DNN_CLIP) || rq_is_eltwise_post(p, RQ_DNN_LINEAR);
}

/* May factors be applied before the posts instead of after them? With one factor for all channels
 * the posts' constants change with it. */
static bool move_factor(rq_dnn_attr *attr, const rq_u8_params *codes)
{
    float factor = 1.0f / codes->scale;
    for (size_t i = 0; i < attr->n_posts; i++) {
        const rq_dnn_post *p = &attr->posts[i];
        bool multiplies = p->kind == RQ_DNN_POST_BINARY && p->binary == RQ_DNN_MUL;
        bool constant = p->kind == RQ_DNN_POST_SUM || is_scaled(p);
        if (!multiplies && !rq_is_eltwise_post(p, RQ_DNN_RELU) && (codes->scales || !constant))
            return false;
    }
    for (size_t i = 0; i < attr->n_posts; i++) {
        rq_dnn_post *p = &attr->posts[i];
        if (p->kind == RQ_DNN_POST_SUM) p->scale *= factor;
        if (rq_is_eltwise_post(p, RQ_DNN_CLIP)) p->alpha *= factor;
        if (is_scaled(p)) p->beta *= factor;
    }
    return true;
}

/* The operand of a sum as it lies in the destination. */
static void settle_sum(rq_fused *fused)
{
    for (size_t i = 0; i < fused->attr.n_posts; i++) {
        rq_dnn_post *p = &fused->attr.posts[i];
        if (p->kind != RQ_DNN_POST_SUM || !fused->quantized || !fused->sum_u8) continue;
        p->scale = fused->sum_u8->scale;
        p->zero_point = fused->sum_u8->zero_point;
    }
}

/* A post with a constant for each channel, or one (n) for all. */
static bool add_constants(rq_fused *fused, rq_lower *l, rq_dnn_binary_kind kind,
                          const float *constants, size_t n)
{
    rq_shape shape = rq_channel_shape(fused->rank, n);
    rq_dnn_post post = {.kind = RQ_DNN_POST_BINARY,
                        .binary = kind,
                        .operand = rq_dnn_layout_dense(l->plan->dnn, RQ_DT_F32, &shape)};
    if (fused->one_position && n > 1) return false;
    if (!post.operand || !rq_fused_add_post(fused, &post)) return false;
    fused->args[fused->n_args++] =
        (rq_step_arg){RQ_DNN_POST_0 + (int)fused->attr.n_posts - 1, RQ_NO_BUFFER, constants};
    return true;
}

static bool has_linear(const rq_dnn_attr *attr)
{
    for (size_t i = 0; i < attr->n_posts; i++)
        if (rq_is_eltwise_post(&attr->posts[i], RQ_DNN_LINEAR)) return true;
    return false;
}

/* Numbers divided by the scale of their channel, plus the zero point: *zero is what is still to be
 * added. A second linear function would not be computed (see repeats_function in dnnl_attr.c). */
static bool divide_channels(float *zero, rq_fused *fused, rq_lower *l)
{
    const rq_u8_params *codes = &fused->codes;
    float *factors = rq_arena_alloc(l->plan->arena, codes->n + 1, sizeof *factors);
    if (!factors) return false;
    for (size_t c = 0; c < codes->n; c++) factors[c] = 1.0f / codes->scales[c];
    factors[codes->n] = *zero;
    if (!add_constants(fused, l, RQ_DNN_MUL, factors, codes->n)) return false;
    if (*zero == 0.0f || !has_linear(&fused->attr)) return true;
    *zero = 0.0f;
    return add_constants(fused, l, RQ_DNN_ADD, factors + codes->n, 1);
}

/* Numbers times `factor` plus the zero point, below top. */
static bool to_u8(rq_fused *fused, float factor, float zero)
{
    rq_dnn_post linear = {
        .kind = RQ_DNN_POST_ELTWISE, .eltwise = RQ_DNN_LINEAR, .alpha = factor, .beta = zero};
    rq_dnn_post clip = {.kind = RQ_DNN_POST_ELTWISE,
                        .eltwise = RQ_DNN_CLIP,
                        .alpha = 0.0f,
                        .beta = (float)fused->codes.top};
    if ((factor != 1.0f || linear.beta != 0.0f) && !rq_fused_add_post(fused, &linear)) return false;
    return fused->codes.top == 255 || rq_fused_add_post(fused, &clip);
}

/* The library may add the bias before it scales. Weights that are next to nothing have units in
 * which the bias is no number: in larger ones they are still nothing beside its last bit. */
static float usable_unit(float unit, float bias)
{
    const float most = 1e30f; /* units of a bias; sums of products are below 2^31 */
    float least = fmaxf(fabsf(bias) / most, FLT_MIN);
    return unit > least ? unit : least;
}

/* `to`: the codes that the scales lead to, NULL for float. */
static rq_status scale_units(rq_fused *fused, const float **bias, rq_lower *l, const float *unit,
                             size_t n, const rq_u8_params *to)
{
    float *scales = rq_arena_alloc(l->plan->arena, n, sizeof *scales);
    float *scaled = fused->bias ? rq_arena_alloc(l->plan->arena, n, sizeof *scaled) : NULL;
    if (!scales || (fused->bias && !scaled)) return RQ_ENOMEM;
    for (size_t c = 0; c < n; c++) {
        float code = !to ? 1.0f : to->scales ? to->scales[c] : to->scale;
        float usable = usable_unit(unit[c], scaled ? fused->bias[c] : 0.0f);
        scales[c] = usable / code;
        if (scaled) scaled[c] = fused->bias[c] / (rq_dnn_scales_bias() ? usable : code);
    }
    fused->attr.scales = scales;
    fused->attr.n_scales = n;
    *bias = scaled;
    return RQ_OK;
}

rq_status rq_fuse_finish(rq_fused *fused, const float **bias, rq_lower *l, const float *unit,
                         size_t n)
{
    const rq_u8_params *codes = fused->quantized ? &fused->codes : NULL;
    *bias = fused->bias;
    if (codes && fused->sum != RQ_NONE && !fused->sum_u8) return RQ_EUNSUPPORTED;
    settle_sum(fused);
    bool by_channel = fused->channel_axis == 1 && codes && n == codes->n; /* as the codes are */
    bool movable = codes && unit && (!codes->scales || by_channel);
    bool moved = movable && move_factor(&fused->attr, codes);
    float zero = codes ? (float)codes->zero_point : 0.0f;
    if (codes && codes->scales && !moved && !divide_channels(&zero, fused, l))
        return RQ_EUNSUPPORTED;
    if (codes && !to_u8(fused, moved ? 1.0f : 1.0f / codes->scale, zero)) return RQ_EUNSUPPORTED;
    return unit ? scale_units(fused, bias, l, unit, n, moved ? codes : NULL) : RQ_OK;
}
