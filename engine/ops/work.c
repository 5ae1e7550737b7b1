#include "engine/ops/work.h"

#include "engine/base/text.h"

#include <string.h>

/* A layer with static shapes on all sides. */
typedef struct layer {
    const rq_node *node;
    const rq_bound *bound;
} layer;

static const rq_tensor *input(const layer *l, uint32_t i)
{
    return i < l->node->n_in && l->node->in[i] != RQ_NONE ? &l->bound->values[l->node->in[i]]
                                                          : NULL;
}

static double count_in(const layer *l, uint32_t i)
{
    const rq_tensor *t = input(l, i);
    return t ? (double)rq_tensor_count(t) : 0;
}

static double count_out(const layer *l)
{
    return l->node->n_out ? (double)rq_tensor_count(&l->bound->values[l->node->out[0]]) : 0;
}

/* Size of dimension `axis` of input i; negative axes count from the end. 1 if it is not there. */
static double extent(const layer *l, uint32_t i, int axis)
{
    const rq_tensor *t = input(l, i);
    int at = t && axis < 0 ? axis + t->shape.rank : axis;
    return t && at >= 0 && at < t->shape.rank ? (double)t->shape.d[at] : 1;
}

/* -- formulas: `arg` is the table's ---------------------------------------------------------- */

/* Weights [O,I,k...], or [G,O/G,I/G,k...] where arg is 1: each output element takes the products
 * of one output channel. */
static double convolution(const layer *l, int arg)
{
    double channels = extent(l, 1, 0) * (arg ? extent(l, 1, 1) : 1);
    return channels > 0 ? 2 * count_out(l) * count_in(l, 1) / channels : 0;
}

/* Weights [I,O,k...], or [G,I/G,O/G,k...]: each input element is spread over one input channel's
 * products. */
static double transposed_convolution(const layer *l, int arg)
{
    double channels = extent(l, 1, 0) * (arg ? extent(l, 1, 1) : 1);
    return channels > 0 ? 2 * count_in(l, 0) * count_in(l, 1) / channels : 0;
}

static double matrix_product(const layer *l, int arg)
{
    (void)arg;
    const char *transposed = rq_node_attr(l->node, "transpose_a");
    bool swap = transposed && (!strcmp(transposed, "true") || !strcmp(transposed, "1"));
    return 2 * count_out(l) * extent(l, 0, swap ? -2 : -1);
}

/* Softmax(Q K^T) V: two products, both over the length of the sequence of keys. */
static double attention(const layer *l, int arg)
{
    (void)arg;
    return 2 * extent(l, 1, -2) * (count_in(l, 0) + count_out(l));
}

/* Inputs `arg` and the next are the weights of all gates, used once for each step of X [..., I]. */
static double recurrent(const layer *l, int arg)
{
    uint32_t weights = (uint32_t)arg;
    double width = extent(l, 0, -1);
    return width > 0
               ? 2 * count_in(l, 0) / width * (count_in(l, weights) + count_in(l, weights + 1))
               : 0;
}

static double pooling(const layer *l, int arg)
{
    (void)arg;
    int64_t kernel[RQ_MAX_RANK];
    size_t n = 0;
    const char *text = rq_node_attr(l->node, "kernel");
    if (!text || !rq_parse_i64_list(text, kernel, RQ_MAX_RANK, &n)) return 0;
    double window = 1;
    for (size_t i = 0; i < n; i++) window *= (double)kernel[i];
    return window * count_out(l);
}

/* Element-wise layers, reductions, normalisation: one operation per element of the larger side. */
static double element_wise(const layer *l, int arg)
{
    (void)arg;
    double in = count_in(l, 0), out = count_out(l);
    return in > out ? in : out;
}

static const struct {
    const char *type;
    double (*flops)(const layer *l, int arg);
    int arg;
} formulas[] = {
    {"Convolution", convolution, 0},
    {"GroupConvolution", convolution, 1},
    {"ConvolutionBackpropData", transposed_convolution, 0},
    {"GroupConvolutionBackpropData", transposed_convolution, 1},
    {"MatMul", matrix_product, 0},
    {"ScaledDotProductAttention", attention, 0},
    {"LSTMSequence", recurrent, 4},
    {"GRUSequence", recurrent, 3},
    {"RNNSequence", recurrent, 3},
    {"LSTMCell", recurrent, 3},
    {"GRUCell", recurrent, 2},
    {"RNNCell", recurrent, 2},
    {"AvgPool", pooling, 0},
    {"MaxPool", pooling, 0},
};

static double flops_of(const layer *l, const rq_op *op)
{
    for (size_t i = 0; i < sizeof formulas / sizeof formulas[0]; i++)
        if (!strcmp(formulas[i].type, l->node->type)) return formulas[i].flops(l, formulas[i].arg);
    bool moves =
        op->role == RQ_ROLE_PASS || op->role == RQ_ROLE_CONCAT || op->role == RQ_ROLE_SHAPE;
    return moves ? 0 : element_wise(l, 0);
}

/* -- one layer ------------------------------------------------------------------------------- */

static bool is_known(const rq_bound *bound, const rq_id *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (values[i] != RQ_NONE && !rq_shape_is_static(&bound->values[values[i]].shape))
            return false;
    return true;
}

static double bytes_of(const rq_bound *bound, const rq_id *values, uint32_t n)
{
    double bytes = 0;
    for (uint32_t i = 0; i < n; i++)
        if (values[i] != RQ_NONE) bytes += (double)rq_tensor_bytes(&bound->values[values[i]]);
    return bytes;
}

rq_work rq_work_of(const rq_bound *bound, rq_id id)
{
    const rq_node *node = bound->graph->nodes[id];
    const rq_bound_node *state = &bound->nodes[id];
    rq_work none = {0, 0};
    if (!node || !state->op || state->folded || (state->op->flags & RQ_OP_VIEW) || !node->n_in ||
        !strcmp(node->type, "Result"))
        return none;
    if (!is_known(bound, node->in, node->n_in) || !is_known(bound, node->out, node->n_out))
        return none;
    layer l = {node, bound};
    return (rq_work){flops_of(&l, state->op), bytes_of(bound, node->in, node->n_in) +
                                                  bytes_of(bound, node->out, node->n_out)};
}
