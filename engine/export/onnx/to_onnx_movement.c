/* Operators that move values, and those that work on shapes. */
#include "engine/export/onnx/to_onnx_local.h"

#include <string.h>

void rq_to_onnx_reshape(rq_to_onnx *w)
{
    rq_to_onnx_result(w, "Reshape", RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in_i64(w, 1)));
    if (!rq_to_onnx_attr(w, "special_zero")) rq_to_onnx_set_int(w, "allowzero", 1);
}

/* Those of the axes whose dimension is 1: Squeeze-15 may be asked to let the others be. */
static const char *axes_of_one(rq_to_onnx *w)
{
    int64_t axes[RQ_MAX_RANK];
    size_t n, kept = 0;
    int rank = rq_to_onnx_rank(w, 0), axis = 0;
    if (!rq_to_onnx_require_ints(w, 1, axes, RQ_MAX_RANK, &n, "its axes")) return "";
    for (size_t i = 0; i < n; i++) {
        if (!rq_to_onnx_ok(w, rq_axis_normalize(&axis, axes[i], rank, w->node->name))) return "";
        int64_t dim = rq_to_onnx_value_in(w, 0)->shape.d[axis];
        if (dim < 0) rq_to_onnx_fail(w, "dimension %d may be 1 or not", axis);
        if (dim == 1) axes[kept++] = axis;
    }
    return rq_to_onnx_ints(w, axes, kept);
}

void rq_to_onnx_squeeze(rq_to_onnx *w)
{
    bool skips = w->version >= 15 && rq_to_onnx_attr(w, "allow_axis_skip");
    rq_to_onnx_result(
        w, "Squeeze",
        RQ_NAMES(rq_to_onnx_in(w, 0), skips ? axes_of_one(w) : rq_to_onnx_in_row(w, 1)));
}

void rq_to_onnx_unsqueeze(rq_to_onnx *w)
{
    rq_to_onnx_result(w, "Unsqueeze", RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in_row(w, 1)));
}

void rq_to_onnx_transpose(rq_to_onnx *w)
{
    int64_t order[RQ_MAX_RANK];
    size_t n;
    if (!rq_to_onnx_require_ints(w, 1, order, RQ_MAX_RANK, &n, "the order")) return;
    rq_to_onnx_result(w, "Transpose", RQ_NAMES(rq_to_onnx_in(w, 0)));
    if (n) rq_to_onnx_set_ints(w, "perm", order, n);
}

void rq_to_onnx_concat(rq_to_onnx *w)
{
    const char **in = rq_to_onnx_alloc(w, w->node->n_in, sizeof *in);
    if (!in) return;
    for (uint32_t i = 0; i < w->node->n_in; i++) in[i] = rq_to_onnx_in(w, i);
    rq_to_onnx_result(w, "Concat", in, w->node->n_in);
    rq_to_onnx_set_int(w, "axis", rq_to_onnx_attr(w, "axis"));
}

void rq_to_onnx_split(rq_to_onnx *w)
{
    int axis = rq_to_onnx_axis(w, 1, rq_to_onnx_rank(w, 0));
    rq_to_onnx_result(w, "Split", RQ_NAMES(rq_to_onnx_in(w, 0)));
    rq_to_onnx_set_int(w, "axis", axis);
    rq_to_onnx_set_int(w, "num_outputs", w->node->n_out);
}

/* A length of -1 is what the others leave. */
void rq_to_onnx_variadic_split(rq_to_onnx *w)
{
    int64_t lengths[1024], rest;
    size_t n, open = SIZE_MAX;
    int axis = rq_to_onnx_axis(w, 1, rq_to_onnx_rank(w, 0));
    if (!rq_to_onnx_require_ints(w, 2, lengths, 1024, &n, "the lengths")) return;
    rest = rq_to_onnx_value_in(w, 0)->shape.d[axis];
    for (size_t i = 0; i < n; i++) {
        if (lengths[i] < 0)
            open = i;
        else
            rest -= lengths[i];
    }
    if (open != SIZE_MAX && rest < 0)
        rq_to_onnx_fail(w, "a length of -1 of a dimension that is not known");
    if (open != SIZE_MAX) lengths[open] = rest;
    rq_to_onnx_result(w, "Split", RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_ints(w, lengths, n)));
    rq_to_onnx_set_int(w, "axis", axis);
}

void rq_to_onnx_tile(rq_to_onnx *w)
{
    const rq_value *x = rq_to_onnx_value_in(w, 0), *repeats = rq_to_onnx_value_in(w, 1);
    if (repeats->shape.rank != 1 || repeats->shape.d[0] != x->shape.rank)
        rq_to_onnx_fail(w, "its repeats are not one per dimension");
    rq_to_onnx_result(w, "Tile", RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in_i64(w, 1)));
}

/* numpy's and bidirectional broadcasting are ONNX's Expand. */
void rq_to_onnx_broadcast(rq_to_onnx *w)
{
    enum { NUMPY = 2, BIDIRECTIONAL = 4 };
    int64_t mode = rq_to_onnx_attr(w, "mode");
    if (mode != NUMPY && mode != BIDIRECTIONAL)
        rq_to_onnx_fail(w, "its mode is neither numpy nor bidirectional");
    rq_to_onnx_result(w, "Expand", RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in_i64(w, 1)));
}

void rq_to_onnx_shape_of(rq_to_onnx *w)
{
    rq_to_onnx_result_as(w, RQ_DT_I64, "Shape", RQ_NAMES(rq_to_onnx_in(w, 0)));
}

void rq_to_onnx_range(rq_to_onnx *w)
{
    rq_dtype dtype = rq_to_onnx_value_out(w, 0)->dtype;
    const char *in[3];
    for (uint32_t i = 0; i < 3; i++) {
        const rq_value *v = rq_to_onnx_value_in(w, i);
        in[i] = rq_to_onnx_in(w, i);
        if (v->dtype != dtype) in[i] = rq_to_onnx_cast(w, in[i], dtype);
        if (v->shape.rank != 0)
            in[i] = rq_to_onnx_emit(w, "Reshape", RQ_NAMES(in[i], rq_to_onnx_ints(w, NULL, 0)));
    }
    rq_to_onnx_result(w, "Range", in, 3);
}

/* -- channels and space ----------------------------------------------------------------------- */

void rq_to_onnx_depth_to_space(rq_to_onnx *w)
{
    bool blocks_first = !rq_to_onnx_attr(w, "mode");
    if (rq_to_onnx_rank(w, 0) != 4) rq_to_onnx_fail(w, "its input is no image");
    rq_to_onnx_unary(w);
    rq_to_onnx_set_int(w, "blocksize", rq_to_onnx_attr(w, "block_size"));
    rq_to_onnx_set_string(w, "mode", blocks_first ? "DCR" : "CRD");
}

void rq_to_onnx_space_to_depth(rq_to_onnx *w)
{
    if (rq_to_onnx_attr(w, "mode")) rq_to_onnx_fail(w, "its mode is depth_first");
    if (rq_to_onnx_rank(w, 0) != 4) rq_to_onnx_fail(w, "its input is no image");
    rq_to_onnx_unary(w);
    rq_to_onnx_set_int(w, "blocksize", rq_to_onnx_attr(w, "block_size"));
}

/* [.., C, ..] as [.., group, C / group, ..], turned round. */
void rq_to_onnx_shuffle_channels(rq_to_onnx *w)
{
    const rq_shape *s = &rq_to_onnx_value_in(w, 0)->shape;
    int64_t split[RQ_MAX_RANK + 1], joined[RQ_MAX_RANK], order[RQ_MAX_RANK + 1];
    int64_t group = rq_to_onnx_attr(w, "group");
    int rank = rq_to_onnx_rank(w, 0), axis = 0, open = 0;
    if (!rq_to_onnx_ok(w,
                       rq_axis_normalize(&axis, rq_to_onnx_attr(w, "axis"), rank, w->node->name)))
        return;
    for (int d = 0; d < rank; d++) {
        joined[d] = s->d[d];
        split[d + (d > axis)] = s->d[d];
        open += s->d[d] < 0;
    }
    if (open > 1 || s->d[axis] < 0) rq_to_onnx_fail(w, "its shape must be known");
    split[axis] = group;
    split[axis + 1] = s->d[axis] / group;
    for (int d = 0; d <= rank; d++) order[d] = d == axis ? axis + 1 : d == axis + 1 ? axis : d;
    const char *x = rq_to_onnx_emit(
        w, "Reshape", RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_ints(w, split, (size_t)rank + 1)));
    x = rq_to_onnx_emit(w, "Transpose", RQ_NAMES(x));
    rq_to_onnx_set_ints(w, "perm", order, (size_t)rank + 1);
    rq_to_onnx_result(w, "Reshape", RQ_NAMES(x, rq_to_onnx_ints(w, joined, (size_t)rank)));
}

void rq_to_onnx_reverse_sequence(rq_to_onnx *w)
{
    int rank = rq_to_onnx_rank(w, 0), batch = 0, sequence = 0;
    rq_to_onnx_ok(w, rq_axis_normalize(&batch, rq_to_onnx_attr(w, "batch_axis"), rank, "batch"));
    rq_to_onnx_ok(w,
                  rq_axis_normalize(&sequence, rq_to_onnx_attr(w, "seq_axis"), rank, "sequence"));
    if (batch + sequence != 1) rq_to_onnx_fail(w, "its axes are not the first two");
    rq_to_onnx_result(w, "ReverseSequence", RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in_i64(w, 1)));
    rq_to_onnx_set_int(w, "batch_axis", batch);
    rq_to_onnx_set_int(w, "time_axis", sequence);
}
