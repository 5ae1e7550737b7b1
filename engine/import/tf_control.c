/* TensorFlow's operators that only pass a value on, and variables that have none. */
#include "engine/import/dialect.h"

/* Output 0 is input 0; what else there is, nobody reads at use. */
static void map_pass(rq_build *b, const rq_mapping_row *row)
{
    (void)row;
    rq_build_set(b, 0, rq_build_in(b, 0));
}

static void map_identities(rq_build *b, const rq_mapping_row *row)
{
    (void)row;
    for (size_t i = 0; i < b->node->n_out; i++) rq_build_set(b, i, rq_build_in(b, i));
}

static void refuse_variable(rq_build *b, const rq_mapping_row *row)
{
    (void)row;
    rq_build_unmapped(b, "a variable without value: give the checkpoint with --input_checkpoint, "
                         "the SavedModel's folder, or a frozen graph");
}

static const rq_mapping_row rows[] = {
    {"", "CheckNumerics", map_pass, NULL},
    {"", "EnsureShape", map_pass, NULL},
    {"", "Identity", map_pass, NULL},
    {"", "IdentityN", map_identities, NULL},
    {"", "Placeholder", refuse_variable, NULL}, /* of a resource: others are inputs */
    {"", "PlaceholderWithDefault", map_pass, NULL},
    {"", "PreventGradient", map_pass, NULL},
    {"", "ReadVariableOp", map_pass, NULL},
    {"", "Snapshot", map_pass, NULL},
    {"", "StopGradient", map_pass, NULL},
    {"", "VarHandleOp", refuse_variable, NULL},
    {"", "Variable", refuse_variable, NULL},
    {"", "VariableV2", refuse_variable, NULL},
};
RQ_DIALECT_GROUP(tf_control, rows)
