/* TensorFlow's operators that take parts of a tensor or surround it. */
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <string.h>

/* A row of one constant per axis, in the order of the channels-first axes. */
static bool first_row(rq_ir_builder *b, size_t i, int rank, int64_t *out)
{
    int64_t values[RQ_MAX_RANK];
    size_t n;
    if (!rq_ir_builder_ints(b, rq_ir_builder_in(b, i), values, RQ_MAX_RANK, &n) ||
        n != (size_t)rank)
        return false;
    for (int k = 0; k < rank; k++) out[rq_tf_channels_first_axis(k, rank)] = values[k];
    return true;
}

/* Element i of a row that is packed of single ones; RQ_NONE: it is not. */
static rq_id packed_element(const rq_ir_builder *b, rq_id row, int i, int n)
{
    const rq_node *node = rq_value_producer(b->graph, row);
    if (!strcmp(node->type, "Convert")) node = rq_value_producer(b->graph, node->in[0]);
    return !strcmp(node->type, "Concat") && node->n_in == (uint32_t)n ? node->in[i] : RQ_NONE;
}

static bool is_number(const rq_ir_builder *b, rq_id value, double number)
{
    const rq_tensor *t = value == RQ_NONE ? NULL : rq_ir_builder_const(b, value);
    return t && rq_tensor_count(t) == 1 && rq_load_f64(t->data, t->dtype, 0) == number;
}

/* Axes that are not taken whole, as far as a row of sizes tells. */
static size_t sliced_axes(const rq_ir_builder *b, rq_id begin, rq_id size, int rank, int64_t *axes)
{
    int64_t begins[RQ_MAX_RANK];
    size_t n, n_axes = 0;
    bool known = rq_ir_builder_ints(b, begin, begins, RQ_MAX_RANK, &n) && n == (size_t)rank;
    for (int i = 0; i < rank; i++) {
        bool from_start =
            known ? begins[i] == 0 : is_number(b, packed_element(b, begin, i, rank), 0.0);
        if (!from_start || !is_number(b, packed_element(b, size, i, rank), -1.0))
            axes[n_axes++] = i;
    }
    return n_axes;
}

/* Begins or sizes are computed. */
static void map_computed_slice(rq_ir_builder *b, rq_id x, int rank)
{
    rq_id begin = rq_emit_convert(b, rq_ir_builder_in(b, 1), RQ_DT_I64);
    rq_id size = rq_emit_convert(b, rq_ir_builder_in(b, 2), RQ_DT_I64);
    int64_t axes[RQ_MAX_RANK], steps[RQ_MAX_RANK];
    if (b->status != RQ_OK) return;
    size_t n = sliced_axes(b, begin, size, rank, axes);
    for (size_t i = 0; i < n; i++) steps[i] = 1;
    rq_id which = rq_emit_ints(b, axes, n);
    if (n < (size_t)rank) {
        begin = rq_emit_gather(b, begin, which, 0);
        size = rq_emit_gather(b, size, which, 0);
    }
    rq_id to_end = rq_emit_binary(b, "Less-1", size, rq_emit_int(b, 0));
    rq_id end =
        rq_emit(b, "Select-1",
                RQ_IN(to_end, rq_emit_int(b, INT32_MAX), rq_emit_binary(b, "Add-1", begin, size)),
                "auto_broadcast=numpy");
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Slice-8", RQ_IN(x, begin, end, rq_emit_ints(b, steps, n), which), "%s", ""));
}

/* Begin and size; -1: to the end. */
static void map_slice(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t begin[RQ_MAX_RANK], size[RQ_MAX_RANK], end[RQ_MAX_RANK], step[RQ_MAX_RANK];
    size_t n, n_size;
    (void)row;
    if (b->status == RQ_OK && !(rq_ir_builder_const(b, rq_ir_builder_in(b, 1)) &&
                                rq_ir_builder_const(b, rq_ir_builder_in(b, 2)))) {
        map_computed_slice(b, x, rank);
        return;
    }
    if (!rq_tf_ints(b, 1, begin, &n, "begins") || !rq_tf_ints(b, 2, size, &n_size, "sizes")) return;
    if (n != n_size || n != (size_t)rank) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%zu begins and %zu sizes for %d axes", n, n_size, rank);
        return;
    }
    bool first = rq_tf_has_channels_first(b, x);
    if (first) first = first_row(b, 1, rank, begin) && first_row(b, 2, rank, size);
    for (size_t i = 0; i < n; i++) {
        end[i] = size[i] < 0 ? INT64_MAX : begin[i] + size[i];
        step[i] = 1;
    }
    rq_id y = rq_emit(b, "Slice-8",
                      RQ_IN(first ? rq_tf_to_channels_first(b, x) : x, rq_emit_ints(b, begin, n),
                            rq_emit_ints(b, end, n), rq_emit_ints(b, step, n)),
                      "%s", "");
    if (first)
        rq_tf_set_channels_first(b, 0, y);
    else
        rq_ir_builder_set(b, 0, y);
}

/* Bit i of the mask as the IR's list. An axis of which one element is taken has a begin. */
static const char *mask_text(rq_ir_builder *b, const char *name, size_t n)
{
    int64_t mask = rq_framework_int(b->node, name, 0), list[RQ_MAX_RANK] = {0};
    if (!strcmp(name, "begin_mask")) mask &= ~rq_framework_int(b->node, "shrink_axis_mask", 0);
    for (size_t i = 0; i < n && i < RQ_MAX_RANK; i++) list[i] = mask >> i & 1;
    return rq_ir_builder_text(b, list, n < RQ_MAX_RANK ? n : RQ_MAX_RANK);
}

static rq_id emit_strided(rq_ir_builder *b, rq_id x, rq_id begin, rq_id end, rq_id step, size_t n,
                          const char *ends)
{
    return rq_emit(b, "StridedSlice-1", RQ_IN(x, begin, end, step),
                   "%s;new_axis_mask=%s;shrink_axis_mask=%s;ellipsis_mask=%s", ends,
                   mask_text(b, "new_axis_mask", n), mask_text(b, "shrink_axis_mask", n),
                   mask_text(b, "ellipsis_mask", n));
}

/* Every axis is cut and none comes or goes: the same channels first. */
static bool cut_first(rq_ir_builder *b, rq_id x)
{
    static const char *const names[] = {"begin_mask", "end_mask"};
    int rank = rq_ir_builder_rank(b, x);
    int64_t rows[3][RQ_MAX_RANK], masks[2][RQ_MAX_RANK];
    if (!rq_tf_has_channels_first(b, x) || rq_framework_int(b->node, "new_axis_mask", 0) ||
        rq_framework_int(b->node, "shrink_axis_mask", 0) ||
        rq_framework_int(b->node, "ellipsis_mask", 0))
        return false;
    for (size_t i = 0; i < 3; i++)
        if (!first_row(b, i + 1, rank, rows[i])) return false;
    for (int m = 0; m < 2; m++)
        for (int i = 0; i < rank; i++)
            masks[m][rq_tf_channels_first_axis(i, rank)] =
                rq_framework_int(b->node, names[m], 0) >> i & 1;
    size_t n = (size_t)rank;
    const char *ends =
        rq_arena_printf(b->arena, "begin_mask=%s;end_mask=%s", rq_ir_builder_text(b, masks[0], n),
                        rq_ir_builder_text(b, masks[1], n));
    if (!rq_ir_builder_ok(b, ends ? RQ_OK : RQ_ENOMEM)) return true;
    rq_tf_set_channels_first(b, 0,
                             emit_strided(b, rq_tf_to_channels_first(b, x),
                                          rq_emit_ints(b, rows[0], n), rq_emit_ints(b, rows[1], n),
                                          rq_emit_ints(b, rows[2], n), n, ends));
    return true;
}

static const char *ends_text(rq_ir_builder *b, size_t n)
{
    const char *text = rq_arena_printf(b->arena, "begin_mask=%s;end_mask=%s",
                                       mask_text(b, "begin_mask", n), mask_text(b, "end_mask", n));
    if (!text) b->status = RQ_ENOMEM;
    return text ? text : "";
}

static void map_strided_slice(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), begin = rq_ir_builder_in(b, 1);
    rq_shape shape = rq_ir_builder_shape(b, begin);
    (void)row;
    if (b->status != RQ_OK || cut_first(b, x)) return;
    size_t n = shape.rank == 1 && shape.d[0] >= 0 ? (size_t)shape.d[0] : RQ_MAX_RANK;
    rq_ir_builder_set(b, 0,
                      emit_strided(b, x, begin, rq_ir_builder_in(b, 2), rq_ir_builder_in(b, 3), n,
                                   ends_text(b, n)));
}

/* Column k of the pads, [rank, 2], in the order of the axes as they are. */
static rq_id pads_of(rq_ir_builder *b, int64_t k, int rank, bool first)
{
    int64_t order[RQ_MAX_RANK];
    rq_id pads = rq_emit_gather(b, rq_ir_builder_in(b, 1), rq_emit_int(b, k), 1);
    pads = rq_emit_convert(b, pads, RQ_DT_I64);
    if (!first) return pads;
    for (int i = 0; i < rank; i++) order[rq_tf_channels_first_axis(i, rank)] = i;
    return rq_emit_gather(b, pads, rq_emit_ints(b, order, (size_t)rank), 0);
}

/* x, rows of (before, after); PadV2 adds the value, MirrorPad has a mode. */
static void map_pad(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    const rq_tensor *pads = rq_ir_builder_const(b, rq_ir_builder_in(b, 1));
    const char *mode = rq_framework_string(b->node, "mode", "CONSTANT");
    bool first = rq_tf_has_channels_first(b, x);
    (void)row;
    if (b->status != RQ_OK) return;
    if (pads && rq_tensor_count(pads) != 2 * (size_t)rank) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%zu pads for %d axes", rq_tensor_count(pads), rank);
        return;
    }
    rq_id value = rq_ir_builder_has(b, 2) ? rq_ir_builder_in(b, 2) : rq_emit_like(b, x, 0);
    const char *name = mode[0] == 'R' ? "reflect" : mode[0] == 'S' ? "symmetric" : "constant";
    rq_id y = rq_emit(b, "Pad-1",
                      RQ_IN(first ? rq_tf_to_channels_first(b, x) : x, pads_of(b, 0, rank, first),
                            pads_of(b, 1, rank, first), value),
                      "pad_mode=%s", name);
    if (first)
        rq_tf_set_channels_first(b, 0, y);
    else
        rq_ir_builder_set(b, 0, y);
}

/* x, indices, and (GatherV2) the axis. */
static void map_gather(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id axis = rq_ir_builder_has(b, 2) ? rq_ir_builder_in(b, 2) : rq_emit_int(b, 0);
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Gather-8", RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), axis),
                "batch_dims=%lld", (long long)rq_framework_int(b->node, "batch_dims", 0)));
}

static void map_gather_nd(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "GatherND-8",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                              "batch_dims=0"));
}

/* Which axes: one truth for each. */
static void map_reverse_where(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t truths[RQ_MAX_RANK], axes[RQ_MAX_RANK];
    size_t n, n_axes = 0;
    (void)row;
    if (!rq_tf_ints(b, 1, truths, &n, "axes")) return;
    for (size_t i = 0; i < n; i++)
        if (truths[i]) axes[n_axes++] = (int64_t)i;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Reverse-1",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_emit_ints(b, axes, n_axes)),
                              "mode=index"));
}

static void map_reverse(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Reverse-1", RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                              "mode=index"));
}

static void map_reverse_sequence(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "ReverseSequence-1", RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                "batch_axis=%d;seq_axis=%d", (int)rq_framework_int(b->node, "batch_dim", 0),
                (int)rq_framework_int(b->node, "seq_dim", 0)));
}

static void map_roll(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Roll-7",
                RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2)), "%s",
                ""));
}

/* Indices, values, shape: zeros that the values are added to. */
static void map_scatter_nd(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id values = rq_ir_builder_in(b, 1);
    rq_id zero = rq_emit_like(b, values, 0);
    rq_id zeros = rq_emit(b, "Broadcast-3", RQ_IN(zero, rq_ir_builder_in(b, 2)), "mode=numpy");
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "ScatterNDUpdate-15", RQ_IN(zeros, rq_ir_builder_in(b, 0), values),
                              "reduction=sum"));
}

/* row->ir: how x, indices, values come together. */
static void map_scatter_update(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "ScatterNDUpdate-15",
                RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2)),
                "reduction=%s", row->ir));
}

static const rq_op_mapping_row rows[] = {
    {"", "Gather", map_gather, NULL},
    {"", "GatherNd", map_gather_nd, NULL},
    {"", "GatherV2", map_gather, NULL},
    {"", "MirrorPad", map_pad, NULL},
    {"", "Pad", map_pad, NULL},
    {"", "PadV2", map_pad, NULL},
    {"", "ResourceGather", map_gather, NULL},
    {"", "Reverse", map_reverse_where, NULL},
    {"", "ReverseSequence", map_reverse_sequence, NULL},
    {"", "ReverseV2", map_reverse, NULL},
    {"", "Roll", map_roll, NULL},
    {"", "ScatterNd", map_scatter_nd, NULL},
    {"", "Slice", map_slice, NULL},
    {"", "StridedSlice", map_strided_slice, NULL},
    {"", "TensorScatterAdd", map_scatter_update, "sum"},
    {"", "TensorScatterMax", map_scatter_update, "max"},
    {"", "TensorScatterMin", map_scatter_update, "min"},
    {"", "TensorScatterSub", map_scatter_update, "sub"},
    {"", "TensorScatterUpdate", map_scatter_update, "none"},
};
RQ_OP_MAPPING_GROUP(tf_slice, rows)
