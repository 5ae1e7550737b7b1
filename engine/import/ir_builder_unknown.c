/* Shapes that only the data tells: how many dimensions there are is known all the same, and some
 * of them. */
#include "engine/import/ir_builder.h"

#include "engine/ops/operators.h"

const int64_t rq_ir_builder_data_dims[RQ_IR_BUILDER_SAMPLES] = {48, 112};

/* Sliced axes have some size; the others keep theirs. */
static rq_shape sliced(const rq_tensor *in, uint32_t n_in, int64_t some)
{
    rq_shape shape = in[0].shape;
    const rq_tensor *axes = n_in > 4 ? &in[4] : NULL;
    for (int i = 0; i < shape.rank && !axes; i++) shape.d[i] = some;
    if (axes && !axes->data) return (rq_shape){-1, {0}};
    for (size_t i = 0; axes && i < rq_tensor_count(axes); i++) {
        int64_t axis = rq_load_i64(axes->data, axes->dtype, i);
        if (axis < 0) axis += shape.rank;
        if (axis >= 0 && axis < shape.rank) shape.d[axis] = some;
    }
    return shape;
}

static rq_shape all_unknown(int64_t rank, int64_t some)
{
    rq_shape shape = {rank > RQ_MAX_RANK ? -1 : (int)rank, {0}};
    for (int i = 0; i < shape.rank; i++) shape.d[i] = some;
    return shape;
}

static int count_bits(const rq_node *node, const char *name)
{
    const char *text = rq_node_attr(node, name);
    int n = 0;
    for (; text && *text; text++) n += *text == '1';
    return n;
}

/* Axes that masks add or take away; what an ellipsis stands for changes no rank. */
static int strided_rank(const rq_node *node, int rank)
{
    return rank + count_bits(node, "new_axis_mask") - count_bits(node, "shrink_axis_mask");
}

/* A shape of so many numbers is an input. */
static int64_t length_of(const rq_tensor *row)
{
    return row->shape.rank == 1 ? row->shape.d[0] : -1;
}

rq_shape rq_ir_builder_unknown_shape(const rq_node *node, const rq_tensor *in, uint32_t output,
                                     int64_t some)
{
    static const rq_op *const same_rank[] = {&rq_op_Pad, &rq_op_Tile, &rq_op_TopK, NULL};
    const rq_shape unknown = {-1, {0}};
    int rank = node->n_in ? in[0].shape.rank : -1;
    if (rank < 0) return unknown;
    if (rq_node_is(node, &rq_op_NonZero)) return (rq_shape){2, {rank, some}};
    if (rq_node_is(node, &rq_op_Slice)) return sliced(in, node->n_in, some);
    if (rq_node_is(node, &rq_op_NonMaxSuppression))
        return output < 2 ? (rq_shape){2, {some, 3}} : (rq_shape){1, {1}};
    if (rq_node_is_any(node, same_rank)) return all_unknown(rank, some);
    if (rq_node_is(node, &rq_op_Range)) return all_unknown(1, some);
    if (rq_node_is(node, &rq_op_StridedSlice)) return all_unknown(strided_rank(node, rank), some);
    if (node->n_in > 1 && (rq_node_is(node, &rq_op_Broadcast) || rq_node_is(node, &rq_op_Reshape)))
        return all_unknown(length_of(&in[1]), some);
    return unknown;
}
