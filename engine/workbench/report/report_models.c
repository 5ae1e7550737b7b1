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

static double sum_of(const double bytes[RQ_DT_COUNT])
{
    double sum = 0;
    for (int i = 0; i < RQ_DT_COUNT; i++) sum += bytes[i];
    return sum;
}

/* Models of other frameworks are one file; but a folder, or one whose constants lie elsewhere, is
 * as large as these. */
static rq_status weigh_files(rq_report_model *out, const char *path,
                             const double constants[RQ_DT_COUNT])
{
    char *bin = rq_path_with_suffix(path, ".xml", ".bin");
    if (!bin) return rq_fail_memory(strlen(path), "a path");
    bool ir = rq_ends_with(path, ".xml");
    out->xml_bytes = rq_is_file(path) ? file_bytes(path) : 0.0;
    if (!ir && out->xml_bytes < sum_of(constants) / 2) out->xml_bytes = sum_of(constants);
    out->bin_bytes = ir ? file_bytes(bin) : 0.0;
    free(bin);
    return RQ_OK;
}

static const char *format_of(const char *path, const rq_graph *graph, rq_arena *arena)
{
    if (rq_ends_with(path, ".onnx")) return "ONNX";
    if (rq_ends_with(path, ".caffemodel")) return "Caffe";
    if (rq_ends_with(path, ".pb") || rq_ends_with(path, ".meta") || rq_is_dir(path))
        return "TensorFlow";
    return rq_arena_printf(arena, "IR v%d", graph->ir_version);
}

static rq_status fill_model(rq_report_model *out, double bytes[RQ_DT_COUNT], const rq_graph *graph,
                            const char *path, const char *written, rq_arena *arena)
{
    char digest[33];
    double layers = 0.0, params = 0.0;
    weigh_constants(bytes, &layers, &params, graph);
    RQ_TRY(weigh_files(out, written ? written : path, bytes));
    RQ_TRY(rq_graph_digest(digest, graph));
    char *stem = rq_path_stem(path);
    out->name = stem ? rq_arena_strdup(arena, stem) : NULL;
    free(stem);
    out->path = path;
    out->layers = layers;
    out->params = params;
    out->format = format_of(path, graph, arena);
    out->digest = rq_arena_strdup(arena, digest);
    out->inputs = list_ports(graph, "Parameter", arena);
    out->outputs = list_ports(graph, "Result", arena);
    return out->name && out->format && out->digest && out->inputs && out->outputs ? RQ_OK
                                                                                  : RQ_ENOMEM;
}

static void add_size(rq_report *out, const char *part, const char *name, double before,
                     double after)
{
    if (before == 0.0 && after == 0.0) return;
    out->sizes[out->n_sizes++] = (rq_report_size){part, name, before, after};
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
    RQ_TRY(fill_model(&out->before, before, facts->model ? facts->model : facts->before,
                      facts->model_path, NULL, arena));
    RQ_TRY(
        fill_model(&out->after, after, facts->after, facts->paths->model, facts->written, arena));
    out->before.precision = rq_precision_text(
        before[RQ_DT_F16] > before[RQ_DT_F32] ? RQ_PRECISION_FP16 : RQ_PRECISION_FP32);
    out->after.precision = rq_precision_text(precision_of(facts, after));
    out->after.params = out->before.params; /* scales and ranges are not parameters */
    out->sizes = rq_report_rows(arena, &rq_size_type, RQ_DT_COUNT + 2);
    if (!out->sizes) return RQ_ENOMEM;
    for (int dt = 0; dt < RQ_DT_COUNT; dt++)
        add_size(out, "weights", rq_dtype_name((rq_dtype)dt), before[dt], after[dt]);
    add_size(out, "file", facts->paths->onnx ? "model" : "xml", out->before.xml_bytes,
             out->after.xml_bytes);
    add_size(out, "file", "bin", out->before.bin_bytes, out->after.bin_bytes);
    return RQ_OK;
}
