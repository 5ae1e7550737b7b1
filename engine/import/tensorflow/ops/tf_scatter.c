/* TensorFlow's operators that put elements together from several places, or apart. */
#include "engine/import/tensorflow/ops/tf_layout.h"

static rq_id column_of(rq_ir_builder *b, rq_id row)
{
    return rq_emit_reshape(b, row, (int64_t[]){-1, 1}, 2);
}

static rq_id filled(rq_ir_builder *b, rq_id value, rq_id shape)
{
    return rq_emit(b, "Broadcast-3", RQ_IN(value, shape), "mode=numpy");
}

/* Places of what is true in a row, [n]. */
static rq_id places_of(rq_ir_builder *b, rq_id condition)
{
    rq_id y = rq_emit(b, "NonZero-3", RQ_IN(condition), "output_type=i64");
    return rq_emit_squeeze(b, y, (int64_t[]){0}, 1);
}

/* -- DynamicStitch ---------------------------------------------------------------------------- */

/* What the data has behind the axes of the index, as a row. */
static rq_id rest_of(rq_ir_builder *b, rq_id index, rq_id data)
{
    return rq_emit_slice(b, rq_emit_shape_of(b, data), 0, rq_ir_builder_require_rank(b, index),
                         INT32_MAX, 1);
}

/* n indices, then as much data: what is given later stays. */
static void map_stitch(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n = b->node->n_in / 2;
    rq_id *index = rq_arena_alloc(b->arena, 2 * n + 2, sizeof *index), *data = index + n + 1;
    (void)row;
    if (!rq_ir_builder_ok(b, index ? RQ_OK : RQ_ENOMEM) || !n) return;
    rq_id rest = rest_of(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, n));
    rq_id flat = rq_emit(b, "Concat-1", RQ_IN(RQ_EMIT_INTS(b, -1), rest), "axis=0");
    for (size_t i = 0; i < n; i++) {
        index[i] = rq_emit_convert(b, rq_ir_builder_in(b, i), RQ_DT_I64);
        index[i] = rq_emit_reshape(b, index[i], (int64_t[]){-1}, 1);
        data[i] =
            rq_emit(b, "Reshape-1", RQ_IN(rq_ir_builder_in(b, n + i), flat), "special_zero=false");
    }
    rq_id all = n > 1 ? rq_emit(b, "Concat-1", index, n, "axis=0") : index[0];
    rq_id values = n > 1 ? rq_emit(b, "Concat-1", data, n, "axis=0") : data[0];
    rq_id last = rq_emit(b, "ReduceMax-1", RQ_IN(all, RQ_EMIT_INTS(b, 0)), "keep_dims=true");
    rq_id rows = rq_emit_binary(b, "Add-1", last, RQ_EMIT_INTS(b, 1));
    rq_id shape = rq_emit(b, "Concat-1", RQ_IN(rows, rest), "axis=0");
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "ScatterNDUpdate-4",
                RQ_IN(filled(b, rq_emit_like(b, values, 0), shape), column_of(b, all), values),
                "%s", ""));
}

/* Rows of each part that a row of numbers names. */
static void map_partition(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), parts = rq_ir_builder_in(b, 1);
    (void)row;
    if (rq_ir_builder_rank(b, parts) != 1) {
        rq_ir_builder_unmapped(b, "parts by more than one axis");
        return;
    }
    for (size_t k = 0; k < b->node->n_out; k++) {
        if (!rq_ir_builder_wants(b, k)) continue;
        rq_id chosen = rq_emit_binary(b, "Equal-1", parts, rq_emit_like(b, parts, (double)k));
        rq_ir_builder_set(b, k, rq_emit_gather(b, x, places_of(b, chosen), 0));
    }
}

/* Elements of x that y has not, and where they are. */
static void map_difference(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const rq_framework_attr *type = rq_framework_find_attr(b->node, "out_idx");
    bool wide = type && type->kind == RQ_FRAMEWORK_DTYPE && type->i == RQ_DT_I64;
    rq_id x = rq_ir_builder_in(b, 0);
    rq_id equal = rq_emit_binary(b, "Equal-1", column_of(b, x), rq_ir_builder_in(b, 1));
    rq_id found =
        rq_emit(b, "ReduceLogicalOr-1", RQ_IN(equal, RQ_EMIT_INTS(b, 1)), "keep_dims=false");
    rq_id index = places_of(b, rq_emit(b, "LogicalNot-1", RQ_IN(found), "%s", ""));
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_gather(b, x, index, 0));
    if (rq_ir_builder_wants(b, 1))
        rq_ir_builder_set(b, 1, rq_emit_convert(b, index, wide ? RQ_DT_I64 : RQ_DT_I32));
}

/* Places, the whole's shape, one value for all or one for each, the value elsewhere. */
static void map_sparse_to_dense(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id index = rq_emit_convert(b, rq_ir_builder_in(b, 0), RQ_DT_I64);
    rq_id shape = rq_emit_convert(b, rq_ir_builder_in(b, 1), RQ_DT_I64);
    rq_id values = rq_ir_builder_in(b, 2);
    (void)row;
    if (rq_ir_builder_rank(b, index) == 1) index = column_of(b, index);
    rq_id n = rq_emit_slice(b, rq_emit_shape_of(b, index), 0, 0, 1, 1);
    if (rq_ir_builder_rank(b, values) == 0) values = filled(b, values, n);
    rq_id whole = filled(b, rq_ir_builder_in(b, 3), shape);
    rq_ir_builder_set(b, 0, rq_emit(b, "ScatterNDUpdate-4", RQ_IN(whole, index, values), "%s", ""));
}

/* How often each number below `size` is there, or the sum of its weights. */
static void map_bincount(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_emit_reshape(b, rq_ir_builder_in(b, 0), (int64_t[]){-1}, 1);
    rq_id weights = rq_emit_reshape(b, rq_ir_builder_in(b, 2), (int64_t[]){-1}, 1);
    rq_id numbers = rq_emit_count_up(b, rq_emit_convert(b, rq_ir_builder_in(b, 1), RQ_DT_I64));
    rq_id equal =
        rq_emit_binary(b, "Equal-1", column_of(b, rq_emit_convert(b, x, RQ_DT_I64)), numbers);
    rq_shape given = rq_ir_builder_shape(b, weights);
    rq_id each = rq_emit_convert(b, equal, rq_ir_builder_dtype(b, weights));
    (void)row;
    if (given.rank != 1 || given.d[0] != 0)
        each = rq_emit_binary(b, "Multiply-1", each, column_of(b, weights));
    rq_ir_builder_set(
        b, 0, rq_emit(b, "ReduceSum-1", RQ_IN(each, RQ_EMIT_INTS(b, 0)), "keep_dims=false"));
}

/* Where each value belongs among sorted ones. row->ir: behind equal ones ("true") or before. */
static void map_search(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const rq_framework_attr *type = rq_framework_find_attr(b->node, "out_type");
    bool wide = type && type->kind == RQ_FRAMEWORK_DTYPE && type->i == RQ_DT_I64;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "SearchSorted-15",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                              "right_mode=%s;output_type=%s", row->ir, wide ? "i64" : "i32"));
}

static const rq_op_mapping_row rows[] = {
    {"", "Bincount", map_bincount, NULL},
    {"", "DynamicPartition", map_partition, NULL},
    {"", "DynamicStitch", map_stitch, NULL},
    {"", "ListDiff", map_difference, NULL},
    {"", "LowerBound", map_search, "false"},
    {"", "ParallelDynamicStitch", map_stitch, NULL},
    {"", "SparseToDense", map_sparse_to_dense, NULL},
    {"", "UpperBound", map_search, "true"},
};
RQ_OP_MAPPING_GROUP(tf_scatter, rows)
