#include "engine/base/settings.h"

#include "engine/base/choice.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rq_status rq_settings_add_object(rq_settings *settings, const char *name, const char *value,
                                 const void *object)
{
    RQ_TRY(
        rq_grow(&settings->v, &settings->capacity, settings->n, sizeof *settings->v, "settings"));
    settings->v[settings->n++] = (rq_named_value){name, value, object};
    return RQ_OK;
}

rq_status rq_settings_add(rq_settings *settings, const char *name, const char *value)
{
    return rq_settings_add_object(settings, name, value, NULL);
}

rq_status rq_settings_copy(rq_settings *out, const rq_settings *settings, rq_arena *arena)
{
    for (size_t i = 0; i < settings->n; i++) {
        const rq_named_value *from = &settings->v[i];
        const char *value = rq_arena_strdup(arena, from->value);
        if (from->value && !value) return RQ_ENOMEM;
        RQ_TRY(rq_settings_add_object(out, from->name, value, from->object));
    }
    return RQ_OK;
}

void rq_settings_remove(rq_settings *settings, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < settings->n; i++)
        if (strcmp(settings->v[i].name, name) != 0) settings->v[kept++] = settings->v[i];
    settings->n = kept;
}

void rq_settings_free(rq_settings *settings)
{
    free(settings->v);
    *settings = (rq_settings){0};
}

static const rq_named_value *find(const rq_settings *settings, const char *name, size_t i)
{
    for (size_t g = 0; g < settings->n; g++)
        if (!strcmp(settings->v[g].name, name) && i-- == 0) return &settings->v[g];
    return NULL;
}

bool rq_settings_has(const rq_settings *settings, const char *name)
{
    return find(settings, name, 0) != NULL;
}

size_t rq_settings_count(const rq_settings *settings, const char *name)
{
    size_t n = 0;
    while (find(settings, name, n)) n++;
    return n;
}

const char *rq_settings_at(const rq_settings *settings, const char *name, size_t i)
{
    const rq_named_value *found = find(settings, name, i);
    return found ? found->value : NULL;
}

const char *rq_settings_get(const rq_settings *settings, const char *name, const char *fallback)
{
    size_t n = rq_settings_count(settings, name);
    return n ? rq_settings_at(settings, name, n - 1) : fallback;
}

const void *rq_settings_object(const rq_settings *settings, const char *name)
{
    size_t n = rq_settings_count(settings, name);
    return n ? find(settings, name, n - 1)->object : NULL;
}

rq_status rq_settings_integer(int64_t *out, const rq_settings *settings, const char *name,
                              int64_t fallback, int64_t min, int64_t max)
{
    const char *text = rq_settings_get(settings, name, NULL);
    *out = fallback;
    if (!text || (rq_parse_i64(text, out) && *out >= min && *out <= max)) return RQ_OK;
    return rq_fail(RQ_EARG, "--%s %s: expected an integer from %lld to %lld", name, text,
                   (long long)min, (long long)max);
}

rq_status rq_settings_number(double *out, const rq_settings *settings, const char *name,
                             double fallback, double min, double max)
{
    const char *text = rq_settings_get(settings, name, NULL);
    *out = fallback;
    if (!text || (rq_parse_f64(text, out) && *out >= min && *out <= max)) return RQ_OK;
    return rq_fail(RQ_EARG, "--%s %s: expected a number from %g to %g", name, text, min, max);
}

rq_status rq_settings_keyword(int *out, const rq_settings *settings, const char *name,
                              const rq_keyword *keywords, int fallback)
{
    const char *text = rq_settings_get(settings, name, NULL);
    *out = text ? rq_keyword_find(keywords, text) : fallback;
    if (!text || *out >= 0) return RQ_OK;
    char where[64];
    snprintf(where, sizeof where, "--%s", name);
    return rq_keyword_fail(text, keywords, where);
}
