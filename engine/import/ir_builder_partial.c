/* Shapes of outputs where the sizes that are taken for unknown ones of inputs do not go together.
 */
#include "engine/import/ir_builder.h"

#include "engine/base/text.h"
#include "engine/ops/operators.h"

#include <string.h>

/* How many labels an equation of Einsum has behind its arrow; -1 where that is not all. */
static int equation_rank(const rq_node *node)
{
    const char *equation = rq_node_attr(node, "equation");
    const char *output = equation ? strstr(equation, "->") : NULL;
    if (!output || strpbrk(output, ". ") || strlen(output + 2) > RQ_MAX_RANK) return -1;
    return (int)strlen(output + 2);
}

/* Each row of indices takes as many axes away as it has elements, beside those of batches. */
static int gathered_rank(const rq_node *node, const rq_tensor *in)
{
    const rq_shape *data = &in[0].shape, *indices = &in[1].shape;
    const char *text = rq_node_attr(node, "batch_dims");
    int64_t n_batch = 0;
    if (node->n_in < 2 || indices->rank < 1 || (text && !rq_parse_i64(text, &n_batch))) return -1;
    int64_t taken = indices->d[indices->rank - 1];
    if (n_batch < 0 || n_batch >= indices->rank || taken + n_batch > data->rank) return -1;
    int rank = data->rank + indices->rank - 1 - (int)(taken + n_batch);
    return rank > 0 && rank <= RQ_MAX_RANK ? rank : -1;
}

/* Batches are shared; indices stand in place of the axis. */
static int taken_rank(const rq_node *node, const rq_tensor *in)
{
    const char *text = rq_node_attr(node, "batch_dims");
    int64_t n_batch = 0;
    if (node->n_in < 2 || (text && !rq_parse_i64(text, &n_batch))) return -1;
    int64_t indices = in[1].shape.rank;
    if (n_batch < 0) n_batch += indices;
    if (n_batch < 0 || n_batch > indices) return -1;
    int64_t rank = in[0].shape.rank - 1 + indices - n_batch;
    return rank > 0 && rank <= RQ_MAX_RANK ? (int)rank : -1;
}

/* Do the inputs meet in the output, which has as many dimensions as the one with the most? */
static bool joins(const rq_node *node)
{
    static const rq_op *const types[] = {&rq_op_Concat, &rq_op_MatMul, &rq_op_Select, NULL};
    const rq_op *op = rq_node_op(node);
    return (op && op->flags & RQ_OP_BINARY) || rq_node_is_any(node, types);
}

/* The rank that the output has all the same; -1 if that is not known. */
static int common_rank(const rq_node *node, const rq_tensor *in)
{
    static const rq_op *const as_first[] = {&rq_op_AvgPool,
                                            &rq_op_BatchToSpace,
                                            &rq_op_Convolution,
                                            &rq_op_ConvolutionBackpropData,
                                            &rq_op_DeformableConvolution,
                                            &rq_op_DepthToSpace,
                                            &rq_op_EmbeddingBagOffsets,
                                            &rq_op_EmbeddingBagOffsetsSum,
                                            &rq_op_EmbeddingBagPacked,
                                            &rq_op_EmbeddingBagPackedSum,
                                            &rq_op_EmbeddingSegmentsSum,
                                            &rq_op_ExtractImagePatches,
                                            &rq_op_GatherElements,
                                            &rq_op_GridSample,
                                            &rq_op_GroupConvolution,
                                            &rq_op_GroupConvolutionBackpropData,
                                            &rq_op_Interpolate,
                                            &rq_op_MaxPool,
                                            &rq_op_Pad,
                                            &rq_op_ReorgYolo,
                                            &rq_op_ScaledDotProductAttention,
                                            &rq_op_SpaceToBatch,
                                            &rq_op_SpaceToDepth,
                                            &rq_op_Transpose,
                                            NULL};
    static const rq_op *const regions[] = {&rq_op_DeformablePSROIPooling, &rq_op_PSROIPooling,
                                           &rq_op_ROIAlign, &rq_op_ROIPooling, NULL};
    int rank = -1;
    if (rq_node_is(node, &rq_op_Einsum)) return equation_rank(node);
    if (rq_node_is(node, &rq_op_Gather)) return taken_rank(node, in);
    if (rq_node_is(node, &rq_op_GatherND)) return gathered_rank(node, in);
    if (rq_node_is_any(node, regions)) return 4;
    if (rq_node_is_any(node, as_first)) return in[0].shape.rank;
    for (uint32_t k = 0; joins(node) && k < node->n_in; k++)
        if (in[k].shape.rank > rank) rank = in[k].shape.rank;
    return rank > 0 ? rank : -1;
}

/* Operators whose output has the shape of their first input, whatever the others are. */
static bool keeps_shape(rq_shape *out, const rq_node *node, const rq_tensor *in)
{
    static const rq_op *const types[] = {&rq_op_BatchNormInference, &rq_op_FakeQuantize,
                                         &rq_op_GroupNormalization, &rq_op_PReLU,
                                         &rq_op_ReverseSequence,    &rq_op_ScatterElementsUpdate,
                                         &rq_op_ScatterNDUpdate,    &rq_op_ScatterUpdate,
                                         &rq_op_SliceScatter,       NULL};
    *out = in[0].shape;
    return rq_node_is_any(node, types);
}

/* A squeeze takes its axes away, whatever their size is. */
static bool squeezed(rq_shape *out, const rq_node *node, const rq_tensor *in)
{
    const rq_tensor *axes = node->n_in == 2 ? &in[1] : NULL;
    if (!rq_node_is(node, &rq_op_Squeeze) || !axes || !axes->data) return false;
    rq_shape x = in[0].shape;
    bool gone[RQ_MAX_RANK] = {false};
    for (size_t k = 0; k < rq_tensor_count(axes); k++) {
        int64_t axis = rq_load_i64(axes->data, axes->dtype, k);
        if (axis < 0) axis += x.rank;
        if (axis < 0 || axis >= x.rank) return false;
        gone[axis] = true;
    }
    out->rank = 0;
    for (int k = 0; k < x.rank; k++)
        if (!gone[k]) out->d[out->rank++] = x.d[k];
    return true;
}

/* A split changes one axis, by what is known of its parts. */
static bool split(rq_shape *out, const rq_node *node, const rq_tensor *in, uint32_t output,
                  int64_t unknown)
{
    bool variadic = rq_node_is(node, &rq_op_VariadicSplit);
    const rq_tensor *lengths = variadic && node->n_in > 2 ? &in[2] : NULL;
    if (!variadic && !rq_node_is(node, &rq_op_Split)) return false;
    if (node->n_in < 2 || !in[1].data || rq_tensor_count(&in[1]) != 1) return false;
    int64_t axis = rq_load_i64(in[1].data, in[1].dtype, 0), length = -1;
    *out = in[0].shape;
    if (axis < 0) axis += out->rank;
    if (axis < 0 || axis >= out->rank) return false;
    if (lengths && lengths->data && output < rq_tensor_count(lengths))
        length = rq_load_i64(lengths->data, lengths->dtype, output);
    out->d[axis] = length >= 0 ? length : unknown;
    return true;
}

/* Of recurrent layers: what comes out of each step, [B,D,T,H], and last states, [B,D,H]; a cell has
 * states alone, [B,H]. */
static bool recurrent(rq_shape *out, const rq_node *node, const rq_tensor *in, uint32_t output,
                      int64_t unknown)
{
    static const rq_op *const cells[] = {&rq_op_GRUCell, &rq_op_LSTMCell, &rq_op_RNNCell, NULL};
    static const rq_op *const sequences[] = {&rq_op_GRUSequence, &rq_op_LSTMSequence,
                                             &rq_op_RNNSequence, NULL};
    const char *direction = rq_node_attr(node, "direction");
    const char *size = rq_node_attr(node, "hidden_size");
    bool cell = rq_node_is_any(node, cells);
    int64_t hidden = 0, both = direction && !strcmp(direction, "bidirectional") ? 2 : 1;
    if (!cell && (!rq_node_is_any(node, sequences) || in[0].shape.rank != 3)) return false;
    if (!size || !rq_parse_i64(size, &hidden) || hidden < 1) hidden = unknown;
    int64_t batch = in[0].shape.d[0], steps = in[0].shape.d[1];
    *out = cell          ? (rq_shape){2, {batch, hidden}}
           : output == 0 ? (rq_shape){4, {batch, both, steps, hidden}}
                         : (rq_shape){3, {batch, both, hidden}};
    return true;
}

/* A reshape says most of the output's shape, whatever the input's is. What is left over is no
 * dimension that anything else has. */
bool rq_ir_builder_partial_shape(rq_shape *out, const rq_node *node, const rq_tensor *in,
                                 uint32_t output, int sample)
{
    int64_t unknown = rq_ir_builder_sample_dims[sample];
    if (node->n_in == 0) return false; /* that one is missing may be why the sizes are not known */
    if (split(out, node, in, output, unknown)) return true;
    if (recurrent(out, node, in, output, unknown)) return true;
    if (node->n_out > 1) return false;
    if (keeps_shape(out, node, in) || squeezed(out, node, in)) return true;
    const rq_tensor *target = node->n_in == 2 ? &in[1] : NULL;
    bool reshape = rq_node_is(node, &rq_op_Reshape) && target && target->data &&
                   target->shape.rank == 1 && target->shape.d[0] <= RQ_MAX_RANK;
    out->rank = reshape ? (int)target->shape.d[0] : common_rank(node, in);
    for (int k = 0; k < out->rank; k++) {
        int64_t dim = reshape ? rq_load_i64(target->data, target->dtype, (size_t)k) : -1;
        if (dim < 0 && reshape) dim = rq_ir_builder_data_dims[sample];
        out->d[k] = dim > 0 ? dim : unknown;
    }
    return out->rank > 0;
}
