/* The table of adapters: choosing one, reading its settings. */
#include "reports/adapters/adapter.h"

#include "engine/base/choice.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RQ_ADAPTER(name) extern const rq_adapter rq_adapter_##name;
#include "reports/adapters/adapters.def"
#undef RQ_ADAPTER

const rq_adapter *const rq_adapters[] = {
#define RQ_ADAPTER(name) &rq_adapter_##name,
#include "reports/adapters/adapters.def"
#undef RQ_ADAPTER
    NULL};

#define MAX_CHARSET ((size_t)1 << 24)

/* The settings there are. */
typedef struct key {
    const char *name, *text;
    size_t offset;
    double low, high;
    rq_status (*set)(rq_adapter_settings *settings, const char *value); /* NULL: a number */
} key;

static rq_status set_anchors(rq_adapter_settings *settings, const char *value);
static rq_status read_charset(rq_adapter_settings *settings, const char *path);

#define NUMBER(name, text, field, low, high)                                                       \
    {                                                                                              \
        name, text, offsetof(rq_adapter_settings, field), low, high, NULL                          \
    }
static const key keys[] = {
    NUMBER("score", "score=X", score, 0, 1),
    NUMBER("iou", "iou=X", iou, 0, 1),
    NUMBER("keep", "keep=N", keep, 1, 1e6),
    NUMBER("first", "first=N", first, 0, 1e6),
    NUMBER("threshold", "threshold=X", threshold, 0, 1),
    NUMBER("unclip", "unclip=X", unclip, 0, 10),
    NUMBER("blank", "blank=N", blank, -1, 1e6),
    NUMBER("range", "range=X", range, 1e-6, 1e6),
    NUMBER("normalised", "normalised=0|1", normalised, 0, 1),
    NUMBER("yx", "yx=0|1", order, 0, 1),
    {"anchors", "anchors=W,H,...", 0, 0, 0, set_anchors},
    {"charset", "charset=FILE", 0, 0, 0, read_charset},
};
#undef NUMBER
enum { N_KEYS = sizeof keys / sizeof *keys };

/* Of a setting in an adapter's list, or of what a user typed. */
static const key *find_key(const char *name)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (strcmp(keys[i].name, name) == 0) return &keys[i];
    return NULL;
}

const char *rq_adapter_setting_text(const rq_adapter_setting *setting)
{
    const key *k = find_key(setting->name);
    return k ? k->text : setting->name;
}

static double *field_of(rq_adapter_settings *settings, const key *k)
{
    return (double *)((char *)settings + k->offset);
}

static void set_defaults(rq_adapter_settings *settings, const rq_adapter *adapter)
{
    *settings = (rq_adapter_settings){0};
    for (const rq_adapter_setting *s = adapter->settings; s && s->name; s++) {
        const key *k = find_key(s->name);
        if (k && !k->set) *field_of(settings, k) = s->otherwise;
    }
}

static bool begins_with(const char *text, const char *name)
{
    size_t length = name ? strlen(name) : 0;
    return name && !strncmp(text, name, length) && (text[length] == '\0' || text[length] == ':');
}

const rq_adapter *rq_adapter_named(const char *text)
{
    for (size_t i = 0; rq_adapters[i]; i++) {
        const rq_adapter *a = rq_adapters[i];
        if (begins_with(text, a->name) || begins_with(text, a->alias)) return a;
    }
    return NULL;
}

static rq_status fail_name(const char *name)
{
    const char *names[sizeof rq_adapters / sizeof *rq_adapters];
    size_t n = 0;
    for (; rq_adapters[n]; n++) names[n] = rq_adapters[n]->name;
    return rq_choice_fail(RQ_EARG, name, names, n, "no adapter '%s'", name);
}

/* -- settings ------------------------------------------------------------------------------- */

/* One symbol a line: its first code point; an empty line is a blank (U+0020). */
static rq_status take_symbols(rq_adapter_settings *settings, const char *text)
{
    rq_prediction line = {0};
    size_t capacity = 0;
    rq_status status = RQ_OK;
    char *copy = strdup(text), *rest = copy, *one;
    if (!copy) return rq_fail_memory(strlen(text), "a character set");
    while (status == RQ_OK && (one = strsep(&rest, "\n"))) {
        if (!rest && !*one) break; /* after the last line's end */
        one[strcspn(one, "\r")] = '\0';
        rq_prediction_clear(&line);
        status = rq_prediction_add_text(&line, one);
        if (status == RQ_OK)
            status = rq_grow(&settings->charset, &capacity, settings->n_charset,
                             sizeof *settings->charset, "a character set");
        if (status == RQ_OK)
            settings->charset[settings->n_charset++] = line.n_symbols ? line.symbols[0] : ' ';
    }
    rq_prediction_free(&line);
    free(copy);
    return status;
}

static rq_status read_charset(rq_adapter_settings *settings, const char *path)
{
    char *text;
    size_t size;
    RQ_TRY(rq_read_file(&text, &size, path, MAX_CHARSET));
    free(settings->charset);
    settings->charset = NULL;
    settings->n_charset = 0;
    rq_status status = take_symbols(settings, text);
    free(text);
    return status;
}

static rq_status set_anchors(rq_adapter_settings *settings, const char *value)
{
    if (!rq_parse_f64_list(value, settings->anchors, RQ_MAX_ANCHORS, &settings->n_anchors) ||
        settings->n_anchors == 0 || settings->n_anchors % 2)
        return rq_fail(RQ_EARG, "--adapter: anchors=%s is not a list of widths and heights", value);
    return RQ_OK;
}

static rq_status set_number(rq_adapter_settings *settings, const key *k, const char *value)
{
    double x;
    if (!rq_parse_f64(value, &x) || !(x >= k->low && x <= k->high))
        return rq_fail(RQ_EARG, "--adapter: %s=%s is not a number from %g to %g", k->name, value,
                       k->low, k->high);
    *field_of(settings, k) = x;
    return RQ_OK;
}

static bool has_setting(const rq_adapter *adapter, const char *name)
{
    for (const rq_adapter_setting *s = adapter->settings; s && s->name; s++)
        if (strcmp(s->name, name) == 0) return true;
    return false;
}

static rq_status fail_setting(const rq_adapter *adapter, const char *name)
{
    const char *names[N_KEYS];
    size_t n = 0;
    for (const rq_adapter_setting *s = adapter->settings; s && s->name && n < N_KEYS; s++)
        names[n++] = s->name;
    return rq_choice_fail(RQ_EARG, name, names, n, "--adapter: %s has no setting '%s'",
                          adapter->name, name);
}

static rq_status set_one(rq_adapter_use *use, char *text)
{
    char *value = strchr(text, '=');
    if (!value) return rq_fail(RQ_EARG, "--adapter: '%s' is not key=value", text);
    *value++ = '\0';
    const key *k = find_key(text);
    if (!k || !has_setting(use->adapter, text)) return fail_setting(use->adapter, text);
    return k->set ? k->set(&use->settings, value) : set_number(&use->settings, k, value);
}

static rq_status open_text(rq_adapter_use *out, char *text)
{
    char *rest = text, *name = strsep(&rest, ":"), *one;
    out->adapter = rq_adapter_named(name);
    if (!out->adapter) return fail_name(name);
    set_defaults(&out->settings, out->adapter);
    while ((one = strsep(&rest, ":"))) RQ_TRY(set_one(out, one));
    return RQ_OK;
}

rq_status rq_adapter_open(rq_adapter_use *out, const char *text)
{
    char *copy = strdup(text);
    if (!copy) return rq_fail_memory(strlen(text), "an adapter's settings");
    *out = (rq_adapter_use){0};
    rq_status status = open_text(out, copy);
    free(copy);
    if (status != RQ_OK) rq_adapter_close(out);
    return status;
}

static bool is_given(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = text; at && (at = strchr(at, ':'));)
        if (!strncmp(++at, name, length) && at[length] == '=') return true;
    return false;
}

rq_status rq_adapter_suggest(rq_adapter_use *use, const char *text, const char *name,
                             const char *value)
{
    const key *k = find_key(name);
    double x;
    if (!value || !k || !has_setting(use->adapter, name) || is_given(text, name)) return RQ_OK;
    if (k->set == read_charset) return take_symbols(&use->settings, value);
    if (rq_parse_f64(value, &x) && x >= k->low && x <= k->high) *field_of(&use->settings, k) = x;
    return RQ_OK;
}

void rq_adapter_close(rq_adapter_use *use)
{
    free(use->settings.charset);
    *use = (rq_adapter_use){0};
}

/* -- guessing and reading ------------------------------------------------------------------- */

void rq_adapter_guess(rq_adapter_use *out, const rq_output *outputs, size_t n, const rq_view *view,
                      unsigned truths)
{
    rq_adapter_input in = {outputs, n, view, &out->settings};
    *out = (rq_adapter_use){0};
    for (size_t i = 0; rq_adapters[i] && n; i++) {
        const rq_adapter *adapter = rq_adapters[i];
        bool wanted = adapter->guess == RQ_GUESS_ALWAYS ||
                      (adapter->guess == RQ_GUESS_FOR_TRUTH && (adapter->gives & truths));
        if (!wanted || !adapter->fits(&in)) continue;
        out->adapter = adapter;
        set_defaults(&out->settings, adapter);
        return;
    }
}

rq_status rq_adapter_read(rq_prediction *out, const rq_adapter_use *use, const rq_output *outputs,
                          size_t n, const rq_view *view)
{
    rq_adapter_input in = {outputs, n, view, &use->settings};
    rq_prediction_clear(out);
    out->width = view->width;
    out->height = view->height;
    rq_prediction_set_empty(out, use->adapter->gives);
    if (!use->adapter->fits(&in))
        return rq_adapter_fail(use->adapter->name, &outputs[0], use->adapter->help);
    return use->adapter->read(out, &in);
}
