#include "engine/import/tflite/tflite_state.h"

#include <inttypes.h>

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

rq_id rq_tflite_leave_state(rq_ir_builder *b, const char *variable, rq_id value)
{
    return is_possible(b, value) ? emit(b, "Assign-6", value, variable, "") : RQ_NONE;
}
