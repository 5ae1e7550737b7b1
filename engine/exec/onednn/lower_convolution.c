/* Convolutions and their transposes, in float or in integers. */
#include "engine/exec/onednn/lower.h"

#include "engine/base/cpu.h"
#include "engine/ops/common/convolution.h"
#include "engine/ops/weight_axes.h"

#include <string.h>

typedef struct convolution {
    rq_lower *l;
    rq_chain *chain;
    const rq_node *node;
    bool transposed, grouped;
    bool column;          /* images and kernels one element wide: see turn */
    rq_dnn_window window; /* geometry */
    rq_id data;           /* the input, before a Pad that is done here */
    rq_shape weights;     /* in the IR's order */
    int64_t channels;     /* of the output, all groups */
    rq_dtype numbers;     /* of floats that it reads and writes */
    bool integer;
    rq_integer_product product; /* if it is */
    rq_fused fused;
    const float *bias;
} convolution;

/* Pads at the end follow from the sizes, as oneDNN checks them: what an output that is asked for
 * lacks, or has more, is theirs. */
static rq_status settle_window(convolution *c)
{
    int64_t zeros[3] = {0};
    rq_window w;
    RQ_TRY(rq_window_of(&w, c->l->bound, c->node));
    c->data = c->transposed ? c->node->in[0] : rq_fuse_pad_input(c->l, c->node, zeros);
    const rq_shape *in = &rq_lower_value(c->l, c->data)->shape;
    c->window.n_spatial = in->rank - 2;
    for (int d = 0; d < in->rank - 2; d++) {
        int at = RQ_MAX_SPATIAL - (in->rank - 2) + d;
        int64_t positions = c->transposed ? w.in[at] : w.out[at];
        int64_t size = c->transposed ? w.out[at] : in->d[2 + d];
        int64_t reach = (positions - 1) * w.stride[at] + w.dilation[at] * (w.kernel[at] - 1) + 1;
        c->window.stride[d] = w.stride[at];
        c->window.dilation[d] = w.dilation[at];
        c->window.pad_begin[d] = w.pad_begin[at] + zeros[d];
        c->window.pad_end[d] = reach - c->window.pad_begin[d] - size;
        if (c->transposed && c->window.pad_end[d] < 0) return RQ_EUNSUPPORTED;
    }
    return RQ_OK;
}

/* The library's inner loop is along rows: what is a column is given to it as a row, which is the
 * same memory. */
static bool is_column(const convolution *c)
{
    const rq_shape *in = &rq_lower_value(c->l, c->data)->shape;
    const rq_shape *out = &rq_lower_value(c->l, c->node->out[0])->shape;
    return in->rank == 4 && in->d[2] > 1 && in->d[3] == 1 && out->d[3] == 1 &&
           c->weights.d[c->weights.rank - 1] == 1 && !c->window.pad_begin[1] &&
           !c->window.pad_end[1];
}

static rq_shape turned_shape(const convolution *c, const rq_shape *shape)
{
    rq_shape turned = *shape;
    if (!c->column) return turned;
    turned.d[shape->rank - 2] = shape->d[shape->rank - 1];
    turned.d[shape->rank - 1] = shape->d[shape->rank - 2];
    return turned;
}

static const rq_dnn_layout *turned_layout(const convolution *c, const rq_dnn_layout *layout,
                                          int rank)
{
    return c->column ? rq_dnn_layout_turned(c->l->plan->dnn, layout, rank) : layout;
}

static void turn(int64_t *of_dims)
{
    int64_t first = of_dims[0];
    of_dims[0] = of_dims[1];
    of_dims[1] = first;
}

static rq_dnn_window turned_window(const convolution *c)
{
    rq_dnn_window w = c->window;
    if (!c->column) return w;
    turn(w.stride);
    turn(w.dilation);
    turn(w.pad_begin);
    turn(w.pad_end);
    return w;
}

static rq_status read_geometry(convolution *c)
{
    const rq_tensor *weights = rq_lower_value(c->l, c->node->in[1]);
    c->weights = weights->shape;
    c->grouped = rq_op_is_grouped(rq_lower_op(c->l, c->node));
    c->transposed = rq_op_is_transposed(rq_lower_op(c->l, c->node));
    if (!rq_lower_has_f32_weights(c->l, c->node)) return RQ_EUNSUPPORTED;
    c->channels = rq_lower_value(c->l, c->node->out[0])->shape.d[1];
    RQ_TRY(settle_window(c));
    c->column = is_column(c);
    return RQ_OK;
}

static rq_status read_codes(convolution *c)
{
    const rq_u8_params *codes = rq_buffer_u8(c->l->plan, c->data, NULL);
    if (!codes || c->transposed) return RQ_OK;
    /* Scales per input channel can be taken out of a sum over one channel only. */
    if (codes->scales && (!c->grouped || c->weights.d[2] != 1)) return RQ_OK;
    int channels = c->grouped ? 2 : 1;
    size_t taps = rq_shape_span(&c->weights, channels + 1, c->weights.rank);
    size_t inputs = (size_t)c->weights.d[channels];
    rq_weight_strides strides = {inputs, taps, inputs * taps, taps, 1};
    return rq_integer_product_read(&c->product, &c->integer, c->l, codes, c->node->in[1], 0,
                                   channels, &strides);
}

/* The constant as oneDNN numbers its dims: [G,] O, I, spatial. */
static const rq_dnn_layout *weights_layout(const convolution *c, rq_dtype dtype)
{
    rq_dnn *dnn = c->l->plan->dnn;
    const rq_dnn_layout *dense = rq_dnn_layout_dense(dnn, dtype, &c->weights);
    int order[RQ_DNN_MAX_RANK], at = c->grouped ? 1 : 0;
    if (!dense) return NULL;
    for (int i = 0; i < c->weights.rank; i++) order[i] = i;
    if (c->transposed) {
        order[at] = at + 1;
        order[at + 1] = at;
    }
    return turned_layout(c, rq_dnn_layout_permuted(dnn, dense, order), c->weights.rank);
}

static const rq_dnn_layout *weights_any(const convolution *c, rq_dtype dtype)
{
    rq_shape shape = turned_shape(c, &c->weights);
    int at = c->grouped ? 1 : 0;
    if (c->transposed) {
        shape.d[at] = c->weights.d[at + 1];
        shape.d[at + 1] = c->weights.d[at];
    }
    return rq_dnn_layout_any(c->l->plan->dnn, dtype, &shape);
}

/* Codes with a scale per channel are read by sweeps, which have to find the channels. */
static bool has_channels(const convolution *c, const rq_dnn_primitive *primitive)
{
    rq_dnn_blocked shape;
    return !c->fused.codes.scales || rq_dnn_layout_blocked(&shape, primitive->layouts[RQ_DNN_DST]);
}

static rq_dtype data_dtype(const convolution *c)
{
    return c->integer ? RQ_DT_U8 : c->numbers;
}

static rq_status attempt(rq_dnn_primitive **out, void *ctx, size_t max_nodes)
{
    convolution *c = ctx;
    rq_dnn *dnn = c->l->plan->dnn;
    rq_fuse_rules rules = {
        .channel_axis = 1, .bias = true, .sum = !c->transposed, .integer = c->integer};
    RQ_TRY(rq_fuse(&c->fused, c->l, c->chain, max_nodes, &rules));
    RQ_TRY(rq_fuse_finish(&c->fused, &c->bias, c->l, c->integer ? c->product.unit : NULL,
                          c->integer ? c->product.weights.n : 0));
    if (c->integer) c->fused.attr.source_zero_point = c->product.codes.zero_point;
    rq_dnn_window w = turned_window(c);
    rq_shape bias = {1, {c->channels}};
    rq_shape src = turned_shape(c, &rq_lower_value(c->l, c->data)->shape);
    rq_shape dst = turned_shape(c, &rq_lower_value(c->l, c->node->out[0])->shape);
    w.src = rq_dnn_layout_any(dnn, data_dtype(c), &src);
    w.weights = weights_any(c, c->integer ? RQ_DT_I8 : c->numbers);
    w.bias = c->bias ? rq_dnn_layout_dense(dnn, RQ_DT_F32, &bias) : NULL;
    w.dst = rq_dnn_layout_any(dnn, rq_fused_dtype(&c->fused, c->numbers), &dst);
    if (!w.src || !w.weights || !w.dst) return RQ_EUNSUPPORTED;
    RQ_TRY(c->transposed ? rq_dnn_deconvolution(out, dnn, &w, &c->fused.attr)
                         : rq_dnn_convolution(out, dnn, &w, &c->fused.attr));
    return has_channels(c, *out) ? RQ_OK : RQ_EUNSUPPORTED;
}

/* In f32 what the library does not do in bf16. */
static rq_status choose(rq_dnn_primitive **out, convolution *c)
{
    c->numbers = c->l->plan->numbers;
    rq_status status = rq_fuse_most(out, c->chain, &c->fused, attempt, c);
    if (status != RQ_EUNSUPPORTED || c->numbers == RQ_DT_F32) return status;
    c->numbers = RQ_DT_F32;
    return rq_fuse_most(out, c->chain, &c->fused, attempt, c);
}

static rq_status emit(convolution *c, const rq_dnn_primitive *primitive)
{
    rq_onednn_plan *plan = c->l->plan;
    rq_step_arg args[3];
    const void *weights;
    RQ_TRY(rq_lower_weights(&weights, c->l, c->node->in[1], c->integer ? &c->product : NULL));
    int rank = c->window.n_spatial + 2;
    c->fused.result = turned_layout(c, primitive->layouts[RQ_DNN_DST], rank);
    RQ_TRY(rq_buffer_in(&args[0].buffer, plan, c->data,
                        turned_layout(c, primitive->layouts[RQ_DNN_SRC], rank),
                        c->integer ? &c->product.codes : NULL, c->node->id));
    args[0].role = RQ_DNN_SRC;
    args[0].packed = NULL;
    args[1] = (rq_step_arg){RQ_DNN_WEIGHTS, RQ_NO_BUFFER, NULL};
    RQ_TRY(rq_pack_constant(
        &args[1].packed, plan, weights_layout(c, c->integer ? RQ_DT_I8 : RQ_DT_F32), weights,
        primitive->layouts[RQ_DNN_WEIGHTS], rq_lower_producer(c->l, c->node->in[1])));
    args[2] = (rq_step_arg){RQ_DNN_BIAS, RQ_NO_BUFFER, c->bias};
    return rq_fused_emit(c->l, c->chain, &c->fused, primitive, args, c->bias ? 3 : 2);
}

/* Than our kernel for one channel each, of codes. oneDNN 2.6 has a better one (brdgmm) only where
 * their zero is 0. */
static bool is_slower(const rq_dnn_primitive *primitive)
{
    return rq_cpu_has(RQ_ISA_VNNI) && strncmp(primitive->kernel, "brdgmm", 6) != 0;
}

rq_status rq_lower_convolution(rq_lower *l, rq_chain *chain)
{
    convolution c = {.l = l, .chain = chain, .node = chain->nodes[0]};
    rq_dnn_primitive *primitive;
    RQ_TRY(read_geometry(&c));
    RQ_TRY(read_codes(&c));
    rq_status status = choose(&primitive, &c);
    if (c.integer && c.grouped && (status != RQ_OK || is_slower(primitive))) {
        rq_status own = rq_lower_depthwise(l, chain, c.data, &c.window, &c.product);
        if (own != RQ_EUNSUPPORTED) return own;
    }
    if (status == RQ_EUNSUPPORTED && c.integer) {
        c.integer = false;
        status = choose(&primitive, &c);
    }
    RQ_TRY(status);
    return emit(&c, primitive);
}
