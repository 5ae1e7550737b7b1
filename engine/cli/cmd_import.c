/* requant import: an ONNX, TensorFlow or Caffe model into an IR. */
#include "engine/base/file.h"
#include "engine/base/version.h"
#include "engine/cli/import_flags.h"
#include "engine/import/cut.h"
#include "engine/ir/ir.h"
#include "quant/fp16.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct import_state {
    const rq_args *args;
    rq_import_files files;
    rq_import_options options;
    rq_arena *arena; /* of what options name */
    rq_source *source;
    rq_import_result result;
    char *xml; /* where the IR goes */
} import_state;

/* -o NAME.xml is the file itself; -o DIR holds <model_name>.xml. */
static rq_status find_output(import_state *s)
{
    const char *out = rq_args_get(s->args, "output_dir", ".");
    if (rq_ends_with(out, ".xml")) {
        char *dir = rq_path_dir(out);
        s->xml = strdup(out);
        rq_status status = s->xml && dir ? rq_make_dirs(dir) : rq_fail_memory(0, "a file name");
        free(dir);
        return status;
    }
    char *stem = rq_path_stem(s->files.model), *name = NULL;
    const char *base = rq_args_get(s->args, "model_name", stem);
    if (base && asprintf(&name, "%s.xml", base) < 0) name = NULL;
    if (name) s->xml = rq_path_join(out, name);
    free(stem);
    free(name);
    if (!s->xml) return rq_fail_memory(strlen(out), "a file name");
    return rq_make_dirs(out);
}

static rq_status refuse_unmapped(const import_state *s)
{
    rq_buf text = {0};
    rq_import_list_unmapped(&text, s->source, &s->result);
    rq_status status =
        rq_fail(RQ_EUNSUPPORTED, "%s: %zu of its nodes have no counterpart in the IR:\n%s",
                s->files.model, s->result.n_unmapped, text.data ? text.data : "");
    rq_buf_free(&text);
    return status;
}

/* -- cutting --------------------------------------------------------------------------------- */

/* Shapes of --input_shape for the inputs of --input, or else for the model's in their order. */
static rq_status name_shapes(import_state *s, rq_cut_list *shapes, const rq_cut_list *inputs)
{
    size_t n = inputs->n ? inputs->n : s->source->n_inputs;
    if (shapes->n != n)
        return rq_fail(RQ_EARG, "--input_shape gives %zu shapes for %zu inputs", shapes->n, n);
    for (size_t i = 0; i < n; i++) {
        if (!inputs->n) {
            shapes->v[i].name = s->source->inputs[i].name;
            continue;
        }
        inputs->v[i].has_shape = true;
        inputs->v[i].shape = shapes->v[i].shape;
    }
    return inputs->n ? RQ_OK : rq_cut_inputs(s->source, shapes);
}

static rq_status cut_inputs(import_state *s)
{
    const char *text = rq_args_get(s->args, "input", NULL);
    const char *shape_text = rq_args_get(s->args, "input_shape", NULL);
    const char *frozen = rq_args_get(s->args, "freeze_placeholder_with_value", NULL);
    rq_cut_list inputs = {0}, shapes = {0}, values = {0};
    int64_t batch;
    RQ_TRY(rq_args_integer(&batch, s->args, "batch", 0, 1, INT32_MAX));
    if (batch && shape_text)
        return rq_fail(RQ_EARG, "--batch and --input_shape exclude each other");
    if (text) RQ_TRY(rq_cut_parse(&inputs, s->source->arena, text));
    if (shape_text) {
        RQ_TRY(rq_cut_parse_shapes(&shapes, s->source->arena, shape_text));
        RQ_TRY(name_shapes(s, &shapes, &inputs));
    }
    RQ_TRY(rq_cut_inputs(s->source, &inputs));
    if (frozen) {
        RQ_TRY(rq_cut_parse(&values, s->source->arena, frozen));
        RQ_TRY(rq_cut_inputs(s->source, &values));
    }
    return batch ? rq_cut_batch(s->source, batch) : RQ_OK;
}

/* Inputs that no output needs any more go, with a warning. */
static rq_status cut_model(import_state *s)
{
    const char *text = rq_args_get(s->args, "output", NULL);
    rq_cut_list outputs;
    rq_buf dropped = {0};
    if (text) {
        RQ_TRY(rq_cut_parse(&outputs, s->source->arena, text));
        RQ_TRY(rq_cut_outputs(s->source, &outputs));
    }
    RQ_TRY(cut_inputs(s));
    if (rq_args_has(s->args, "static_shape")) RQ_TRY(rq_cut_need_static(s->source));
    if (!text && !rq_args_has(s->args, "input")) return RQ_OK;
    rq_status status = rq_cut_drop_unused(s->source, &dropped);
    if (dropped.length && !rq_args_has(s->args, "quiet"))
        fprintf(stderr, "inputs that no output needs are left out:\n%s", dropped.data);
    rq_buf_free(&dropped);
    return status;
}

static void print_value(const char *title, const char *name, rq_dtype dtype, const rq_shape *shape)
{
    char text[RQ_SHAPE_TEXT];
    printf("%s '%s': %s %s\n", title, name, rq_dtype_name(dtype), rq_shape_text(shape, text));
}

/* Inputs as the IR will have them. */
static void print_inputs(const import_state *s)
{
    for (size_t i = 0; i < s->source->n_inputs; i++) {
        const rq_source_value *in = &s->source->inputs[i];
        const rq_node *node = s->result.graph ? rq_graph_find(s->result.graph, in->name) : NULL;
        const rq_value *value = node ? s->result.graph->values[node->out[0]] : NULL;
        print_value("input", in->name, value ? value->dtype : in->tensor.dtype,
                    value ? &value->shape : &in->tensor.shape);
    }
}

/* Outputs with the types and shapes that came out. */
static rq_status print_outputs(const import_state *s)
{
    const rq_graph *graph = s->result.graph;
    rq_id *results = NULL;
    size_t n = 0;
    if (graph) RQ_TRY(rq_graph_list(&results, &n, graph, "Result"));
    for (size_t i = 0; i < s->source->n_outputs; i++) {
        const rq_source_value *out = &s->source->outputs[i];
        const rq_value *value = i < n ? graph->values[graph->nodes[results[i]]->in[0]] : NULL;
        print_value("output", out->name, value ? value->dtype : out->tensor.dtype,
                    value ? &value->shape : &out->tensor.shape);
    }
    free(results);
    return RQ_OK;
}

/* -- the report ------------------------------------------------------------------------------ */

static size_t count_nodes(const rq_graph *graph)
{
    size_t n = 0;
    for (size_t i = 0; i < graph->n_nodes; i++)
        n += graph->nodes[i] && strcmp(graph->nodes[i]->type, "Const");
    return n;
}

static void report(const import_state *s)
{
    rq_buf fused = {0};
    rq_import_list_fused(&fused, &s->result, rq_args_has(s->args, "list_fused"));
    printf("%s: %s, %zu nodes -> %s, %zu layers\n", s->files.model, s->source->framework,
           s->source->n_nodes, s->xml, count_nodes(s->result.graph));
    fputs(fused.data ? fused.data : "", stdout);
    rq_buf_free(&fused);
}

/* -- the whole ------------------------------------------------------------------------------- */

static rq_status import_model(import_state *s)
{
    bool half;
    RQ_TRY(rq_import_refuse(s->args));
    RQ_TRY(rq_import_read_half(&half, s->args));
    RQ_TRY(rq_import_read_files(&s->files, s->args));
    RQ_TRY(rq_import_read_options(&s->options, s->args, s->arena));
    RQ_TRY(rq_import_open(&s->source, &s->files));
    RQ_TRY(rq_import_check_framework(s->args, s->source));
    RQ_TRY(cut_model(s));
    RQ_TRY(rq_import_graph(&s->result, s->source, &s->options));
    if (rq_args_has(s->args, "dry_run")) {
        print_inputs(s);
        RQ_TRY(print_outputs(s));
    }
    if (s->result.n_unmapped) return refuse_unmapped(s);
    if (rq_args_has(s->args, "dry_run")) return RQ_OK;
    rq_fp16_report halves;
    if (half) RQ_TRY(rq_fp16_compress(s->result.graph, &halves));
    RQ_TRY(rq_graph_set_rt_info(s->result.graph, "requant/version", RQ_VERSION));
    RQ_TRY(find_output(s));
    RQ_TRY(rq_ir_write(s->result.graph, s->xml));
    report(s);
    return RQ_OK;
}

static rq_status run(const rq_args *args)
{
    import_state s = {.args = args};
    rq_status status = rq_arena_create(&s.arena);
    if (status == RQ_OK) status = import_model(&s);
    rq_graph_destroy(&s.result.graph);
    rq_source_destroy(&s.source);
    rq_arena_destroy(&s.arena);
    free(s.xml);
    return status;
}

static const char *const details[] = {
    "Takes the flags of OpenVINO's Model Optimizer (mo). '-' and '_' are alike in their names: "
    "--input-shape is --input_shape.",
    NULL,
};
static const char *const examples[] = {
    "requant import model.onnx -o ir",
    "requant import model.onnx --input_shape [1,3,224,224] --mean_values (123.7,116.3,103.5) "
    "--scale 58",
    "requant import model.onnx --input \"conv1[1 64 56 56]\" --output fc --dry-run", NULL};

const rq_command rq_command_import = {
    .name = "import",
    .operands = "MODEL",
    .min_operands = 0,
    .max_operands = 1,
    .summary = "convert an ONNX, TensorFlow or Caffe model to IR",
    .details = details,
    .options = rq_import_flags,
    .shorts = rq_import_shorts,
    .examples = examples,
    .run = run,
};
