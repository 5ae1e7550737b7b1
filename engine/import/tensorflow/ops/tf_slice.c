/* TensorFlow's operators that take parts of a tensor or surround it. */
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <string.h>

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
    if (first)
        first = rq_tf_channels_first_row(b, 1, rank, begin) &&
                rq_tf_channels_first_row(b, 2, rank, size);
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

/* One batch: its indices without the axes of batches, of which OpenVINO's CPU crashes where data is
 * small. RQ_NONE: there may be more. */
static rq_id indices_of_one(rq_ir_builder *b, rq_id indices, int64_t n_batch_axes)
{
    rq_shape shape = rq_ir_builder_shape(b, indices);
    int64_t axes[RQ_MAX_RANK];
    if (n_batch_axes < 1 || n_batch_axes > shape.rank) return RQ_NONE;
    for (int64_t i = 0; i < n_batch_axes; i++) {
        if (shape.d[i] != 1) return RQ_NONE;
        axes[i] = i;
    }
    return rq_emit_squeeze(b, indices, axes, (size_t)n_batch_axes);
}

/* x, indices, and (GatherV2) the axis. */
static void map_gather(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id indices = rq_ir_builder_in(b, 1);
    rq_id axis = rq_ir_builder_has(b, 2) ? rq_ir_builder_in(b, 2) : rq_emit_int(b, 0);
    int64_t n_batch_axes = rq_framework_int(b->node, "batch_dims", 0);
    (void)row;
    if (b->status != RQ_OK) return;
    if (n_batch_axes < 0) n_batch_axes += rq_ir_builder_require_rank(b, indices);
    rq_id of_one = indices_of_one(b, indices, n_batch_axes);
    if (of_one != RQ_NONE) {
        indices = of_one;
        n_batch_axes = 0;
    }
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Gather-8", RQ_IN(rq_ir_builder_in(b, 0), indices, axis),
                              "batch_dims=%lld", (long long)n_batch_axes));
}

static void map_gather_nd(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "GatherND-8",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                              "batch_dims=0"));
}

static bool is_wide(const rq_ir_builder *b, rq_id x)
{
    return rq_ir_builder_dtype(b, x) == RQ_DT_I64;
}

/* OpenVINO's CPU has 32 bits of every int64 but of those that it reverses: these are slices. */
static rq_id emit_reversed(rq_ir_builder *b, rq_id x, const int64_t *axes, size_t n)
{
    int64_t begin[RQ_MAX_RANK], end[RQ_MAX_RANK];
    if (!is_wide(b, x))
        return rq_emit(b, "Reverse-1", RQ_IN(x, rq_emit_ints(b, axes, n)), "mode=index");
    for (size_t i = 0; i < n; i++) {
        begin[i] = -1;
        end[i] = INT32_MIN;
    }
    rq_id back = rq_emit_ints(b, begin, n); /* the step, too */
    return rq_emit(b, "Slice-8",
                   RQ_IN(x, back, rq_emit_ints(b, end, n), back, rq_emit_ints(b, axes, n)), "%s",
                   "");
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
    rq_ir_builder_set(b, 0, emit_reversed(b, rq_ir_builder_in(b, 0), axes, n_axes));
}

static void map_reverse(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), axes = rq_ir_builder_in(b, 1);
    int64_t known[RQ_MAX_RANK];
    size_t n;
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_ir_builder_ints(b, axes, known, RQ_MAX_RANK, &n)
                          ? emit_reversed(b, x, known, n)
                          : rq_emit(b, "Reverse-1", RQ_IN(x, axes), "mode=index"));
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
    {"", "TensorScatterAdd", map_scatter_update, "sum"},
    {"", "TensorScatterMax", map_scatter_update, "max"},
    {"", "TensorScatterMin", map_scatter_update, "min"},
    {"", "TensorScatterSub", map_scatter_update, "sub"},
    {"", "TensorScatterUpdate", map_scatter_update, "none"},
};
RQ_OP_MAPPING_GROUP(tf_slice, rows)
