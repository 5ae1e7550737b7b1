/* A network from a model of another framework. */
#include "engine/api/network.h"

#include "engine/api/options/import_options.h"
#include "engine/base/callbacks.h"
#include "engine/base/text.h"
#include "engine/base/version.h"
#include "engine/import/cut.h"
#include "engine/import/model_metadata.h"
#include "engine/import/replacements/replacements.h"
#include "engine/run/pixel_units.h"
#include "quant/fp16.h"

#include <stdio.h>
#include <string.h>

#define MAX_CHANNELS 16 /* whose units are looked at */

/* Lines, the last of which ends, too. */
static void tell(rq_buf *lines)
{
    if (!lines->length) return;
    lines->data[--lines->length] = '\0';
    rq_log_lines(lines->data);
}

typedef struct importer {
    rq_network *network;
    const rq_settings *settings;
    bool replaces; /* sub-graphs, before mapping */
} importer;

static rq_status refuse_unmapped(const rq_network *network)
{
    rq_buf text = {0};
    rq_buf_printf_visible(&text, "%s: %zu node%s not supported:", network->path,
                          network->import.n_unmapped,
                          network->import.n_unmapped == 1 ? " is" : "s are");
    rq_buf_append(&text, "\n");
    rq_import_list_unmapped(&text, network->source, &network->import);
    rq_status status = rq_fail_lines(RQ_EUNSUPPORTED, text.data ? text.data : "out of memory");
    rq_buf_free(&text);
    return status;
}

/* -- cutting --------------------------------------------------------------------------------- */

/* Shapes of --input_shape for the inputs of --input, or else for the model's in their order. */
static rq_status name_shapes(importer *s, rq_cut_list *shapes, const rq_cut_list *inputs)
{
    size_t n = inputs->n ? inputs->n : s->network->source->n_inputs;
    if (shapes->n != n)
        return rq_fail(RQ_EARG, "--input_shape gives %zu shapes for %zu inputs", shapes->n, n);
    for (size_t i = 0; i < n; i++) {
        if (!inputs->n) {
            shapes->v[i].name = s->network->source->inputs[i].name;
            continue;
        }
        inputs->v[i].has_shape = true;
        inputs->v[i].shape = shapes->v[i].shape;
        inputs->v[i].ranges = shapes->v[i].ranges;
    }
    return inputs->n ? RQ_OK : rq_cut_inputs(s->network->source, shapes);
}

static rq_status cut_inputs(importer *s)
{
    const char *text = rq_settings_get(s->settings, "input", NULL);
    const char *shape_text = rq_settings_get(s->settings, "input_shape", NULL);
    const char *frozen = rq_settings_get(s->settings, "freeze_placeholder_with_value", NULL);
    rq_cut_list inputs = {0}, shapes = {0}, values = {0};
    int64_t batch;
    RQ_TRY(rq_settings_integer(&batch, s->settings, "batch", 0, 1, INT32_MAX));
    if (batch && shape_text)
        return rq_fail(RQ_EARG, "--batch and --input_shape exclude each other");
    if (text) RQ_TRY(rq_cut_parse(&inputs, s->network->source->arena, text));
    if (shape_text) {
        RQ_TRY(rq_cut_parse_shapes(&shapes, s->network->source->arena, shape_text));
        RQ_TRY(name_shapes(s, &shapes, &inputs));
    }
    if (rq_cut_lacks_shapes(s->network->source, &inputs))
        RQ_TRY(rq_import_infer(s->network->source));
    RQ_TRY(rq_cut_inputs(s->network->source, &inputs));
    if (frozen) {
        RQ_TRY(rq_cut_parse(&values, s->network->source->arena, frozen));
        RQ_TRY(rq_cut_inputs(s->network->source, &values));
    }
    return batch ? rq_cut_batch(s->network->source, batch) : RQ_OK;
}

static const char *pipeline_of(const rq_settings *settings)
{
    return rq_settings_get(settings, "tensorflow_object_detection_api_pipeline_config", NULL);
}

/* Sub-graphs that a configuration, or the graph itself, says to replace. */
static rq_status replace_sub_graphs(importer *s)
{
    const char *inputs = rq_settings_get(s->settings, "input", "");
    rq_replace_options options = {
        .config = rq_import_replacement_config(s->settings),
        .pipeline = pipeline_of(s->settings),
        .has_shape = rq_settings_has(s->settings, "input_shape") || strchr(inputs, '['),
        .has_outputs = rq_settings_has(s->settings, "output"),
    };
    rq_buf notes = {0};
    rq_status status = rq_replace(s->network->source, &options, &notes);
    tell(&notes);
    rq_buf_free(&notes);
    return status;
}

/* Inputs that no output needs any more go, with a warning. */
static rq_status cut_model(importer *s)
{
    const char *text = rq_settings_get(s->settings, "output", NULL);
    rq_cut_list outputs;
    rq_buf dropped = {0};
    if (text) {
        RQ_TRY(rq_cut_parse(&outputs, s->network->source->arena, text));
        RQ_TRY(rq_cut_outputs(s->network->source, &outputs));
    }
    RQ_TRY(cut_inputs(s));
    if (s->replaces) RQ_TRY(replace_sub_graphs(s));
    if (rq_settings_has(s->settings, "static_shape"))
        RQ_TRY(rq_cut_require_static(s->network->source));
    if (!text && !rq_settings_has(s->settings, "input")) return RQ_OK;
    rq_status status = rq_cut_drop_unused(s->network->source, &dropped);
    if (dropped.length) rq_log("unused inputs are removed:");
    tell(&dropped);
    rq_buf_free(&dropped);
    return status;
}

/* -- units ----------------------------------------------------------------------------------- */

/* "(0.5,0.5)", "0.5,0.5", or of the first input of "in1(0.5,0.5),in2(1)". */
static rq_pixel_values numbers_of(const char *option, const char *text, double v[MAX_CHANNELS])
{
    char list[256];
    rq_pixel_values values = {option, v, 0};
    const char *open = text ? strpbrk(text, "([") : NULL, *begin = open ? open + 1 : text;
    if (!begin) return values;
    snprintf(list, sizeof list, "%.*s", (int)strcspn(begin, ")]"), begin);
    if (!rq_parse_f64_list(list, v, MAX_CHANNELS, &values.n)) values.n = 0;
    return values;
}

/* They become part of the model, and nobody sees them again. */
static void ask_units(const rq_prepare *p)
{
    double means[MAX_CHANNELS], scales[MAX_CHANNELS];
    rq_buf text = {0};
    const rq_pixel_values mean = numbers_of("mean_values", p->mean_values, means);
    rq_pixel_values scale = numbers_of("scale_values", p->scale_values, scales);
    if (p->scale != 0.0) scale = (rq_pixel_values){"scale", &p->scale, 1};
    rq_pixel_units_ask(&text, &mean, &scale);
    if (text.length) rq_log("%s", text.data);
    rq_buf_free(&text);
}

/* -- the whole ------------------------------------------------------------------------------- */

/* The IR's name, and what messages and reports tell of the model. */
static rq_status describe_graph(rq_network *network, const char *name)
{
    rq_graph *graph = network->graph;
    graph->path = rq_arena_strdup(graph->arena, network->path);
    graph->framework = network->source->framework;
    graph->source_bytes = network->source->bytes;
    if (name) network->name = rq_arena_strdup(network->arena, name);
    return graph->path && network->name ? RQ_OK : RQ_ENOMEM;
}

static rq_status map(importer *s, const rq_import_files *files, const rq_import_options *options)
{
    rq_network *network = s->network;
    RQ_TRY(rq_import_open(&network->source, files));
    RQ_TRY(rq_import_check_framework(s->settings, network->source));
    RQ_TRY(cut_model(s));
    if (options->offload) RQ_TRY(rq_offload_apply(network->source, options->offload));
    rq_status status = rq_import_graph(&network->import, network->source, options);
    network->graph = network->import.graph;
    return status;
}

/* Was a detector not mapped though its sub-graphs were replaced? */
static bool is_no_detector(const importer *s, rq_status status)
{
    const rq_network *network = s->network;
    bool failed = status == RQ_EFORMAT || status == RQ_EUNSUPPORTED ||
                  (status == RQ_OK && network->import.n_unmapped);
    return failed && network->source && network->source->keeps_loops &&
           !rq_import_replacement_config(s->settings) && !pipeline_of(s->settings);
}

/* Where parts stay with the framework, they are named in the graph as it is: only a configuration
 * replaces something, then. */
static bool replaces(const importer *s, const rq_import_options *options)
{
    return !options->offload || rq_import_replacement_config(s->settings);
}

/* A detector of a form that is not known is mapped with its loops, as any other graph. */
static rq_status map_either_way(importer *s, const rq_import_files *files,
                                const rq_import_options *options)
{
    rq_network *network = s->network;
    rq_import_files again = *files;
    again.keep_loops = s->replaces = replaces(s, options);
    rq_status status = map(s, &again, options);
    if (is_no_detector(s, status)) {
        rq_framework_model_destroy(&network->source);
        again.keep_loops = s->replaces = false;
        status = map(s, &again, options);
    }
    RQ_TRY(status);
    return network->import.n_unmapped ? refuse_unmapped(network) : RQ_OK;
}

rq_status rq_network_import(rq_network *network, const rq_import_files *files,
                            const rq_settings *settings)
{
    importer s = {.network = network, .settings = settings};
    rq_import_options options = {0};
    rq_fp16_report halves;
    bool half;
    RQ_TRY(rq_import_read_half(&half, settings));
    RQ_TRY(rq_import_read_options(&options, settings, network->arena));
    ask_units(&options.prepare);
    RQ_TRY(map_either_way(&s, files, &options));
    if (half) RQ_TRY(rq_fp16_compress(network->graph, &halves));
    RQ_TRY(rq_model_metadata_set(network->graph, network->source));
    RQ_TRY(describe_graph(network, rq_settings_get(settings, "model_name", NULL)));
    return rq_graph_set_rt_info(network->graph, "requant/version", RQ_VERSION);
}
