#include "engine/import/tensorflow/loops/tf_affine.h"

#include "engine/ops/operators.h"

#include <string.h>

#define MAX_DEPTH 32
#define MAX_PARTS 4

static float *new_floats(rq_tf_affine_bases *s, size_t n)
{
    rq_ir_builder *b = s->b;
    if (n > b->fold_budget / sizeof(float)) return NULL;
    b->fold_budget -= n * sizeof(float);
    float *out = rq_arena_alloc(b->arena, n, sizeof *out);
    rq_ir_builder_ok(b, out ? RQ_OK : RQ_ENOMEM);
    return out;
}

static const rq_tensor *constant(const rq_tf_affine_bases *s, rq_id value)
{
    const rq_tensor *t = rq_ir_builder_const(s->b, value);
    return t && t->dtype == RQ_DT_F32 ? t : NULL;
}

/* -- products -------------------------------------------------------------------------------- */

/* Bases side by side, as a product's left side is. */
static bool find_parts(const rq_tf_affine_bases *s, rq_id value, int *parts, int *n, int depth)
{
    for (int k = 0; k < RQ_TF_AFFINE_BASES; k++)
        if (s->base[k] != RQ_NONE && s->base[k] == value) {
            if (*n == MAX_PARTS) return false;
            parts[(*n)++] = k;
            return true;
        }
    const rq_node *node = rq_value_producer(s->b->graph, value);
    const char *axis = rq_node_attr(node, "axis");
    if (strcmp(node->type, "Concat") != 0 || depth == MAX_DEPTH || !axis ||
        (strcmp(axis, "1") != 0 && strcmp(axis, "-1") != 0))
        return false;
    for (uint32_t i = 0; i < node->n_in; i++)
        if (!find_parts(s, node->in[i], parts, n, depth + 1)) return false;
    return true;
}

static bool is_set(const rq_node *node, const char *name)
{
    const char *text = rq_node_attr(node, name);
    return text && !strcmp(text, "true");
}

/* Rows for one base of the right side, whose columns (or rows, when transposed) are the outputs. */
static const float *take_rows(rq_tf_affine_bases *s, const rq_tensor *w, bool transposed,
                              size_t begin, size_t width)
{
    size_t inner = (size_t)w->shape.d[transposed ? 1 : 0];
    size_t rows = (size_t)w->shape.d[transposed ? 0 : 1];
    const float *from = w->data;
    if (transposed && inner == width) return from;
    float *out = new_floats(s, rows * width);
    if (!out) return NULL;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < width; i++)
            out[r * width + i] =
                transposed ? from[r * inner + begin + i] : from[(begin + i) * rows + r];
    return out;
}

static bool find_product(rq_tf_affine *out, rq_tf_affine_bases *s, const rq_node *node)
{
    const rq_tensor *w = constant(s, node->in[1]);
    bool transposed = is_set(node, "transpose_b");
    int parts[MAX_PARTS], n = 0;
    size_t begin = 0, inner = 0;
    if (!w || w->shape.rank != 2 || is_set(node, "transpose_a") ||
        !find_parts(s, node->in[0], parts, &n, 0))
        return false;
    for (int i = 0; i < n; i++) inner += s->width[parts[i]];
    if ((int64_t)inner != w->shape.d[transposed ? 1 : 0]) return false;
    *out = (rq_tf_affine){.rows = (size_t)w->shape.d[transposed ? 0 : 1]};
    for (int i = 0; i < n; i++) {
        if (out->matrix[parts[i]]) return false;
        out->matrix[parts[i]] = take_rows(s, w, transposed, begin, s->width[parts[i]]);
        if (!out->matrix[parts[i]]) return false;
        begin += s->width[parts[i]];
    }
    return true;
}

/* -- sums ------------------------------------------------------------------------------------ */

static bool sum_floats(const float **out, rq_tf_affine_bases *s, const float *x, const float *y,
                       size_t n)
{
    *out = x ? x : y;
    if (!x || !y) return true;
    float *sum = new_floats(s, n);
    for (size_t i = 0; sum && i < n; i++) sum[i] = x[i] + y[i];
    *out = sum;
    return sum != NULL;
}

static bool sum_affine(rq_tf_affine *out, rq_tf_affine_bases *s, const rq_tf_affine *x,
                       const rq_tf_affine *y)
{
    if (x->rows != y->rows) return false;
    out->rows = x->rows;
    for (int k = 0; k < RQ_TF_AFFINE_BASES; k++)
        if (!sum_floats(&out->matrix[k], s, x->matrix[k], y->matrix[k], x->rows * s->width[k]))
            return false;
    return sum_floats(&out->bias, s, x->bias, y->bias, x->rows);
}

/* A constant that each row gets, or one for all. */
static bool find_bias(rq_tf_affine *out, rq_tf_affine_bases *s, const rq_tensor *t, size_t rows)
{
    size_t n = rq_tensor_count(t);
    const float *from = t->data;
    *out = (rq_tf_affine){.rows = rows, .bias = from};
    if (n == rows && t->shape.rank >= 1 && t->shape.d[t->shape.rank - 1] == (int64_t)rows)
        return true;
    float *bias = n == 1 ? new_floats(s, rows) : NULL;
    for (size_t i = 0; bias && i < rows; i++) bias[i] = from[0];
    out->bias = bias;
    return bias != NULL;
}

static bool find(rq_tf_affine *out, rq_tf_affine_bases *s, rq_id value, int depth);

static bool find_sum(rq_tf_affine *out, rq_tf_affine_bases *s, const rq_node *node, int depth)
{
    const rq_tensor *c[2] = {constant(s, node->in[0]), constant(s, node->in[1])};
    rq_tf_affine x, y;
    int own = c[0] ? 1 : 0;
    if ((c[0] && c[1]) || !find(&x, s, node->in[own], depth + 1)) return false;
    if (c[1 - own] ? !find_bias(&y, s, c[1 - own], x.rows)
                   : !find(&y, s, node->in[1 - own], depth + 1))
        return false;
    return sum_affine(out, s, &x, &y);
}

/* -- parts ----------------------------------------------------------------------------------- */

typedef struct range {
    size_t begin, n; /* rows */
} range;

static bool split_range(range *out, const rq_tf_affine_bases *s, const rq_node *node,
                        uint32_t output, size_t rows)
{
    int64_t axis[1], sizes[64];
    size_t n_axis, n_sizes;
    if (!rq_ir_builder_ints(s->b, node->in[1], axis, 1, &n_axis) || n_axis != 1 ||
        (axis[0] != 1 && axis[0] != -1))
        return false;
    if (!strcmp(node->type, "Split")) {
        *out = (range){output * (rows / node->n_out), rows / node->n_out};
        return rows % node->n_out == 0;
    }
    if (!rq_ir_builder_ints(s->b, node->in[2], sizes, 64, &n_sizes) || n_sizes != node->n_out)
        return false;
    *out = (range){0, 0};
    for (uint32_t i = 0; i <= output; i++) {
        if (sizes[i] < 0) return false;
        out->begin += out->n;
        out->n = (size_t)sizes[i];
    }
    return out->begin + out->n <= rows;
}

/* Bit i of a mask "0,1". */
static bool has_bit(const rq_node *node, const char *name, size_t i)
{
    const char *text = rq_node_attr(node, name);
    while (text && i-- > 0) {
        text = strchr(text, ',');
        if (text) text++;
    }
    return text && *text == '1';
}

static int64_t place(int64_t at, int64_t rows)
{
    at = at < 0 ? at + rows : at;
    return at < 0 ? 0 : at > rows ? rows : at;
}

static bool slice_range(range *out, const rq_tf_affine_bases *s, const rq_node *node, size_t rows)
{
    static const char *const others[] = {"new_axis_mask", "shrink_axis_mask", "ellipsis_mask"};
    int64_t begin[2], end[2], step[2];
    size_t n[3];
    if (!rq_ir_builder_ints(s->b, node->in[1], begin, 2, &n[0]) || n[0] != 2 ||
        !rq_ir_builder_ints(s->b, node->in[2], end, 2, &n[1]) || n[1] != 2 || node->n_in < 4 ||
        !rq_ir_builder_ints(s->b, node->in[3], step, 2, &n[2]) || n[2] != 2)
        return false;
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 3; k++)
            if (has_bit(node, others[k], i) || step[i] != 1) return false;
    if (!has_bit(node, "begin_mask", 0) || !has_bit(node, "end_mask", 0)) return false;
    int64_t from = has_bit(node, "begin_mask", 1) ? 0 : place(begin[1], (int64_t)rows);
    int64_t to = has_bit(node, "end_mask", 1) ? (int64_t)rows : place(end[1], (int64_t)rows);
    *out = (range){(size_t)from, to > from ? (size_t)(to - from) : 0};
    return true;
}

static bool is_split(const rq_node *node)
{
    return !strcmp(node->type, "Split") || !strcmp(node->type, "VariadicSplit");
}

rq_id rq_tf_affine_whole(const rq_tf_affine_bases *bases, rq_id value)
{
    const rq_node *node = rq_value_producer(bases->b->graph, value);
    return is_split(node) || !strcmp(node->type, "StridedSlice") ? node->in[0] : RQ_NONE;
}

bool rq_tf_affine_part(rq_tf_affine *whole, const rq_tf_affine_bases *bases, rq_id value)
{
    const rq_node *node = rq_value_producer(bases->b->graph, value);
    uint32_t output = 0;
    range r;
    while (output < node->n_out && node->out[output] != value) output++;
    if (is_split(node) ? !split_range(&r, bases, node, output, whole->rows)
                       : !slice_range(&r, bases, node, whole->rows))
        return false;
    whole->rows = r.n;
    if (whole->bias) whole->bias += r.begin;
    for (int k = 0; k < RQ_TF_AFFINE_BASES; k++)
        if (whole->matrix[k]) whole->matrix[k] += r.begin * bases->width[k];
    return true;
}

static bool find(rq_tf_affine *out, rq_tf_affine_bases *s, rq_id value, int depth)
{
    const rq_node *node = rq_value_producer(s->b->graph, value);
    if (depth == MAX_DEPTH) return false;
    if (value == s->last) {
        *out = s->product;
        return true;
    }
    if (!strcmp(node->type, "Add") && node->n_in == 2) {
        if (!find_sum(out, s, node, depth)) return false;
    } else if (!strcmp(node->type, "MatMul") && node->n_in == 2) {
        if (!find_product(out, s, node)) return false;
    } else {
        rq_id whole = rq_tf_affine_whole(s, value);
        return whole != RQ_NONE && find(out, s, whole, depth + 1) &&
               rq_tf_affine_part(out, s, value);
    }
    s->last = value;
    s->product = *out;
    return true;
}

bool rq_tf_affine_find(rq_tf_affine *out, rq_tf_affine_bases *bases, rq_id value)
{
    return find(out, bases, value, 0);
}
