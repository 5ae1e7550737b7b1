/* ONNX's operators that change or ask for shapes. */
#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

static void map_reshape(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id shape;
    (void)row;
    if (rq_ir_builder_has(b, 1)) {
        shape = rq_ir_builder_in(b, 1);
    } else {
        size_t n;
        const int64_t *dims = rq_framework_ints(b->node, "shape", &n);
        shape = rq_emit_ints(b, dims, n);
    }
    bool zero = !rq_framework_int(b->node, "allowzero", 0);
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Reshape-1", RQ_IN(rq_ir_builder_in(b, 0), shape),
                              "special_zero=%s", rq_bool_text(zero)));
}

static void map_flatten(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(
        b, 0, rq_onnx_flatten(b, rq_ir_builder_in(b, 0), rq_framework_int(b->node, "axis", 1)));
}

/* Axes: an input since opset 13, before that an attribute; none for a Squeeze of all ones. */
static rq_id axes_of(rq_ir_builder *b)
{
    size_t n;
    if (rq_ir_builder_has(b, 1)) return rq_ir_builder_in(b, 1);
    const int64_t *axes = rq_framework_ints(b->node, "axes", &n);
    return n ? rq_emit_ints(b, axes, n) : RQ_NONE;
}

static void map_squeeze(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_ir_builder_set(b, 0,
                      rq_emit(b, row->ir, RQ_IN(rq_ir_builder_in(b, 0), axes_of(b)), "%s", ""));
}

static void map_transpose(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n;
    const int64_t *order = rq_framework_ints(b->node, "perm", &n);
    rq_id x = rq_ir_builder_in(b, 0);
    int64_t reversed[RQ_MAX_RANK];
    (void)row;
    if (n == 0) {
        n = (size_t)(rq_ir_builder_require_rank(b, x) < 0 ? 0 : rq_ir_builder_rank(b, x));
        for (size_t i = 0; i < n; i++) reversed[i] = (int64_t)(n - 1 - i);
        order = reversed;
    }
    rq_ir_builder_set(b, 0, rq_emit_transpose(b, x, order, n));
}

/* -- asking ---------------------------------------------------------------------------------- */

static rq_id slice_row(rq_ir_builder *b, rq_id row, int64_t start, int64_t end)
{
    return rq_emit_slice(b, row, 0, start, end, 1);
}

static void map_shape(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id shape = rq_emit_shape_of(b, rq_ir_builder_in(b, 0));
    int64_t start = rq_framework_int(b->node, "start", 0);
    int64_t end = rq_framework_int(b->node, "end", INT64_MAX);
    (void)row;
    if (start != 0 || end != INT64_MAX) shape = slice_row(b, shape, start, end);
    rq_ir_builder_set(b, 0, shape);
}

static void map_size(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id shape = rq_emit_shape_of(b, rq_ir_builder_in(b, 0));
    (void)row;
    rq_ir_builder_set(
        b, 0, rq_emit(b, "ReduceProd-1", RQ_IN(shape, RQ_EMIT_INTS(b, 0)), "keep_dims=false"));
}

/* -- repeating ------------------------------------------------------------------------------- */

static void map_expand(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Broadcast-3",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                              "mode=bidirectional"));
}

static void map_tile(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    if (b->source->opset < 6)
        rq_ir_builder_unmapped(b, "the form before opset 6");
    else
        rq_ir_builder_set(
            b, 0,
            rq_emit(b, "Tile-1", RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)), "%s", ""));
}

/* -- joining and splitting ------------------------------------------------------------------- */

static void map_concat(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n = b->node->n_in, kept = 0;
    rq_id *in = rq_arena_alloc(b->arena, n, sizeof *in);
    (void)row;
    if (!in) b->status = RQ_ENOMEM;
    for (size_t i = 0; in && i < n; i++)
        if (rq_ir_builder_has(b, i)) in[kept++] = rq_ir_builder_in(b, i);
    if (kept == 1)
        rq_ir_builder_set(b, 0, in[0]);
    else
        rq_ir_builder_set(
            b, 0,
            rq_emit(b, "Concat-1", in, kept, "axis=%d", (int)rq_framework_int(b->node, "axis", 1)));
}

/* Since opset 18 num_outputs parts, the last one smaller when they don't fit. */
static rq_id uneven_lengths(rq_ir_builder *b, rq_id x, int64_t axis, size_t n)
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t k = rq_onnx_axis(axis, shape.rank), lengths[64];
    if (shape.rank < 0 || k < 0 || k >= shape.rank || shape.d[k] == RQ_DYNAMIC ||
        shape.d[k] % (int64_t)n == 0 || n > 64)
        return RQ_NONE;
    int64_t part = (shape.d[k] + (int64_t)n - 1) / (int64_t)n;
    for (size_t i = 0; i < n; i++) lengths[i] = part;
    lengths[n - 1] = shape.d[k] - part * ((int64_t)n - 1);
    return rq_emit_ints(b, lengths, n);
}

static void map_split(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), lengths = RQ_NONE;
    int64_t axis = rq_framework_int(b->node, "axis", 0);
    size_t n = b->node->n_out, given;
    const int64_t *sizes = rq_framework_ints(b->node, "split", &given);
    (void)row;
    if (rq_ir_builder_has(b, 1))
        lengths = rq_ir_builder_in(b, 1);
    else if (given)
        lengths = rq_emit_ints(b, sizes, given);
    else
        lengths = uneven_lengths(b, x, axis, n);
    rq_id along = rq_emit_int(b, axis);
    rq_node *node =
        lengths == RQ_NONE
            ? rq_emit_node(b, "Split-1", RQ_IN(x, along), (uint32_t)n, "num_splits=%zu", n)
            : rq_emit_node(b, "VariadicSplit-1", RQ_IN(x, along, lengths), (uint32_t)n, "%s", "");
    if (node) rq_ir_builder_set_all(b, node);
}

/* -- cutting out and padding ----------------------------------------------------------------- */

static rq_id slice_list(rq_ir_builder *b, size_t input, const char *attr)
{
    size_t n;
    if (rq_ir_builder_has(b, input)) return rq_ir_builder_in(b, input);
    if (!attr) return RQ_NONE;
    const int64_t *ints = rq_framework_ints(b->node, attr, &n);
    return n ? rq_emit_ints(b, ints, n) : RQ_NONE;
}

/* Backwards from before the first element, ONNX begins with the first; the IR has nothing to take.
 */
static rq_id clamp_starts(rq_ir_builder *b, rq_id x, rq_id start, rq_id axes, rq_id step)
{
    int64_t from[RQ_MAX_RANK], by[RQ_MAX_RANK], on[RQ_MAX_RANK];
    size_t n, n_by, n_on = 0;
    rq_shape shape = rq_ir_builder_shape(b, x);
    bool before = false;
    if (!rq_ir_builder_ints(b, start, from, RQ_MAX_RANK, &n) ||
        !rq_ir_builder_ints(b, step, by, RQ_MAX_RANK, &n_by) || n_by != n ||
        (axes != RQ_NONE && (!rq_ir_builder_ints(b, axes, on, RQ_MAX_RANK, &n_on) || n_on != n)))
        return start;
    for (size_t i = 0; i < n; i++) {
        on[i] = axes == RQ_NONE ? (int64_t)i : rq_onnx_axis(on[i], shape.rank);
        if (on[i] < 0 || on[i] >= shape.rank) return start;
        int64_t dim = shape.d[on[i]];
        before |= by[i] < 0 && from[i] < (dim == RQ_DYNAMIC ? -1 : -dim);
    }
    if (!before) return start;
    rq_id dims = rq_emit_gather(b, rq_emit_shape_of(b, x), rq_emit_ints(b, on, n), 0);
    rq_id least = rq_emit_convert(b, rq_emit(b, "Negative-1", RQ_IN(dims), "%s", ""),
                                  rq_ir_builder_dtype(b, start));
    return rq_emit_binary(b, "Maximum-1", start, least);
}

static void map_slice(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool old = b->source->opset < 10;
    rq_id start = slice_list(b, 1, old ? "starts" : NULL);
    rq_id stop = slice_list(b, 2, old ? "ends" : NULL);
    rq_id axes = slice_list(b, 3, old ? "axes" : NULL), step = slice_list(b, 4, NULL);
    (void)row;
    if (step == RQ_NONE) {
        rq_shape list = rq_ir_builder_shape(b, start);
        int64_t ones[RQ_MAX_RANK];
        if (list.rank != 1 || list.d[0] == RQ_DYNAMIC || list.d[0] > RQ_MAX_RANK) {
            rq_ir_builder_unmapped(b, "an unknown number of axes");
            return;
        }
        for (int64_t i = 0; i < list.d[0]; i++) ones[i] = 1;
        step = rq_emit_convert(b, rq_emit_ints(b, ones, (size_t)list.d[0]),
                               rq_ir_builder_dtype(b, start));
    }
    start = clamp_starts(b, x, start, axes, step);
    rq_ir_builder_set(b, 0, rq_emit(b, "Slice-8", RQ_IN(x, start, stop, step, axes), "%s", ""));
}

/* Pads of all axes from those of the axes that opset 18 can name. */
static bool spread_pads(rq_ir_builder *b, int64_t *pads, size_t *n, int rank)
{
    int64_t axes[RQ_MAX_RANK], all[2 * RQ_MAX_RANK] = {0};
    size_t n_axes;
    if (!rq_ir_builder_has(b, 3)) return true;
    if (!rq_ir_builder_require_ints(b, rq_ir_builder_in(b, 3), axes, RQ_MAX_RANK, &n_axes, "axes"))
        return false;
    if (rank < 0 || *n != 2 * n_axes) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%zu pads for %zu axes", *n, n_axes);
        return false;
    }
    for (size_t i = 0; i < n_axes; i++) {
        int64_t axis = rq_onnx_axis(axes[i], rank);
        if (axis < 0 || axis >= rank) {
            rq_ir_builder_fail(b, RQ_EFORMAT, "axis %d of rank %d", (int)axes[i], rank);
            return false;
        }
        all[axis] = pads[i];
        all[rank + axis] = pads[n_axes + i];
    }
    *n = 2 * (size_t)rank;
    memcpy(pads, all, *n * sizeof *pads);
    return true;
}

static bool wraps(rq_ir_builder *b)
{
    return !strcmp(rq_framework_string(b->node, "mode", "constant"), "wrap");
}

static void emit_pad(rq_ir_builder *b, rq_id x, rq_id begin, rq_id end, rq_id value, bool negative)
{
    const char *mode = rq_framework_string(b->node, "mode", "constant");
    rq_ir_builder_set(b, 0,
                      rq_emit(b, negative ? "Pad-12" : "Pad-1", RQ_IN(x, begin, end, value),
                              "pad_mode=%s", mode));
}

/* A row of pads of the axes that input 3 names as one of all axes. */
static rq_id spread_row(rq_ir_builder *b, rq_id row, int rank)
{
    const int64_t dims[] = {rank};
    if (!rq_ir_builder_has(b, 3)) return row;
    rq_id axes = rq_emit_convert(b, rq_ir_builder_in(b, 3), RQ_DT_I64);
    axes = rq_emit_binary(b, "FloorMod-1", axes, rq_emit_int(b, rank));
    rq_id none =
        rq_emit(b, "Broadcast-3", RQ_IN(rq_emit_int(b, 0), rq_emit_ints(b, dims, 1)), "mode=numpy");
    return rq_emit(b, "ScatterUpdate-3", RQ_IN(none, axes, row, rq_emit_int(b, 0)), "%s", "");
}

/* Each padded axis by the indices of its elements, around and around. */
static void emit_wrap(rq_ir_builder *b, rq_id x, const int64_t *pads, size_t rank)
{
    for (size_t i = 0; i < rank; i++) {
        if (pads[i] == 0 && pads[rank + i] == 0) continue;
        rq_id dim = rq_onnx_dim(b, x, (int64_t)i), more = rq_emit_int(b, pads[i] + pads[rank + i]);
        rq_id index = rq_emit_count_up(b, rq_emit_binary(b, "Add-1", dim, more));
        index = rq_emit_binary(b, "Subtract-1", index, rq_emit_int(b, pads[i]));
        x = rq_emit_gather(b, x, rq_emit_binary(b, "FloorMod-1", index, dim), (int64_t)i);
    }
    rq_ir_builder_set(b, 0, x);
}

/* Halves of a row of pads that is known only when the model runs. */
static void pad_by_row(rq_ir_builder *b, rq_id x, rq_id pads, rq_id value)
{
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t n = rank;
    if (wraps(b)) {
        rq_ir_builder_unmapped(b, "mode wrap with pads that are not constant");
        return;
    }
    if (rq_ir_builder_has(b, 3)) n = rq_ir_builder_shape(b, rq_ir_builder_in(b, 3)).d[0];
    if (n < 0) {
        rq_ir_builder_unmapped(b, "pads of an unknown number of axes");
        return;
    }
    pads = rq_emit_convert(b, pads, RQ_DT_I64);
    emit_pad(b, x, spread_row(b, slice_row(b, pads, 0, n), rank),
             spread_row(b, slice_row(b, pads, n, 2 * n), rank), value, true);
}

static void map_pad(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t pads[2 * RQ_MAX_RANK];
    rq_id x = rq_ir_builder_in(b, 0), value = RQ_NONE;
    size_t n;
    bool negative = false;
    (void)row;
    if (rq_ir_builder_has(b, 2))
        value = rq_emit_reshape(b, rq_ir_builder_in(b, 2), NULL, 0);
    else if (rq_framework_find_attr(b->node, "value"))
        value = rq_onnx_like(b, x, rq_framework_float(b->node, "value", 0.0));
    if (rq_ir_builder_has(b, 1) && !rq_ir_builder_const(b, rq_ir_builder_in(b, 1))) {
        pad_by_row(b, x, rq_ir_builder_in(b, 1), value);
        return;
    }
    const char *attr = b->source->opset < 2 ? "paddings" : "pads";
    if (!rq_onnx_ints(b, 1, attr, pads, 2 * RQ_MAX_RANK, &n) ||
        !spread_pads(b, pads, &n, rq_ir_builder_rank(b, x)))
        return;
    if (wraps(b)) {
        emit_wrap(b, x, pads, n / 2);
        return;
    }
    for (size_t i = 0; i < n; i++) negative |= pads[i] < 0;
    emit_pad(b, x, rq_emit_ints(b, pads, n / 2), rq_emit_ints(b, pads + n / 2, n / 2), value,
             negative);
}

/* -- blocks ---------------------------------------------------------------------------------- */

static void map_depth_to_space(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool crd = !strcmp(rq_framework_string(b->node, "mode", "DCR"), "CRD");
    rq_ir_builder_set(b, 0,
                      rq_emit(b, row->ir, RQ_IN(rq_ir_builder_in(b, 0)), "mode=%s;block_size=%d",
                              crd ? "depth_first" : "blocks_first",
                              (int)rq_framework_int(b->node, "blocksize", 1)));
}

static const rq_op_mapping_row rows[] = {
    {"", "Concat", map_concat, NULL},
    {"", "DepthToSpace", map_depth_to_space, "DepthToSpace-1"},
    {"", "Expand", map_expand, NULL},
    {"", "Flatten", map_flatten, NULL},
    {"", "Pad", map_pad, NULL},
    {"com.microsoft", "Pad", map_pad, NULL},
    {"", "Reshape", map_reshape, NULL},
    {"", "Shape", map_shape, NULL},
    {"", "Size", map_size, NULL},
    {"", "Slice", map_slice, NULL},
    {"", "SpaceToDepth", map_depth_to_space, "SpaceToDepth-1"},
    {"", "Split", map_split, NULL},
    {"", "Squeeze", map_squeeze, "Squeeze-1"},
    {"", "Tile", map_tile, NULL},
    {"", "Transpose", map_transpose, NULL},
    {"", "Unsqueeze", map_squeeze, "Unsqueeze-1"},
};
RQ_OP_MAPPING_GROUP(onnx_shape, rows)
