/* Tensors of codes: real number = scale * (code - zero point). */
#include "engine/import/tflite/tflite_write.h"

#include <math.h>

static bool is_integer(rq_dtype dtype)
{
    return dtype == RQ_DT_I8 || dtype == RQ_DT_U8 || dtype == RQ_DT_I16 || dtype == RQ_DT_I32 ||
           dtype == RQ_DT_I64;
}

/* 32 bits are for biases: sums, not codes. */
bool rq_tflite_is_quantized(const rq_tflite_tensor *t)
{
    return t && t->scale.n && is_integer(t->dtype) &&
           (t->data || (t->scale.n == 1 && rq_dtype_bits(t->dtype) <= 16));
}

static double code_limit(rq_dtype dtype, bool greatest)
{
    bool is_signed = rq_dtype_kind_of(dtype) == RQ_KIND_SIGNED;
    double levels = ldexp(1.0, (int)rq_dtype_bits(dtype)), least = is_signed ? -levels / 2 : 0;
    return greatest ? least + levels - 1 : least;
}

static double scale_of(const rq_tflite_writer *w, const rq_tflite_tensor *t, size_t i)
{
    return rq_flat_item_float(&w->model->file, t->scale, i < t->scale.n ? i : 0);
}

static double zero_of(const rq_tflite_writer *w, const rq_tflite_tensor *t, size_t i)
{
    if (!t->zero_point.n) return 0;
    size_t k = i < t->zero_point.n ? i : 0;
    return (double)rq_flat_item_int(&w->model->file, t->zero_point, k, RQ_DT_I64);
}

void rq_tflite_range(double range[2], const rq_tflite_writer *w, const rq_tflite_tensor *t)
{
    for (int i = 0; i < 2; i++)
        range[i] = (code_limit(t->dtype, i) - zero_of(w, t, 0)) * scale_of(w, t, 0);
}

bool rq_tflite_same_range(const rq_tflite_writer *w, const rq_tflite_tensor *a,
                          const rq_tflite_tensor *b)
{
    double x[2], y[2];
    if (a->scale.n > 1 || b->scale.n > 1) return false;
    if (rq_dtype_bits(a->dtype) != rq_dtype_bits(b->dtype)) return false;
    rq_tflite_range(x, w, a);
    rq_tflite_range(y, w, b);
    double near = 1e-6 * fmax(fabs(x[0]), fabs(x[1]));
    return fabs(x[0] - y[0]) <= near && fabs(x[1] - y[1]) <= near;
}

/* -- activations ------------------------------------------------------------------------------ */

/* A range that no FakeQuantize has: of a scale that is not positive, or without zero. */
static bool check_range(rq_tflite_writer *w, const rq_tflite_tensor *t, const double range[2])
{
    if (isfinite(range[0]) && isfinite(range[1]) && range[0] < range[1] && range[0] <= 0 &&
        range[1] >= 0)
        return true;
    rq_tflite_fail(w, RQ_EFORMAT, "tensor '%s' has codes of %g to %g", t->name, range[0], range[1]);
    return false;
}

void rq_tflite_round(rq_tflite_writer *w, const char *in, const char *out,
                     const rq_tflite_tensor *t)
{
    double range[2];
    rq_tflite_range(range, w, t);
    if (w->status != RQ_OK || !check_range(w, t, range)) return;
    rq_tflite_node(w, "FakeQuantWithMinMaxArgs", out, RQ_VALUES(in));
    rq_tflite_attr_float(w, "min", range[0]);
    rq_tflite_attr_float(w, "max", range[1]);
    rq_tflite_attr_int(w, "num_bits", rq_dtype_bits(t->dtype));
}

static void add_limits(rq_tflite_writer *w, const rq_tflite_tensor *t)
{
    double range[2];
    rq_tflite_range(range, w, t);
    if (w->status != RQ_OK || !check_range(w, t, range)) return;
    rq_tflite_attr_float(w, "min", range[0]);
    rq_tflite_attr_float(w, "max", range[1]);
    rq_tflite_attr_float(w, "least", code_limit(t->dtype, false));
    rq_tflite_attr_float(w, "greatest", code_limit(t->dtype, true));
    rq_tflite_attr_dtype(w, "codes", t->dtype);
}

void rq_tflite_from_codes(rq_tflite_writer *w, const rq_tflite_tensor *t, const char *in,
                          const char *out)
{
    rq_tflite_node(w, "FROM_CODES", out, RQ_VALUES(in));
    add_limits(w, t);
}

void rq_tflite_to_codes(rq_tflite_writer *w, const char *in, const rq_tflite_tensor *t)
{
    rq_tflite_node(w, "TO_CODES", t->name, RQ_VALUES(in));
    add_limits(w, t);
}

/* -- constants -------------------------------------------------------------------------------- */

/* Numbers for broadcasting: a scalar, or one for each index of the axis. */
static const char *add_rows(rq_tflite_writer *w, const rq_tflite_tensor *t, const char *what,
                            double (*number)(const rq_tflite_writer *, const rq_tflite_tensor *,
                                             size_t))
{
    rq_shape shape = {0, {0}};
    size_t n = t->scale.n;
    float *values = rq_arena_alloc(w->out->arena, n, sizeof *values);
    if (!rq_tflite_ok(w, values ? RQ_OK : RQ_ENOMEM)) return "";
    for (size_t i = 0; i < n; i++) values[i] = (float)number(w, t, i);
    if (n > 1) {
        shape.rank = t->shape.rank;
        for (int i = 0; i < shape.rank; i++) shape.d[i] = i == t->axis ? (int64_t)n : 1;
    }
    return rq_tflite_constant(w, what, &(rq_tensor){RQ_DT_F32, shape, values});
}

static bool has_zero_point(const rq_tflite_writer *w, const rq_tflite_tensor *t)
{
    for (size_t i = 0; i < t->zero_point.n; i++)
        if (zero_of(w, t, i) != 0) return true;
    return false;
}

/* Rows of scales have ones where the codes' other dimensions are. */
static const char *formed(rq_tflite_writer *w, const char *value, const rq_tflite_form *form,
                          bool rows)
{
    int64_t shape[RQ_MAX_RANK];
    for (size_t i = 0; i < form->rank; i++)
        shape[i] = rows && i + 2 < form->rank ? 1 : form->shape[i];
    if (form->rank)
        value = rq_tflite_node(w, "Reshape", NULL,
                               RQ_VALUES(value, rq_tflite_ints(w, shape, form->rank)));
    if (form->n_order)
        value = rq_tflite_node(w, "Transpose", NULL,
                               RQ_VALUES(value, rq_tflite_ints(w, form->order, form->n_order)));
    return value;
}

/* A constant's real numbers. `form` (or NULL) is how codes, scales and zero points are to lie. */
static const char *dequantize(rq_tflite_writer *w, const rq_tflite_tensor *t,
                              const rq_tflite_form *form, const char *out)
{
    const char *in[3] = {t->name, add_rows(w, t, "scale", scale_of), ""};
    if (has_zero_point(w, t)) in[2] = add_rows(w, t, "zero_point", zero_of);
    for (int i = 0; form && i < 3; i++)
        if (in[i][0] && (i == 0 || t->scale.n > 1)) in[i] = formed(w, in[i], form, i > 0);
    out = rq_tflite_node(w, "DEQUANTIZE", out, in, 3);
    rq_tflite_attr_int(w, "compressed", form != NULL);
    return out;
}

const char *rq_tflite_in(rq_tflite_writer *w, size_t i)
{
    const rq_tflite_tensor *t = rq_tflite_in_tensor(w, i);
    if (!t || w->status != RQ_OK) return "";
    size_t k = (size_t)(t - w->graph->tensors);
    if (t->data && rq_tflite_is_quantized(t) && !w->written[k]) {
        w->written[k] = true;
        w->real[k] = dequantize(w, t, NULL, rq_tflite_new_name(w, t->name, "dequantized"));
    }
    return w->status == RQ_OK ? w->real[k] : "";
}

const char *rq_tflite_weights(rq_tflite_writer *w, size_t i, const rq_tflite_form *form)
{
    const rq_tflite_tensor *t = rq_tflite_in_tensor(w, i);
    if (t && t->data && rq_tflite_is_quantized(t)) return dequantize(w, t, form, NULL);
    return formed(w, rq_tflite_in(w, i), form, false);
}

/* A bias' codes count in the products of the scales, which not every file writes. */
const char *rq_tflite_bias(rq_tflite_writer *w, size_t i, size_t data, size_t weights)
{
    const rq_tflite_tensor *t = rq_tflite_in_tensor(w, i), *x = rq_tflite_in_tensor(w, data),
                           *y = rq_tflite_in_tensor(w, weights);
    if (!t || t->scale.n || !is_integer(t->dtype) || !x || !y || !x->scale.n || !y->scale.n)
        return rq_tflite_in(w, i);
    float *values = rq_arena_alloc(w->out->arena, y->scale.n, sizeof *values);
    if (!rq_tflite_ok(w, values ? RQ_OK : RQ_ENOMEM)) return "";
    for (size_t k = 0; k < y->scale.n; k++)
        values[k] = (float)(scale_of(w, x, 0) * scale_of(w, y, k));
    const rq_tensor scale = {RQ_DT_F32, {1, {(int64_t)y->scale.n}}, values};
    const char *real =
        rq_tflite_node(w, "DEQUANTIZE", NULL,
                       RQ_VALUES(rq_tflite_in(w, i), rq_tflite_constant(w, "scale", &scale)));
    rq_tflite_attr_int(w, "compressed", 0);
    return real;
}
