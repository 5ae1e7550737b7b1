#include "engine/api/data.h"
#include "engine/api/options/image_options.h"
#include "engine/api/options/import_options.h"
#include "engine/api/options/model_options.h"
#include "engine/api/options/procedures.h"
#include "engine/api/options/quantization_config.h"
#include "engine/api/options/score_options.h"

#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_options_create(rq_options **out, const char *procedure)
{
    *out = NULL;
    rq_options *options;
    RQ_TRY(rq_calloc(&options, 1, sizeof *options, "options"));
    rq_status status = rq_procedure_find(&options->procedure, procedure);
    if (status == RQ_OK) status = rq_arena_create(&options->arena);
    if (status != RQ_OK) {
        free(options);
        return status;
    }
    rq_option_list_make(&options->list, &options->procedure->options, 1);
    *out = options;
    return RQ_OK;
}

void rq_options_destroy(rq_options **options)
{
    if (!options || !*options) return;
    rq_settings_free(&(*options)->settings);
    rq_arena_destroy(&(*options)->arena);
    free(*options);
    *options = NULL;
}

static rq_status find_option(const rq_option **out, const rq_options *options, const char *name)
{
    if (name[0] == '-') return rq_fail(RQ_EARG, "'%s': options are named without dashes", name);
    return rq_option_find(out, &options->list, name, strlen(name));
}

/* What is asked for by itself, before or after, stays. */
static rq_status add_configured(rq_options *options, const rq_settings *configured)
{
    for (size_t i = 0; i < configured->n; i++) {
        const rq_named_value *v = &configured->v[i];
        const rq_option *option;
        RQ_TRY(find_option(&option, options, v->name));
        if (option->repeats || !rq_settings_has(&options->settings, v->name))
            RQ_TRY(rq_settings_add(&options->settings, v->name, v->value));
    }
    return RQ_OK;
}

/* Elsewhere its number of images would be taken for one of other images. */
static bool calibrates(const rq_procedure *procedure)
{
    static const char *const names[] = {"calibrate", "quantize", "analyze", "tune"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(procedure->name, names[i])) return true;
    return false;
}

static rq_status set_configured(rq_options *options, const char *path)
{
    rq_settings configured = {0};
    if (!calibrates(options->procedure))
        return rq_fail(RQ_EARG, "--config %s: %s quantizes nothing", path,
                       options->procedure->name);
    rq_status status =
        rq_quantization_config_read(&configured, &options->list, path, options->arena);
    if (status == RQ_OK) status = add_configured(options, &configured);
    rq_settings_free(&configured);
    return status;
}

rq_status rq_options_set(rq_options *options, const char *name, const char *value)
{
    const rq_option *option;
    RQ_TRY(find_option(&option, options, name));
    if (option->argument && !value)
        return rq_fail(RQ_EARG, "--%s needs %s", option->name, option->argument);
    if (!option->argument && value)
        return rq_fail(RQ_EARG, "--%s takes no value, found '%s'", option->name, value);
    if (!strcmp(option->name, "config") && rq_is_quantization_config(value))
        return set_configured(options, value);
    const char *copy = rq_arena_strdup(options->arena, value);
    if (value && !copy) return RQ_ENOMEM;
    if (!option->repeats) rq_settings_remove(&options->settings, option->name);
    return rq_settings_add(&options->settings, option->name, copy);
}

rq_status rq_options_set_data(rq_options *options, const char *name, const rq_data *data)
{
    const rq_option *option;
    RQ_TRY(find_option(&option, options, name));
    if (strcmp(option->name, "data") != 0 && strcmp(option->name, "val") != 0)
        return rq_fail(RQ_EARG, "--%s takes no data", option->name);
    rq_settings_remove(&options->settings, option->name);
    return rq_settings_add_object(&options->settings, option->name, rq_data_name(data),
                                  data->dataset);
}

rq_status rq_options_set_score(rq_options *options, rq_score_fn *score, void *ctx)
{
    const rq_option *option;
    RQ_TRY(find_option(&option, options, "score"));
    rq_score_call *call = rq_arena_alloc(options->arena, 1, sizeof *call);
    if (!call) return RQ_ENOMEM;
    *call = (rq_score_call){score, ctx};
    rq_settings_remove(&options->settings, option->name);
    return rq_settings_add_object(&options->settings, option->name, "(function)", call);
}

rq_status rq_options_of(const rq_settings **out, const rq_options *options, const char *procedure)
{
    static const rq_settings none;
    *out = options ? &options->settings : &none;
    if (!options || !strcmp(options->procedure->name, procedure)) return RQ_OK;
    return rq_fail(RQ_EARG, "options of %s, where those of %s are expected",
                   options->procedure->name, procedure);
}

/* -- the command that does the same ---------------------------------------------------------- */

static bool is_plain(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./,:=%+@";
    return *text && text[strspn(text, plain)] == '\0';
}

/* A blank and the text, in quotes where a shell would read it otherwise. */
static void append_word(rq_buf *out, const char *text)
{
    rq_buf_append(out, is_plain(text) ? " " : " '");
    rq_buf_in_quotes(out, text);
    if (!is_plain(text)) rq_buf_append(out, "'");
}

static void append_setting(rq_buf *out, const rq_named_value *setting)
{
    rq_buf_printf(out, " --%s", setting->name);
    if (setting->value) append_word(out, setting->value);
}

/* Into the arena; ends the text. */
static rq_status keep_command(const char **out, rq_buf *text, rq_arena *arena)
{
    *out = text->failed ? NULL : rq_arena_strdup(arena, text->data);
    rq_buf_free(text);
    return *out ? RQ_OK : rq_fail_memory(text->length, "the command");
}

rq_status rq_options_command(const char **out, const char *procedure, const char *const *operands,
                             size_t n, const rq_settings *settings, rq_arena *arena)
{
    rq_buf text = {0};
    rq_buf_printf(&text, "requant %s", procedure);
    for (size_t i = 0; i < n; i++) append_word(&text, operands[i]);
    for (size_t i = 0; i < settings->n; i++) append_setting(&text, &settings->v[i]);
    return keep_command(out, &text, arena);
}

/* Checks look at the images that accuracy was measured on: those of --val, which the labels are of.
 */
static void append_images(rq_buf *out, const rq_settings *settings)
{
    const char *val = rq_settings_get(settings, "val", NULL);
    const char *data = val ? val : rq_settings_get(settings, "data", NULL);
    const char *labels = rq_settings_get(settings, "labels", NULL);
    if (data) append_setting(out, &(rq_named_value){"data", data, NULL});
    if (labels) append_setting(out, &(rq_named_value){"labels", labels, NULL});
}

static bool tells_of_images_or_model(const char *name)
{
    bool preprocesses =
        rq_option_table_has(rq_preprocess_options, name) && strcmp(name, "subset") != 0;
    return preprocesses || rq_option_table_has(rq_model_options, name);
}

static bool is_of_lint(const char *name)
{
    return tells_of_images_or_model(name) || rq_option_table_has(rq_model_import_options, name) ||
           rq_option_table_has(rq_prefixed_import_options, name);
}

/* What import builds into a model is in the one that was written. */
static bool is_of_evaluate(const char *name)
{
    return strcmp(name, "backend") != 0 &&
           (tells_of_images_or_model(name) || rq_option_table_has(rq_score_options, name));
}

static void append_settings(rq_buf *out, const rq_settings *settings,
                            bool (*is_taken)(const char *name))
{
    for (size_t i = 0; i < settings->n; i++)
        if (is_taken(settings->v[i].name)) append_setting(out, &settings->v[i]);
}

static rq_status check_command(const char **out, const char *command, const char *model,
                               const rq_settings *settings, bool (*is_taken)(const char *name),
                               rq_arena *arena)
{
    rq_buf text = {0};
    rq_buf_append(&text, command);
    append_word(&text, model);
    append_images(&text, settings);
    append_settings(&text, settings, is_taken);
    return keep_command(out, &text, arena);
}

rq_status rq_options_lint_command(const char **out, const char *model, const rq_settings *settings,
                                  rq_arena *arena)
{
    return check_command(out, "requant lint", model, settings, is_of_lint, arena);
}

static bool is_of_tune(const char *name)
{
    bool is = false;
    for (size_t i = 0; rq_tune_option_tables[i]; i++)
        is = is || rq_option_table_has(rq_tune_option_tables[i], name);
    return is && strcmp(name, "output") != 0;
}

/* Beside the output of what was run, which stays: "out-tuned", "out/model-tuned.xml". */
static rq_status append_tuned_output(rq_buf *out, const char *output)
{
    static const char *const ends[] = {".xml", ".onnx", "/", ""};
    size_t i = 0;
    rq_buf text = {0};
    while (!rq_ends_with(output, ends[i])) i++;
    bool file = ends[i][0] == '.';
    size_t length = strlen(output) - strlen(ends[i]);
    rq_buf_append_n(&text, output, length);
    rq_buf_append(&text, "-tuned");
    rq_buf_append(&text, file ? ends[i] : "");
    if (!text.failed) append_setting(out, &(rq_named_value){"output", text.data, NULL});
    rq_status status = text.failed ? rq_fail_memory(text.length, "the command") : RQ_OK;
    rq_buf_free(&text);
    return status;
}

rq_status rq_options_tune_command(const char **out, const char *model, const rq_settings *settings,
                                  rq_arena *arena)
{
    rq_buf text = {0};
    rq_buf_append(&text, "requant tune");
    append_word(&text, model);
    append_settings(&text, settings, is_of_tune);
    rq_status status = append_tuned_output(&text, rq_settings_get(settings, "output", ""));
    if (status == RQ_OK) return keep_command(out, &text, arena);
    rq_buf_free(&text);
    return status;
}

rq_status rq_options_evaluate_command(const char **out, const char *model,
                                      const rq_settings *settings, rq_arena *arena)
{
    return check_command(out, "requant evaluate --backend openvino", model, settings,
                         is_of_evaluate, arena);
}
