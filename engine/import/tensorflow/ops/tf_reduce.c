/* TensorFlow's reductions, searches and orders. */
#include "engine/import/cum_prod.h"
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <string.h>

/* True when the axes that stay are in the same order in both layouts: all do, or H or W does not
 * stay beside C without the other. */
static bool order_survives(const bool *reduced, int rank)
{
    bool spatial = false;
    for (int i = 1; i < rank - 1; i++) spatial |= !reduced[i];
    return !spatial || reduced[rank - 1];
}

/* Axes of x as they are channels first. */
static size_t first_axes(int64_t *out, const bool *reduced, int rank)
{
    size_t n = 0;
    for (int i = 0; i < rank; i++)
        if (reduced[i]) out[n++] = rq_tf_channels_first_axis(i, rank);
    return n;
}

static bool read_axes(rq_ir_builder *b, bool *reduced, int rank)
{
    int64_t axes[RQ_MAX_RANK];
    size_t n;
    if (!rq_ir_builder_ints(b, rq_ir_builder_in(b, 1), axes, RQ_MAX_RANK, &n)) return false;
    for (size_t i = 0; i < n; i++) reduced[rq_tf_axis(b, axes[i], rank)] = true;
    return b->status == RQ_OK;
}

static void map_reduce(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool keep = rq_framework_int(b->node, "keep_dims", 0), reduced[RQ_MAX_RANK] = {false};
    int rank = rq_ir_builder_rank(b, x);
    int64_t axes[RQ_MAX_RANK];
    bool first = rq_tf_has_channels_first(b, x) && read_axes(b, reduced, rank) &&
                 (keep || order_survives(reduced, rank));
    if (!first) {
        rq_ir_builder_set(b, 0,
                          rq_emit(b, row->ir, RQ_IN(x, rq_ir_builder_in(b, 1)), "keep_dims=%s",
                                  rq_bool_text(keep)));
        return;
    }
    size_t n = first_axes(axes, reduced, rank);
    rq_id y = rq_emit(b, row->ir, RQ_IN(rq_tf_to_channels_first(b, x), rq_emit_ints(b, axes, n)),
                      "keep_dims=%s", rq_bool_text(keep));
    if (keep)
        rq_tf_set_channels_first(b, 0, y);
    else
        rq_ir_builder_set(b, 0, y);
}

/* row->ir: "max" or "min". */
static void map_arg(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    const rq_framework_attr *type = rq_framework_find_attr(b->node, "output_type");
    int64_t axis[RQ_MAX_RANK] = {0};
    size_t n = 1;
    if (rq_ir_builder_has(b, 1) && !rq_tf_ints(b, 1, axis, &n, "axes")) return;
    int found = rq_tf_axis(b, axis[0], rank);
    rq_node *node = rq_emit_node(b, "TopK-11", RQ_IN(x, rq_emit_int(b, 1)), 2,
                                 "axis=%d;mode=%s;sort=value;stable=true;index_element_type=%s",
                                 found, row->ir, type && type->i == RQ_DT_I32 ? "i32" : "i64");
    if (!node) return;
    rq_ir_builder_set(b, 0, rq_emit_squeeze(b, node->out[1], (int64_t[]){found}, 1));
}

static void map_top_k(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    rq_id k = rq_ir_builder_has(b, 1) ? rq_ir_builder_in(b, 1)
                                      : rq_emit_int(b, rq_framework_int(b->node, "k", 1));
    (void)row;
    rq_node *node =
        rq_emit_node(b, "TopK-11", RQ_IN(x, k), 2,
                     "axis=%d;mode=max;sort=value;stable=true;index_element_type=i32", rank - 1);
    if (node) rq_ir_builder_set_all(b, node);
}

static void map_cum_sum(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "CumSum-3", RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                              "exclusive=%s;reverse=%s",
                              rq_bool_text(rq_framework_int(b->node, "exclusive", 0)),
                              rq_bool_text(rq_framework_int(b->node, "reverse", 0))));
}

static void map_cum_prod(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_cum_prod(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)));
}

/* Boxes [n, 4], scores [n], how many, the overlap allowed, the least score: indices. */
static void map_nms(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id boxes = rq_emit_unsqueeze(b, rq_ir_builder_in(b, 0), (int64_t[]){0}, 1);
    rq_id scores = rq_emit_unsqueeze(b, rq_ir_builder_in(b, 1), (int64_t[]){0, 1}, 2);
    rq_id overlap =
        rq_ir_builder_has(b, 3)
            ? rq_ir_builder_in(b, 3)
            : rq_emit_scalar(b, RQ_DT_F32, rq_framework_float(b->node, "iou_threshold", 0.5));
    rq_id least =
        rq_ir_builder_has(b, 4) ? rq_ir_builder_in(b, 4) : rq_emit_scalar(b, RQ_DT_F32, -3.4e38);
    rq_id sigma =
        rq_ir_builder_has(b, 5) ? rq_ir_builder_in(b, 5) : rq_emit_scalar(b, RQ_DT_F32, 0);
    (void)row;
    rq_node *node = rq_emit_node(
        b, "NonMaxSuppression-9",
        RQ_IN(boxes, scores, rq_ir_builder_in(b, 2), rq_emit_just_above(b, overlap), least, sigma),
        3, "box_encoding=corner;sort_result_descending=true;output_type=i32");
    if (!node) return;
    rq_id index = rq_emit_gather(b, node->out[0], RQ_EMIT_INTS(b, 2), 1);
    rq_ir_builder_set(b, 0, rq_emit_squeeze(b, index, (int64_t[]){1}, 1));
    bool v5 = b->node->type[strlen(b->node->type) - 1] == '5';
    if (v5 && rq_ir_builder_wants(b, 1)) {
        rq_id score = rq_emit_gather(b, node->out[1], RQ_EMIT_INTS(b, 2), 1);
        rq_ir_builder_set(b, 1, rq_emit_squeeze(b, score, (int64_t[]){1}, 1));
    }
    rq_ir_builder_set(b, v5 ? 2 : 1, rq_emit_squeeze(b, node->out[2], (int64_t[]){0}, 1));
}

static const rq_op_mapping_row rows[] = {
    {"", "All", map_reduce, "ReduceLogicalAnd-1"},
    {"", "Any", map_reduce, "ReduceLogicalOr-1"},
    {"", "ArgMax", map_arg, "max"},
    {"", "ArgMin", map_arg, "min"},
    {"", "Cumprod", map_cum_prod, NULL},
    {"", "Cumsum", map_cum_sum, NULL},
    {"", "EuclideanNorm", map_reduce, "ReduceL2-4"},
    {"", "Max", map_reduce, "ReduceMax-1"},
    {"", "Mean", map_reduce, "ReduceMean-1"},
    {"", "Min", map_reduce, "ReduceMin-1"},
    {"", "NonMaxSuppression", map_nms, NULL},
    {"", "NonMaxSuppressionV2", map_nms, NULL},
    {"", "NonMaxSuppressionV3", map_nms, NULL},
    {"", "NonMaxSuppressionV4", map_nms, NULL},
    {"", "NonMaxSuppressionV5", map_nms, NULL},
    {"", "Prod", map_reduce, "ReduceProd-1"},
    {"", "Sum", map_reduce, "ReduceSum-1"},
    {"", "TopK", map_top_k, NULL},
    {"", "TopKV2", map_top_k, NULL},
};
RQ_OP_MAPPING_GROUP(tf_reduce, rows)
