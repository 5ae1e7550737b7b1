/* TensorFlow's operators that only pass a value on, and variables that have none. */
#include "engine/import/subgraph.h"

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

/* All branches get the tensor. */
static void map_switch(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    for (size_t i = 0; i < b->node->n_out; i++) rq_ir_builder_set(b, i, rq_ir_builder_in(b, 0));
}

/* Conditions and loops are nodes of their own by now. */
static void refuse_merge(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_unmapped(b, "it belongs to no condition, but perhaps to a loop, or which of its "
                              "inputs it took is read");
}

static void refuse_frame(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_unmapped(b,
                           "a part of loops that is in none: a loop has a LoopCond, and a Switch "
                           "between Merge and Exit for each state");
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
    {"", "Enter", refuse_frame, NULL},
    {"", "Exit", refuse_frame, NULL},
    {"", "Identity", map_pass, NULL},
    {"", "IdentityN", map_identities, NULL},
    {"", "If", rq_map_if, NULL},
    {"", "LoopCond", refuse_frame, NULL},
    {"", "Merge", refuse_merge, NULL},
    {"", "NextIteration", refuse_frame, NULL},
    {"", "Placeholder", refuse_variable, NULL}, /* of a resource: others are inputs */
    {"", "PlaceholderWithDefault", map_pass, NULL},
    {"", "Print", map_pass, NULL},
    {"", "PreventGradient", map_pass, NULL},
    {"", "ReadVariableOp", map_pass, NULL},
    {"", "RefMerge", refuse_merge, NULL},
    {"", "RefSwitch", map_switch, NULL},
    {"", "Snapshot", map_pass, NULL},
    {"", "StatelessIf", rq_map_if, NULL},
    {"", "StopGradient", map_pass, NULL},
    {"", "Switch", map_switch, NULL},
    {"", "_SwitchN", map_switch, NULL},
    {"", "VarHandleOp", refuse_variable, NULL},
    {"", "Variable", refuse_variable, NULL},
    {"", "VariableV2", refuse_variable, NULL},
};
RQ_OP_MAPPING_GROUP(tf_control, rows)
