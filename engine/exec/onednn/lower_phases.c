/* Transposed convolutions whose windows overlap (stride 2 with a kernel of 3 or 4, as decoders
 * have them) as one convolution for each phase of the stride: outputs stride * i + phase read
 *   in[i + d] * w[phase + pad - stride * d],   d such that the tap exists,
 * and a reorder puts the phases between each other. oneDNN's own kernel for them is several times
 * slower. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/common/convolution.h"
#include "engine/ops/weight_axes.h"

#include <string.h>

/* One phase along one axis. */
typedef struct phase {
    int64_t taps, from; /* the first reads in[i + from], 0 or less */
    int64_t last_tap;   /* that it is multiplied with; the next is stride before it */
} phase;

#define MAX_STRIDE 4

typedef struct phases {
    rq_lower *l;
    rq_chain *chain;
    const rq_node *node;
    int64_t batch, inputs, outputs, stride[2], kernel[2], in[2], size[2]; /* size: of a phase */
    phase axis[2][MAX_STRIDE];
    bool integer;
    rq_integer_product product; /* if it is */
    rq_fused fused;
    const float *bias;
} phases;

static int64_t floor_divided(int64_t a, int64_t b)
{
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/* False for windows of another kind. */
static bool read_axis(phases *p, int d, const rq_window *w)
{
    int at = RQ_MAX_SPATIAL - 2 + d;
    int64_t stride = w->stride[at], kernel = w->kernel[at];
    if (w->dilation[at] != 1 || stride > MAX_STRIDE || kernel < stride || w->out[at] % stride)
        return false;
    p->stride[d] = stride;
    p->kernel[d] = kernel;
    p->in[d] = w->in[at];
    p->size[d] = w->out[at] / stride;
    for (int64_t r = 0; r < stride; r++) {
        int64_t reach = r + w->pad_begin[at];
        int64_t from = -floor_divided(kernel - 1 - reach, stride);
        int64_t to = floor_divided(reach, stride);
        p->axis[d][r] = (phase){to - from + 1, from, reach - stride * from};
        if (from > 0 || p->size[d] - 1 + to < p->in[d] - 1) return false; /* cut off at an end */
    }
    return true;
}

static bool read_geometry(phases *p)
{
    const rq_tensor *weights = rq_lower_value(p->l, p->node->in[1]);
    rq_window w;
    if (rq_lower_value(p->l, p->node->in[0])->shape.rank != 4) return false;
    if (!rq_lower_has_f32_weights(p->l, p->node)) return false;
    if (rq_op_is_grouped(rq_lower_op(p->l, p->node))) return false;
    if (rq_window_of(&w, p->l->bound, p->node) != RQ_OK) return false;
    for (int d = 0; d < 2; d++)
        if (!read_axis(p, d, &w)) return false;
    p->batch = rq_lower_value(p->l, p->node->in[0])->shape.d[0];
    p->inputs = weights->shape.d[0];
    p->outputs = weights->shape.d[1];
    return p->stride[0] * p->stride[1] > 1;
}

static size_t phase_count(const phases *p)
{
    return (size_t)(p->stride[0] * p->stride[1]);
}

static const phase *phase_of(const phases *p, size_t i, int d)
{
    int64_t at = (int64_t)i;
    return &p->axis[d][d ? at % p->stride[1] : at / p->stride[1]];
}

static rq_shape weight_shape(const phases *p, size_t i)
{
    return (rq_shape){4, {p->outputs, p->inputs, phase_of(p, i, 0)->taps, phase_of(p, i, 1)->taps}};
}

/* -- primitives -------------------------------------------------------------------------------- */

static rq_status build(rq_dnn_primitive **out, const phases *p, size_t i)
{
    rq_dnn *dnn = p->l->plan->dnn;
    rq_shape dst = {4, {p->batch, p->outputs, p->size[0], p->size[1]}}, bias = {1, {p->outputs}};
    rq_shape weights = weight_shape(p, i);
    rq_dnn_window w = {
        .src = rq_dnn_layout_channels_last(dnn, p->integer ? RQ_DT_U8 : p->l->plan->numbers,
                                           &rq_lower_value(p->l, p->node->in[0])->shape),
        .weights = rq_dnn_layout_any(dnn, p->integer ? RQ_DT_I8 : p->l->plan->numbers, &weights),
        .bias = p->bias ? rq_dnn_layout_dense(dnn, RQ_DT_F32, &bias) : NULL,
        .dst =
            rq_dnn_layout_channels_last(dnn, rq_fused_dtype(&p->fused, p->l->plan->numbers), &dst),
        .stride = {1, 1},
        .dilation = {1, 1},
        .n_spatial = 2,
    };
    for (int d = 0; d < 2; d++) {
        const phase *along = phase_of(p, i, d);
        w.pad_begin[d] = -along->from;
        w.pad_end[d] = p->size[d] - 1 + along->from + along->taps - p->in[d];
    }
    if (!w.src || !w.weights || !w.dst) return RQ_EUNSUPPORTED;
    return rq_dnn_convolution(out, dnn, &w, &p->fused.attr);
}

static rq_status attempt(rq_dnn_primitive **out, void *ctx, size_t max_nodes)
{
    phases *p = ctx;
    rq_fuse_rules rules = {.channel_axis = 1, .bias = true, .integer = p->integer};
    RQ_TRY(rq_fuse(&p->fused, p->l, p->chain, max_nodes, &rules));
    RQ_TRY(rq_fuse_finish(&p->fused, &p->bias, p->l, p->integer ? p->product.unit : NULL,
                          p->integer ? p->product.weights.n : 0));
    if (p->fused.n_args || p->fused.codes.scales) return RQ_EUNSUPPORTED;
    if (p->integer) p->fused.attr.source_zero_point = p->product.codes.zero_point;
    for (size_t i = 0; i < phase_count(p); i++) RQ_TRY(build(&out[i], p, i));
    return RQ_OK;
}

static rq_status choose(rq_dnn_primitive **out, phases *p)
{
    return rq_fuse_most(out, p->chain, &p->fused, attempt, p);
}

/* -- steps ------------------------------------------------------------------------------------- */

/* [I, O, ky, kx] as the phase's [O, I, taps, taps]. */
static rq_status phase_weights(const void **out, const phases *p, size_t index)
{
    const phase *y = phase_of(p, index, 0), *x = phase_of(p, index, 1);
    size_t size = p->integer ? 1 : sizeof(float);
    const void *weights;
    RQ_TRY(rq_lower_weights(&weights, p->l, p->node->in[1], p->integer ? &p->product : NULL));
    const char *from = weights;
    char *to;
    void *memory;
    rq_shape shape = weight_shape(p, index);
    RQ_TRY(rq_pack_alloc(&memory, p->l->plan, rq_shape_count(&shape) * size));
    to = memory;
    for (int64_t o = 0; o < p->outputs; o++)
        for (int64_t i = 0; i < p->inputs; i++)
            for (int64_t v = 0; v < y->taps; v++)
                for (int64_t u = 0; u < x->taps; u++, to += size) {
                    int64_t ky = y->last_tap - p->stride[0] * v;
                    int64_t kx = x->last_tap - p->stride[1] * u;
                    int64_t at = ((i * p->outputs + o) * p->kernel[0] + ky) * p->kernel[1] + kx;
                    memcpy(to, from + (size_t)at * size, size);
                }
    *out = memory;
    return RQ_OK;
}

static rq_status add_phase(size_t *dst, const phases *p, size_t i,
                           const rq_dnn_primitive *primitive)
{
    rq_onednn_plan *plan = p->l->plan;
    rq_shape shape = weight_shape(p, i);
    const void *weights;
    rq_step_arg args[4] = {{RQ_DNN_SRC, 0, NULL},
                           {RQ_DNN_WEIGHTS, RQ_NO_BUFFER, NULL},
                           {RQ_DNN_DST, 0, NULL},
                           {RQ_DNN_BIAS, RQ_NO_BUFFER, p->bias}};
    RQ_TRY(rq_buffer_in(&args[0].buffer, plan, p->node->in[0], primitive->layouts[RQ_DNN_SRC],
                        p->integer ? &p->product.codes : NULL, p->node->id));
    RQ_TRY(phase_weights(&weights, p, i));
    RQ_TRY(
        rq_pack_constant(&args[1].packed, plan,
                         rq_dnn_layout_dense(plan->dnn, p->integer ? RQ_DT_I8 : RQ_DT_F32, &shape),
                         weights, primitive->layouts[RQ_DNN_WEIGHTS], NULL));
    RQ_TRY(rq_buffer_scratch(dst, plan, primitive->layouts[RQ_DNN_DST]));
    args[2].buffer = *dst;
    return rq_step_add(plan, RQ_STEP_PRIMITIVE, p->node->id, primitive, args, p->bias ? 4 : 3);
}

/* The phases' memory, one behind the other. */
static rq_status place_phases(const phases *p, size_t whole, size_t result)
{
    static const int order[] = {2, 0, 1, 5, 3, 4};
    const rq_windows w = {
        p->batch, p->outputs, {p->size[0], p->size[1]}, {p->stride[0], p->stride[1]}};
    rq_shape shape = {6, {w.size[0], w.size[1], w.batch, w.n[0], w.n[1], w.channels}};
    return rq_lower_place_windows(p->l, p->node, &w, &shape, order, whole, result);
}

static rq_status emit(phases *p, rq_dnn_primitive *const *primitives)
{
    rq_onednn_plan *plan = p->l->plan;
    rq_dtype dtype = rq_fused_dtype(&p->fused, p->l->plan->numbers);
    rq_id value = rq_fused_value(p->chain, &p->fused);
    size_t each = rq_dnn_layout_bytes(primitives[0]->layouts[RQ_DNN_DST]), whole, result;
    if (each % RQ_ALIGN) return RQ_EUNSUPPORTED; /* phases follow each other in memory */
    rq_shape all = {1, {(int64_t)(each * phase_count(p))}};
    const rq_dnn_layout *bytes = rq_dnn_layout_dense(plan->dnn, RQ_DT_U8, &all);
    const rq_dnn_layout *layout =
        rq_dnn_layout_channels_last(plan->dnn, dtype, &rq_lower_value(p->l, value)->shape);
    if (!bytes || !layout) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_buffer_scratch(&whole, plan, bytes));
    for (size_t i = 0; i < phase_count(p); i++) {
        size_t dst;
        RQ_TRY(add_phase(&dst, p, i, primitives[i]));
        rq_buffer_move(plan, dst, whole, i * each);
    }
    RQ_TRY(rq_buffer_add(&result, plan, value, layout, p->fused.quantized ? &p->fused.codes : NULL,
                         RQ_NO_BUFFER));
    plan->kernels[p->node->id] = primitives[0]->kernel;
    p->chain->done = p->fused.taken;
    return place_phases(p, whole, result);
}

rq_status rq_lower_phases(rq_lower *l, rq_chain *chain)
{
    phases p = {.l = l, .chain = chain, .node = chain->nodes[0]};
    rq_dnn_primitive *primitives[MAX_STRIDE * MAX_STRIDE];
    if (!read_geometry(&p)) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_integer_product_read_transposed(&p.product, &p.integer, l, p.node));
    rq_status status = choose(primitives, &p);
    if (status == RQ_EUNSUPPORTED && p.integer) {
        p.integer = false;
        status = choose(primitives, &p);
    }
    RQ_TRY(status);
    return emit(&p, primitives);
}
