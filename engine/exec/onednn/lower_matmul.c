/* Matrix products; weights are read where the IR has them, transposed or not. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/attrs.h"

#include <string.h>

typedef struct matmul {
    rq_lower *l;
    rq_chain *chain;
    const rq_node *node;
    bool transpose[2];
    int rank; /* of the output */
    bool integer;
    rq_integer_product product; /* if it is */
    rq_fused fused;
    const float *bias;
} matmul;

/* An operand with ones before it up to the output's rank, its last two dims in product order. */
static const rq_dnn_layout *operand_layout(const matmul *m, int which, rq_dtype dtype)
{
    rq_dnn *dnn = m->l->plan->dnn;
    const rq_shape *shape = &rq_lower_value(m->l, m->node->in[which])->shape;
    rq_shape full = {.rank = m->rank};
    int shift = m->rank - shape->rank;
    for (int d = 0; d < m->rank; d++) full.d[d] = d < shift ? 1 : shape->d[d - shift];
    const rq_dnn_layout *dense = rq_dnn_layout_dense(dnn, dtype, &full);
    return m->transpose[which] ? rq_dnn_layout_turned(dnn, dense, m->rank) : dense;
}

static rq_status read_codes(matmul *m)
{
    const rq_u8_params *codes = rq_buffer_u8(m->l->plan, m->node->in[0], NULL);
    const rq_shape *b = &rq_lower_value(m->l, m->node->in[1])->shape;
    if (!codes || codes->scales || b->rank != 2) return RQ_OK;
    int outputs = m->transpose[1] ? 0 : 1;
    size_t columns = (size_t)b->d[1];
    rq_weight_strides strides = {.inputs = (size_t)b->d[1 - outputs],
                                 .taps = 1,
                                 .output = outputs == 0 ? columns : 1,
                                 .input = outputs == 0 ? 1 : columns,
                                 .tap = 1};
    return rq_integer_product_read(&m->product, &m->integer, m->l, codes, m->node->in[1], outputs,
                                   outputs + 1, &strides);
}

/* -- as a 1x1 convolution, whose weights are packed ------------------------------------------- */

static rq_dtype data_dtype(const matmul *m)
{
    return m->integer ? RQ_DT_U8 : m->l->plan->numbers;
}

/* Matrices of f32 that are packed, in all: others are read where they lie in the file, which takes
 * longer and no memory of this process's own. */
#define MAX_PACKED_BYTES ((size_t)256 << 20)

static bool is_convolution(const matmul *m)
{
    const rq_onednn_plan *plan = m->l->plan;
    const rq_tensor *b = rq_lower_value(m->l, m->node->in[1]);
    if (m->integer) return true;
    if (!rq_lower_is_constant(m->l, m->node->in[1]) || b->shape.rank != 2) return false;
    return plan->numbers == RQ_DT_BF16 ||
           rq_tensor_bytes(b) <= MAX_PACKED_BYTES - plan->packed_matrices;
}

/* The first operand as rows of K, whichever way round the graph has it. */
static const rq_dnn_layout *rows_layout(const matmul *m)
{
    rq_dnn *dnn = m->l->plan->dnn;
    rq_shape shape = rq_lower_value(m->l, m->node->in[0])->shape;
    int64_t *last = &shape.d[shape.rank - 2], k = last[0];
    if (!m->transpose[0]) return rq_dnn_layout_dense(dnn, data_dtype(m), &shape);
    last[0] = last[1];
    last[1] = k;
    return rq_dnn_layout_turned(dnn, rq_dnn_layout_dense(dnn, data_dtype(m), &shape), shape.rank);
}

/* [rows, K] is the image [1, K, rows, 1] with channels last. */
static rq_status attempt_convolution(rq_dnn_primitive **out, void *ctx, size_t max_nodes)
{
    matmul *m = ctx;
    rq_dnn *dnn = m->l->plan->dnn;
    const rq_shape *shape = &rq_lower_value(m->l, m->node->out[0])->shape;
    const rq_shape *a = &rq_lower_value(m->l, m->node->in[0])->shape;
    int64_t k = a->d[a->rank - (m->transpose[0] ? 2 : 1)], n = shape->d[m->rank - 1];
    int64_t rows = a->d[a->rank - (m->transpose[0] ? 1 : 2)];
    rows *= (int64_t)rq_shape_span(a, 0, a->rank - 2);
    rq_fuse_rules rules = {
        .channel_axis = m->rank - 1, .bias = true, .sum = !m->integer, .integer = m->integer};
    RQ_TRY(rq_fuse(&m->fused, m->l, m->chain, max_nodes, &rules));
    RQ_TRY(rq_fuse_finish(&m->fused, &m->bias, m->l, m->integer ? m->product.unit : NULL,
                          m->integer ? m->product.weights.n : 0));
    if (m->fused.n_args) return RQ_EUNSUPPORTED; /* operands of another shape */
    rq_dtype dtype = rq_fused_dtype(&m->fused, m->l->plan->numbers);
    rq_shape src = {4, {1, k, rows, 1}}, dst = {4, {1, n, rows, 1}};
    rq_shape weights = {4, {n, k, 1, 1}}, bias = {1, {n}};
    m->fused.result = rq_dnn_layout_dense(dnn, dtype, shape);
    if (m->integer) m->fused.attr.source_zero_point = m->product.codes.zero_point;
    rq_dnn_window w = {
        .src = rq_dnn_layout_channels_last(dnn, data_dtype(m), &src),
        .weights = rq_dnn_layout_any(dnn, m->integer ? RQ_DT_I8 : m->l->plan->numbers, &weights),
        .bias = m->bias ? rq_dnn_layout_dense(dnn, RQ_DT_F32, &bias) : NULL,
        .dst = rq_dnn_layout_channels_last(dnn, dtype, &dst),
        .stride = {1, 1},
        .dilation = {1, 1},
        .n_spatial = 2,
    };
    if (!w.src || !w.weights || !w.dst || !m->fused.result) return RQ_EUNSUPPORTED;
    return rq_dnn_convolution(out, dnn, &w, &m->fused.attr);
}

static const rq_dnn_layout *convolution_weights(const matmul *m)
{
    static const int swapped[] = {1, 0, 2, 3};
    rq_dnn *dnn = m->l->plan->dnn;
    const rq_shape *b = &rq_lower_value(m->l, m->node->in[1])->shape;
    rq_shape full = {4, {b->d[0], b->d[1], 1, 1}};
    const rq_dnn_layout *dense = rq_dnn_layout_dense(dnn, m->integer ? RQ_DT_I8 : RQ_DT_F32, &full);
    return dense && !m->transpose[1] ? rq_dnn_layout_permuted(dnn, dense, swapped) : dense;
}

static rq_status lower_convolution(matmul *m)
{
    rq_onednn_plan *plan = m->l->plan;
    rq_dnn_primitive *primitive;
    rq_step_arg args[3];
    RQ_TRY(rq_fuse_most(&primitive, m->chain, &m->fused, attempt_convolution, m));
    const void *weights;
    RQ_TRY(rq_lower_weights(&weights, m->l, m->node->in[1], m->integer ? &m->product : NULL));
    args[0] = (rq_step_arg){RQ_DNN_SRC, 0, NULL};
    args[1] = (rq_step_arg){RQ_DNN_WEIGHTS, RQ_NO_BUFFER, NULL};
    args[2] = (rq_step_arg){RQ_DNN_BIAS, RQ_NO_BUFFER, m->bias};
    RQ_TRY(rq_buffer_in(&args[0].buffer, plan, m->node->in[0], rows_layout(m),
                        m->integer ? &m->product.codes : NULL, m->node->id));
    RQ_TRY(rq_pack_constant(&args[1].packed, plan, convolution_weights(m), weights,
                            primitive->layouts[RQ_DNN_WEIGHTS],
                            rq_lower_producer(m->l, m->node->in[1])));
    if (!m->integer && plan->numbers == RQ_DT_F32)
        plan->packed_matrices += rq_tensor_bytes(rq_lower_value(m->l, m->node->in[1]));
    return rq_fused_emit(m->l, m->chain, &m->fused, primitive, args, m->bias ? 3 : 2);
}

/* -- float ----------------------------------------------------------------------------------- */

/* Constants become bf16 once. */
static rq_status second_operand(rq_step_arg *out, const matmul *m)
{
    rq_onednn_plan *plan = m->l->plan;
    rq_id value = m->node->in[1];
    const rq_tensor *t = rq_lower_value(m->l, value);
    *out = (rq_step_arg){RQ_DNN_WEIGHTS, RQ_NO_BUFFER, NULL};
    if (!rq_lower_is_constant(m->l, value) || plan->numbers == RQ_DT_F32)
        return rq_buffer_rows(&out->buffer, plan, value, plan->numbers, m->node->id);
    const void *data;
    RQ_TRY(rq_lower_weights(&data, m->l, value, NULL));
    return rq_pack_constant(
        &out->packed, plan, rq_dnn_layout_dense(plan->dnn, RQ_DT_F32, &t->shape), data,
        rq_dnn_layout_dense(plan->dnn, plan->numbers, &t->shape), rq_lower_producer(m->l, value));
}

static rq_status attempt(rq_dnn_primitive **out, void *ctx, size_t max_nodes)
{
    matmul *m = ctx;
    rq_dnn *dnn = m->l->plan->dnn;
    const rq_shape *shape = &rq_lower_value(m->l, m->node->out[0])->shape;
    rq_fuse_rules rules = {.channel_axis = m->rank - 1, .bias = true, .sum = true};
    RQ_TRY(rq_fuse(&m->fused, m->l, m->chain, max_nodes, &rules));
    RQ_TRY(rq_fuse_finish(&m->fused, &m->bias, m->l, NULL, 0));
    rq_shape bias = {.rank = m->rank};
    for (int d = 0; d < m->rank; d++) bias.d[d] = d == m->rank - 1 ? shape->d[d] : 1;
    rq_dtype numbers = m->l->plan->numbers;
    const rq_dnn_layout *dst = rq_dnn_layout_dense(dnn, numbers, shape);
    const rq_dnn_layout *src = operand_layout(m, 0, numbers),
                        *weights = operand_layout(m, 1, numbers);
    if (!src || !weights || !dst) return RQ_EUNSUPPORTED;
    return rq_dnn_matmul(out, dnn, src, weights,
                         m->bias ? rq_dnn_layout_dense(dnn, RQ_DT_F32, &bias) : NULL, dst,
                         &m->fused.attr);
}

static rq_status lower_numbers(matmul *m)
{
    rq_onednn_plan *plan = m->l->plan;
    rq_dnn_primitive *primitive;
    rq_step_arg args[3];
    RQ_TRY(rq_fuse_most(&primitive, m->chain, &m->fused, attempt, m));
    args[0] = (rq_step_arg){RQ_DNN_SRC, 0, NULL};
    args[2] = (rq_step_arg){RQ_DNN_BIAS, RQ_NO_BUFFER, m->bias};
    RQ_TRY(rq_buffer_rows(&args[0].buffer, plan, m->node->in[0], plan->numbers, m->node->id));
    RQ_TRY(second_operand(&args[1], m));
    return rq_fused_emit(m->l, m->chain, &m->fused, primitive, args, m->bias ? 3 : 2);
}

rq_status rq_lower_matmul(rq_lower *l, rq_chain *chain)
{
    matmul m = {.l = l, .chain = chain, .node = chain->nodes[0]};
    m.rank = rq_lower_value(l, m.node->out[0])->shape.rank;
    for (int i = 0; i < 2; i++) {
        const rq_tensor *t = rq_lower_value(l, m.node->in[i]);
        m.transpose[i] = rq_attrs_int(rq_lower_op(l, m.node), rq_lower_attrs(l, m.node),
                                      i ? "transpose_b" : "transpose_a");
        if (t->shape.rank < 2 || t->shape.rank > m.rank || t->dtype != RQ_DT_F32)
            return RQ_EUNSUPPORTED;
    }
    rq_status status = rq_lower_matmul_codes(l, chain);
    if (status != RQ_EUNSUPPORTED) return status;
    RQ_TRY(read_codes(&m));
    status = is_convolution(&m) ? lower_convolution(&m) : RQ_EUNSUPPORTED;
    return status == RQ_EUNSUPPORTED ? lower_numbers(&m) : status;
}
