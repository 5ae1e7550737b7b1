/* ONNX's operators that pick and place elements. */
#include "engine/import/cum_prod.h"
#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

/* -- gathering ------------------------------------------------------------------------------- */

static void map_gather(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit_gather(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1),
                                     rq_framework_int(b->node, "axis", 0)));
}

/* Indices below 0 count from the end; the IR's operators of single elements do not. */
static rq_id wrap_indices(rq_ir_builder *b, rq_id index, rq_id dim)
{
    const rq_tensor *t = rq_ir_builder_const(b, index);
    bool negative = !t;
    for (size_t i = 0; t && i < rq_tensor_count(t); i++)
        negative |= rq_load_i64(t->data, t->dtype, i) < 0;
    if (!negative) return index;
    rq_dtype dtype = rq_ir_builder_dtype(b, index);
    dim = rq_emit_convert(b, dim, dtype);
    rq_id below = rq_emit_binary(b, "Less-1", index, rq_emit_scalar(b, dtype, 0.0));
    return rq_emit(b, "Select-1", RQ_IN(below, rq_emit_binary(b, "Add-1", index, dim), index),
                   "auto_broadcast=numpy");
}

/* The indices reach over a part of the other axes' elements: x without the rest. By Gather, as
 * OpenVINO drops a Slice before GatherElements. */
static rq_id part_of(rq_ir_builder *b, rq_id x, rq_id index, int64_t axis)
{
    rq_shape whole = rq_ir_builder_shape(b, x), part = rq_ir_builder_shape(b, index);
    axis = rq_onnx_axis(axis, part.rank);
    for (int i = 0; i < part.rank; i++) {
        bool all = whole.rank == part.rank && part.d[i] != RQ_DYNAMIC && part.d[i] == whole.d[i];
        if (i == axis || all) continue;
        x = rq_emit_gather(b, x, rq_emit_count_up(b, rq_onnx_dim(b, index, i)), i);
    }
    return x;
}

static void map_gather_elements(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int64_t axis = rq_framework_int(b->node, "axis", 0);
    rq_id index = wrap_indices(b, rq_ir_builder_in(b, 1), rq_onnx_dim(b, x, axis));
    (void)row;
    x = part_of(b, x, rq_ir_builder_in(b, 1), axis);
    rq_ir_builder_set(b, 0, rq_emit(b, "GatherElements-6", RQ_IN(x, index), "axis=%d", (int)axis));
}

static void map_gather_nd(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "GatherND-8",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                              "batch_dims=%d", (int)rq_framework_int(b->node, "batch_dims", 0)));
}

/* The elements where the condition, a row, is true; of the flat tensor without an axis. */
static void map_compress(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool flat = !rq_framework_find_attr(b->node, "axis");
    int64_t axis = rq_framework_int(b->node, "axis", 0), first = 0;
    (void)row;
    if (flat) x = rq_emit_reshape(b, x, (const int64_t[]){-1}, 1);
    rq_id where = rq_emit(b, "NonZero-3", RQ_IN(rq_ir_builder_in(b, 1)), "output_type=i64");
    where = rq_emit_squeeze(b, where, &first, 1);
    rq_ir_builder_set(b, 0, rq_emit_gather(b, x, where, axis));
}

static void map_non_zero(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "NonZero-3", RQ_IN(rq_ir_builder_in(b, 0)), "output_type=i64"));
}

static void map_unique(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool by_axis = rq_framework_find_attr(b->node, "axis") != NULL;
    rq_id axis = by_axis ? rq_emit_int(b, rq_framework_int(b->node, "axis", 0)) : RQ_NONE;
    (void)row;
    rq_node *node = rq_emit_node(b, "Unique-10", RQ_IN(rq_ir_builder_in(b, 0), axis), 4,
                                 "sorted=%s;index_element_type=i64;count_element_type=i64",
                                 rq_bool_text(rq_framework_int(b->node, "sorted", 1)));
    if (node) rq_ir_builder_set_all(b, node);
}

static void map_reverse_sequence(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "ReverseSequence-1", RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                "batch_axis=%d;seq_axis=%d", (int)rq_framework_int(b->node, "batch_axis", 1),
                (int)rq_framework_int(b->node, "time_axis", 0)));
}

static void map_cum_sum(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id axis = rq_emit_reshape(b, rq_ir_builder_in(b, 1), NULL, 0);
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "CumSum-3", RQ_IN(rq_ir_builder_in(b, 0), axis),
                              "exclusive=%s;reverse=%s",
                              rq_bool_text(rq_framework_int(b->node, "exclusive", 0)),
                              rq_bool_text(rq_framework_int(b->node, "reverse", 0))));
}

static void map_cum_prod(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_cum_prod(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)));
}

/* -- scattering ------------------------------------------------------------------------------ */

static const char *reduction_of(rq_ir_builder *b)
{
    static const struct {
        const char *onnx, *ir;
    } table[] = {{"none", "none"}, {"add", "sum"}, {"mul", "prod"}, {"min", "min"}, {"max", "max"}};
    const char *text = rq_framework_string(b->node, "reduction", "none");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (!strcmp(text, table[i].onnx)) return table[i].ir;
    rq_ir_builder_fail(b, RQ_EFORMAT, "reduction is '%s'", text);
    return "none";
}

static void map_scatter_elements(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), values = rq_ir_builder_in(b, 2);
    int64_t axis = rq_framework_int(b->node, "axis", 0);
    const char *reduction = reduction_of(b);
    rq_id along = rq_emit_int(b, axis);
    rq_id index = wrap_indices(b, rq_ir_builder_in(b, 1), rq_onnx_dim(b, x, axis));
    (void)row;
    if (!strcmp(reduction, "none"))
        rq_ir_builder_set(
            b, 0, rq_emit(b, "ScatterElementsUpdate-3", RQ_IN(x, index, values, along), "%s", ""));
    else
        rq_ir_builder_set(b, 0,
                          rq_emit(b, "ScatterElementsUpdate-12", RQ_IN(x, index, values, along),
                                  "reduction=%s;use_init_val=true", reduction));
}

static void map_scatter_nd(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), index = rq_ir_builder_in(b, 1),
          values = rq_ir_builder_in(b, 2);
    const char *reduction = reduction_of(b);
    (void)row;
    if (!strcmp(reduction, "none"))
        rq_ir_builder_set(b, 0, rq_emit(b, "ScatterNDUpdate-4", RQ_IN(x, index, values), "%s", ""));
    else
        rq_ir_builder_set(
            b, 0,
            rq_emit(b, "ScatterNDUpdate-15", RQ_IN(x, index, values), "reduction=%s", reduction));
}

/* -- masks ----------------------------------------------------------------------------------- */

/* values is [off, on]; indices may be of any number type and count from the end. */
static void map_one_hot(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id index = rq_emit_convert(b, rq_ir_builder_in(b, 0), RQ_DT_I64);
    rq_id depth = rq_emit_convert(b, rq_ir_builder_in(b, 1), RQ_DT_I64);
    rq_id values = rq_ir_builder_in(b, 2), zero = rq_emit_int(b, 0), one = rq_emit_int(b, 1);
    (void)row;
    depth = rq_emit_reshape(b, depth, NULL, 0);
    index = wrap_indices(b, index, depth);
    rq_id off = rq_emit(b, "Gather-8", RQ_IN(values, zero, zero), "batch_dims=0");
    rq_id on = rq_emit(b, "Gather-8", RQ_IN(values, one, zero), "batch_dims=0");
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "OneHot-1", RQ_IN(index, depth, on, off), "axis=%d",
                              (int)rq_framework_int(b->node, "axis", -1)));
}

/* Keeps the elements whose column - row is at least k (upper), or at most k. */
static void map_trilu(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool upper = rq_framework_int(b->node, "upper", 1) != 0;
    int64_t last = 1;
    rq_id k = rq_ir_builder_has(b, 1) ? rq_emit_reshape(b, rq_ir_builder_in(b, 1), NULL, 0)
                                      : rq_emit_int(b, 0);
    rq_id columns = rq_emit_count_up(b, rq_onnx_dim(b, x, -1));
    rq_id lines = rq_emit_unsqueeze(b, rq_emit_count_up(b, rq_onnx_dim(b, x, -2)), &last, 1);
    rq_id distance = rq_emit_binary(b, "Subtract-1", columns, lines);
    rq_id kept = rq_emit_binary(b, upper ? "GreaterEqual-1" : "LessEqual-1", distance, k);
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Select-1", RQ_IN(kept, x, rq_onnx_like(b, x, 0.0)), "auto_broadcast=numpy"));
}

static const rq_op_mapping_row rows[] = {
    {"", "Compress", map_compress, NULL},
    {"", "CumProd", map_cum_prod, NULL},
    {"", "CumSum", map_cum_sum, NULL},
    {"", "Gather", map_gather, NULL},
    {"", "GatherElements", map_gather_elements, NULL},
    {"", "GatherND", map_gather_nd, NULL},
    {"com.microsoft", "GatherND", map_gather_nd, NULL},
    {"", "NonZero", map_non_zero, NULL},
    {"", "OneHot", map_one_hot, NULL},
    {"", "ReverseSequence", map_reverse_sequence, NULL},
    {"", "Scatter", map_scatter_elements, NULL},
    {"", "ScatterElements", map_scatter_elements, NULL},
    {"", "ScatterND", map_scatter_nd, NULL},
    {"", "Trilu", map_trilu, NULL},
    {"com.microsoft", "Trilu", map_trilu, NULL},
    {"", "Unique", map_unique, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_gather, rows)
