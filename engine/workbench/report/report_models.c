/* The models before and after: inputs, sizes, digests. */
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/ops/operators.h"
#include "engine/workbench/report/report_build.h"
#include "reports/fields.h"

#include <stdlib.h>
#include <string.h>

static const char *list_ports(const rq_graph *graph, const char *type, rq_arena *arena)
{
    rq_buf text = {0};
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        char buffer[512], shape[RQ_SHAPE_TEXT];
        if (!node || strcmp(node->type, type) != 0) continue;
        rq_id value = node->n_in ? node->in[0] : node->out[0];
        rq_buf_printf(&text, "%s%s %s %s", text.length ? ", " : "",
                      rq_value_name(graph, value, buffer, sizeof buffer),
                      rq_shape_text(&graph->values[value]->shape, shape),
                      rq_dtype_name(graph->values[value]->dtype));
    }
    const char *copy = rq_arena_strdup(arena, text.data ? text.data : "");
    rq_buf_free(&text);
    return copy;
}

static double file_bytes(const char *path)
{
    uint64_t size;
    return rq_file_size(&size, path) == RQ_OK ? (double)size : 0.0;
}

/* Bytes of constants by element type. */
static void weigh_constants(double bytes[RQ_DT_COUNT], double *layers, double *params,
                            const rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node) continue;
        bool constant = rq_node_is(node, &rq_op_Const);
        if (!constant) *layers += 1.0;
        if (!constant) continue;
        const rq_value *value = graph->values[node->out[0]];
        bytes[value->dtype] += (double)node->data_bytes;
        if (rq_dtype_is_float(value->dtype) || value->dtype == RQ_DT_I8)
            *params += (double)rq_shape_count(&value->shape);
    }
}

/* An IR, or an ONNX model that was written. */
static rq_status weigh_file(rq_report_model *out, const rq_graph *graph, const char *path,
                            rq_arena *arena)
{
    char *bin = rq_path_with_suffix(path, ".xml", ".bin");
    if (!bin) return rq_fail_memory(strlen(path), "a path");
    out->xml_bytes = file_bytes(path);
    out->bin_bytes = rq_ends_with(path, ".xml") ? file_bytes(bin) : 0.0;
    out->format =
        rq_ends_with(path, ".onnx") ? "ONNX" : rq_arena_printf(arena, "IR v%d", graph->ir_version);
    free(bin);
    return RQ_OK;
}

/* As large as all that was read. */
static void weigh_imported(rq_report_model *out, const rq_graph *graph)
{
    out->xml_bytes = (double)graph->source_bytes;
    out->bin_bytes = 0.0;
    out->format = graph->framework;
}

static rq_status fill_model(rq_report_model *out, double bytes[RQ_DT_COUNT], const rq_graph *graph,
                            const char *path, rq_arena *arena)
{
    char digest[33];
    double layers = 0.0, params = 0.0;
    weigh_constants(bytes, &layers, &params, graph);
    RQ_TRY(rq_graph_digest(digest, graph));
    char *stem = rq_path_stem(path);
    out->name = stem ? rq_arena_strdup(arena, stem) : NULL;
    free(stem);
    out->path = path;
    out->layers = layers;
    out->params = params;
    out->digest = rq_arena_strdup(arena, digest);
    out->inputs = list_ports(graph, "Parameter", arena);
    out->outputs = list_ports(graph, "Result", arena);
    return out->name && out->format && out->digest && out->inputs && out->outputs ? RQ_OK
                                                                                  : RQ_ENOMEM;
}

static rq_status fill_before(rq_report_model *out, double bytes[RQ_DT_COUNT],
                             const rq_report_facts *facts, rq_arena *arena)
{
    const rq_graph *graph = facts->model ? facts->model : facts->before;
    if (graph->framework)
        weigh_imported(out, graph);
    else
        RQ_TRY(weigh_file(out, graph, facts->model_path, arena));
    return fill_model(out, bytes, graph, facts->model_path, arena);
}

static rq_status fill_after(rq_report_model *out, double bytes[RQ_DT_COUNT],
                            const rq_report_facts *facts, rq_arena *arena)
{
    const char *path = facts->paths->model;
    RQ_TRY(weigh_file(out, facts->after, facts->written ? facts->written : path, arena));
    return fill_model(out, bytes, facts->after, path, arena);
}

static void add_size(rq_report *out, const char *part, const char *name, double before,
                     double after)
{
    if (before == 0.0 && after == 0.0) return;
    out->sizes[out->n_sizes++] = (rq_report_size){part, name, before, after};
}

/* Part by part where both have the same. */
static void add_files(rq_report *out)
{
    const rq_report_model *before = &out->before, *after = &out->after;
    bool parts = before->bin_bytes > 0.0 && after->bin_bytes > 0.0;
    add_size(out, "file", parts ? "xml" : "model",
             before->xml_bytes + (parts ? 0.0 : before->bin_bytes),
             after->xml_bytes + (parts ? 0.0 : after->bin_bytes));
    if (parts) add_size(out, "file", "bin", before->bin_bytes, after->bin_bytes);
}

/* What became of the weights, which may be none that 4 bits are for. */
static rq_precision precision_of(const rq_report_facts *facts, const double after[RQ_DT_COUNT])
{
    if (!facts->plan) return RQ_PRECISION_FP16;
    rq_precision asked = facts->plan->options.precision;
    bool none = after[RQ_DT_U4] + after[RQ_DT_I4] <= 0.0;
    return asked == RQ_PRECISION_INT4_WEIGHTS && none ? RQ_PRECISION_INT8_WEIGHTS : asked;
}

rq_status rq_report_build_models(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    double before[RQ_DT_COUNT] = {0.0}, after[RQ_DT_COUNT] = {0.0};
    RQ_TRY(fill_before(&out->before, before, facts, arena));
    RQ_TRY(fill_after(&out->after, after, facts, arena));
    out->before.precision = rq_precision_text(
        before[RQ_DT_F16] > before[RQ_DT_F32] ? RQ_PRECISION_FP16 : RQ_PRECISION_FP32);
    out->after.precision = rq_precision_text(precision_of(facts, after));
    out->after.params = out->before.params; /* scales and ranges are not parameters */
    out->sizes = rq_report_rows(arena, &rq_size_type, RQ_DT_COUNT + 2);
    if (!out->sizes) return RQ_ENOMEM;
    for (int dt = 0; dt < RQ_DT_COUNT; dt++)
        add_size(out, "weights", rq_dtype_name((rq_dtype)dt), before[dt], after[dt]);
    add_files(out);
    return RQ_OK;
}
