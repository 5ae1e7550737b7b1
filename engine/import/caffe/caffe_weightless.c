/* Nets without weights: shapes that the blobs would have, so that what follows maps. */
#include "engine/import/caffe/caffe_map.h"

#include <string.h>

typedef struct layer {
    const rq_ir_builder *b;
    rq_shape x; /* of bottom 0 */
    int64_t channels, outputs, group;
} layer;

static bool is_one_of(const char *type, const char *const *types)
{
    while (*types && strcmp(type, *types) != 0) types++;
    return *types != NULL;
}

/* [O, I/G, k..]; of a Deconvolution [I, O/G, k..]. */
static rq_shape of_convolution(const layer *l, bool transposed)
{
    int64_t from = l->channels, to = l->outputs, kernel[RQ_MAX_RANK];
    rq_shape shape = {l->x.rank, {transposed ? from : to, (transposed ? to : from) / l->group}};
    size_t n = l->x.rank > 2 ? (size_t)l->x.rank - 2 : 0;
    rq_caffe_spatial(l->b, "kernel", "kernel_size", n, 0, kernel);
    for (size_t i = 0; i < n; i++) shape.d[2 + i] = kernel[i];
    return shape;
}

static rq_shape of_product(const layer *l)
{
    int64_t axis = rq_framework_int(l->b->node, "axis", 1), inputs = 1;
    if (axis < 0) axis += l->x.rank;
    for (int i = (int)axis; i >= 0 && i < l->x.rank; i++) inputs *= l->x.d[i];
    return (rq_shape){2, {l->outputs, inputs}};
}

static rq_shape of_recurrent(const layer *l, size_t i)
{
    bool fork = !strcmp(l->b->node->type, "Lstm"), rnn = !strcmp(l->b->node->type, "RNN");
    int64_t rows = (rnn ? 1 : 4) * l->outputs, inputs = 1;
    for (int k = l->x.rank > 2 ? 2 : 1; k < l->x.rank; k++) inputs *= l->x.d[k];
    if (i == 0) return (rq_shape){2, {rows, inputs}};
    if (i == 3) return (rq_shape){2, {l->outputs, l->outputs}};
    if (i == (fork ? 1 : 2)) return (rq_shape){2, {rows, l->outputs}};
    return (rq_shape){1, {i == 4 ? l->outputs : rows}};
}

static rq_shape of_parameter(const layer *l)
{
    size_t n;
    const int64_t *dims = rq_caffe_ints(l->b, "shape.dim", &n);
    if (!n) dims = rq_caffe_ints(l->b, "shape", &n);
    return rq_shape_make((int)(n < RQ_MAX_RANK ? n : RQ_MAX_RANK), dims);
}

static rq_shape expected(const layer *l, size_t i)
{
    static const char *const convolutions[] = {"Convolution", "ConvolutionDepthwise",
                                               "DepthwiseConvolution", "DeformableConvolution",
                                               NULL};
    static const char *const recurrent[] = {"LSTM", "Lstm", "RNN", NULL};
    const rq_framework_node *node = l->b->node;
    if (is_one_of(node->type, recurrent)) return of_recurrent(l, i);
    if (i == 0 && is_one_of(node->type, convolutions)) return of_convolution(l, false);
    if (i == 0 && !strcmp(node->type, "Deconvolution")) return of_convolution(l, true);
    if (i == 0 && !strcmp(node->type, "InnerProduct")) return of_product(l);
    if (i == 0 && !strcmp(node->type, "Embed"))
        return (rq_shape){2, {rq_framework_int(node, "input_dim", 1), l->outputs}};
    if (!strcmp(node->type, "Parameter")) return of_parameter(l);
    bool shared = rq_framework_int(node, "channel_shared", 0) ||
                  (i == 2 && l->channels > 0 && !strcmp(node->type, "BatchNorm"));
    return (rq_shape){1, {shared ? 1 : l->channels}};
}

rq_id rq_caffe_missing_blob(rq_ir_builder *b, size_t i)
{
    layer l = {.b = b, .outputs = rq_framework_int(b->node, "num_output", 1)};
    l.group = rq_framework_int(b->node, "group", 1);
    if (rq_caffe_bottoms(b)) l.x = rq_ir_builder_shape(b, rq_ir_builder_in(b, 0));
    int64_t axis = rq_framework_int(b->node, "axis", 1);
    l.channels = axis >= 0 && axis < l.x.rank ? l.x.d[axis] : -1;
    if (l.group < 1) l.group = 1;
    rq_shape shape = expected(&l, i);
    if (b->status != RQ_OK) return RQ_NONE;
    if (rq_shape_check(&shape, false, "weights") != RQ_OK) {
        rq_ir_builder_unmapped(b, "its weights are missing, and what shape they have is not known");
        return RQ_NONE;
    }
    rq_ir_builder_outermost(b)->lacks_weights = true;
    bool before = b->no_fold;
    b->no_fold = true; /* no memory is spent on them */
    rq_id zero = rq_emit_scalar(b, RQ_DT_F32, 0);
    rq_id y = rq_emit(b, "Broadcast-3", RQ_IN(zero, rq_emit_ints(b, shape.d, (size_t)shape.rank)),
                      "mode=numpy");
    b->no_fold = before;
    return y;
}
