#include "quant/fp16.h"

#include "quant/edit.h"

#include <math.h>
#include <string.h>

#define F16_MAX 65504.0f
#define F16_MIN_NORMAL 6.103515625e-05f /* 2^-14 */
#define MAX_SUBNORMAL_SHARE 0.75
#define MIN_ELEMENTS 2 /* a scalar gains nothing from a Convert beside it */

static bool fits_f16(const float *data, size_t n)
{
    size_t nonzero = 0, subnormal = 0;
    for (size_t i = 0; i < n; i++) {
        float a = fabsf(data[i]);
        if (a > F16_MAX && isfinite(a)) return false;
        nonzero += a > 0.0f;
        subnormal += a > 0.0f && a < F16_MIN_NORMAL;
    }
    return (double)subnormal <= MAX_SUBNORMAL_SHARE * (double)nonzero;
}

/* Operators whose constants decide shapes, positions or thresholds: a rounded scale of 1.3333 can
 * change an output's size by one. */
static bool is_sensitive(const char *type)
{
    static const char *const types[] = {
        "FakeQuantize",    "FakeConvert", "Interpolate",       "Range",    "NonMaxSuppression",
        "DetectionOutput", "PriorBox",    "PriorBoxClustered", "Proposal", "OneHot",
        "Convert",         "GridSample",  "RandomUniform",     "Bucketize"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (!strcmp(types[i], type)) return true;
    return false;
}

static bool feeds_sensitive(const rq_graph *graph, const rq_uses *uses, rq_id value)
{
    for (uint32_t u = uses->first[value]; u < uses->first[value + 1]; u++)
        if (is_sensitive(graph->nodes[uses->uses[u].node]->type)) return true;
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

static rq_status compress(rq_graph *graph, rq_node *node, size_t n)
{
    rq_id value = node->out[0];
    const rq_shape shape = graph->values[value]->shape;
    uint16_t *half = rq_arena_alloc(graph->arena, n, sizeof *half);
    if (!half) return RQ_ENOMEM;
    RQ_TRY(rq_convert(half, RQ_DT_F16, node->data, RQ_DT_F32, n));
    const char *name = rq_arena_printf(graph->arena, "%s_compressed", node->name);
    if (!name) return RQ_ENOMEM;
    rq_node *constant, *convert;
    RQ_TRY(rq_graph_add_const(&constant, graph, name, RQ_DT_F16, &shape, half));
    const char *convert_name = rq_arena_strdup(graph->arena, node->name);
    const char *spare_name = rq_arena_printf(graph->arena, "%s_f32", node->name);
    if (!convert_name || !spare_name) return RQ_ENOMEM;
    RQ_TRY(rq_graph_rename(graph, node, spare_name)); /* Convert takes the name */
    RQ_TRY(rq_edit_node(&convert, graph, convert_name, "Convert", "opset1", constant->out, 1,
                        RQ_DT_F32, &shape));
    RQ_TRY(rq_node_set_attr(graph, convert, "destination_type", "f32"));
    RQ_TRY(mark_decompression(graph, convert));
    rq_graph_replace_uses(graph, value, convert->out[0], RQ_NONE);
    return RQ_OK;
}

rq_status rq_fp16_compress(rq_graph *graph, rq_fp16_report *report)
{
    rq_uses uses;
    memset(report, 0, sizeof *report);
    RQ_TRY(rq_uses_create(&uses, graph));
    rq_status status = RQ_OK;
    size_t n_nodes = graph->n_nodes; /* nodes made on the way are not looked at */
    for (size_t i = 0; status == RQ_OK && i < n_nodes; i++) {
        rq_node *node = graph->nodes[i];
        if (!node || strcmp(node->type, "Const") || graph->values[node->out[0]]->dtype != RQ_DT_F32)
            continue;
        size_t n = rq_shape_count(&graph->values[node->out[0]]->shape);
        if (n < MIN_ELEMENTS || !fits_f16(node->data, n) ||
            feeds_sensitive(graph, &uses, node->out[0])) {
            report->n_kept++;
            continue;
        }
        status = compress(graph, node, n);
        report->n_converted++;
        report->bytes_saved += n * 2;
    }
    rq_uses_free(&uses);
    return status == RQ_OK ? rq_graph_prune(graph) : status;
}
