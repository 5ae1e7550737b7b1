/* An IR: inputs and outputs, operators, constants by type, weights' histograms. */
#include "engine/cli/show/show_types.h"
#include "quant/detect_quantized.h"
#include "reports/fields.h"
#include "reports/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 64
#define FEW_WEIGHTS 16 /* smaller constants are scalars and axes */

static bool matches(const char *path, const char *head, size_t n)
{
    (void)n;
    const char *net = strstr(head, "<net");
    return rq_ends_with(path, ".xml") && net && strchr(" \t\r\n", net[4]);
}

static rq_status put_types(rq_show *show, const rq_graph *graph)
{
    rq_type_counts types;
    RQ_TRY(rq_types_of_graph(&types, graph, show->arena));
    rq_show_types(show, &types, "operator", "layers");
    return RQ_OK;
}

/* -- inputs, outputs, constants ------------------------------------------------------------- */

static const char *value_text(const rq_graph *graph, rq_id value, const char **type,
                              rq_arena *arena)
{
    char shape[RQ_SHAPE_TEXT];
    *type = rq_dtype_name(graph->values[value]->dtype);
    return rq_arena_strdup(arena, rq_shape_text(&graph->values[value]->shape, shape));
}

static void put_ports(rq_show *show, const rq_graph *graph, const char *type, const char *title)
{
    rq_text_table table = {.wide = RQ_SHOW_NAME};
    rq_text_table_row(&table, (const char *[]){title, "shape", "type"}, 3);
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        char buffer[512];
        const char *dtype;
        if (!node || strcmp(node->type, type) != 0 || node->n_in + node->n_out == 0) continue;
        rq_id value = node->n_in ? node->in[0] : node->out[0];
        if (value == RQ_NONE) continue;
        const char *shape = value_text(graph, value, &dtype, show->arena);
        rq_text_table_row(
            &table,
            (const char *[]){rq_value_name(graph, value, buffer, sizeof buffer), shape, dtype}, 3);
    }
    rq_show_table(show, &table, 0);
}

static void weigh(double bytes[RQ_DT_COUNT], const rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i] && rq_node_has_bytes(graph->nodes[i]))
            bytes[graph->values[graph->nodes[i]->out[0]]->dtype] +=
                (double)graph->nodes[i]->data_bytes;
}

static void put_constants(rq_show *show, const rq_graph *graph)
{
    double bytes[RQ_DT_COUNT] = {0};
    rq_text_table table = {0};
    rq_text_table_row(&table, (const char *[]){"constants in", "size"}, 2);
    weigh(bytes, graph);
    for (int dt = 0; dt < RQ_DT_COUNT; dt++) {
        char size[RQ_NUMBER_TEXT];
        if (bytes[dt] == 0) continue;
        rq_unit_text(RQ_UNIT_BYTES, bytes[dt], size);
        rq_text_table_row(&table, (const char *[]){rq_dtype_name((rq_dtype)dt), size}, 2);
    }
    rq_show_table(show, &table, 0);
}

/* -- layers --------------------------------------------------------------------------------- */

static void put_layers(rq_show *show, const rq_graph *graph)
{
    rq_text_table table = {.wide = RQ_SHOW_NAME};
    size_t picked = 0;
    rq_text_table_row(&table, (const char *[]){"layer", "operator", "output", "type"}, 4);
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        const char *dtype = NULL, *shape = NULL;
        if (!node || !rq_show_picks(show, node->name)) continue;
        if (picked++ >= rq_show_rows(show, graph->n_nodes)) continue;
        if (node->n_out) shape = value_text(graph, node->out[0], &dtype, show->arena);
        rq_text_table_row(&table, (const char *[]){node->name, node->type, shape, dtype}, 4);
    }
    rq_show_table(show, &table, picked);
}

typedef struct floats {
    float *x;
    size_t n;
    rq_dtype from;
} floats;

static rq_status take_floats(void *ctx, const void *piece, size_t size)
{
    floats *f = ctx;
    size_t n = size / (rq_dtype_bits(f->from) / 8);
    float *to = f->x + f->n;
    f->n += n;
    return rq_convert(to, RQ_DT_F32, piece, f->from, n);
}

static rq_status draw_weights(rq_show *show, const rq_node *node, const rq_value *value)
{
    size_t n = rq_shape_count(&value->shape);
    rq_report_histogram drawing;
    float *x;
    RQ_TRY(rq_calloc(&x, n, sizeof *x, "weights"));
    rq_status status = rq_const_visit(node, take_floats, &(floats){.x = x, .from = value->dtype});
    float low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) {
            low = fminf(low, x[i]);
            high = fmaxf(high, x[i]);
        }
    rq_record_clear(&drawing, &rq_histogram_type);
    if (status == RQ_OK && low <= high)
        status = rq_report_histogram_begin(&drawing, show->arena, low, high, BUCKETS);
    for (size_t i = 0; status == RQ_OK && low <= high && i < n; i++)
        if (isfinite(x[i])) rq_report_histogram_add(&drawing, x[i], x[i], 1);
    free(x);
    rq_show_heading(show, node->name);
    rq_histogram_draw(show->out, &drawing, &show->style);
    return status;
}

/* Of the constants that --layer picks. */
static rq_status put_weights(rq_show *show, const rq_graph *graph)
{
    for (size_t i = 0; show->layer && i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || !rq_node_has_bytes(node) || !rq_show_picks(show, node->name)) continue;
        const rq_value *value = graph->values[node->out[0]];
        bool numbers = rq_dtype_is_float(value->dtype) || value->dtype == RQ_DT_I8;
        if (numbers && rq_shape_count(&value->shape) >= FEW_WEIGHTS)
            RQ_TRY(draw_weights(show, node, value));
    }
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------ */

static void put_title(rq_show *show, const rq_graph *graph)
{
    rq_existing_quantization d = rq_detect_quantized(graph);
    rq_show_heading(show,
                    rq_arena_printf(show->arena, "%s, IR v%d", graph->name, graph->ir_version));
    if (rq_is_quantized(&d))
        rq_buf_printf(show->out, "  quantized%s%s: %zu FakeQuantize, %zu integer weight%s\n",
                      d.marked_by ? " by " : "", d.marked_by ? d.marked_by : "", d.n_fake_quantize,
                      d.n_integer_weights, rq_plural(d.n_integer_weights));
}

static rq_status put_all(rq_show *show, const rq_graph *graph)
{
    if (!show->layer) {
        put_title(show, graph);
        put_ports(show, graph, "Parameter", "input");
        put_ports(show, graph, "Result", "output");
        put_constants(show, graph);
        RQ_TRY(put_types(show, graph));
    }
    if (show->layer || show->all) put_layers(show, graph);
    return put_weights(show, graph);
}

static rq_status text(rq_show *show)
{
    rq_graph *graph;
    RQ_TRY(rq_ir_open(&graph, show->path));
    rq_status status = put_all(show, graph);
    rq_graph_destroy(&graph);
    return status;
}

static rq_json *layer_json(const rq_graph *graph, const rq_node *node)
{
    rq_json *json = rq_json_object(), *outputs = rq_json_array();
    rq_json_set(json, "name", rq_json_string(node->name));
    rq_json_set(json, "type", rq_json_string(node->type));
    for (uint32_t p = 0; p < node->n_out; p++) {
        const rq_value *value = graph->values[node->out[p]];
        char shape[RQ_SHAPE_TEXT];
        rq_json *output = rq_json_object();
        rq_json_set(output, "shape", rq_json_string(rq_shape_text(&value->shape, shape)));
        rq_json_set(output, "type", rq_json_string(rq_dtype_name(value->dtype)));
        rq_json_push(outputs, output);
    }
    rq_json_set(json, "outputs", outputs);
    return json;
}

static rq_status json(rq_show *show, rq_json **out)
{
    rq_graph *graph;
    RQ_TRY(rq_ir_open(&graph, show->path));
    rq_existing_quantization d = rq_detect_quantized(graph);
    rq_json *layers = rq_json_array();
    *out = rq_json_object();
    rq_json_set(*out, "name", rq_json_string(graph->name));
    rq_json_set(*out, "ir_version", rq_json_integer(graph->ir_version));
    rq_json_set(*out, "fake_quantize", rq_json_integer((int64_t)d.n_fake_quantize));
    rq_json_set(*out, "integer_weights", rq_json_integer((int64_t)d.n_integer_weights));
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i] && rq_show_picks(show, graph->nodes[i]->name))
            rq_json_push(layers, layer_json(graph, graph->nodes[i]));
    rq_json_set(*out, "layers", layers);
    rq_graph_destroy(&graph);
    return RQ_OK;
}

const rq_show_kind rq_show_kind_ir = {.name = "ir",
                                      .help = "an OpenVINO IR (model.xml)",
                                      .matches = matches,
                                      .text = text,
                                      .json = json};
