#include "engine/api/data.h"
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

rq_status rq_options_set(rq_options *options, const char *name, const char *value)
{
    const rq_option *option;
    RQ_TRY(find_option(&option, options, name));
    if (option->argument && !value)
        return rq_fail(RQ_EARG, "--%s needs %s", option->name, option->argument);
    if (!option->argument && value)
        return rq_fail(RQ_EARG, "--%s takes no value, found '%s'", option->name, value);
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

rq_status rq_options_command(const char **out, const char *procedure, const char *const *operands,
                             size_t n, const rq_settings *settings, rq_arena *arena)
{
    rq_buf text = {0};
    rq_buf_printf(&text, "requant %s", procedure);
    for (size_t i = 0; i < n; i++) append_word(&text, operands[i]);
    for (size_t i = 0; i < settings->n; i++) {
        rq_buf_printf(&text, " --%s", settings->v[i].name);
        if (settings->v[i].value) append_word(&text, settings->v[i].value);
    }
    *out = text.failed ? NULL : rq_arena_strdup(arena, text.data);
    rq_buf_free(&text);
    return *out ? RQ_OK : rq_fail_memory(text.length, "the command");
}
