/* TensorFlow's operators on groups of elements: segments, what is equal, what lies between bounds.
 */
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <float.h>
#include <string.h>

/* -- segments -------------------------------------------------------------------------------- */

/* [n] and x's dimensions from `rank` on. */
static rq_id segments_shape(rq_ir_builder *b, rq_id x, rq_id n, int rank)
{
    rq_id rest = rq_emit_slice(b, rq_emit_shape_of(b, x), 0, rank, INT32_MAX, 1);
    n = rq_emit_reshape(b, rq_emit_convert(b, n, RQ_DT_I64), (int64_t[]){1}, 1);
    return rq_emit(b, "Concat-1", RQ_IN(n, rest), "axis=0");
}

/* x's elements of each index put together, n of them; `first` where there is none. */
static rq_id reduce_segments(rq_ir_builder *b, rq_id x, rq_id index, rq_id n, const char *reduction,
                             double first)
{
    const int64_t last = -1;
    int rank = rq_ir_builder_require_rank(b, index);
    rq_id begin =
        rq_emit(b, "Broadcast-3", RQ_IN(rq_emit_like(b, x, first), segments_shape(b, x, n, rank)),
                "mode=numpy");
    return rq_emit(b, "ScatterNDUpdate-15", RQ_IN(begin, rq_emit_unsqueeze(b, index, &last, 1), x),
                   "reduction=%s", reduction);
}

/* x, the segment of each element, how many there are. row->ir: how they come together. */
static void map_unsorted_segments(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    double first = !strcmp(row->ir, "sum")    ? 0
                   : !strcmp(row->ir, "prod") ? 1
                   : !strcmp(row->ir, "max")  ? -FLT_MAX
                                              : FLT_MAX;
    rq_ir_builder_set(b, 0,
                      reduce_segments(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1),
                                      rq_ir_builder_in(b, 2), row->ir, first));
}

/* How many elements each segment has, as numbers of x's type and shape. */
static rq_id count_segments(rq_ir_builder *b, rq_id x, rq_id index, rq_id n)
{
    rq_id ones = rq_emit(b, "Broadcast-3", RQ_IN(rq_emit_like(b, x, 1), rq_emit_shape_of(b, x)),
                         "mode=numpy");
    return reduce_segments(b, ones, index, n, "sum", 0);
}

/* Sums, divided by how many there are ("mean") or the root of that ("sqrt"). */
static rq_id divide_sums(rq_ir_builder *b, rq_id sums, rq_id counts, bool root)
{
    counts = rq_emit_binary(b, "Maximum-1", counts, rq_emit_like(b, counts, 1));
    if (root) counts = rq_emit(b, "Sqrt-1", RQ_IN(counts), "%s", "");
    return rq_emit_binary(b, "Divide-1", sums, counts);
}

static rq_id greatest_or_least(rq_ir_builder *b, rq_id x, rq_id index, rq_id n, const char *which)
{
    rq_id y = reduce_segments(b, x, index, n, which, which[1] == 'a' ? -FLT_MAX : FLT_MAX);
    rq_id counts = count_segments(b, x, index, n), zero = rq_emit_like(b, x, 0);
    rq_id there = rq_emit_binary(b, "Greater-1", counts, zero);
    return rq_emit(b, "Select-1", RQ_IN(there, y, zero), "auto_broadcast=numpy");
}

/* The segments' numbers are sorted: the last tells how many there are. `how`: "sum", "mean",
 * "sqrt", "prod", "max", "min"; a segment of no elements is 0, or the product 1. */
static void set_segments(rq_ir_builder *b, rq_id x, rq_id numbers, const char *how)
{
    rq_id index = rq_emit_convert(b, numbers, RQ_DT_I64);
    rq_id last = rq_emit_gather(b, index, RQ_EMIT_INTS(b, -1), 0);
    rq_id n = rq_emit_binary(b, "Add-1", last, rq_emit_int(b, 1));
    rq_id y;
    if (!strcmp(how, "max") || !strcmp(how, "min"))
        y = greatest_or_least(b, x, index, n, how);
    else if (!strcmp(how, "prod"))
        y = reduce_segments(b, x, index, n, how, 1);
    else
        y = reduce_segments(b, x, index, n, "sum", 0);
    if (!strcmp(how, "mean") || !strcmp(how, "sqrt"))
        y = divide_sums(b, y, count_segments(b, x, index, n), how[0] == 's');
    rq_ir_builder_set(b, 0, y);
}

static void map_segments(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    set_segments(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), row->ir);
}

/* x's rows of those numbers. */
static void map_sparse_segments(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_emit_gather(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), 0);
    set_segments(b, x, rq_ir_builder_in(b, 2), row->ir);
}

/* -- what is equal --------------------------------------------------------------------------- */

static const char *index_type(const rq_ir_builder *b)
{
    const rq_framework_attr *type = rq_framework_find_attr(b->node, "out_idx");
    return type && type->kind == RQ_FRAMEWORK_DTYPE && type->i == RQ_DT_I64 ? "i64" : "i32";
}

/* In the order of the first of each; then where each element went, and (WithCounts) how many are
 * so. */
static void map_unique(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_node *node = rq_emit_node(b, "Unique-10", RQ_IN(rq_ir_builder_in(b, 0)), 4,
                                 "sorted=false;index_element_type=%s;count_element_type=%s",
                                 index_type(b), index_type(b));
    if (!node) return;
    rq_ir_builder_set(b, 0, node->out[0]);
    if (rq_ir_builder_wants(b, 1)) rq_ir_builder_set(b, 1, node->out[2]);
    if (rq_ir_builder_wants(b, 2)) rq_ir_builder_set(b, 2, node->out[3]);
}

/* -- bounds ---------------------------------------------------------------------------------- */

/* How many of the boundaries are not above each element. */
static void map_bucketize(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const rq_framework_attr *list = rq_framework_find_attr(b->node, "boundaries");
    size_t n = list && list->kind == RQ_FRAMEWORK_FLOATS ? list->n : 0;
    const int64_t last = -1;
    (void)row;
    rq_id x = rq_emit_unsqueeze(b, rq_emit_convert(b, rq_ir_builder_in(b, 0), RQ_DT_F32), &last, 1);
    rq_id below =
        rq_emit_binary(b, "GreaterEqual-1", x,
                       rq_emit_reals(b, n ? list->floats : NULL, &(rq_shape){1, {(int64_t)n}}));
    rq_id count =
        rq_emit(b, "ReduceSum-1", RQ_IN(rq_emit_convert(b, below, RQ_DT_I32), RQ_EMIT_INTS(b, -1)),
                "keep_dims=false");
    rq_ir_builder_set(b, 0, count);
}

/* Indices along the axis. */
static rq_id places_along(rq_ir_builder *b, rq_id x, int64_t axis)
{
    return rq_emit_count_up(b, rq_emit_gather(b, rq_emit_shape_of(b, x), rq_emit_int(b, axis), 0));
}

/* Keeps `lower` diagonals below the main one and `upper` above; all of them where negative. */
static void map_band_part(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), zero = rq_emit_int(b, 0);
    const int64_t last = -1;
    rq_id lines = rq_emit_unsqueeze(b, places_along(b, x, -2), &last, 1);
    rq_id distance = rq_emit_binary(b, "Subtract-1", lines, places_along(b, x, -1));
    rq_id kept = RQ_NONE;
    (void)row;
    for (size_t i = 1; i < 3; i++) {
        rq_id most = rq_emit_convert(b, rq_ir_builder_in(b, i), RQ_DT_I64);
        rq_id side = i == 1 ? distance : rq_emit_binary(b, "Subtract-1", zero, distance);
        rq_id near = rq_emit_binary(b, "LogicalOr-1", rq_emit_binary(b, "Less-1", most, zero),
                                    rq_emit_binary(b, "LessEqual-1", side, most));
        kept = i == 1 ? near : rq_emit_binary(b, "LogicalAnd-1", kept, near);
    }
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Select-1", RQ_IN(kept, x, rq_emit_like(b, x, 0)), "auto_broadcast=numpy"));
}

/* Where each number 0, 1, ... stands. */
static void map_invert_permutation(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_id places = rq_emit_convert(b, places_along(b, x, 0), rq_ir_builder_dtype(b, x));
    (void)row;
    rq_ir_builder_set(
        b, 0, rq_emit(b, "ScatterUpdate-3", RQ_IN(x, x, places, rq_emit_int(b, 0)), "%s", ""));
}

static const rq_op_mapping_row rows[] = {
    {"", "Bucketize", map_bucketize, NULL},
    {"", "InvertPermutation", map_invert_permutation, NULL},
    {"", "MatrixBandPart", map_band_part, NULL},
    {"", "SegmentMax", map_segments, "max"},
    {"", "SegmentMean", map_segments, "mean"},
    {"", "SegmentMin", map_segments, "min"},
    {"", "SegmentProd", map_segments, "prod"},
    {"", "SegmentSum", map_segments, "sum"},
    {"", "SparseSegmentMean", map_sparse_segments, "mean"},
    {"", "SparseSegmentSqrtN", map_sparse_segments, "sqrt"},
    {"", "SparseSegmentSum", map_sparse_segments, "sum"},
    {"", "Unique", map_unique, NULL},
    {"", "UniqueWithCounts", map_unique, NULL},
    {"", "UnsortedSegmentMax", map_unsorted_segments, "max"},
    {"", "UnsortedSegmentMin", map_unsorted_segments, "min"},
    {"", "UnsortedSegmentProd", map_unsorted_segments, "prod"},
    {"", "UnsortedSegmentSum", map_unsorted_segments, "sum"},
};
RQ_OP_MAPPING_GROUP(tf_segments, rows)
