/* Convolutions of codes with one channel each, by our own kernel. */
#include "engine/exec/onednn/lower.h"

#include "engine/exec/onednn/depthwise.h"

#include <float.h>
#include <string.h>

/* -- what follows the sums ----------------------------------------------------------------------
 */

static bool is_function(const rq_dnn_attr *attr, size_t i, rq_dnn_eltwise_kind eltwise)
{
    return i < attr->n_posts && attr->posts[i].kind == RQ_DNN_POST_ELTWISE &&
           attr->posts[i].eltwise == eltwise;
}

/* A clip, then hard swish, each if it is there; what is left of the posts has to be one linear
 * function before codes, or nothing. */
static bool read_posts(rq_depthwise *d, rq_dnn_post *linear, const rq_fused *fused)
{
    const rq_dnn_attr *attr = &fused->attr;
    size_t i = 0;
    d->low = -FLT_MAX;
    d->high = FLT_MAX;
    *linear = (rq_dnn_post){.alpha = 1.0f};
    if (is_function(attr, i, RQ_DNN_RELU) && attr->posts[i].alpha == 0.0f) {
        d->low = 0.0f;
        i++;
    } else if (is_function(attr, i, RQ_DNN_CLIP)) {
        d->low = attr->posts[i].alpha;
        d->high = attr->posts[i].beta;
        i++;
    }
    d->hswish = is_function(attr, i, RQ_DNN_HSWISH);
    i += d->hswish;
    if (fused->quantized && is_function(attr, i, RQ_DNN_LINEAR)) *linear = attr->posts[i++];
    return i == attr->n_posts && fused->sum == RQ_NONE;
}

/* As much of the chain as the kernel does. */
static rq_status fuse(rq_fused *fused, rq_depthwise *d, rq_dnn_post *linear, rq_lower *l,
                      const rq_chain *chain)
{
    static const rq_fuse_rules rules = {.channel_axis = 1, .bias = true, .integer = true};
    for (size_t max_nodes = chain->n; max_nodes > 0; max_nodes = fused->taken - 1) {
        RQ_TRY(rq_fuse(fused, l, chain, max_nodes, &rules));
        if (read_posts(d, linear, fused)) return RQ_OK;
    }
    return RQ_EUNSUPPORTED;
}

static rq_status set_factors(rq_depthwise *d, const rq_fused *fused, const rq_dnn_post *linear,
                             rq_arena *arena)
{
    const rq_u8_params *codes = &fused->codes;
    float *bias = rq_arena_alloc(arena, d->channels, sizeof *bias);
    float *factor = rq_arena_alloc(arena, d->channels, sizeof *factor);
    float *offset = rq_arena_alloc(arena, d->channels, sizeof *offset);
    if (!bias || !factor || !offset) return RQ_ENOMEM;
    d->codes = fused->quantized;
    d->top = (uint8_t)codes->top;
    for (size_t c = 0; c < d->channels; c++) {
        float scale = codes->scales ? codes->scales[c] : codes->scale;
        bias[c] = fused->bias ? fused->bias[c] : 0.0f;
        factor[c] = d->codes ? linear->alpha / scale : 1.0f;
        offset[c] = d->codes ? linear->beta / scale + (float)codes->zero_point : 0.0f;
    }
    d->bias = bias;
    d->factor = factor;
    d->offset = offset;
    return RQ_OK;
}

/* -- geometry -----------------------------------------------------------------------------------
 */

static bool set_geometry(rq_depthwise *d, const rq_shape *in, const rq_shape *out,
                         const rq_shape *weights, const rq_dnn_window *w)
{
    if (w->n_spatial != 2 || weights->rank != 5 || weights->d[1] != 1 || weights->d[2] != 1 ||
        w->dilation[0] != 1 || w->dilation[1] != 1)
        return false;
    d->batch = (size_t)in->d[0];
    d->channels = (size_t)in->d[1];
    d->in_height = (size_t)in->d[2];
    d->in_width = (size_t)in->d[3];
    d->out_height = (size_t)out->d[2];
    d->out_width = (size_t)out->d[3];
    d->kernel_height = (size_t)weights->d[3];
    d->kernel_width = (size_t)weights->d[4];
    d->stride_height = (size_t)w->stride[0];
    d->stride_width = (size_t)w->stride[1];
    if (w->pad_begin[0] < 0 || w->pad_begin[1] < 0) return false;
    d->pad_top = (size_t)w->pad_begin[0];
    d->pad_left = (size_t)w->pad_begin[1];
    return d->kernel_height * d->kernel_width <= RQ_DEPTHWISE_MAX_TAPS;
}

rq_status rq_lower_depthwise(rq_lower *l, rq_chain *chain, rq_id data, const rq_dnn_window *window,
                             const rq_integer_product *product)
{
    const rq_node *node = chain->nodes[0];
    rq_onednn_plan *plan = l->plan;
    const rq_shape *in = &rq_lower_value(l, data)->shape;
    const rq_shape *out = &rq_lower_value(l, node->out[0])->shape;
    rq_depthwise d = {.zero_point = (uint8_t)product->codes.zero_point,
                      .weights = product->weights.codes,
                      .scale = product->unit};
    rq_fused fused;
    rq_dnn_post linear;
    const rq_depthwise_packed *packed;
    rq_step_arg args[] = {{RQ_DNN_SRC, 0, NULL}, {RQ_DNN_DST, 0, NULL}};
    if (!set_geometry(&d, in, out, &rq_lower_value(l, node->in[1])->shape, window))
        return RQ_EUNSUPPORTED;
    RQ_TRY(fuse(&fused, &d, &linear, l, chain));
    RQ_TRY(set_factors(&d, &fused, &linear, plan->arena));
    RQ_TRY(rq_depthwise_pack(&packed, plan->arena, &d));
    RQ_TRY(rq_buffer_in(&args[0].buffer, plan, data,
                        rq_dnn_layout_channels_last(plan->dnn, RQ_DT_U8, in), &product->codes,
                        node->id));
    const rq_dnn_layout *layout =
        rq_dnn_layout_channels_last(plan->dnn, rq_fused_dtype(&fused, RQ_DT_F32), out);
    if (!layout) return RQ_ENOMEM;
    RQ_TRY(rq_buffer_add(&args[1].buffer, plan, rq_fused_value(chain, &fused), layout,
                         fused.quantized ? &fused.codes : NULL, RQ_NO_BUFFER));
    chain->done = fused.taken;
    plan->kernels[node->id] = "depthwise";
    return rq_step_add_depthwise(plan, node->id, packed, args);
}
