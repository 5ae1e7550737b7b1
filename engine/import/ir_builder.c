/* The node being mapped: its inputs, outputs and errors; values by name. */
#include "engine/import/ir_builder.h"

#include "engine/base/utf8.h"
#include "engine/ops/operators.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* -- errors ---------------------------------------------------------------------------------- */

void rq_ir_builder_fail(rq_ir_builder *b, rq_status status, const char *format, ...)
{
    if (b->status != RQ_OK) return;
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (b->node)
        b->status = rq_fail(status, "%s: node '%s' (%s): %s", b->source->path, b->node->name,
                            b->node->type, text);
    else
        b->status = rq_fail(status, "%s: %s", b->source->path, text);
}

rq_ir_builder *rq_ir_builder_outermost(rq_ir_builder *b)
{
    while (b->outer) b = b->outer;
    return b;
}

void rq_ir_builder_placeholder(rq_ir_builder *b)
{
    rq_node *node = NULL;
    if (!rq_ir_builder_ok(b, rq_graph_add_node(&node, b->graph, b->node->name, b->node->type,
                                               "unmapped", 0, (uint32_t)b->node->n_out)) ||
        !rq_ir_builder_make_room(b))
        return;
    rq_ir_builder_set_all(b, node);
}

void rq_ir_builder_unmapped(rq_ir_builder *b, const char *format, ...)
{
    if (b->status != RQ_OK) return;
    char text[512];
    rq_ir_builder *top = rq_ir_builder_outermost(b);
    if (!rq_ir_builder_ok(b, rq_grow(&top->unmapped, &top->cap_unmapped, top->n_unmapped,
                                     sizeof *top->unmapped, "operators that do not map")))
        return;
    rq_unmapped *entry = &top->unmapped[top->n_unmapped];
    *entry = (rq_unmapped){b->node, NULL};
    if (format) {
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        entry->why = rq_arena_strdup(b->source->arena, text);
        if (!entry->why) b->status = RQ_ENOMEM;
    }
    top->n_unmapped++;
    rq_ir_builder_placeholder(b);
}

/* -- names ----------------------------------------------------------------------------------- */

void rq_ir_builder_name(rq_ir_builder *b, const char *name, rq_id value)
{
    if (b->status == RQ_OK) b->status = rq_map_put(b->names, name, value);
}

static void add_tensor_name(rq_ir_builder *b, rq_id id, const char *name)
{
    rq_value *value = b->graph->values[id];
    rq_buf text = {0};
    if (value->names) rq_buf_append(&text, value->names);
    rq_tensor_names_append(&text, name);
    if (text.length) value->names = rq_arena_strdup(b->arena, text.data);
    if (text.failed || !value->names) b->status = RQ_ENOMEM;
    rq_buf_free(&text);
}

void rq_ir_builder_add_tensor_name(rq_ir_builder *b, rq_id value, const char *name)
{
    if (b->status != RQ_OK || value == RQ_NONE || rq_map_get(b->names, name) != RQ_NONE) return;
    rq_ir_builder_name(b, name, value);
    add_tensor_name(b, value, name);
}

/* The value that stands here for one of the outer graph already, by another name; RQ_NONE. */
static rq_id captured(const rq_ir_builder *b, rq_id outer)
{
    for (size_t i = 0; i < b->n_captures; i++)
        if (b->captures[i].outer == outer) return b->graph->nodes[b->captures[i].parameter]->out[0];
    return RQ_NONE;
}

/* A constant of the outer graph is one here too; another value comes in through a Parameter, and
 * through one only: OpenVINO mixes up those that read one input. */
static rq_id capture(rq_ir_builder *b, const char *name, rq_id outer)
{
    const rq_ir_builder_value *known = &b->outer->values[outer];
    if (known->constant) {
        rq_id value = rq_emit_const(b, &known->t[0]);
        rq_ir_builder_name(b, name, value);
        return value;
    }
    rq_id value = captured(b, outer);
    if (value != RQ_NONE) {
        rq_ir_builder_name(b, name, value);
        return value;
    }
    rq_shape shape = rq_ir_builder_shape(b->outer, outer);
    value = rq_ir_builder_parameter(b, name, known->t[0].dtype, &shape);
    if (value == RQ_NONE ||
        !rq_ir_builder_ok(b, rq_grow(&b->captures, &b->cap_captures, b->n_captures,
                                     sizeof *b->captures, "captured values")))
        return RQ_NONE;
    memcpy(b->values[value].t, known->t, sizeof known->t);
    b->captures[b->n_captures++] = (rq_capture){outer, b->graph->values[value]->producer};
    return value;
}

rq_id rq_ir_builder_find(rq_ir_builder *b, const char *name)
{
    if (b->status != RQ_OK) return RQ_NONE;
    rq_id value = rq_map_get(b->names, name);
    if (value != RQ_NONE) return value;
    uint32_t constant = rq_map_get(b->constants, name);
    if (constant != RQ_NONE) {
        value = rq_emit_const(b, &b->source->constants[constant].tensor);
        if (value == RQ_NONE) return RQ_NONE;
        rq_node *node = rq_value_producer(b->graph, value);
        if (!rq_ir_builder_ok(b, rq_graph_rename(b->graph, node, name))) return RQ_NONE;
        rq_ir_builder_name(b, name, value);
        return value;
    }
    if (!b->outer) return RQ_NONE;
    rq_id outer = rq_ir_builder_find(b->outer, name);
    rq_ir_builder_ok(b, b->outer->status);
    return outer == RQ_NONE ? RQ_NONE : capture(b, name, outer);
}

rq_id rq_ir_builder_in(rq_ir_builder *b, size_t i)
{
    if (b->status != RQ_OK || !rq_ir_builder_has(b, i)) return RQ_NONE;
    rq_id value = rq_ir_builder_find(b, b->node->in[i]);
    if (value == RQ_NONE)
        rq_ir_builder_fail(b, RQ_EFORMAT, "its input %zu is '%s', which nothing gives", i,
                           b->node->in[i]);
    return value;
}

/* A node made for this framework node that has its provisional name still. */
static bool is_provisional(rq_ir_builder *b, const rq_node *node)
{
    if (node->id < b->first_node) return false;
    rq_buf start = {0};
    rq_utf8_append_xml(&start, b->node->name); /* as the graph names layers */
    rq_buf_append(&start, "/");
    rq_ir_builder_ok(b, start.failed ? RQ_ENOMEM : RQ_OK);
    bool is = !start.failed && rq_starts_with(node->name, start.data);
    rq_buf_free(&start);
    return is;
}

/* The first convolution or product made for this framework node; NULL: there is none. */
static rq_node *weighted_layer(const rq_ir_builder *b)
{
    for (size_t i = b->first_node; i < b->graph->n_nodes; i++) {
        rq_node *node = b->graph->nodes[i];
        const rq_op *op = node ? rq_op_find(node->type) : NULL;
        if (op && op->weights != RQ_WEIGHTS_NONE) return node;
    }
    return NULL;
}

/* Which of the layers made for the framework node bears its name: the one that does the work.
 * Biases added to it and changes of order or shape behind it have names derived from that. */
static rq_node *main_layer(rq_ir_builder *b, rq_node *last)
{
    static const rq_op *const movement[] = {&rq_op_Transpose, &rq_op_Reshape, &rq_op_Squeeze,
                                            &rq_op_Unsqueeze, &rq_op_Convert, NULL};
    rq_node *weighted = weighted_layer(b), *node = last;
    if (weighted) return weighted;
    while (rq_node_is_any(node, movement)) {
        node = rq_value_producer(b->graph, node->in[0]);
        if (!is_provisional(b, node)) return last;
    }
    return node;
}

static void take_name(rq_ir_builder *b, rq_node *last)
{
    if (!is_provisional(b, last)) return;
    rq_node *node = main_layer(b, last);
    if (is_provisional(b, node))
        rq_ir_builder_ok(b, rq_graph_rename(b->graph, node, b->node->name));
}

void rq_ir_builder_set(rq_ir_builder *b, size_t i, rq_id value)
{
    if (b->status != RQ_OK || !rq_ir_builder_wants(b, i) || value == RQ_NONE) return;
    rq_node *node = rq_value_producer(b->graph, value);
    take_name(b, node);
    rq_ir_builder_name(b, b->node->out[i], value);
    if (!b->repeated) add_tensor_name(b, value, b->node->out[i]);
}

void rq_ir_builder_set_all(rq_ir_builder *b, const rq_node *node)
{
    for (uint32_t i = 0; b->status == RQ_OK && i < node->n_out; i++)
        rq_ir_builder_set(b, i, node->out[i]);
}

/* -- inputs and outputs ---------------------------------------------------------------------- */

static const char *shape_attr(rq_arena *arena, const rq_shape *shape)
{
    if (shape->rank < 0) return "...";
    const char *text = "";
    for (int i = 0; i < shape->rank && text; i++)
        text = shape->d[i] == RQ_DYNAMIC
                   ? rq_arena_printf(arena, "%s%s?", text, i ? "," : "")
                   : rq_arena_printf(arena, "%s%s%" PRId64, text, i ? "," : "", shape->d[i]);
    return text;
}

const int64_t rq_ir_builder_sample_dims[RQ_IR_BUILDER_SAMPLES] = {64, 96};

#define OTHER_WIDTH 160 /* in the last sample */
#define MAX_COLORS 4

/* Axis of the width of the model's only input, an image of unknown height and width; -1: it is
 * none. What is computed of both (a ratio, what is left over to a square) must not come out the
 * same for all samples. */
static int image_width(const rq_ir_builder *b, const rq_shape *shape)
{
    int width = shape->rank - 1;
    if (b->outer || !b->source || b->source->n_inputs != 1) return -1;
    while (width >= 0 && shape->d[width] != RQ_DYNAMIC) width--;
    if (width < 1 || shape->d[width - 1] != RQ_DYNAMIC || shape->rank < 3) return -1;
    int colors = width == shape->rank - 2 ? width + 1 : width - 2;
    bool few = colors >= 0 && shape->d[colors] >= 1 && shape->d[colors] <= MAX_COLORS;
    return few && width >= shape->rank - 2 ? width : -1;
}

void rq_ir_builder_know_parameter(rq_ir_builder *b, rq_id value, rq_dtype dtype,
                                  const rq_shape *shape)
{
    int width = image_width(b, shape);
    for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) {
        rq_tensor *t = &b->values[value].t[s];
        *t = (rq_tensor){dtype, *shape, NULL};
        for (int i = 0; i < shape->rank; i++)
            if (shape->d[i] == RQ_DYNAMIC) t->shape.d[i] = rq_ir_builder_sample_dims[s];
        if (width >= 0 && s == RQ_IR_BUILDER_SAMPLES - 1) t->shape.d[width] = OTHER_WIDTH;
    }
}

void rq_ir_builder_retype(rq_ir_builder *b, rq_id parameter, rq_dtype dtype, const rq_shape *shape)
{
    if (b->status != RQ_OK) return;
    rq_node *node = rq_value_producer(b->graph, parameter);
    rq_value *value = b->graph->values[parameter];
    const char *text = shape_attr(b->arena, shape);
    if (!rq_ir_builder_ok(b, text ? RQ_OK : RQ_ENOMEM) ||
        !rq_ir_builder_ok(b, rq_node_set_attr(b->graph, node, "shape", text)) ||
        !rq_ir_builder_ok(b,
                          rq_node_set_attr(b->graph, node, "element_type", rq_dtype_name(dtype))))
        return;
    value->dtype = dtype;
    value->shape = *shape;
    rq_ir_builder_know_parameter(b, parameter, dtype, shape);
}

rq_id rq_ir_builder_parameter(rq_ir_builder *b, const char *name, rq_dtype dtype,
                              const rq_shape *shape)
{
    rq_node *node = NULL;
    if (b->status != RQ_OK) return RQ_NONE;
    if (dtype == RQ_DT_UNDEFINED || dtype == RQ_DT_STRING) {
        rq_ir_builder_fail(b, RQ_EUNSUPPORTED,
                           dtype == RQ_DT_STRING
                               ? "input '%s' is a tensor of strings, for which the IR has no "
                                 "operators: cut the model where it reads numbers (--input)"
                               : "input '%s' is no tensor of numbers that the IR has a type for",
                           name);
        return RQ_NONE;
    }
    if (!rq_ir_builder_ok(b, rq_shape_check(shape, true, name)) ||
        !rq_ir_builder_ok(b,
                          rq_graph_add_node(&node, b->graph, name, "Parameter", "opset1", 0, 1)) ||
        !rq_ir_builder_make_room(b))
        return RQ_NONE;
    rq_id value = node->out[0];
    rq_ir_builder_retype(b, value, dtype, shape);
    rq_ir_builder_name(b, name, value);
    add_tensor_name(b, value, name);
    return value;
}

void rq_ir_builder_result(rq_ir_builder *b, const char *name, rq_id value)
{
    if (b->status != RQ_OK || value == RQ_NONE) return;
    rq_node *node = NULL;
    const char *sink = rq_arena_printf(b->arena, "%s/sink_port_0", name);
    if (!sink) b->status = RQ_ENOMEM;
    if (!rq_ir_builder_ok(b, b->status) ||
        !rq_ir_builder_ok(b, rq_graph_add_node(&node, b->graph, sink, "Result", "opset1", 1, 0)))
        return;
    node->in[0] = value;
    /* A constant that is an output is known by that name, which no layer has given it. */
    const rq_value *from = b->graph->values[value];
    if (!from->names && rq_value_producer(b->graph, value)->data) add_tensor_name(b, value, name);
    rq_ir_builder_make_room(b);
}
