/* Matrix products. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/ops/common/mat_mul.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* -- transposing ---------------------------------------------------------------------------- */

static void *transposed(rq_to_onnx *w, const void *data, size_t element, const rq_shape *s)
{
    size_t rows = (size_t)s->d[0], columns = (size_t)s->d[1];
    char *out = rq_to_onnx_alloc(w, rows * columns, element);
    for (size_t i = 0; out && i < rows; i++)
        for (size_t k = 0; k < columns; k++)
            memcpy(out + (k * rows + i) * element, (const char *)data + (i * columns + k) * element,
                   element);
    return out;
}

static const char *swap_last(rq_to_onnx *w, const char *x, int rank)
{
    int64_t order[RQ_MAX_RANK];
    for (int d = 0; d < rank; d++) order[d] = d;
    order[rank - 1] = rank - 2;
    order[rank - 2] = rank - 1;
    x = rq_to_onnx_emit(w, "Transpose", RQ_NAMES(x));
    rq_to_onnx_set_ints(w, "perm", order, (size_t)rank);
    return x;
}

static const char *operand(rq_to_onnx *w, uint32_t i, bool transpose)
{
    const char *x = rq_to_onnx_in(w, i);
    int rank = transpose ? rq_to_onnx_rank(w, i) : 0;
    return rank < 2 ? x : swap_last(w, x, rank);
}

/* -- weights -------------------------------------------------------------------------------- */

typedef struct matrix {
    bool transpose; /* turned round, to inputs by outputs */
    int64_t dims[2];
    const float *scales; /* one per output; NULL: not codes, or with a zero point */
    bool grouped;        /* several per output: what ONNX Runtime has a kernel for is MatMul */
} matrix;

static const char *write_codes(rq_to_onnx *w, const rq_to_onnx_codes *c, matrix *m)
{
    int outputs = m->transpose ? 0 : 1;
    bool shared = rq_to_onnx_codes_along(c, 0, 0); /* one scale for all */
    rq_to_onnx_channels ch = {outputs, shared ? 0 : 1, 1, m->dims, 2, c->codes.data};
    if (m->transpose) ch.data = transposed(w, c->codes.data, 1, &c->codes.shape);
    const char *x = rq_to_onnx_dequantize(w, c, &ch, &m->scales);
    if (shared || c->zero.data) m->scales = NULL;
    return x;
}

/* Input 1; "" where it is no constant matrix, or has scales along the dimension that is summed. */
static const char *write_matrix(rq_to_onnx *w, matrix *m)
{
    rq_to_onnx_codes c;
    rq_to_onnx_groups groups;
    rq_tensor t;
    rq_id value = w->node->in[1];
    bool is_codes = rq_to_onnx_find_codes(w, value, &c);
    const rq_shape *s = &w->graph->values[value]->shape;
    if (s->rank != 2 || !rq_shape_is_static(s)) return "";
    m->dims[0] = s->d[m->transpose ? 1 : 0];
    m->dims[1] = s->d[m->transpose ? 0 : 1];
    m->scales = NULL;
    m->grouped = rq_to_onnx_find_groups(w, rq_value_producer(w->graph, value), &groups);
    if (m->grouped) return rq_to_onnx_dequantize_groups(w, &groups, m->transpose);
    if (is_codes)
        return rq_dtype_bits(c.codes.dtype) == 8 &&
                       rq_to_onnx_codes_along(&c, m->transpose ? 0 : 1, 1)
                   ? write_codes(w, &c, m)
                   : "";
    if (!rq_to_onnx_is_known(w, value) || rq_dtype_bits(w->graph->values[value]->dtype) < 8)
        return "";
    if (!m->transpose) return rq_to_onnx_in(w, 1);
    if (!rq_to_onnx_known(w, value, &t)) return "";
    return rq_to_onnx_tensor(w, rq_value_producer(w->graph, value)->name, t.dtype, m->dims, 2,
                             transposed(w, t.data, rq_dtype_bits(t.dtype) / 8, s));
}

/* A product of rows by constant weights, and a bias behind: what ONNX Runtime has one INT8 kernel
 * for. */
static bool write_gemm(rq_to_onnx *w, const char *a, const char *b, const matrix *m)
{
    rq_id out;
    if (rq_to_onnx_rank(w, 0) != 2 || rq_to_onnx_value_out(w, 0)->dtype != RQ_DT_F32) return false;
    const float *bias = rq_to_onnx_take_bias(w, (size_t)m->dims[1], &out);
    if (!bias) return false;
    rq_to_onnx_value(w, out, "Gemm",
                     RQ_NAMES(a, b, rq_to_onnx_bias(w, bias, (size_t)m->dims[1], m->scales)));
    return true;
}

void rq_to_onnx_mat_mul(rq_to_onnx *w)
{
    const rq_mat_mul_attrs *attrs = w->attrs;
    matrix m = {.transpose = attrs->transpose_b};
    const char *a = operand(w, 0, attrs->transpose_a), *b = write_matrix(w, &m);
    if (*b && !m.grouped && write_gemm(w, a, b, &m)) return;
    if (!*b) b = operand(w, 1, attrs->transpose_b);
    rq_to_onnx_result(w, "MatMul", RQ_NAMES(a, b));
}

/* -- attention ------------------------------------------------------------------------------- */

/* 1 / sqrt(E), or input 4. */
static const char *attention_scale(rq_to_onnx *w, rq_dtype dtype)
{
    const rq_shape *q = &rq_to_onnx_value_in(w, 0)->shape;
    if (rq_to_onnx_has(w, 4)) return rq_to_onnx_in(w, 4);
    int64_t e = q->rank > 0 ? q->d[q->rank - 1] : RQ_DYNAMIC;
    if (e < 1) rq_to_onnx_fail(w, "the length of its queries must be known");
    return rq_to_onnx_scalar(w, dtype, 1.0 / sqrt((double)(e > 0 ? e : 1)));
}

/* A mask of booleans says what takes part, one of numbers is added. */
static const char *add_mask(rq_to_onnx *w, const char *scores, rq_dtype dtype)
{
    if (!rq_to_onnx_has(w, 3) || rq_to_onnx_value_in(w, 3)->shape.rank < 2) return scores;
    const char *mask = rq_to_onnx_in(w, 3);
    if (rq_to_onnx_value_in(w, 3)->dtype == RQ_DT_BOOL)
        return rq_to_onnx_emit(w, "Where",
                               RQ_NAMES(mask, scores, rq_to_onnx_scalar(w, dtype, -INFINITY)));
    return rq_to_onnx_emit(w, "Add", RQ_NAMES(scores, mask));
}

void rq_to_onnx_attention(rq_to_onnx *w)
{
    rq_dtype dtype = rq_to_onnx_value_in(w, 0)->dtype;
    const char *k = operand(w, 1, true);
    if (rq_to_onnx_attr(w, "causal")) rq_to_onnx_fail(w, "it is causal");
    const char *scaled =
        rq_to_onnx_emit(w, "Mul", RQ_NAMES(rq_to_onnx_in(w, 0), attention_scale(w, dtype)));
    const char *x = add_mask(w, rq_to_onnx_emit(w, "MatMul", RQ_NAMES(scaled, k)), dtype);
    x = rq_to_onnx_emit(w, "Softmax", RQ_NAMES(x));
    rq_to_onnx_set_int(w, "axis", -1);
    rq_to_onnx_result(w, "MatMul", RQ_NAMES(x, rq_to_onnx_in(w, 2)));
}

/* Dimensions that the ellipsis of one input stands for; `term` begins its subscripts. */
static int ellipsis_rank(rq_to_onnx *w, uint32_t i, const char *term)
{
    int letters = 0;
    for (; *term && *term != ',' && *term != '-'; term++) letters += isalpha((unsigned char)*term);
    return rq_to_onnx_rank(w, i) - letters;
}

/* ONNX's ellipses must stand for as many dimensions each; OpenVINO's broadcast. */
static bool has_uneven_ellipses(rq_to_onnx *w, const char *equation)
{
    int first = 0;
    const char *term = equation;
    for (uint32_t i = 0; term && strstr(equation, "...") && i < w->node->n_in; i++) {
        int rank = ellipsis_rank(w, i, term);
        if (i == 0) first = rank;
        if (rank != first) return true;
        term = strchr(term, ',');
        if (term) term++;
    }
    return false;
}

void rq_to_onnx_einsum(rq_to_onnx *w)
{
    const char *in[16];
    if (w->node->n_in > 16) {
        rq_to_onnx_fail(w, "it has %u inputs", w->node->n_in);
        return;
    }
    if (has_uneven_ellipses(w, rq_node_attr(w->node, "equation"))) {
        rq_to_onnx_fail(w, "its ellipses stand for different numbers of dimensions");
        return;
    }
    for (uint32_t i = 0; i < w->node->n_in; i++) in[i] = rq_to_onnx_in(w, i);
    rq_to_onnx_result(w, "Einsum", in, w->node->n_in);
    rq_to_onnx_set_string(w, "equation", rq_node_attr(w->node, "equation"));
}
