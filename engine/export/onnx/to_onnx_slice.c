/* Parts of tensors, and padding. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/ops/common/pad.h"

/* The IR: start, stop, step, axes. ONNX: starts, ends, axes, steps. */
void rq_to_onnx_slice(rq_to_onnx *w)
{
    rq_to_onnx_result(w, "Slice",
                      RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in_row(w, 1),
                               rq_to_onnx_in_row(w, 2), rq_to_onnx_in_row(w, 4),
                               rq_to_onnx_in_row(w, 3)));
}

/* -- StridedSlice ---------------------------------------------------------------------------- */

/* The same as a Slice, then a Squeeze of dimensions that shrink, then an Unsqueeze of new ones. */
typedef struct strided {
    size_t n;
    int64_t begin[RQ_MAX_RANK], end[RQ_MAX_RANK], step[RQ_MAX_RANK], axes[RQ_MAX_RANK];
    size_t n_shrunk, n_added;
    int64_t shrunk[RQ_MAX_RANK], added[RQ_MAX_RANK];
} strided;

static bool masked(const rq_to_onnx *w, const char *mask, size_t i)
{
    const rq_ints *list = rq_to_onnx_attr_ints(w, mask);
    return i < list->n && list->v[i] != 0;
}

static void bound_axis(rq_to_onnx *w, strided *s, const strided *given, size_t i, int64_t axis)
{
    size_t k = s->n++;
    int64_t begin = given->begin[i], step = given->step[i], end = given->end[i];
    if (masked(w, "begin_mask", i)) begin = step < 0 ? INT64_MAX : 0;
    if (masked(w, "end_mask", i)) end = step < 0 ? INT64_MIN : INT64_MAX;
    if (masked(w, "shrink_axis_mask", i)) {
        step = 1;
        end = begin == -1 ? INT64_MAX : begin + 1;
        s->shrunk[s->n_shrunk++] = axis;
    }
    s->begin[k] = begin;
    s->end[k] = end;
    s->step[k] = step;
    s->axes[k] = axis;
}

/* Walks positions of begin, end and strides; `out` counts the output's dimensions. */
static void read_positions(rq_to_onnx *w, strided *s, const strided *given, int rank)
{
    int64_t axis = 0, out = 0, named = 0;
    for (size_t i = 0; i < given->n; i++)
        named += !masked(w, "ellipsis_mask", i) && !masked(w, "new_axis_mask", i);
    for (size_t i = 0; i < given->n; i++) {
        if (masked(w, "ellipsis_mask", i)) {
            axis += rank - named;
            out += rank - named;
        } else if (masked(w, "new_axis_mask", i)) {
            s->added[s->n_added++] = out++;
        } else {
            out += !masked(w, "shrink_axis_mask", i);
            bound_axis(w, s, given, i, axis++);
        }
    }
}

static bool read_bounds(rq_to_onnx *w, strided *given)
{
    size_t n;
    bool known = rq_to_onnx_require_ints(w, 1, given->begin, RQ_MAX_RANK, &given->n, "begin") &&
                 rq_to_onnx_require_ints(w, 2, given->end, RQ_MAX_RANK, &n, "end") && n == given->n;
    for (size_t i = 0; i < RQ_MAX_RANK; i++) given->step[i] = 1;
    if (known && rq_to_onnx_has(w, 3))
        known = rq_to_onnx_require_ints(w, 3, given->step, RQ_MAX_RANK, &n, "strides");
    if (!known) rq_to_onnx_fail(w, "its bounds must be constant");
    return known;
}

void rq_to_onnx_strided_slice(rq_to_onnx *w)
{
    strided s = {0}, given = {0};
    int rank = rq_to_onnx_rank(w, 0);
    if (!read_bounds(w, &given)) return;
    read_positions(w, &s, &given, rank);
    const char *x = rq_to_onnx_in(w, 0);
    bool squeezed = s.n_shrunk, added = s.n_added;
    const char *in[] = {x, rq_to_onnx_ints(w, s.begin, s.n), rq_to_onnx_ints(w, s.end, s.n),
                        rq_to_onnx_ints(w, s.axes, s.n), rq_to_onnx_ints(w, s.step, s.n)};
    if (!squeezed && !added) {
        rq_to_onnx_result(w, "Slice", in, 5);
        return;
    }
    if (s.n) x = rq_to_onnx_emit(w, "Slice", in, 5);
    if (squeezed) {
        const char *axes = rq_to_onnx_ints(w, s.shrunk, s.n_shrunk);
        if (added)
            x = rq_to_onnx_emit(w, "Squeeze", RQ_NAMES(x, axes));
        else
            rq_to_onnx_result(w, "Squeeze", RQ_NAMES(x, axes));
    }
    if (added)
        rq_to_onnx_result(w, "Unsqueeze", RQ_NAMES(x, rq_to_onnx_ints(w, s.added, s.n_added)));
}

/* -- Pad --------------------------------------------------------------------------------------- */

static const char *join_pads(rq_to_onnx *w)
{
    int64_t pads[2 * RQ_MAX_RANK];
    size_t n, m;
    if (rq_to_onnx_known_ints(w, 1, pads, RQ_MAX_RANK, &n) &&
        rq_to_onnx_known_ints(w, 2, pads + n, RQ_MAX_RANK, &m))
        return rq_to_onnx_ints(w, pads, n + m);
    const char *x =
        rq_to_onnx_emit(w, "Concat", RQ_NAMES(rq_to_onnx_in_row(w, 1), rq_to_onnx_in_row(w, 2)));
    rq_to_onnx_set_int(w, "axis", 0);
    return x;
}

void rq_to_onnx_pad(rq_to_onnx *w)
{
    static const char *const modes[] = {[RQ_PAD_MODE_CONSTANT] = "constant",
                                        [RQ_PAD_MODE_EDGE] = "edge",
                                        [RQ_PAD_MODE_REFLECT] = "reflect"};
    int64_t mode = rq_to_onnx_attr(w, "pad_mode");
    if (mode == RQ_PAD_MODE_SYMMETRIC) {
        rq_to_onnx_fail(w, "its mode is symmetric");
        return;
    }
    const char *x = rq_to_onnx_in(w, 0), *pads = join_pads(w);
    bool value = mode == RQ_PAD_MODE_CONSTANT && rq_to_onnx_has(w, 3);
    rq_to_onnx_result(w, "Pad", RQ_NAMES(x, pads, value ? rq_to_onnx_in(w, 3) : ""));
    rq_to_onnx_set_string(w, "mode", modes[mode]);
}
