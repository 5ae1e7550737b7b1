/* Transposed convolutions whose windows do not overlap (kernel = stride, no padding), as they end
 * segmentation and detection networks: a 1x1 convolution gives every output pixel of a window as
 * channels of its own, a reorder puts them beside each other. oneDNN's own kernel for them is 5 to
 * 10 times slower. Others: lower_phases.c. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/common/convolution.h"

#include <string.h>

typedef struct deconvolution {
    rq_lower *l;
    rq_chain *chain;
    const rq_node *node;
    int64_t batch, inputs, outputs, kernel[2], in[2]; /* two spatial dims */
    int64_t wide;                                     /* outputs * kernel[0] * kernel[1] */
    bool integer;
    rq_integer_product product; /* if it is */
    rq_fused fused;
    const float *bias;
} deconvolution;

/* Windows that neither overlap nor are cut. */
static bool is_tiling(const rq_window *w)
{
    for (int d = 0; d < RQ_MAX_SPATIAL; d++)
        if (w->stride[d] != w->kernel[d] || w->dilation[d] != 1 || w->pad_begin[d] ||
            w->pad_end[d] || w->out[d] != w->in[d] * w->kernel[d])
            return false;
    return true;
}

/* False: a transposed convolution of another kind. */
static bool read_geometry(deconvolution *d)
{
    const rq_tensor *weights = rq_lower_value(d->l, d->node->in[1]);
    rq_window w;
    if (rq_lower_value(d->l, d->node->in[0])->shape.rank != 4) return false;
    if (!rq_lower_has_f32_weights(d->l, d->node)) return false;
    if (rq_window_of(&w, d->l->bound, d->node) != RQ_OK || !is_tiling(&w)) return false;
    for (int i = 0; i < 2; i++) {
        d->kernel[i] = w.kernel[RQ_MAX_SPATIAL - 2 + i];
        d->in[i] = w.in[RQ_MAX_SPATIAL - 2 + i];
    }
    d->batch = rq_lower_value(d->l, d->node->in[0])->shape.d[0];
    d->inputs = weights->shape.d[0];
    d->outputs = weights->shape.d[1];
    d->wide = d->outputs * d->kernel[0] * d->kernel[1];
    return true;
}

/* A number per output, once for every pixel of the window: channel (pixel * outputs + output). */
static const float *repeat(const deconvolution *d, const float *values)
{
    float *wide = rq_arena_alloc(d->l->plan->arena, (size_t)d->wide, sizeof *wide);
    for (int64_t c = 0; wide && c < d->wide; c++) wide[c] = values[c % d->outputs];
    return wide;
}

/* [I, O, pixel] as [pixel * O + o, I]. */
static rq_status wide_weights(const void **out, const deconvolution *d)
{
    size_t size = d->integer ? 1 : sizeof(float), taps = (size_t)(d->kernel[0] * d->kernel[1]);
    size_t inputs = (size_t)d->inputs, outputs = (size_t)d->outputs;
    const void *weights;
    RQ_TRY(rq_lower_weights(&weights, d->l, d->node->in[1], d->integer ? &d->product : NULL));
    const char *from = weights;
    void *memory;
    RQ_TRY(rq_pack_alloc(&memory, d->l->plan, (size_t)d->wide * inputs * size));
    for (size_t i = 0; i < inputs; i++)
        for (size_t o = 0; o < outputs; o++)
            for (size_t t = 0; t < taps; t++)
                memcpy((char *)memory + ((t * outputs + o) * inputs + i) * size,
                       from + ((i * outputs + o) * taps + t) * size, size);
    *out = memory;
    return RQ_OK;
}

static rq_shape wide_shape(const deconvolution *d)
{
    return (rq_shape){4, {d->batch, d->wide, d->in[0], d->in[1]}};
}

static rq_status attempt(rq_dnn_primitive **out, void *ctx, size_t max_nodes)
{
    deconvolution *d = ctx;
    rq_dnn *dnn = d->l->plan->dnn;
    rq_dtype numbers = d->l->plan->numbers;
    static const rq_fuse_rules floats = {.channel_axis = 1, .bias = true};
    static const rq_fuse_rules integers = {.channel_axis = 1, .bias = true, .integer = true};
    RQ_TRY(rq_fuse(&d->fused, d->l, d->chain, max_nodes, d->integer ? &integers : &floats));
    RQ_TRY(rq_fuse_finish(&d->fused, &d->bias, d->l, d->integer ? d->product.unit : NULL,
                          d->integer ? d->product.weights.n : 0));
    if (d->fused.n_args || d->fused.codes.scales) return RQ_EUNSUPPORTED;
    if (d->bias) d->bias = repeat(d, d->bias);
    if (d->integer) {
        d->fused.attr.scales = repeat(d, d->fused.attr.scales);
        d->fused.attr.n_scales = (size_t)d->wide;
        d->fused.attr.source_zero_point = d->product.codes.zero_point;
    }
    rq_shape dst = wide_shape(d), weights = {4, {d->wide, d->inputs, 1, 1}}, bias = {1, {d->wide}};
    rq_dnn_window w = {
        .src = rq_dnn_layout_channels_last(dnn, d->integer ? RQ_DT_U8 : numbers,
                                           &rq_lower_value(d->l, d->node->in[0])->shape),
        .weights = rq_dnn_layout_any(dnn, d->integer ? RQ_DT_I8 : numbers, &weights),
        .bias = d->bias ? rq_dnn_layout_dense(dnn, RQ_DT_F32, &bias) : NULL,
        .dst = rq_dnn_layout_channels_last(dnn, rq_fused_dtype(&d->fused, numbers), &dst),
        .stride = {1, 1},
        .dilation = {1, 1},
        .n_spatial = 2,
    };
    if (!w.src || !w.weights || !w.dst) return RQ_EUNSUPPORTED;
    return rq_dnn_convolution(out, dnn, &w, &d->fused.attr);
}

/* The convolution's memory: the pixels of a window are channels of its result. */
static rq_status place_pixels(const deconvolution *d, size_t wide, size_t result)
{
    static const int order[] = {0, 3, 4, 5, 1, 2};
    const rq_windows w = {d->batch, d->outputs, {d->in[0], d->in[1]}, {d->kernel[0], d->kernel[1]}};
    rq_shape shape = {6, {w.batch, w.n[0], w.n[1], w.size[0], w.size[1], w.channels}};
    return rq_lower_place_windows(d->l, d->node, &w, &shape, order, wide, result);
}

static rq_status emit(deconvolution *d, const rq_dnn_primitive *primitive)
{
    rq_onednn_plan *plan = d->l->plan;
    rq_step_arg args[4] = {{RQ_DNN_SRC, 0, NULL},
                           {RQ_DNN_WEIGHTS, RQ_NO_BUFFER, NULL},
                           {RQ_DNN_DST, 0, NULL},
                           {RQ_DNN_BIAS, RQ_NO_BUFFER, d->bias}};
    rq_shape shape = {4, {d->wide, d->inputs, 1, 1}};
    const void *weights;
    size_t result;
    rq_id value = rq_fused_value(d->chain, &d->fused);
    const rq_dnn_layout *layout = rq_dnn_layout_channels_last(
        plan->dnn, rq_fused_dtype(&d->fused, plan->numbers), &rq_lower_value(d->l, value)->shape);
    if (!layout) return RQ_ENOMEM;
    RQ_TRY(rq_buffer_in(&args[0].buffer, plan, d->node->in[0], primitive->layouts[RQ_DNN_SRC],
                        d->integer ? &d->product.codes : NULL, d->node->id));
    RQ_TRY(wide_weights(&weights, d));
    RQ_TRY(
        rq_pack_constant(&args[1].packed, plan,
                         rq_dnn_layout_dense(plan->dnn, d->integer ? RQ_DT_I8 : RQ_DT_F32, &shape),
                         weights, primitive->layouts[RQ_DNN_WEIGHTS], NULL));
    RQ_TRY(rq_buffer_scratch(&args[2].buffer, plan, primitive->layouts[RQ_DNN_DST]));
    RQ_TRY(rq_step_add(plan, RQ_STEP_PRIMITIVE, d->node->id, primitive, args, d->bias ? 4 : 3));
    RQ_TRY(rq_buffer_add(&result, plan, value, layout, d->fused.quantized ? &d->fused.codes : NULL,
                         RQ_NO_BUFFER));
    plan->kernels[d->node->id] = primitive->kernel;
    d->chain->done = d->fused.taken;
    return place_pixels(d, args[2].buffer, result);
}

static rq_status choose(rq_dnn_primitive **out, deconvolution *d)
{
    return rq_fuse_most(out, d->chain, &d->fused, attempt, d);
}

rq_status rq_lower_deconvolution(rq_lower *l, rq_chain *chain)
{
    deconvolution d = {.l = l, .chain = chain, .node = chain->nodes[0]};
    rq_dnn_primitive *primitive;
    if (!read_geometry(&d)) {
        rq_status status = rq_lower_phases(l, chain);
        return status == RQ_EUNSUPPORTED ? rq_lower_convolution(l, chain) : status;
    }
    RQ_TRY(rq_integer_product_read_transposed(&d.product, &d.integer, l, d.node));
    rq_status status = choose(&primitive, &d);
    if (status == RQ_EUNSUPPORTED && d.integer) {
        d.integer = false;
        status = choose(&primitive, &d);
    }
    RQ_TRY(status);
    return emit(&d, primitive);
}
