#include "engine/import/tflite/tflite_state.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* "1,?,3" */
static const char *shape_text(rq_ir_builder *b, const rq_shape *shape)
{
    const char *text = "";
    for (int i = 0; i < shape->rank && text; i++)
        text = shape->d[i] < 0
                   ? rq_arena_printf(b->arena, "%s%s?", text, i ? "," : "")
                   : rq_arena_printf(b->arena, "%s%s%" PRId64, text, i ? "," : "", shape->d[i]);
    return rq_ir_builder_ok(b, text ? RQ_OK : RQ_ENOMEM) ? text : "";
}

static bool is_possible(rq_ir_builder *b, rq_id value)
{
    if (b->outer)
        rq_ir_builder_unmapped(b, "a state inside a loop or a condition");
    else if (rq_ir_builder_rank(b, value) < 0)
        rq_ir_builder_unmapped(b, "a state of unknown rank");
    else
        return b->status == RQ_OK;
    return false;
}

/* The name is the file's: it does not go through the text of attributes. */
static rq_id emit(rq_ir_builder *b, const char *type, rq_id in, const char *variable,
                  const char *attrs)
{
    rq_node *node = rq_emit_deferred(b, type, RQ_IN(in), 1, "%s", attrs);
    if (!node || !rq_ir_builder_ok(b, rq_node_set_attr(b->graph, node, "variable_id", variable)))
        return RQ_NONE;
    rq_ir_builder_infer(b, node, false);
    return b->status == RQ_OK ? node->out[0] : RQ_NONE;
}

rq_id rq_tflite_read_state(rq_ir_builder *b, const char *variable, rq_id initial)
{
    if (!is_possible(b, initial)) return RQ_NONE;
    rq_shape shape = rq_ir_builder_shape(b, initial);
    const char *attrs =
        rq_arena_printf(b->arena, "variable_type=%s;variable_shape=%s",
                        rq_dtype_name(rq_ir_builder_dtype(b, initial)), shape_text(b, &shape));
    if (!rq_ir_builder_ok(b, attrs ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    return emit(b, "ReadValue-6", initial, variable, attrs);
}

/* OpenVINO's CPU plugin mixes up the memory of an input that is assigned as it is: what is at least
 * the lowest number is computed. */
static rq_id not_an_input(rq_ir_builder *b, rq_id value)
{
    const rq_node *node = rq_value_producer(b->graph, value);
    rq_dtype dtype = rq_ir_builder_dtype(b, value);
    if (!node || strcmp(node->type, "Parameter") || dtype == RQ_DT_BOOL) return value;
    double lowest = rq_dtype_is_float(dtype) ? -INFINITY
                    : rq_dtype_kind_of(dtype) == RQ_KIND_UNSIGNED
                        ? 0
                        : -ldexp(1, (int)rq_dtype_bits(dtype) - 1);
    return rq_emit_binary(b, "Maximum-1", value, rq_emit_scalar(b, dtype, lowest));
}

rq_id rq_tflite_leave_state(rq_ir_builder *b, const char *variable, rq_id value)
{
    if (!is_possible(b, value)) return RQ_NONE;
    return emit(b, "Assign-6", not_an_input(b, value), variable, "");
}

static void map_read(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_tflite_read_state(b, rq_framework_string(b->node, "variable", ""),
                                           rq_ir_builder_in(b, 0)));
}

static void map_leave(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_tflite_leave_state(b, rq_framework_string(b->node, "variable", ""),
                                            rq_ir_builder_in(b, 0)));
}

static const rq_op_mapping_row rows[] = {
    {"", "LEAVE_STATE", map_leave, NULL},
    {"", "READ_STATE", map_read, NULL},
};
RQ_OP_MAPPING_GROUP(tflite_state, rows)
