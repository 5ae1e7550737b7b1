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

typedef struct key {
    const char *name;
    size_t offset;
    double low, high;
} key;

static const key keys[] = {
    {"score", offsetof(rq_adapter_settings, score), 0, 1},
    {"iou", offsetof(rq_adapter_settings, iou), 0, 1},
    {"keep", offsetof(rq_adapter_settings, keep), 1, 1e6},
    {"first", offsetof(rq_adapter_settings, first), 0, 1e6},
    {"threshold", offsetof(rq_adapter_settings, threshold), 0, 1},
    {"unclip", offsetof(rq_adapter_settings, unclip), 0, 10},
    {"blank", offsetof(rq_adapter_settings, blank), -1, 1e6},
    {"range", offsetof(rq_adapter_settings, range), 1e-6, 1e6},
    {"normalised", offsetof(rq_adapter_settings, normalised), 0, 1},
    {"yx", offsetof(rq_adapter_settings, order), 0, 1},
};
enum { KEYS = sizeof keys / sizeof *keys };

static double *field_of(rq_adapter_settings *settings, const key *k)
{
    return (double *)((char *)settings + k->offset);
}

static void forget_all(rq_adapter_settings *settings)
{
    *settings = (rq_adapter_settings){0};
    for (size_t i = 0; i < KEYS; i++) *field_of(settings, &keys[i]) = NAN;
}

static const rq_adapter *find(const char *name)
{
    for (size_t i = 0; rq_adapters[i]; i++)
        if (strcmp(rq_adapters[i]->name, name) == 0) return rq_adapters[i];
    return NULL;
}

static rq_status fail_name(const char *name)
{
    const char *names[sizeof rq_adapters / sizeof *rq_adapters];
    size_t n = 0;
    for (; rq_adapters[n]; n++) names[n] = rq_adapters[n]->name;
    return rq_choice_fail(RQ_EARG, name, names, n, "no adapter '%s'", name);
}

static bool is_listed(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at && (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
    return false;
}

/* -- settings ------------------------------------------------------------------------------- */

/* One symbol a line: its first code point; an empty line is a blank (U+0020). */
static rq_status take_symbols(rq_adapter_settings *settings, const char *text)
{
    rq_answer line = {0};
    size_t capacity = 0;
    rq_status status = RQ_OK;
    char *copy = strdup(text), *rest = copy, *one;
    if (!copy) return rq_fail_memory(strlen(text), "a character set");
    while (status == RQ_OK && (one = strsep(&rest, "\n"))) {
        if (!rest && !*one) break; /* after the last line's end */
        one[strcspn(one, "\r")] = '\0';
        rq_answer_clear(&line);
        status = rq_answer_add_text(&line, one);
        if (status == RQ_OK)
            status = rq_grow(&settings->charset, &capacity, settings->n_charset,
                             sizeof *settings->charset, "a character set");
        if (status == RQ_OK)
            settings->charset[settings->n_charset++] = line.n_symbols ? line.symbols[0] : ' ';
    }
    rq_answer_free(&line);
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

static rq_status set_number(rq_adapter_settings *settings, const char *name, const char *value)
{
    for (size_t i = 0; i < KEYS; i++) {
        double x;
        if (strcmp(keys[i].name, name) != 0) continue;
        if (!rq_parse_f64(value, &x) || !(x >= keys[i].low && x <= keys[i].high))
            return rq_fail(RQ_EARG, "--adapter: %s=%s is not a number from %g to %g", name, value,
                           keys[i].low, keys[i].high);
        *field_of(settings, &keys[i]) = x;
        return RQ_OK;
    }
    return rq_fail(RQ_EARG, "--adapter: no setting '%s'", name);
}

static rq_status set_one(rq_adapter_use *use, char *text)
{
    char *value = strchr(text, '=');
    if (!value) return rq_fail(RQ_EARG, "--adapter: '%s' is not key=value", text);
    *value++ = '\0';
    if (!is_listed(use->adapter->keys, text))
        return rq_fail(RQ_EARG, "--adapter: %s has no setting '%s'; it has %s", use->adapter->name,
                       text, use->adapter->keys[0] ? use->adapter->keys : "none");
    if (strcmp(text, "anchors") == 0) return set_anchors(&use->settings, value);
    if (strcmp(text, "charset") == 0) return read_charset(&use->settings, value);
    return set_number(&use->settings, text, value);
}

static rq_status open_text(rq_adapter_use *out, char *text)
{
    char *rest = text, *name = strsep(&rest, ":"), *one;
    out->adapter = find(name);
    if (!out->adapter) return fail_name(name);
    while ((one = strsep(&rest, ":"))) RQ_TRY(set_one(out, one));
    return RQ_OK;
}

rq_status rq_adapter_open(rq_adapter_use *out, const char *text)
{
    char *copy = strdup(text);
    if (!copy) return rq_fail_memory(strlen(text), "an adapter's settings");
    out->adapter = NULL;
    forget_all(&out->settings);
    rq_status status = open_text(out, copy);
    free(copy);
    if (status != RQ_OK) rq_adapter_close(out);
    return status;
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
    out->adapter = NULL;
    forget_all(&out->settings);
    for (size_t i = 0; rq_adapters[i] && n; i++) {
        const rq_adapter *adapter = rq_adapters[i];
        bool wanted = adapter->guess == RQ_GUESS_ALWAYS ||
                      (adapter->guess == RQ_GUESS_FOR_TRUTH && (adapter->gives & truths));
        if (!wanted || !adapter->fits(&in)) continue;
        out->adapter = adapter;
        return;
    }
}

rq_status rq_adapter_read(rq_answer *out, const rq_adapter_use *use, const rq_output *outputs,
                          size_t n, const rq_view *view)
{
    rq_adapter_input in = {outputs, n, view, &use->settings};
    rq_answer_clear(out);
    out->width = view->width;
    out->height = view->height;
    rq_answer_set_empty(out, use->adapter->gives);
    if (!use->adapter->fits(&in))
        return rq_adapter_fail(use->adapter->name, &outputs[0], use->adapter->help);
    return use->adapter->read(out, &in);
}
