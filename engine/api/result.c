#include "engine/api/result.h"

#include "engine/base/choice.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/run/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static rq_status copy_settings(rq_result *result, const rq_options *options)
{
    const rq_settings *settings;
    RQ_TRY(rq_options_of(&settings, options, result->kind->procedure));
    RQ_TRY(rq_arena_create(&result->arena));
    return rq_settings_copy(&result->settings, settings, result->arena);
}

rq_status rq_result_create(rq_result **out, const rq_result_kind *kind, const rq_context *context,
                           const rq_options *options)
{
    *out = NULL;
    rq_result *result;
    RQ_TRY(rq_calloc(&result, 1, sizeof *result, "a result"));
    result->kind = kind;
    result->context = context;
    rq_status status = rq_calloc(&result->state, 1, kind->size, "a result");
    if (status == RQ_OK) status = copy_settings(result, options);
    if (status == RQ_OK)
        *out = result;
    else
        rq_result_destroy(&result);
    return status;
}

rq_status rq_result_make(rq_result **out, const rq_result_kind *kind, const rq_network *network,
                         const rq_options *options)
{
    RQ_TRY(rq_result_create(out, kind, network->context, options));
    const rq_api_call call = rq_api_enter(network->context);
    rq_status status = kind->run((*out)->state, network, &(*out)->settings);
    rq_api_leave(&call);
    if (status != RQ_OK) rq_result_destroy(out);
    return status;
}

void rq_result_destroy(rq_result **result)
{
    rq_result *r = result ? *result : NULL;
    if (!r) return;
    if (r->state) r->kind->close(r->state);
    free(r->state);
    rq_settings_free(&r->settings);
    rq_arena_destroy(&r->arena);
    rq_buf_free(&r->text);
    rq_json_free(&r->json);
    free(r);
    *result = NULL;
}

#define MAX_FORMS 8 /* that an error names */

/* -- forms ----------------------------------------------------------------------------------- */

static rq_status find_form(const rq_result_form **out, const rq_result *result, const char *name)
{
    const char *names[MAX_FORMS];
    size_t n = 0;
    for (*out = result->kind->forms; (*out)->name; (*out)++) {
        if (!strcmp((*out)->name, name)) return RQ_OK;
        if (n < MAX_FORMS) names[n++] = (*out)->name;
    }
    return rq_choice_fail(RQ_EARG, name, names, n, "a result of %s has no form '%s'",
                          result->kind->procedure, name);
}

static rq_status write_form(rq_buf *out, const rq_result *result, const char *name,
                            const rq_text_style *style)
{
    static const rq_text_style plain;
    const rq_result_form *form;
    RQ_TRY(find_form(&form, result, name));
    const rq_api_call call = rq_api_enter(result->context);
    rq_status status = form->write(out, result->state, form, style ? style : &plain);
    rq_api_leave(&call);
    RQ_TRY(status);
    return out->failed ? rq_fail_memory(out->length, "a result") : RQ_OK;
}

rq_status rq_result_text(const char **text, rq_result *result, const char *format,
                         const rq_text_style *style)
{
    *text = NULL;
    rq_buf_free(&result->text);
    RQ_TRY(write_form(&result->text, result, format, style));
    *text = result->text.data ? result->text.data : "";
    return RQ_OK;
}

rq_status rq_result_save(rq_result *result, const char *format, const char *path)
{
    rq_buf text = {0};
    if (rq_ranks_index()) return RQ_OK; /* the first of several writes */
    rq_status status = write_form(&text, result, format, NULL);
    if (status == RQ_OK) status = rq_write_file(path, text.data, text.length);
    rq_buf_free(&text);
    return status;
}

/* -- numbers --------------------------------------------------------------------------------- */

/* The first member that is a text; NULL: none is. */
static const char *name_of(const rq_json *object)
{
    for (const char *key = rq_json_next_key(object, NULL); key;
         key = rq_json_next_key(object, key)) {
        const char *text = rq_json_as_string(rq_json_get(object, key), NULL);
        if (text) return text;
    }
    return NULL;
}

static bool is_part(const char *name, const char *part, size_t length)
{
    return name && !strncmp(name, part, length) && name[length] == '\0';
}

static const rq_json *find_element(const rq_json *list, const char *part, size_t length)
{
    char *end;
    size_t index = strtoul(part, &end, 10);
    if (length && end == part + length) return rq_json_at(list, index);
    for (size_t i = 0; i < rq_json_length(list); i++)
        if (is_part(name_of(rq_json_at(list, i)), part, length)) return rq_json_at(list, i);
    return NULL;
}

static const rq_json *find_member(const rq_json *object, const char *part, size_t length)
{
    for (const char *key = rq_json_next_key(object, NULL); key;
         key = rq_json_next_key(object, key)) {
        if (is_part(key, part, length)) return rq_json_get(object, key);
    }
    return NULL;
}

/* A name may hold '/' itself (layers do): the longest part that fits is taken. */
static const rq_json *find_step(const rq_json *json, const char *path, size_t *length)
{
    for (*length = strlen(path); *length > 0; (*length)--) {
        if (path[*length] != '/' && path[*length] != '\0') continue;
        const rq_json *found = rq_json_is_array(json) ? find_element(json, path, *length)
                                                      : find_member(json, path, *length);
        if (found) return found;
    }
    return NULL;
}

static rq_status no_step(const rq_json *json, const char *path, const char *rest)
{
    bool element = rq_json_is_array(json), member = rq_json_is_object(json);
    int length = element || member ? (int)strcspn(rest, "/") : (int)strlen(rest);
    return rq_fail(RQ_EARG, "%s: there is no '%.*s'", path, length, rest);
}

static rq_status find_number(double *out, const rq_json *json, const char *path)
{
    const char *rest = path;
    while (*rest) {
        size_t length;
        const rq_json *next = find_step(json, rest, &length);
        if (!next) return no_step(json, path, rest);
        json = next;
        rest += length;
        rest += *rest == '/';
    }
    if (rq_json_is_string(json) || rq_json_is_array(json) || rq_json_is_object(json))
        return rq_fail(RQ_EARG, "'%s' is no number", path);
    *out = rq_json_as_number(json, NAN);
    return RQ_OK;
}

static rq_status read_json(rq_result *result)
{
    rq_buf text = {0};
    rq_status status = write_form(&text, result, "json", NULL);
    const rq_api_call call = rq_api_enter(result->context);
    if (status == RQ_OK)
        status = rq_json_parse(&result->json, text.data, text.length, "the result");
    rq_api_leave(&call);
    rq_buf_free(&text);
    return status;
}

rq_status rq_result_number(double *out, rq_result *result, const char *path)
{
    *out = NAN;
    if (!result->json) RQ_TRY(read_json(result));
    return find_number(out, result->json, path);
}
