#include "engine/cli/import_flags.h"

#include "engine/base/text.h"
#include "engine/import/caffe/caffe.h"

#include <string.h>

/* -- tables ---------------------------------------------------------------------------------- */

static const rq_option own_options[] = {
    {"output_dir", "OUT", "folder for the IR, or its name ending in .xml (default: here)", false},
    {"input_model", "MODEL", "the model, instead of the operand", false},
    {"model_name", "NAME", "name of the IR (default: the model's)", false},
    {"framework", "NAME",
     "onnx, tf or caffe: refuse a model of another (default: told by the file)", false},
    {"data_type", "TYPE", "FP32 or FP16: how constants are kept (default FP32)", false},
    {"compress_to_fp16", NULL, "the same as --data_type FP16", false},
    RQ_OPTIONS_END,
};
static const rq_option model_options[] = {
    {"input_proto", "FILE", "Caffe: the prototxt (default: beside the caffemodel)", false},
    {"input_checkpoint", "FILE", "TensorFlow: variables of a graph that is not frozen", false},
    {"saved_model_dir", "DIR", "TensorFlow: the model, as a SavedModel", false},
    {"saved_model_tags", "TAGS", "TensorFlow: serve,gpu: which graph of a SavedModel", false},
    {"input_meta_graph", "FILE", "TensorFlow: the model, as a .meta file", false},
    RQ_OPTIONS_END,
};
static const rq_option cut_options[] = {
    {"input", "LIST", "inputs and cuts: [PORT:]name[:PORT][shape]{type}->value,...", false},
    {"input_shape", "LIST", "[1,3,224,224],[1,10]: shapes of the inputs, ? unknown", false},
    {"batch", "N", "dimension 0 of every input", false},
    {"static_shape", NULL, "refuse inputs whose shapes stay unknown", false},
    {"output", "LIST", "outputs: [PORT:]name[:PORT],...", false},
    {"freeze_placeholder_with_value", "LIST", "name->value,...: inputs that become constants",
     false},
    {"dry_run", NULL, "show the inputs and outputs, and what does not map; write nothing", false},
    RQ_OPTIONS_END,
};
static const rq_option prepare_options[] = {
    {"reverse_input_channels", NULL, "RGB to BGR or back, for inputs of 3 channels", false},
    {"mean_values", "(R,G,B)", "subtracted from the input, or name(R,G,B),...", false},
    {"mean_file", "FILE", "Caffe: a mean image (binaryproto), subtracted from the input", false},
    {"mean_file_offsets", "(X,Y)", "where the input lies on the mean image (default: its middle)",
     false},
    {"scale_values", "(R,G,B)", "the input is divided by these, or name(R,G,B),...", false},
    {"scale", "N", "the input is divided by this", false},
    {"layout", "A->B", "nhwc->nchw: the model's layout, then the IR's; or name(A->B),...", false},
    {"source_layout", "A", "the model's layout alone", false},
    {"target_layout", "B", "the IR's layout alone", false},
    RQ_OPTIONS_END,
};
static const rq_option fuse_options[] = {
    {"disable_fusing", NULL, "keep the layers as they are in the model", false},
    {"disable_resnet_optimization", NULL, "do not move strides up", false},
    {"finegrain_fusing", "LIST", "Conv1,.*Scale.*: layers not to fuse, by how their names begin",
     false},
    {"list_fused", NULL, "name the layers that were fused", false},
    RQ_OPTIONS_END,
};

/* Flags that scripts for Model Optimizer have, and that change nothing here. */
#define IDLE(name)                                                                                 \
    {                                                                                              \
        name, NULL, "of Model Optimizer; changes nothing", false                                   \
    }
static const rq_option idle_options[] = {
    IDLE("input_model_is_text"),
    IDLE("disable_gfusing"),
    IDLE("disable_weights_compression"),
    IDLE("enable_concat_optimization"),
    IDLE("use_new_frontend"),
    IDLE("use_legacy_frontend"),
    IDLE("progress"),
    IDLE("stream_output"),
    IDLE("silent"),
    RQ_OPTIONS_END,
};

/* Flags that requant does not know to follow: the help is the reason. */
#define NO_PATTERNS                                                                                \
    "refused: no sub-graphs are replaced by configuration; --output cuts before what does not map"
#define NO_CODE "refused: no code is loaded; --output cuts before custom operators"
static const rq_option refused_options[] = {
    {"transformations_config", "FILE", NO_PATTERNS, false},
    {"tensorflow_use_custom_operations_config", "FILE", NO_PATTERNS, false},
    {"tensorflow_custom_operations_config_update", "FILE", NO_PATTERNS, false},
    {"tensorflow_object_detection_api_pipeline_config", "FILE", NO_PATTERNS, false},
    {"tensorflow_custom_layer_libraries", "FILE", NO_CODE, false},
    {"extensions", "DIR", NO_CODE, false},
    {"transform", "LIST", "refused: states of recurrent networks are not made", false},
    {"disable_nhwc_to_nchw", NULL, "refused: TensorFlow's convolutions are always NCHW inside",
     false},
    RQ_OPTIONS_END,
};

const rq_option *const rq_import_flags[] = {own_options,     model_options,     cut_options,
                                            prepare_options, fuse_options,      idle_options,
                                            refused_options, rq_common_options, NULL};
const rq_short rq_import_shorts[] = {
    {"-o", "output_dir"},         {"-w", "input_model"},  {"-m", "input_model"},
    {"-n", "model_name"},         {"-b", "batch"},        {"-s", "scale"},
    {"-d", "input_proto"},        {"-ms", "mean_values"}, {"-mf", "mean_file"},
    {"-mo", "mean_file_offsets"}, {NULL, NULL},
};

/* -- reading them ---------------------------------------------------------------------------- */

rq_status rq_import_refuse(const rq_args *args)
{
    for (const rq_option *o = refused_options; o->name; o++)
        if (rq_args_has(args, o->name))
            return rq_fail(RQ_EUNSUPPORTED, "--%s is %s", o->name, o->help);
    return RQ_OK;
}

rq_status rq_import_check_framework(const rq_args *args, const rq_source *source)
{
    static const char *const names[] = {"onnx", "tf", "caffe", NULL};
    static const char *const frameworks[] = {"ONNX", "TensorFlow", "Caffe"};
    int wanted;
    RQ_TRY(rq_settings_choice(&wanted, rq_args_settings(args), "framework", names, -1));
    if (wanted < 0 || !strcmp(frameworks[wanted], source->framework)) return RQ_OK;
    return rq_fail(RQ_EARG, "--framework %s: %s is a model of %s", names[wanted], source->path,
                   source->framework);
}

rq_status rq_import_read_files(rq_import_files *out, const rq_args *args)
{
    static const char *const options_of_models[] = {"input_model", "saved_model_dir",
                                                    "input_meta_graph"};
    out->model = rq_args_operand(args, 0);
    for (size_t i = 0; i < sizeof options_of_models / sizeof *options_of_models; i++) {
        const char *option = rq_args_get(args, options_of_models[i], NULL);
        if (out->model && option)
            return rq_fail(RQ_EARG, "the model is given twice: %s and --%s %s", out->model,
                           options_of_models[i], option);
        if (option) out->model = option;
    }
    out->proto = rq_args_get(args, "input_proto", NULL);
    out->checkpoint = rq_args_get(args, "input_checkpoint", NULL);
    out->tags = rq_args_get(args, "saved_model_tags", NULL);
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

static rq_status read_mean_image(rq_prepare *out, const rq_args *args, rq_arena *arena)
{
    const char *offsets = rq_args_get(args, "mean_file_offsets", NULL);
    out->mean_file = rq_args_get(args, "mean_file", NULL);
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
    return rq_caffe_read_mean(mean, arena, out->mean_file);
}

rq_status rq_import_read_options(rq_import_options *out, const rq_args *args, rq_arena *arena)
{
    rq_prepare *p = &out->prepare;
    out->disable_fusing = rq_args_has(args, "disable_fusing");
    out->skip_pass = rq_args_has(args, "disable_resnet_optimization") ? "stride" : NULL;
    out->keep = rq_args_get(args, "finegrain_fusing", NULL);
    *p = (rq_prepare){
        .mean_values = rq_args_get(args, "mean_values", NULL),
        .scale_values = rq_args_get(args, "scale_values", NULL),
        .reverse_input_channels = rq_args_has(args, "reverse_input_channels"),
        .layout = rq_args_get(args, "layout", NULL),
        .source_layout = rq_args_get(args, "source_layout", NULL),
        .target_layout = rq_args_get(args, "target_layout", NULL),
    };
    if (p->layout && (p->source_layout || p->target_layout))
        return rq_fail(RQ_EARG,
                       "--layout and --source_layout or --target_layout exclude each other");
    if (p->scale_values && rq_args_has(args, "scale"))
        return rq_fail(RQ_EARG, "--scale and --scale_values exclude each other");
    RQ_TRY(rq_settings_number(&p->scale, rq_args_settings(args), "scale", 0.0, 1e-30, 1e30));
    return read_mean_image(p, args, arena);
}

rq_status rq_import_read_half(bool *out, const rq_args *args)
{
    static const char *const types[] = {"FP32", "FP16", "float", "half", NULL};
    int type;
    RQ_TRY(rq_settings_choice(&type, rq_args_settings(args), "data_type", types, 0));
    *out = type % 2 == 1 || rq_args_has(args, "compress_to_fp16");
    return RQ_OK;
}
