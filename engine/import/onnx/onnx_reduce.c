/* ONNX's reductions, and what is largest or smallest along an axis. */
#include "engine/import/onnx/onnx_ops.h"

#include <float.h>

#include <string.h>

typedef struct reduction {
    rq_id x, axes; /* axes RQ_NONE: nothing to reduce */
    bool keep;
} reduction;

/* Axes as an input (ReduceSum since 13, the others since 18) or an attribute; none means all, or
 * with noop_with_empty_axes nothing. */
static bool read_reduction(reduction *r, rq_ir_builder *b)
{
    int64_t axes[RQ_MAX_RANK];
    size_t n;
    r->x = rq_ir_builder_in(b, 0);
    r->keep = rq_framework_int(b->node, "keepdims", 1) != 0;
    r->axes = rq_ir_builder_has(b, 1) ? rq_ir_builder_in(b, 1) : RQ_NONE;
    rq_shape list = rq_ir_builder_shape(b, r->axes);
    if (r->axes != RQ_NONE && !rq_ir_builder_const(b, r->axes) &&
        !(list.rank == 1 && list.d[0] == 0))
        return b->status == RQ_OK; /* known when it runs */
    n = 0;
    if (r->axes == RQ_NONE || rq_ir_builder_const(b, r->axes))
        if (!rq_onnx_ints(b, 1, "axes", axes, RQ_MAX_RANK, &n)) return false;
    if (n == 0 && rq_framework_int(b->node, "noop_with_empty_axes", 0)) {
        r->axes = RQ_NONE;
        return b->status == RQ_OK;
    }
    if (n == 0) {
        n = (size_t)(rq_ir_builder_require_rank(b, r->x) < 0 ? 0 : rq_ir_builder_rank(b, r->x));
        for (size_t i = 0; i < n; i++) axes[i] = (int64_t)i;
    }
    r->axes = rq_emit_ints(b, axes, n);
    return b->status == RQ_OK;
}

static rq_id reduce(rq_ir_builder *b, const char *type, const reduction *r, rq_id x, bool keep)
{
    if (r->axes == RQ_NONE) return x;
    return rq_emit(b, type, RQ_IN(x, r->axes), "keep_dims=%s", rq_bool_text(keep));
}

/* Logical over booleans, where maximum and minimum are or and and. */
static const char *type_for(rq_ir_builder *b, rq_id x, const char *type)
{
    if (rq_ir_builder_dtype(b, x) != RQ_DT_BOOL) return type;
    if (!strcmp(type, "ReduceMax-1")) return "ReduceLogicalOr-1";
    if (!strcmp(type, "ReduceMin-1")) return "ReduceLogicalAnd-1";
    return type;
}

static void map_reduce(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    reduction r;
    if (!read_reduction(&r, b)) return;
    rq_ir_builder_set(b, 0, reduce(b, type_for(b, r.x, row->ir), &r, r.x, r.keep));
}

static void map_reduce_log_sum(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    reduction r;
    (void)row;
    if (!read_reduction(&r, b)) return;
    rq_id sum = reduce(b, "ReduceSum-1", &r, r.x, r.keep);
    rq_ir_builder_set(b, 0, rq_emit(b, "Log-1", RQ_IN(sum), "%s", ""));
}

static void map_reduce_sum_square(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    reduction r;
    (void)row;
    if (!read_reduction(&r, b)) return;
    rq_id square = rq_emit_binary(b, "Multiply-1", r.x, r.x);
    rq_ir_builder_set(b, 0, reduce(b, "ReduceSum-1", &r, square, r.keep));
}

/* m + log(sum(exp(x - m))), m the maximum: no overflow. A maximum that is infinite would be taken
 * from itself. */
static void map_reduce_log_sum_exp(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    reduction r;
    (void)row;
    if (!read_reduction(&r, b)) return;
    double limit = rq_ir_builder_dtype(b, r.x) == RQ_DT_F16 ? 65504.0 : (double)FLT_MAX;
    rq_id most = rq_emit(b, "Clamp-1", RQ_IN(reduce(b, "ReduceMax-1", &r, r.x, true)),
                         "min=%.9g;max=%.9g", -limit, limit);
    rq_id small = rq_emit(b, "Exp-1", RQ_IN(rq_emit_binary(b, "Subtract-1", r.x, most)), "%s", "");
    rq_id sum = reduce(b, "ReduceSum-1", &r, small, true);
    rq_id y = rq_emit_binary(b, "Add-1", rq_emit(b, "Log-1", RQ_IN(sum), "%s", ""), most);
    if (!r.keep && r.axes != RQ_NONE) y = rq_emit(b, "Squeeze-1", RQ_IN(y, r.axes), "%s", "");
    rq_ir_builder_set(b, 0, y);
}

/* -- ArgMax, ArgMin, TopK -------------------------------------------------------------------- */

static rq_id reversed(rq_ir_builder *b, rq_id x, int64_t axis)
{
    return rq_emit_slice(b, x, axis, -1, INT64_MIN, -1);
}

/* The last of equals is the first one from behind. */
static void map_arg(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int64_t axis = rq_framework_int(b->node, "axis", 0);
    bool last = rq_framework_int(b->node, "select_last_index", 0) != 0;
    rq_node *top = rq_emit_node(
        b, "TopK-11", RQ_IN(last ? reversed(b, x, axis) : x, rq_emit_int(b, 1)), 2,
        "axis=%d;mode=%s;sort=value;stable=true;index_element_type=i64", (int)axis, row->ir);
    if (!top) return;
    rq_id index = top->out[1];
    if (last) {
        rq_id end = rq_emit_binary(b, "Subtract-1", rq_onnx_dim(b, x, axis), rq_emit_int(b, 1));
        index = rq_emit_binary(b, "Subtract-1", end, index);
    }
    if (!rq_framework_int(b->node, "keepdims", 1)) index = rq_emit_squeeze(b, index, &axis, 1);
    rq_ir_builder_set(b, 0, index);
}

static void map_top_k(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id k = rq_ir_builder_has(b, 1) ? rq_emit_reshape(b, rq_ir_builder_in(b, 1), NULL, 0)
                                      : rq_emit_int(b, rq_framework_int(b->node, "k", 1));
    (void)row;
    rq_node *top = rq_emit_node(b, "TopK-11", RQ_IN(rq_ir_builder_in(b, 0), k), 2,
                                "axis=%d;mode=%s;sort=value;stable=true;index_element_type=i64",
                                (int)rq_framework_int(b->node, "axis", -1),
                                rq_framework_int(b->node, "largest", 1) ? "max" : "min");
    if (top) rq_ir_builder_set_all(b, top);
}

static const rq_op_mapping_row rows[] = {
    {"", "ArgMax", map_arg, "max"},
    {"", "ArgMin", map_arg, "min"},
    {"", "ReduceL1", map_reduce, "ReduceL1-4"},
    {"", "ReduceL2", map_reduce, "ReduceL2-4"},
    {"", "ReduceLogSum", map_reduce_log_sum, NULL},
    {"", "ReduceLogSumExp", map_reduce_log_sum_exp, NULL},
    {"", "ReduceMax", map_reduce, "ReduceMax-1"},
    {"", "ReduceMean", map_reduce, "ReduceMean-1"},
    {"", "ReduceMin", map_reduce, "ReduceMin-1"},
    {"", "ReduceProd", map_reduce, "ReduceProd-1"},
    {"", "ReduceSum", map_reduce, "ReduceSum-1"},
    {"", "ReduceSumSquare", map_reduce_sum_square, NULL},
    {"", "TopK", map_top_k, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_reduce, rows)
