/* Weights of 4 bits in groups: DequantizeLinear with blocks. ONNX Runtime makes MatMulNBits of it
 * and a product, where the blocks are along axis 0, and keeps the weights as they are; Cast, Sub
 * and Mul it would compute when it loads the model. OpenVINO makes a compressed product of both. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/ops/operators.h"

#define MIN_GROUP 16 /* of MatMulNBits, which wants powers of two */

/* The codes' three dimensions with the groups' in the middle, a scale for each group. */
static bool fit_shapes(rq_to_onnx_groups *g, const rq_shape *matrix)
{
    const rq_shape *codes = &g->codes.codes.shape, *scale = &g->codes.scale.shape;
    if (codes->rank != 3 || scale->rank != 3 || matrix->rank != 2) return false;
    int64_t a = codes->d[0], b = codes->d[1], c = codes->d[2];
    g->along_last = scale->d[0] == a && scale->d[1] == b && scale->d[2] == 1 && matrix->d[0] == a &&
                    matrix->d[1] == b * c;
    bool along_first = scale->d[0] == a && scale->d[1] == 1 && scale->d[2] == c &&
                       matrix->d[0] == a * b && matrix->d[1] == c;
    g->size = g->along_last ? c : b;
    return (g->along_last || along_first) && g->size >= MIN_GROUP && !(g->size & (g->size - 1));
}

static bool fit_zero(const rq_to_onnx_codes *c)
{
    return !c->zero.data || rq_tensor_count(&c->zero) == rq_tensor_count(&c->scale);
}

/* The value that a product multiplies by, as input 1, and nothing else reads; RQ_NONE: there is
 * none. */
static rq_id find_product(const rq_to_onnx *w, const rq_node *node)
{
    rq_id value = node->out[0];
    const rq_node *reader = rq_to_onnx_only_reader(w, value);
    if (reader && rq_node_is(reader, &rq_op_Convert)) {
        value = reader->out[0];
        reader = rq_to_onnx_only_reader(w, value);
    }
    return reader && rq_node_is(reader, &rq_op_MatMul) && reader->in[1] == value ? value : RQ_NONE;
}

bool rq_to_onnx_find_groups(rq_to_onnx *w, const rq_node *node, rq_to_onnx_groups *out)
{
    const rq_node *reshape = node;
    if (rq_node_is(node, &rq_op_Convert) && node->in[0] != RQ_NONE)
        reshape = rq_value_producer(w->graph, node->in[0]);
    if (!reshape || !rq_node_is(reshape, &rq_op_Reshape) || reshape->in[0] == RQ_NONE) return false;
    rq_id value = find_product(w, node);
    if (value == RQ_NONE || w->graph->values[value]->dtype != RQ_DT_F32) return false;
    return rq_to_onnx_find_codes(w, reshape->in[0], &out->codes) &&
           rq_dtype_bits(out->codes.codes.dtype) == 4 && fit_zero(&out->codes) &&
           fit_shapes(out, &w->graph->values[value]->shape);
}

/* -- writing -------------------------------------------------------------------------------- */

typedef struct matrix {
    int64_t dims[2];
    rq_dtype dtype;
    const void *data;
} matrix;

/* As another type, and turned round, if that is asked for. */
static matrix write_as(rq_to_onnx *w, const matrix *from, rq_dtype dtype, bool turned)
{
    size_t rows = (size_t)from->dims[0], columns = (size_t)from->dims[1];
    matrix out = {{from->dims[turned], from->dims[!turned]}, dtype, NULL};
    size_t bits = rq_dtype_bits(dtype);
    void *data = rq_to_onnx_alloc(w, (rows * columns * bits + 7) / 8, 1);
    for (size_t i = 0; data && i < rows * columns; i++) {
        size_t at = turned ? i % columns * rows + i / columns : i;
        rq_store_f64(data, dtype, at, rq_load_f64(from->data, from->dtype, i));
    }
    out.data = data;
    return out;
}

static const char *write_matrix(rq_to_onnx *w, const rq_to_onnx_groups *g, const char *suffix,
                                const matrix *m)
{
    return rq_to_onnx_tensor(w, rq_to_onnx_suffixed(w, g->codes.name, suffix), m->dtype, m->dims, 2,
                             m->data);
}

const char *rq_to_onnx_dequantize_groups(rq_to_onnx *w, const rq_to_onnx_groups *g, bool turned)
{
    const rq_to_onnx_codes *c = &g->codes;
    const int64_t *d = c->codes.shape.d;
    bool last = g->along_last;
    matrix codes = {
        {last ? d[0] : d[0] * d[1], last ? d[1] * d[2] : d[2]}, c->codes.dtype, c->codes.data};
    matrix scale = {{d[0], last ? d[1] : d[2]}, RQ_DT_F32, c->scale.data};
    matrix zero = {{scale.dims[0], scale.dims[1]}, RQ_DT_F32, c->zero.data};
    codes = write_as(w, &codes, codes.dtype, turned);
    scale = write_as(w, &scale, scale.dtype, turned);
    const char *in[3] = {write_matrix(w, g, "_quantized", &codes),
                         write_matrix(w, g, "_scale", &scale)};
    if (zero.data) {
        zero = write_as(w, &zero, codes.dtype, turned);
        in[2] = write_matrix(w, g, "_zero_point", &zero);
    }
    const char *x = rq_to_onnx_emit(w, "DequantizeLinear", in, zero.data ? 3 : 2);
    rq_to_onnx_set_int(w, "axis", g->along_last != turned);
    rq_to_onnx_set_int(w, "block_size", g->size);
    return x;
}
