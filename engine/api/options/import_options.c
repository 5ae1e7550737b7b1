#include "engine/api/options/import_options.h"

#include "engine/api/options/extension_options.h"
#include "engine/api/options/procedures.h"
#include "engine/base/text.h"
#include "engine/exec/framework_run.h"

#include <string.h>

/* -- tables ---------------------------------------------------------------------------------- */

/* Their help is rq_framework_model.framework. */
static const rq_keyword frameworks[] = {
#define RQ_READER(word, name) {#word, name, NULL},
#include "engine/import/readers.def"
#undef RQ_READER
    {NULL, NULL, NULL}};
static const rq_keyword data_types[] = {
    {"FP32", "single precision", "float"}, {"FP16", "half precision", "half"}, {NULL, NULL, NULL}};
#define INPUT_HELP                                                                                 \
    "inputs, where the model may be cut: [PORT:]name[:PORT], then [shape], {type}, ->value, if "   \
    "any"
#define OUTPUT_HELP "outputs, where the model may be cut: [PORT:]name[:PORT]"
#define LAYOUT_HELP "the model's layout, then the IR's: nhwc->nchw; or name(A->B),..."

/* What only import itself takes: other procedures have other meanings of these names, or none. */
static const rq_option import_options[] = {
    RQ_HEADING(OUTPUT),
    RQ_OPTION("model_name", "NAME", "name of the IR", .fallback = "the model's"),
    RQ_OPTION("data_type", "TYPE", "precision of constants", .keywords = data_types,
              .fallback = "FP32"),
    RQ_OPTION("compress_to_fp16", NULL, "the same as --data_type FP16"),
    RQ_HEADING(MODEL),
    RQ_OPTION("input_model", "MODEL", "the model, instead of the operand"),
    RQ_OPTION("saved_model_dir", "DIR", "TensorFlow: the model, as a SavedModel"),
    RQ_OPTION("input_meta_graph", "FILE.meta", "TensorFlow: the model, as a .meta file"),
    RQ_EXTENSIONS_OPTION,
    RQ_FRAMEWORKS_OPTIONS,
    RQ_HEADING(CUT),
    RQ_OPTION("input", "INPUT,...", INPUT_HELP),
    RQ_OPTION("output", "OUTPUT,...", OUTPUT_HELP),
    RQ_OPTION("tensorflow_use_custom_operations_config", "FILE.json",
              "the same as --transformations_config"),
    RQ_OPTION("tensorflow_object_detection_api_pipeline_config", "FILE",
              "pipeline.config of the Object Detection API", .fallback = "the graph's constants"),
    RQ_HEADING(PREPARE),
    RQ_OPTION("scale", "N", "divide by this, after the mean; or R,G,B"),
    RQ_OPTION("mean", "R,G,B", "the same as --mean_values"),
    RQ_OPTION("layout", "A->B", LAYOUT_HELP),
    RQ_OPTIONS_END,
};

const rq_option rq_model_import_options[] = {
    RQ_HEADING(MODEL),
    RQ_OPTION("framework", "NAME", "refuse a model of another framework", .keywords = frameworks,
              .fallback = "detected from the file"),
    RQ_OPTION("input_proto", "FILE.prototxt", "Caffe: the network's definition",
              .fallback = "beside the caffemodel"),
    RQ_OPTION(
        "custom_layers", "FILE.xml",
        "Caffe: types of layers that stay as they are, a CustomLayersMapping of Model Optimizer, "
        "with shapes: same, [b,8,h/2,w/2]"),
    RQ_OPTION("input_checkpoint", "FILE", "TensorFlow: variables of a graph that is not frozen"),
    RQ_OPTION("saved_model_tags", "TAG,...", "TensorFlow: the graph of a SavedModel: serve,gpu"),
    RQ_HEADING(CUT),
    RQ_OPTION("input_shape", "SHAPE,...", "shapes of the inputs: [1,3,224,224],[1,?]; ?: unknown"),
    RQ_OPTION("batch", "N", "dimension 0 of every input"),
    RQ_OPTION("static_shape", NULL, "refuse inputs whose shapes stay unknown"),
    RQ_OPTION("offload", "tf:NAME|onnx:NAME|FILE.json",
              "leave nodes to TensorFlow or ONNX Runtime: those whose names begin with NAME, or "
              "those between the start_points and end_points of a file",
              .repeats = true),
    RQ_OPTION("freeze_placeholder_with_value", "NAME->VALUE,...", "inputs that become constants"),
    RQ_OPTION("transformations_config", "FILE.json",
              "sub-graphs to replace, as Model Optimizer's files say",
              .fallback = "what the graph itself shows of the Object Detection API"),
    RQ_HEADING(PREPARE),
    RQ_OPTION("reverse_input_channels", NULL, "RGB to BGR or back, for inputs of 3 channels"),
    RQ_OPTION("mean_values", "(R,G,B)", "subtract from the input; or name(R,G,B),..."),
    RQ_OPTION("mean_file", "FILE", "Caffe: subtract this mean image (binaryproto)"),
    RQ_OPTION("mean_file_offsets", "(X,Y)", "where the input lies in the mean image",
              .fallback = "its centre"),
    RQ_OPTION("scale_values", "(R,G,B)", "then divide by these; or name(R,G,B),..."),
    RQ_OPTION("source_layout", "A", "the model's layout alone"),
    RQ_OPTION("target_layout", "B", "the IR's layout alone"),
    RQ_HEADING(FUSING),
    RQ_OPTION("disable_fusing", NULL, "keep the layers as they are in the model"),
    RQ_OPTION("disable_resnet_optimization", NULL, "do not move strides up"),
    RQ_OPTION("finegrain_fusing", "REGEX,...", "exclude layers whose name begins with a match"),
    RQ_OPTIONS_END,
};

#define PREFIX "import-"
const rq_option rq_prefixed_import_options[] = {
    RQ_HEADING(CUT),
    RQ_OPTION(PREFIX "input", "INPUT,...", INPUT_HELP),
    RQ_OPTION(PREFIX "output", "OUTPUT,...", OUTPUT_HELP),
    RQ_HEADING(PREPARE),
    RQ_OPTION(PREFIX "layout", "A->B", LAYOUT_HELP),
    RQ_OPTIONS_END,
};

/* Flags that scripts for Model Optimizer have, and that change nothing here. */
#define IDLE(name) RQ_OPTION(name, NULL, "no effect")
static const rq_option idle_options[] = {
    RQ_HEADING(IGNORED),
    IDLE("input_model_is_text"),
    IDLE("disable_gfusing"),
    IDLE("disable_weights_compression"),
    IDLE("enable_concat_optimization"),
    IDLE("use_new_frontend"),
    IDLE("use_legacy_frontend"),
    IDLE("progress"),
    IDLE("stream_output"),
    IDLE("silent"),
    RQ_OPTION("tensorflow_custom_layer_libraries", "FILE",
              "no effect: --extensions has custom operators"),
    IDLE("disable_omitting_optional"),
    IDLE("enable_flattening_nested_params"),
    IDLE("keep_shape_ops"),
    IDLE("move_to_preprocess"),
    IDLE("generate_deprecated_IR_V7"),
    IDLE("generate_experimental_IR_V10"),
    IDLE("blobs_as_inputs"),
    RQ_OPTION("log_level", "LEVEL", "no effect"),
    RQ_OPTION("tensorboard_logdir", "DIR", "no effect"),
    RQ_OPTION("caffe_parser_path", "DIR", "no effect"),
    RQ_OPTIONS_END,
};

/* Flags that requant does not know to follow: the help is the reason. */
static const rq_option refused_options[] = {
    RQ_HEADING(REFUSED),
    RQ_OPTION("tensorflow_custom_operations_config_update", "FILE",
              "configurations are read as they are"),
    RQ_OPTION("transform", "LIST", "states of recurrent networks are not made"),
    RQ_OPTION("disable_nhwc_to_nchw", NULL, "TensorFlow's convolutions are always NCHW inside"),
    RQ_OPTIONS_END,
};

const rq_option *const rq_import_option_tables[] = {import_options, rq_model_import_options,
                                                    idle_options, refused_options, NULL};

/* -- reading them ---------------------------------------------------------------------------- */

/* What import calls the option that another procedure has; NULL: it is not about importing. */
static const char *import_name(const char *name)
{
    if (rq_option_table_has(rq_model_import_options, name)) return name;
    return rq_option_table_has(rq_prefixed_import_options, name) ? name + strlen(PREFIX) : NULL;
}

rq_status rq_import_select(rq_settings *out, const rq_settings *from)
{
    for (size_t i = 0; i < from->n; i++) {
        const char *name = import_name(from->v[i].name);
        if (name) RQ_TRY(rq_settings_add(out, name, from->v[i].value));
    }
    return RQ_OK;
}

rq_status rq_import_refuse_for_ir(const rq_settings *settings, const char *path)
{
    for (size_t i = 0; i < settings->n; i++) {
        const char *name = settings->v[i].name;
        if (!import_name(name)) continue;
        const char *pixels = !strcmp(name, "mean_values")    ? "; --mean prepares the pixels"
                             : !strcmp(name, "scale_values") ? "; --scale prepares the pixels"
                                                             : "";
        return rq_fail(RQ_EARG, "--%s is of models that are imported; %s is an IR already%s", name,
                       path, pixels);
    }
    return RQ_OK;
}

rq_status rq_import_refuse(const rq_settings *settings)
{
    for (const rq_option *o = refused_options; o->name || o->group; o++) {
        const char *value = o->name ? rq_settings_get(settings, o->name, NULL) : NULL;
        bool empty = value && !*value; /* --transform "" asks for nothing */
        if (o->name && rq_settings_has(settings, o->name) && !empty)
            return rq_fail(RQ_EUNSUPPORTED, "--%s is refused: %s", o->name, o->help);
    }
    return RQ_OK;
}

rq_status rq_import_check_framework(const rq_settings *settings, const rq_framework_model *source)
{
    int wanted;
    RQ_TRY(rq_settings_keyword(&wanted, settings, "framework", frameworks, -1));
    if (wanted < 0 || !strcmp(frameworks[wanted].help, source->framework)) return RQ_OK;
    return rq_fail(RQ_EARG, "--framework %s: %s is a model of %s", frameworks[wanted].name,
                   source->path, source->framework);
}

rq_status rq_import_read_files(rq_import_files *out, const char *path, const rq_settings *settings)
{
    static const char *const options_of_models[] = {"input_model", "saved_model_dir",
                                                    "input_meta_graph"};
    out->model = path;
    for (size_t i = 0; i < sizeof options_of_models / sizeof *options_of_models; i++) {
        const char *option = rq_settings_get(settings, options_of_models[i], NULL);
        if (out->model && option)
            return rq_fail(RQ_EARG, "the model is given twice: %s and --%s %s", out->model,
                           options_of_models[i], option);
        if (option) out->model = option;
    }
    out->proto = rq_settings_get(settings, "input_proto", NULL);
    out->checkpoint = rq_settings_get(settings, "input_checkpoint", NULL);
    out->tags = rq_settings_get(settings, "saved_model_tags", NULL);
    out->whole = rq_settings_has(settings, "input") || rq_settings_has(settings, "output");
    return out->model ? RQ_OK : rq_fail(RQ_EARG, "expected MODEL or --input_model");
}

/* "(X,Y)" or "X,Y" */
static bool parse_offsets(int64_t out[2], const char *text)
{
    char copy[64];
    size_t n = 0, length = strlen(text), from = strspn(text, "([");
    if (length >= sizeof copy) return false;
    memcpy(copy, text + from, length - from + 1);
    copy[strcspn(copy, ")]")] = '\0';
    return rq_parse_i64_list(copy, out, 2, &n) && n == 2;
}

static rq_status read_mean_image(rq_prepare *out, const rq_settings *settings, rq_arena *arena)
{
    const char *offsets = rq_settings_get(settings, "mean_file_offsets", NULL);
    out->mean_file = rq_settings_get(settings, "mean_file", NULL);
    if (!out->mean_file)
        return offsets ? rq_fail(RQ_EARG, "--mean_file_offsets without --mean_file") : RQ_OK;
    if (out->mean_values)
        return rq_fail(RQ_EARG, "--mean_file and --mean_values exclude each other");
    out->has_offsets = offsets != NULL;
    if (offsets && !parse_offsets(out->mean_offset, offsets))
        return rq_fail(RQ_EARG, "--mean_file_offsets %s: expected two numbers, (X,Y)", offsets);
    rq_tensor *mean = rq_arena_alloc(arena, 1, sizeof *mean);
    if (!mean) return RQ_ENOMEM;
    out->mean_image = mean;
    return rq_import_read_mean(mean, arena, out->mean_file);
}

/* Two names for one thing; RQ_EARG where both are given. */
static rq_status read_either(const char **out, const rq_settings *settings, const char *name,
                             const char *other)
{
    const char *second = rq_settings_get(settings, other, NULL);
    *out = rq_settings_get(settings, name, second);
    if (second && rq_settings_has(settings, name))
        return rq_fail(RQ_EARG, "--%s and --%s exclude each other", other, name);
    return RQ_OK;
}

/* --scale is one number as Model Optimizer has it, or a list as quantize does. */
static rq_status read_scales(rq_prepare *out, const rq_settings *settings)
{
    const char *scale = rq_settings_get(settings, "scale", NULL);
    RQ_TRY(read_either(&out->scale_values, settings, "scale_values", "scale"));
    if (!scale || strpbrk(scale, ",([")) return RQ_OK;
    out->scale_values = NULL;
    return rq_settings_number(&out->scale, settings, "scale", 0.0, 1e-30, 1e30);
}

static rq_status read_custom_layers(rq_import_options *out, const rq_settings *settings,
                                    rq_arena *arena)
{
    const char *path = rq_settings_get(settings, "custom_layers", NULL);
    rq_custom_layers *layers;
    if (!path) return RQ_OK;
    RQ_TRY(rq_custom_layers_read(&layers, path, arena));
    out->custom = layers;
    return RQ_OK;
}

static rq_status read_offload(rq_import_options *out, const rq_settings *settings, rq_arena *arena)
{
    size_t n = rq_settings_count(settings, "offload");
    if (!n) return RQ_OK;
    rq_offload *offload = rq_arena_alloc(arena, 1, sizeof *offload);
    const char **parts = rq_arena_alloc(arena, n, sizeof *parts);
    if (!offload || !parts) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) parts[i] = rq_settings_at(settings, "offload", i);
    *offload = (rq_offload){
        .parts = parts, .n = n, .tensorflow = rq_tensorflow_run, .onnxruntime = rq_onnxruntime_run};
    out->offload = offload;
    return RQ_OK;
}

rq_status rq_import_read_options(rq_import_options *out, const rq_settings *settings,
                                 rq_arena *arena)
{
    rq_prepare *p = &out->prepare;
    out->disable_fusing = rq_settings_has(settings, "disable_fusing");
    out->skip_pass = rq_settings_has(settings, "disable_resnet_optimization") ? "stride" : NULL;
    out->keep = rq_settings_get(settings, "finegrain_fusing", NULL);
    RQ_TRY(read_custom_layers(out, settings, arena));
    RQ_TRY(read_offload(out, settings, arena));
    *p = (rq_prepare){
        .reverse_input_channels = rq_settings_has(settings, "reverse_input_channels"),
        .layout = rq_settings_get(settings, "layout", NULL),
        .source_layout = rq_settings_get(settings, "source_layout", NULL),
        .target_layout = rq_settings_get(settings, "target_layout", NULL),
    };
    if (p->layout && (p->source_layout || p->target_layout))
        return rq_fail(RQ_EARG,
                       "--layout and --source_layout or --target_layout exclude each other");
    RQ_TRY(read_either(&p->mean_values, settings, "mean_values", "mean"));
    RQ_TRY(read_scales(p, settings));
    return read_mean_image(p, settings, arena);
}

const char *rq_import_replacement_config(const rq_settings *settings)
{
    return rq_settings_get(
        settings, "transformations_config",
        rq_settings_get(settings, "tensorflow_use_custom_operations_config", NULL));
}

rq_status rq_import_read_half(bool *out, const rq_settings *settings)
{
    int type;
    RQ_TRY(rq_settings_keyword(&type, settings, "data_type", data_types, 0));
    *out = type == 1 || rq_settings_has(settings, "compress_to_fp16");
    return RQ_OK;
}
