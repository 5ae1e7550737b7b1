/* TensorFlow's operators that only pass a value on, and variables that have none. */
#include "engine/import/op_mapping.h"

/* Output 0 is input 0; what else there is, nobody reads at use. */
static void map_pass(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, rq_ir_builder_in(b, 0));
}

static void map_identities(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    for (size_t i = 0; i < b->node->n_out; i++) rq_ir_builder_set(b, i, rq_ir_builder_in(b, i));
}

/* A constant condition chooses; else both branches are computed, and one is selected. */
static rq_id choose(rq_ir_builder *b, rq_id condition, rq_id yes, rq_id no)
{
    rq_shape x = rq_ir_builder_shape(b, yes), y = rq_ir_builder_shape(b, no);
    const rq_tensor *known = rq_ir_builder_const(b, condition);
    if (known && rq_tensor_count(known) == 1)
        return rq_load_f64(known->data, known->dtype, 0) != 0.0 ? yes : no;
    if (!rq_shape_is_static(&x) || !rq_shape_equal(&x, &y)) {
        rq_ir_builder_unmapped(
            b, "a condition that is not constant, with branches whose shapes differ "
               "or are not known (--freeze_placeholder_with_value, --input_shape)");
        return RQ_NONE;
    }
    rq_id is = condition;
    if (rq_ir_builder_dtype(b, is) != RQ_DT_BOOL)
        is = rq_emit_binary(b, "NotEqual-1", is, rq_emit_like(b, is, 0.0));
    return rq_emit(b, "Select-1", RQ_IN(is, yes, no), "auto_broadcast=numpy");
}

/* The reader has put both branches' results behind the condition. */
static void map_if(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n = b->node->n_in / 2;
    (void)row;
    for (size_t i = 0; i < b->node->n_out && i < n; i++)
        rq_ir_builder_set(b, i,
                          choose(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1 + i),
                                 rq_ir_builder_in(b, 1 + n + i)));
}

/* Both branches get the tensor. */
static void map_switch(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    for (size_t i = 0; i < b->node->n_out && i < 2; i++)
        rq_ir_builder_set(b, i, rq_ir_builder_in(b, 0));
}

static void map_merge(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    if (b->node->n_in == 3)
        rq_ir_builder_set(
            b, 0,
            choose(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2)));
    else
        rq_ir_builder_unmapped(b, "it belongs to no condition, but perhaps to a loop");
}

static void refuse_while(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_unmapped(b, "loops are not unrolled: --output cuts before them, --input behind");
}

static void refuse_variable(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_unmapped(b,
                           "a variable without value: give the checkpoint with --input_checkpoint, "
                           "the SavedModel's folder, or a frozen graph");
}

static const rq_op_mapping_row rows[] = {
    {"", "CheckNumerics", map_pass, NULL},
    {"", "EnsureShape", map_pass, NULL},
    {"", "Exit", refuse_while, NULL},
    {"", "Identity", map_pass, NULL},
    {"", "IdentityN", map_identities, NULL},
    {"", "If", map_if, NULL},
    {"", "Merge", map_merge, NULL},
    {"", "NextIteration", refuse_while, NULL},
    {"", "Placeholder", refuse_variable, NULL}, /* of a resource: others are inputs */
    {"", "PlaceholderWithDefault", map_pass, NULL},
    {"", "Print", map_pass, NULL},
    {"", "PreventGradient", map_pass, NULL},
    {"", "ReadVariableOp", map_pass, NULL},
    {"", "RefMerge", map_merge, NULL},
    {"", "RefSwitch", map_switch, NULL},
    {"", "Snapshot", map_pass, NULL},
    {"", "StatelessIf", map_if, NULL},
    {"", "StatelessWhile", refuse_while, NULL},
    {"", "StopGradient", map_pass, NULL},
    {"", "Switch", map_switch, NULL},
    {"", "VarHandleOp", refuse_variable, NULL},
    {"", "Variable", refuse_variable, NULL},
    {"", "VariableV2", refuse_variable, NULL},
    {"", "While", refuse_while, NULL},
};
RQ_OP_MAPPING_GROUP(tf_control, rows)
