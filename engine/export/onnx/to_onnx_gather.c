/* Operators that pick and place by indices. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/base/formats/onnx_dtype.h"
#include "engine/ops/common/scatter.h"

/* -- Gather ------------------------------------------------------------------------------------ */

static const char *gather_along(rq_to_onnx *w, const char *x, const char *indices, int axis)
{
    x = rq_to_onnx_emit(w, "Gather", RQ_NAMES(x, indices));
    rq_to_onnx_set_int(w, "axis", axis);
    return x;
}

static const char *initializer(rq_to_onnx *w, const char *name, const char *suffix,
                               const rq_tensor *t)
{
    return rq_to_onnx_tensor(w, rq_to_onnx_suffixed(w, name, suffix), t->dtype, t->shape.d,
                             (size_t)t->shape.rank, t->data);
}

/* What is gathered of a tensor that is broadcast to the table: itself unless it has rows, too. */
static const char *gather_rows(rq_to_onnx *w, const rq_to_onnx_codes *c, const char *suffix,
                               const rq_tensor *t, const char *indices)
{
    const char *x = initializer(w, c->name, suffix, t);
    bool rows = t->shape.rank == c->codes.shape.rank && t->shape.d[0] != 1;
    return rows ? gather_along(w, x, indices, 0) : x;
}

/* A table of codes, an embedding: rows are dequantized after they were picked, not before. */
static bool write_embedding(rq_to_onnx *w, const char *indices)
{
    rq_to_onnx_codes c;
    if (!rq_to_onnx_find_codes(w, w->node->in[0], &c) || rq_dtype_bits(c.codes.dtype) < 8 ||
        !rq_to_onnx_codes_along(&c, 0, 1) || rq_to_onnx_value_out(w, 0)->dtype != RQ_DT_F32)
        return false;
    const char *x = initializer(w, c.name, "_quantized", &c.codes);
    x = rq_to_onnx_cast(w, gather_along(w, x, indices, 0), RQ_DT_F32);
    if (c.zero.data)
        x = rq_to_onnx_emit(w, "Sub",
                            RQ_NAMES(x, gather_rows(w, &c, "_zero_point", &c.zero, indices)));
    rq_to_onnx_result(w, "Mul", RQ_NAMES(x, gather_rows(w, &c, "_scale", &c.scale, indices)));
    return true;
}

/* Picks for each of the leading dimensions on its own: GatherND, where the axis comes next. */
static void write_batched(rq_to_onnx *w, const char *indices, int axis, int64_t batch)
{
    if (axis != batch) {
        rq_to_onnx_fail(w, "batch_dims %lld with axis %d", (long long)batch, axis);
        return;
    }
    indices = rq_to_onnx_emit(w, "Unsqueeze",
                              RQ_NAMES(indices, rq_to_onnx_ints(w, (const int64_t[]){-1}, 1)));
    rq_to_onnx_result(w, "GatherND", RQ_NAMES(rq_to_onnx_in(w, 0), indices));
    rq_to_onnx_set_int(w, "batch_dims", batch);
}

void rq_to_onnx_gather(rq_to_onnx *w)
{
    int axis = rq_to_onnx_axis(w, 2, rq_to_onnx_rank(w, 0));
    int64_t batch = w->version < 7 ? 0 : rq_to_onnx_attr(w, "batch_dims");
    if (batch < 0) batch += rq_to_onnx_rank(w, 1);
    if (batch > 0) {
        write_batched(w, rq_to_onnx_in_i64(w, 1), axis, batch);
        return;
    }
    const char *indices = rq_to_onnx_in(w, 1);
    if (axis == 0 && write_embedding(w, indices)) return;
    rq_to_onnx_result(w, "Gather", RQ_NAMES(rq_to_onnx_in(w, 0), indices));
    rq_to_onnx_set_int(w, "axis", axis);
}

void rq_to_onnx_gather_elements(rq_to_onnx *w)
{
    rq_to_onnx_result(w, "GatherElements", RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in(w, 1)));
    rq_to_onnx_set_int(w, "axis", rq_to_onnx_attr(w, "axis"));
}

void rq_to_onnx_gather_nd(rq_to_onnx *w)
{
    int64_t batch = rq_to_onnx_attr(w, "batch_dims");
    if (w->version == 5 && batch > 1) rq_to_onnx_fail(w, "GatherND-5 with batch_dims");
    rq_to_onnx_result(w, "GatherND", RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in_i64(w, 1)));
    rq_to_onnx_set_int(w, "batch_dims", batch);
}

/* -- Scatter ----------------------------------------------------------------------------------- */

static void set_reduction(rq_to_onnx *w)
{
    static const char *const words[] = {[RQ_SCATTER_NONE] = "none",
                                        [RQ_SCATTER_SUM] = "add",
                                        [RQ_SCATTER_PROD] = "mul",
                                        [RQ_SCATTER_MIN] = "min",
                                        [RQ_SCATTER_MAX] = "max"};
    int64_t reduction = rq_to_onnx_attr(w, "reduction");
    if ((size_t)reduction >= sizeof words / sizeof words[0] || !words[reduction]) {
        rq_to_onnx_fail(w, "ONNX has no such reduction");
        return;
    }
    if (reduction != RQ_SCATTER_NONE) rq_to_onnx_set_string(w, "reduction", words[reduction]);
}

void rq_to_onnx_scatter_elements(rq_to_onnx *w)
{
    int axis = rq_to_onnx_axis(w, 3, rq_to_onnx_rank(w, 0));
    if (!rq_to_onnx_attr(w, "use_init_val"))
        rq_to_onnx_fail(w, "it starts from other values than the data's");
    rq_to_onnx_result(w, "ScatterElements",
                      RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in(w, 1), rq_to_onnx_in(w, 2)));
    rq_to_onnx_set_int(w, "axis", axis);
    set_reduction(w);
}

void rq_to_onnx_scatter_nd(rq_to_onnx *w)
{
    rq_to_onnx_result(w, "ScatterND",
                      RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in_i64(w, 1), rq_to_onnx_in(w, 2)));
    set_reduction(w);
}

/* -- finding ----------------------------------------------------------------------------------- */

/* ONNX's indices are i64. */
void rq_to_onnx_top_k(rq_to_onnx *w)
{
    enum { MAX, MIN };
    enum { NONE, BY_VALUE, BY_INDEX };
    if (rq_to_onnx_attr(w, "sort") == BY_INDEX) rq_to_onnx_fail(w, "it sorts by index");
    const char *in[] = {rq_to_onnx_in(w, 0), rq_to_onnx_in_row(w, 1)};
    rq_dtype dtype = rq_to_onnx_value_out(w, 1)->dtype;
    rq_to_onnx_result(w, "TopK", in, 2);
    rq_to_onnx_set_int(w, "axis", rq_to_onnx_attr(w, "axis"));
    rq_to_onnx_set_int(w, "largest", rq_to_onnx_attr(w, "mode") == MAX);
    rq_to_onnx_set_int(w, "sorted", 1);
    if (w->status != RQ_OK || dtype == RQ_DT_I64) return;
    char *indices = w->last->output[1]; /* the name is the cast's */
    w->last->output[1] = (char *)(uintptr_t)rq_to_onnx_unique(w, indices);
    rq_to_onnx_value(w, w->node->out[1], "Cast", RQ_NAMES(w->last->output[1]));
    rq_to_onnx_set_int(w, "to", rq_onnx_dtype_number(dtype));
}

void rq_to_onnx_non_zero(rq_to_onnx *w)
{
    rq_to_onnx_result_as(w, RQ_DT_I64, "NonZero", RQ_NAMES(rq_to_onnx_in(w, 0)));
}

/* ONNX counts negative indices from the end; what is outside is off. */
static const char *without_negative(rq_to_onnx *w, const char *indices)
{
    const char *zero = rq_to_onnx_scalar(w, RQ_DT_I64, 0);
    const char *negative = rq_to_onnx_emit(w, "Less", RQ_NAMES(indices, zero));
    return rq_to_onnx_emit(w, "Where", RQ_NAMES(negative, rq_to_onnx_in_row(w, 1), indices));
}

void rq_to_onnx_one_hot(rq_to_onnx *w)
{
    enum { IGNORE_NEGATIVE, NORMALIZE };
    if (rq_to_onnx_value_in(w, 0)->shape.rank == 0) rq_to_onnx_fail(w, "its index is a scalar");
    const char *indices = rq_to_onnx_in_i64(w, 0);
    if (rq_to_onnx_attr(w, "negative_indices_mode") != NORMALIZE)
        indices = without_negative(w, indices);
    const char *axis0 = rq_to_onnx_ints(w, (const int64_t[]){-1}, 1);
    const char *off = rq_to_onnx_emit(w, "Reshape", RQ_NAMES(rq_to_onnx_in(w, 3), axis0));
    const char *on = rq_to_onnx_emit(w, "Reshape", RQ_NAMES(rq_to_onnx_in(w, 2), axis0));
    const char *values = rq_to_onnx_emit(w, "Concat", RQ_NAMES(off, on));
    rq_to_onnx_set_int(w, "axis", 0);
    rq_to_onnx_result(w, "OneHot", RQ_NAMES(indices, rq_to_onnx_in_row(w, 1), values));
    rq_to_onnx_set_int(w, "axis", rq_to_onnx_attr(w, "axis"));
}

void rq_to_onnx_cum_sum(rq_to_onnx *w)
{
    rq_to_onnx_result(w, "CumSum", RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in_i64(w, 1)));
    rq_to_onnx_set_int(w, "exclusive", rq_to_onnx_attr(w, "exclusive"));
    rq_to_onnx_set_int(w, "reverse", rq_to_onnx_attr(w, "reverse"));
}
