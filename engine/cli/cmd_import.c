/* requant import: an ONNX, TensorFlow or Caffe model into an IR. */
#include "engine/base/file.h"
#include "engine/cli/command.h"
#include "engine/import/cut.h"
#include "engine/import/import.h"
#include "engine/ir/ir.h"
#include "quant/fp16.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct import_state {
    const rq_args *args;
    rq_import_files files;
    rq_import_options options;
    bool half; /* constants as f16 */
    rq_source *source;
    rq_import_result result;
    char *xml; /* where the IR goes */
} import_state;

/* The operand, or one of the options that name a model. */
static rq_status find_model(import_state *s)
{
    static const char *const options_of_models[] = {"input_model", "saved_model_dir",
                                                    "input_meta_graph"};
    s->files.model = rq_args_operand(s->args, 0);
    for (size_t i = 0; i < sizeof options_of_models / sizeof *options_of_models; i++) {
        const char *option = rq_args_get(s->args, options_of_models[i], NULL);
        if (s->files.model && option)
            return rq_fail(RQ_EARG, "the model is given twice: %s and --%s %s", s->files.model,
                           options_of_models[i], option);
        if (option) s->files.model = option;
    }
    s->files.proto = rq_args_get(s->args, "input_proto", NULL);
    s->files.checkpoint = rq_args_get(s->args, "input_checkpoint", NULL);
    return s->files.model ? RQ_OK : rq_fail(RQ_EARG, "expected MODEL or --input_model");
}

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
    if (!text && !rq_args_has(s->args, "input")) return RQ_OK;
    rq_status status = rq_cut_drop_unused(s->source, &dropped);
    if (dropped.length && !rq_args_has(s->args, "quiet"))
        fprintf(stderr, "inputs that no output needs are left out:\n%s", dropped.data);
    rq_buf_free(&dropped);
    return status;
}

static void print_values(const char *title, const rq_source_value *values, size_t n)
{
    char text[RQ_SHAPE_TEXT];
    for (size_t i = 0; i < n; i++)
        printf("%s '%s': %s %s\n", title, values[i].name, rq_dtype_name(values[i].tensor.dtype),
               rq_shape_text(&values[i].tensor.shape, text));
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

static rq_status read_options(import_state *s)
{
    static const char *const types[] = {"FP32", "FP16", "float", "half", NULL};
    const rq_args *a = s->args;
    int type;
    s->options.disable_fusing = rq_args_has(a, "disable_fusing");
    s->options.prepare = (rq_prepare){
        .mean_values = rq_args_get(a, "mean_values", NULL),
        .scale_values = rq_args_get(a, "scale_values", NULL),
        .reverse_input_channels = rq_args_has(a, "reverse_input_channels"),
        .layout = rq_args_get(a, "layout", NULL),
    };
    if (s->options.prepare.scale_values && rq_args_has(a, "scale"))
        return rq_fail(RQ_EARG, "--scale and --scale_values exclude each other");
    RQ_TRY(rq_args_number(&s->options.prepare.scale, a, "scale", 0.0, 1e-30, 1e30));
    RQ_TRY(rq_args_choice(&type, a, "data_type", types, 0));
    s->half = type % 2 == 1 || rq_args_has(a, "compress_to_fp16");
    return RQ_OK;
}

static rq_status import_model(import_state *s)
{
    RQ_TRY(read_options(s));
    RQ_TRY(find_model(s));
    RQ_TRY(rq_import_open(&s->source, &s->files));
    RQ_TRY(cut_model(s));
    if (rq_args_has(s->args, "dry_run")) {
        print_values("input", s->source->inputs, s->source->n_inputs);
        print_values("output", s->source->outputs, s->source->n_outputs);
    }
    RQ_TRY(rq_import_graph(&s->result, s->source, &s->options));
    if (s->result.n_unmapped) return refuse_unmapped(s);
    if (rq_args_has(s->args, "dry_run")) return RQ_OK;
    rq_fp16_report halves;
    if (s->half) RQ_TRY(rq_fp16_compress(s->result.graph, &halves));
    RQ_TRY(rq_graph_set_rt_info(s->result.graph, "requant/version", RQ_VERSION));
    RQ_TRY(find_output(s));
    RQ_TRY(rq_ir_write(s->result.graph, s->xml));
    report(s);
    return RQ_OK;
}

static rq_status run(const rq_args *args)
{
    import_state s = {.args = args};
    rq_status status = import_model(&s);
    rq_graph_destroy(&s.result.graph);
    rq_source_destroy(&s.source);
    free(s.xml);
    return status;
}

static const rq_option own_options[] = {
    {"output_dir", "OUT", "folder for the IR, or its name ending in .xml (default: here)", false},
    {"input_model", "MODEL", "the model, instead of the operand", false},
    {"model_name", "NAME", "name of the IR (default: the model's)", false},
    {"data_type", "TYPE", "FP32 or FP16: how constants are kept (default FP32)", false},
    {"compress_to_fp16", NULL, "the same as --data_type FP16", false},
    RQ_OPTIONS_END,
};
static const rq_option model_options[] = {
    {"input_proto", "FILE", "Caffe: the prototxt (default: beside the caffemodel)", false},
    {"input_checkpoint", "FILE", "TensorFlow: variables of a graph that is not frozen", false},
    {"saved_model_dir", "DIR", "TensorFlow: the model, as a SavedModel", false},
    {"input_meta_graph", "FILE", "TensorFlow: the model, as a .meta file", false},
    RQ_OPTIONS_END,
};
static const rq_option cut_options[] = {
    {"input", "LIST", "inputs and cuts: [PORT:]name[:PORT][shape]{type}->value,...", false},
    {"input_shape", "LIST", "[1,3,224,224],[1,10]: shapes of the inputs, ? unknown", false},
    {"batch", "N", "dimension 0 of every input", false},
    {"output", "LIST", "outputs: [PORT:]name[:PORT],...", false},
    {"freeze_placeholder_with_value", "LIST", "name->value,...: inputs that become constants",
     false},
    {"dry_run", NULL, "show the inputs and outputs, and what does not map; write nothing", false},
    RQ_OPTIONS_END,
};
static const rq_option prepare_options[] = {
    {"reverse_input_channels", NULL, "RGB to BGR or back, for inputs of 3 channels", false},
    {"mean_values", "(R,G,B)", "subtracted from the input, or name(R,G,B),...", false},
    {"scale_values", "(R,G,B)", "the input is divided by these, or name(R,G,B),...", false},
    {"scale", "N", "the input is divided by this", false},
    {"layout", "A->B", "nhwc->nchw: the model's layout, then the IR's; or name(A->B),...", false},
    {"disable_fusing", NULL, "keep the layers as they are in the model", false},
    {"list_fused", NULL, "name the layers that were fused", false},
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options,     model_options,     cut_options,
                                           prepare_options, rq_common_options, NULL};
static const rq_short shorts[] = {
    {"-o", "output_dir"},  {"-w", "input_model"},  {"-m", "input_model"},
    {"-n", "model_name"},  {"-b", "batch"},        {"-s", "scale"},
    {"-d", "input_proto"}, {"-ms", "mean_values"}, {NULL, NULL},
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
    .summary = "an ONNX, TensorFlow or Caffe model into an IR",
    .options = options,
    .shorts = shorts,
    .examples = examples,
    .run = run,
};
