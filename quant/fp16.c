#include "quant/fp16.h"

#include "engine/ops/operators.h"
#include "engine/ops/quantized_pattern.h"
#include "quant/layers/graph_edit.h"
#include "quant/fp16_source.h"

#include <string.h>

#define MIN_ELEMENTS 2 /* a scalar gains nothing from a Convert beside it */
#define MIN_ELEMENTS_REST 512

static bool is_sensitive(const rq_node *node)
{
    const rq_op *op = rq_op_find(node->type);
    return op && op->flags & RQ_OP_EXACT_CONSTANTS;
}

/* A Multiply of codes: its other operand is the scale of integer weights. */
static bool is_dequantization(const rq_graph *graph, const rq_node *node)
{
    rq_quantized_pattern pattern;
    return rq_quantized_pattern_find(&pattern, graph, node);
}

/* Why a constant's readers need all of f32; NULL when they do not. */
static const char *find_sensitive(const rq_graph *graph, const rq_uses *uses, rq_id value)
{
    for (uint32_t u = uses->first[value]; u < uses->first[value + 1]; u++) {
        const rq_node *reader = graph->nodes[uses->uses[u].node];
        if (is_sensitive(reader))
            return rq_arena_printf(graph->arena, "read by %s '%s'", reader->type, reader->name);
    }
    return NULL;
}

static bool is_weight_scale(const rq_graph *graph, const rq_uses *uses, rq_id value)
{
    for (uint32_t u = uses->first[value]; u < uses->first[value + 1]; u++)
        if (is_dequantization(graph, graph->nodes[uses->uses[u].node])) return true;
    return false;
}

static rq_status mark_decompression(rq_graph *graph, rq_node *convert)
{
    rq_xml *info = rq_xml_element(graph->arena, "rt_info", 0);
    rq_xml *mark = rq_xml_element(graph->arena, "attribute", 2);
    if (!info || !mark) return RQ_ENOMEM;
    mark->attrs[0] = (rq_attr){"name", "decompression"};
    mark->attrs[1] = (rq_attr){"version", "0"};
    info->first = mark;
    convert->extra = info;
    return RQ_OK;
}

static rq_status add_scales(rq_id *value, rq_graph *graph, const char *name,
                            const rq_fp16_scales *scales, const rq_shape *shape)
{
    rq_node *multiply;
    rq_id in[2] = {*value};
    RQ_TRY(rq_graph_edit_const_f32(&in[1], graph, name, "scale", &scales->shape, scales->scales));
    RQ_TRY(
        rq_graph_edit_node(&multiply, graph, name, "Multiply", "opset1", in, 2, RQ_DT_F32, shape));
    RQ_TRY(rq_node_set_attr(graph, multiply, "auto_broadcast", "numpy"));
    *value = multiply->out[0];
    return RQ_OK;
}

/* scales NULL: none. The last node takes over the constant's name. */
static rq_status compress(rq_graph *graph, rq_node *node, const rq_fp16_scales *scales)
{
    rq_id value = node->out[0];
    const rq_shape shape = graph->values[value]->shape;
    rq_source half;
    RQ_TRY(rq_fp16_source(&half, node, &shape, scales, graph->arena));
    const char *last = rq_arena_strdup(graph->arena, node->name);
    const char *const_name = rq_arena_printf(graph->arena, "%s_compressed", node->name);
    const char *convert_name =
        scales ? rq_arena_printf(graph->arena, "%s/convert", node->name) : last;
    const char *spare_name = rq_arena_printf(graph->arena, "%s_f32", node->name);
    if (!last || !const_name || !convert_name || !spare_name) return RQ_ENOMEM;
    rq_node *constant, *convert;
    RQ_TRY(rq_graph_add_source(&constant, graph, const_name, RQ_DT_F16, &shape, &half));
    RQ_TRY(rq_graph_rename(graph, node, spare_name));
    RQ_TRY(rq_graph_edit_node(&convert, graph, convert_name, "Convert", "opset1", constant->out, 1,
                              RQ_DT_F32, &shape));
    RQ_TRY(rq_node_set_attr(graph, convert, "destination_type", "f32"));
    RQ_TRY(mark_decompression(graph, convert));
    rq_id result = convert->out[0];
    if (scales) RQ_TRY(add_scales(&result, graph, last, scales, &shape));
    rq_graph_replace_uses(graph, value, result, RQ_NONE);
    return RQ_OK;
}

/* -- one constant after the other ------------------------------------------------------------- */

static void keep(rq_fp16_report *report, const rq_node *node, size_t n, const char *reason)
{
    report->n_kept++;
    report->kept[report->n_kept_named++] = (rq_fp16_entry){node->name, reason, n};
}

static rq_status scale_text(const char **out, rq_graph *graph, const rq_fp16_scales *scales)
{
    *out = scales->axis < 0
               ? "a power-of-two scale"
               : rq_arena_printf(graph->arena, "power-of-two scales along axis %d", scales->axis);
    return *out ? RQ_OK : RQ_ENOMEM;
}

static rq_status convert_one(rq_graph *graph, const rq_uses *uses, rq_node *node, size_t least,
                             rq_fp16_report *report)
{
    const rq_shape *shape = &graph->values[node->out[0]]->shape;
    size_t n = rq_shape_count(shape);
    const char *name = node->name;
    rq_fp16_fit fit;
    rq_fp16_scales scales;
    if (n < least || is_weight_scale(graph, uses, node->out[0])) {
        report->n_kept++;
        return RQ_OK;
    }
    const char *sensitive = find_sensitive(graph, uses, node->out[0]);
    if (sensitive) {
        keep(report, node, n, sensitive);
        return RQ_OK;
    }
    RQ_TRY(rq_fp16_scale_choose(&fit, &scales, node, shape, graph->arena));
    if (fit == RQ_FP16_FIT_NOT) {
        keep(report, node, n, "its values do not fit into FP16's range");
        return RQ_OK;
    }
    if (fit == RQ_FP16_FIT_SCALED) {
        rq_fp16_entry *entry = &report->scaled[report->n_scaled++];
        *entry = (rq_fp16_entry){.name = rq_arena_strdup(graph->arena, name), .n = n};
        if (!entry->name) return RQ_ENOMEM;
        RQ_TRY(scale_text(&entry->reason, graph, &scales));
    }
    report->n_converted++;
    report->bytes_saved += n * 2 - (fit == RQ_FP16_FIT_SCALED ? scales.n * 4 : 0);
    return compress(graph, node, fit == RQ_FP16_FIT_SCALED ? &scales : NULL);
}

static rq_status compress_all(rq_graph *graph, size_t least, rq_fp16_report *report)
{
    rq_uses uses;
    size_t n_nodes = graph->n_nodes; /* nodes made on the way are not looked at */
    memset(report, 0, sizeof *report);
    report->scaled = rq_arena_alloc(graph->arena, n_nodes, sizeof *report->scaled);
    report->kept = rq_arena_alloc(graph->arena, n_nodes, sizeof *report->kept);
    if (!report->scaled || !report->kept) return RQ_ENOMEM;
    RQ_TRY(rq_uses_create(&uses, graph));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < n_nodes; i++) {
        rq_node *node = graph->nodes[i];
        if (rq_node_is(node, &rq_op_Const) && graph->values[node->out[0]]->dtype == RQ_DT_F32)
            status = convert_one(graph, &uses, node, least, report);
    }
    rq_uses_free(&uses);
    return status == RQ_OK ? rq_graph_prune(graph) : status;
}

rq_status rq_fp16_compress(rq_graph *graph, rq_fp16_report *report)
{
    return compress_all(graph, MIN_ELEMENTS, report);
}

rq_status rq_fp16_compress_float(rq_graph *graph, rq_fp16_report *report)
{
    return compress_all(graph, MIN_ELEMENTS_REST, report);
}
