/* Where dimensions come from that are not known. All of them have the same size in a sample: that
 * two of them are equal is told by the values that they are dimensions of. */
#include "engine/import/pass.h"
#include "engine/ops/attrs.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STEPS 256 /* back from a value: further off nothing is found */

static const rq_tensor *samples(const rq_pass *p, rq_id value)
{
    return p->b->values[value].t;
}

static int rank_of(const rq_pass *p, rq_id value)
{
    return samples(p, value)[0].shape.rank;
}

/* -- elements of rows of sizes --------------------------------------------------------------- */

static bool constant_at(const rq_pass *p, const rq_node *node, uint32_t input, int64_t i,
                        int64_t *out)
{
    const rq_tensor *t = input < node->n_in ? rq_ir_builder_const(p->b, node->in[input]) : NULL;
    if (!t || i < 0 || (uint64_t)i >= rq_tensor_count(t)) return false;
    *out = rq_load_i64(t->data, t->dtype, (size_t)i);
    return true;
}

static int64_t length_of(const rq_pass *p, rq_id row)
{
    const rq_tensor *t = samples(p, row);
    return t->shape.rank < 0 || t->shape.rank > 1 ? -1 : (int64_t)rq_tensor_count(t);
}

static bool step_concat(const rq_pass *p, const rq_node *node, rq_dimension *at)
{
    int64_t i = at->index;
    for (uint32_t part = 0; part < node->n_in; part++) {
        int64_t n = length_of(p, node->in[part]);
        if (n < 0) return false;
        if (i < n) {
            *at = (rq_dimension){node->in[part], (int)i};
            return true;
        }
        i -= n;
    }
    return false;
}

static bool step_split(const rq_pass *p, const rq_node *node, rq_dimension *at)
{
    int64_t before = 0;
    for (uint32_t k = 0; k < node->n_out && node->out[k] != at->value; k++)
        before += length_of(p, node->out[k]);
    *at = (rq_dimension){node->in[0], at->index + (int)before};
    return true;
}

/* An element of a slice of constant bounds of the row. */
static bool step_slice(const rq_pass *p, const rq_node *node, rq_dimension *at)
{
    bool strided = rq_node_is(node, &rq_op_StridedSlice);
    int64_t begin, step = 1, n = length_of(p, node->in[0]);
    if (n < 0 || !constant_at(p, node, 1, 0, &begin)) return false;
    if (node->n_in > 3 && !constant_at(p, node, 3, 0, &step)) return false;
    if (strided) {
        const void *attrs = rq_pass_attrs(p, node);
        const rq_ints *mask = rq_attrs_ints(&rq_op_StridedSlice, attrs, "begin_mask");
        if (mask->n && mask->v[0]) begin = step < 0 ? n - 1 : 0;
        if (rq_attrs_ints(&rq_op_StridedSlice, attrs, "new_axis_mask")->n &&
            rq_attrs_ints(&rq_op_StridedSlice, attrs, "new_axis_mask")->v[0])
            return false;
    }
    if (begin < 0) begin += n;
    *at = (rq_dimension){node->in[0], (int)(begin + step * at->index)};
    return true;
}

static bool step_gather(const rq_pass *p, const rq_node *node, rq_dimension *at)
{
    int64_t index, n = length_of(p, node->in[0]);
    if (n < 0 || !constant_at(p, node, 1, at->index, &index)) return false;
    *at = (rq_dimension){node->in[0], (int)(index < 0 ? index + n : index)};
    return true;
}

static bool step_row(const rq_pass *p, const rq_node *node, rq_dimension *at)
{
    static const rq_op *const views[] = {&rq_op_Convert, &rq_op_Unsqueeze, &rq_op_Squeeze,
                                         &rq_op_Reshape, NULL};
    static const rq_op *const splits[] = {&rq_op_Split, &rq_op_VariadicSplit, NULL};
    if (rq_node_is_any(node, splits)) return step_split(p, node, at);
    if (rq_node_is(node, &rq_op_Concat)) return step_concat(p, node, at);
    if (rq_node_is(node, &rq_op_Gather)) return step_gather(p, node, at);
    if (rq_node_is(node, &rq_op_StridedSlice) || rq_node_is(node, &rq_op_Slice))
        return step_slice(p, node, at);
    at->value = node->n_in ? node->in[0] : at->value;
    return rq_node_is_any(node, views);
}

bool rq_pass_trace_size(rq_dimension *out, const rq_pass *p, rq_id row, int64_t i)
{
    rq_dimension at = {row, (int)i};
    for (int steps = 0; steps < MAX_STEPS; steps++) {
        const rq_node *node = rq_value_producer(p->graph, at.value);
        if (rq_node_is(node, &rq_op_ShapeOf)) {
            *out = (rq_dimension){node->in[0], at.index};
            return at.index >= 0 && at.index < rank_of(p, node->in[0]);
        }
        if (!node || !step_row(p, node, &at) || at.index < 0) return false;
    }
    return false;
}

/* -- dimensions ------------------------------------------------------------------------------ */

static bool is_same_size(const rq_pass *p, rq_dimension x, rq_dimension y)
{
    for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) {
        const rq_shape *a = &samples(p, x.value)[s].shape, *b = &samples(p, y.value)[s].shape;
        if (x.index < 0 || y.index < 0 || x.index >= a->rank || y.index >= b->rank ||
            a->d[x.index] < 0 || a->d[x.index] != b->d[y.index])
            return false;
    }
    return true;
}

/* The operand that is not broadcast along it. */
static rq_dimension of_operand(const rq_pass *p, const rq_node *node, rq_dimension at)
{
    for (uint32_t k = 0; k < node->n_in; k++) {
        int index = at.index - rank_of(p, at.value) + rank_of(p, node->in[k]);
        rq_dimension in = {node->in[k], index};
        if (rank_of(p, node->in[k]) >= 0 && is_same_size(p, in, at)) return in;
    }
    return at;
}

static rq_dimension of_product(const rq_pass *p, const rq_node *node, rq_dimension at)
{
    int rank = rank_of(p, at.value), left = rank_of(p, node->in[0]), right;
    bool turned = rq_pass_int(p, node, "transpose_b");
    right = rank_of(p, node->in[1]);
    if (left < 2 || right < 2 || rank < 2) return at;
    if (at.index == rank - 1) return (rq_dimension){node->in[1], right - (turned ? 2 : 1)};
    if (at.index == rank - 2)
        return (rq_dimension){node->in[0], left - (rq_pass_int(p, node, "transpose_a") ? 1 : 2)};
    return of_operand(p, node, at);
}

static rq_dimension of_transpose(const rq_pass *p, const rq_node *node, rq_dimension at)
{
    int64_t from;
    if (!constant_at(p, node, 1, at.index, &from)) return at;
    return (rq_dimension){node->in[0], (int)(from < 0 ? from + rank_of(p, at.value) : from)};
}

/* Dimensions of the data before the axis, of the indices, of the data behind it. */
static rq_dimension of_gather(const rq_pass *p, const rq_node *node, rq_dimension at)
{
    int64_t axis;
    int data = rank_of(p, node->in[0]), indices = rank_of(p, node->in[1]);
    if (data < 0 || indices < 0 || !constant_at(p, node, 2, 0, &axis)) return at;
    if (axis < 0) axis += data;
    if (at.index < axis) return (rq_dimension){node->in[0], at.index};
    if (at.index < axis + indices) return (rq_dimension){node->in[1], at.index - (int)axis};
    return (rq_dimension){node->in[0], at.index - indices + 1};
}

/* A target's 0 copies; its other elements may be dimensions of anything. */
static rq_dimension of_reshape(const rq_pass *p, const rq_node *node, rq_dimension at)
{
    int64_t size;
    rq_dimension from;
    if (constant_at(p, node, 1, at.index, &size))
        return size == 0 ? (rq_dimension){node->in[0], at.index} : at;
    if (rq_pass_trace_size(&from, p, node->in[1], at.index) && is_same_size(p, from, at))
        return from;
    return at;
}

/* Dimensions of 1 come or go: those that are left keep their order. */
static rq_dimension of_view(const rq_pass *p, const rq_node *node, rq_dimension at)
{
    bool grows = rq_node_is(node, &rq_op_Unsqueeze);
    rq_id wide = grows ? at.value : node->in[0];
    int rank = rank_of(p, wide), narrow = 0;
    int64_t axis;
    for (int i = 0; i < rank; i++) {
        bool moved = false;
        for (int64_t k = 0; !moved && constant_at(p, node, 1, k, &axis); k++)
            moved = (axis < 0 ? axis + rank : axis) == i;
        if (moved) continue;
        if (grows ? i == at.index : narrow == at.index)
            return (rq_dimension){node->in[0], grows ? narrow : i};
        narrow++;
    }
    return at;
}

static bool keeps_shape(const rq_pass *p, const rq_node *node)
{
    static const rq_op *const first[] = {
        &rq_op_MVN,  &rq_op_NormalizeL2, &rq_op_FakeQuantize, &rq_op_PReLU, &rq_op_Swish,
        &rq_op_Selu, &rq_op_HardSigmoid, &rq_op_CumSum,       NULL};
    if (node->n_out != 1 || !node->n_in) return false;
    for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++)
        if (!rq_shape_equal(&samples(p, node->in[0])[s].shape, &samples(p, node->out[0])[s].shape))
            return false;
    return node->n_in == 1 || rq_node_is_any(node, first);
}

/* The dimension of an input that it is; itself where that is not known. */
static rq_dimension step_back(const rq_pass *p, const rq_node *node, rq_dimension at)
{
    static const rq_op *const along[] = {
        &rq_op_Concat,           &rq_op_Split,   &rq_op_VariadicSplit, &rq_op_Convolution,
        &rq_op_GroupConvolution, &rq_op_MaxPool, &rq_op_AvgPool,       NULL};
    static const rq_op *const views[] = {&rq_op_Unsqueeze, &rq_op_Squeeze, NULL};
    const rq_op *op = rq_node_op(node);
    if (!op) return at;
    if (op->flags & RQ_OP_BINARY || rq_node_is(node, &rq_op_Select)) return of_operand(p, node, at);
    if (rq_node_is(node, &rq_op_MatMul)) return of_product(p, node, at);
    if (rq_node_is(node, &rq_op_Transpose)) return of_transpose(p, node, at);
    if (rq_node_is(node, &rq_op_Gather)) return of_gather(p, node, at);
    if (rq_node_is(node, &rq_op_Reshape)) return of_reshape(p, node, at);
    if (rq_node_is_any(node, views)) return of_view(p, node, at);
    rq_dimension first = {node->n_in ? node->in[0] : at.value, at.index};
    bool beside = rq_node_is_any(node, along) && is_same_size(p, first, at);
    return beside || keeps_shape(p, node) ? first : at;
}

rq_dimension rq_pass_trace_dimension(const rq_pass *p, rq_id value, int index)
{
    rq_dimension at = {value, index};
    for (int steps = 0; steps < MAX_STEPS; steps++) {
        const rq_node *node = rq_value_producer(p->graph, at.value);
        rq_dimension next = node ? step_back(p, node, at) : at;
        if (next.value == at.value) break;
        at = next;
    }
    return at;
}

/* How many dimensions of the value have that size in all samples. */
static int count_alike(const rq_pass *p, rq_dimension of)
{
    int n = 0;
    for (int i = 0; i < rank_of(p, of.value); i++)
        n += is_same_size(p, of, (rq_dimension){of.value, i});
    return n;
}

static bool is_known(const rq_pass *p, rq_dimension of)
{
    const rq_tensor *t = samples(p, of.value);
    return t[0].shape.d[of.index] == t[1].shape.d[of.index];
}

bool rq_pass_same_dim(const rq_pass *p, rq_id x, int i, rq_id y, int k)
{
    rq_dimension a = {x, i}, b = {y, k};
    if (!is_same_size(p, a, b)) return false;
    if (is_known(p, a) || (count_alike(p, a) == 1 && count_alike(p, b) == 1)) return true;
    a = rq_pass_trace_dimension(p, x, i);
    b = rq_pass_trace_dimension(p, y, k);
    return a.value == b.value && a.index == b.index;
}
