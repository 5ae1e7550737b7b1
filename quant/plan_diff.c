#include "quant/plan_diff.h"

#include "engine/base/mem.h"
#include "quant/plan_json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct differ {
    rq_plan_diff *diff;
    size_t capacity;
    const char *section, *name; /* of the entry being compared */
    bool failed;                /* memory was short */
} differ;

static void note(differ *d, const char *key, const char *a, const char *b)
{
    rq_plan_diff *diff = d->diff;
    if (rq_grow(&diff->changes, &d->capacity, diff->n, sizeof *diff->changes, "differences")) {
        d->failed = true;
        return;
    }
    diff->changes[diff->n++] = (rq_plan_change){d->section, d->name, key, a, b};
}

static const char *text_of(differ *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static const char *text_of(differ *d, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *kept = rq_arena_strdup(d->diff->arena, text);
    d->failed |= !kept;
    return kept;
}

static void compare_text(differ *d, const char *key, const char *a, const char *b)
{
    if (strcmp(a, b) != 0) note(d, key, a, b);
}

static void compare_bool(differ *d, const char *key, bool a, bool b)
{
    if (a != b) note(d, key, a ? "yes" : "no", b ? "yes" : "no");
}

static const char *channels_of(differ *d, size_t n)
{
    return text_of(d, "%zu channel%s", n, rq_plural(n));
}

/* Numbers per channel, of which two texts cannot show all: how many differ, and by how much. */
static void compare_channels(differ *d, const char *key, const float *a, size_t n_a, const float *b,
                             size_t n_b)
{
    double least = 1.0, most = 1.0;
    size_t differing = 0;
    if (n_a != n_b) {
        note(d, key, channels_of(d, n_a), channels_of(d, n_b));
        return;
    }
    for (size_t c = 0; c < n_a; c++) {
        if (a[c] == b[c]) continue;
        differing++;
        if (a[c] == 0.0f) continue; /* no ratio says how much */
        double ratio = (double)b[c] / a[c];
        least = fmin(least, ratio);
        most = fmax(most, ratio);
    }
    if (differing == 1 && n_a == 1)
        note(d, key, text_of(d, "%.6g", (double)*a), text_of(d, "%.6g", (double)*b));
    else if (differing && least == 1.0 && most == 1.0)
        note(d, key, channels_of(d, n_a),
             text_of(d, "%zu of %zu channels changed from 0", differing, n_a));
    else if (differing)
        note(
            d, key, channels_of(d, n_a),
            text_of(d, "%zu of %zu channels changed: x%.4g to x%.4g", differing, n_a, least, most));
}

static void compare_real(differ *d, const char *key, double a, double b)
{
    if (a != b) note(d, key, text_of(d, "%.6g", a), text_of(d, "%.6g", b));
}

static const char *decibel_text(differ *d, double x)
{
    return isnan(x) ? "unknown" : text_of(d, "%.1f dB", x);
}

/* What a change costs or gains; said beside a change only. */
static void compare_sqnr(differ *d, double a, double b, size_t changes_before)
{
    if (d->diff->n > changes_before && (isnan(a) || isnan(b) || fabs(a - b) >= 0.05) &&
        !(isnan(a) && isnan(b)))
        note(d, "expected SQNR", decibel_text(d, a), decibel_text(d, b));
}

/* -- entries -------------------------------------------------------------------------------- */

static const char *range_text(differ *d, const rq_plan_file_activation *a)
{
    return a->n == 1 ? text_of(d, "%.6g to %.6g", (double)a->low[0], (double)a->high[0])
                     : channels_of(d, a->n);
}

static void compare_ranges(differ *d, const rq_plan_file_activation *a,
                           const rq_plan_file_activation *b)
{
    if (a->n == 1 && b->n == 1) {
        if (a->low[0] != b->low[0] || a->high[0] != b->high[0])
            note(d, "range", range_text(d, a), range_text(d, b));
        return;
    }
    compare_channels(d, "low", a->low, a->n, b->low, b->n);
    compare_channels(d, "high", a->high, a->n, b->high, b->n);
}

static void compare_activation(differ *d, const rq_plan_file_activation *a,
                               const rq_plan_file_activation *b)
{
    size_t before = d->diff->n;
    if (a->levels != b->levels)
        note(d, "levels", text_of(d, "%d", a->levels), text_of(d, "%d", b->levels));
    compare_ranges(d, a, b);
    compare_text(d, "estimator", a->estimator, b->estimator);
    compare_sqnr(d, a->sqnr_db, b->sqnr_db, before);
    d->diff->n_same += d->diff->n == before;
}

static void compare_weight(differ *d, const rq_plan_file_weight *a, const rq_plan_file_weight *b)
{
    size_t before = d->diff->n;
    compare_text(d, "type", a->type, b->type);
    compare_text(d, "precision", rq_precision_word(a->precision), rq_precision_word(b->precision));
    compare_channels(d, "scales", a->scales, a->n, b->scales, b->n);
    compare_real(d, "group size", (double)a->group_size, (double)b->group_size);
    compare_text(d, "saturation", a->overflow, b->overflow);
    compare_bool(d, "bias corrected", a->bias_corrected, b->bias_corrected);
    compare_sqnr(d, a->sqnr_db, b->sqnr_db, before);
    d->diff->n_same += d->diff->n == before;
}

/* -- sections ------------------------------------------------------------------------------- */

static void compare_settings(differ *d, const rq_plan_file *a, const rq_plan_file *b)
{
    const rq_plan_options *x = &a->settings, *y = &b->settings;
    d->section = "model";
    d->name = "model";
    compare_text(d, "name", a->model, b->model);
    compare_text(d, "digest", a->digest, b->digest);
    d->section = "settings";
    d->name = "settings";
    compare_text(d, "precision", rq_precision_word(x->precision), rq_precision_word(y->precision));
    compare_text(d, "target", rq_targets[x->target].name, rq_targets[y->target].name);
    compare_text(d, "preset", rq_presets[x->preset].name, rq_presets[y->preset].name);
    compare_text(d, "overflow fix", rq_overflow_fixes[x->overflow].name,
                 rq_overflow_fixes[y->overflow].name);
    compare_bool(d, "may saturate", x->may_saturate, y->may_saturate);
    compare_text(d, "range", x->range ? x->range : "auto", y->range ? y->range : "auto");
    compare_bool(d, "bias correction", x->bias_correction, y->bias_correction);
    compare_text(d, "rounding", rq_roundings[x->rounding].name, rq_roundings[y->rounding].name);
    if (x->precision != RQ_PRECISION_INT4_WEIGHTS || y->precision != x->precision) return;
    compare_real(d, "group size", (double)x->group_size, (double)y->group_size);
    compare_real(d, "ratio", x->ratio, y->ratio);
}

static void compare_activations(differ *d, const rq_plan_file *a, const rq_plan_file *b)
{
    d->section = "activations";
    for (size_t i = 0; i < a->n_activations; i++) {
        const rq_plan_file_activation *mine = &a->activations[i],
                                      *other = rq_plan_file_activation_of(b, mine->value);
        d->name = mine->value;
        if (other)
            compare_activation(d, mine, other);
        else
            note(d, "range", range_text(d, mine), NULL);
    }
    for (size_t i = 0; i < b->n_activations; i++) {
        d->name = b->activations[i].value;
        if (!rq_plan_file_activation_of(a, d->name))
            note(d, "range", NULL, range_text(d, &b->activations[i]));
    }
}

static void compare_weights(differ *d, const rq_plan_file *a, const rq_plan_file *b)
{
    d->section = "weights";
    for (size_t i = 0; i < a->n_weights; i++) {
        const rq_plan_file_weight *mine = &a->weights[i],
                                  *other = rq_plan_file_weight_of(b, mine->layer, mine->port);
        d->name = mine->layer;
        if (other)
            compare_weight(d, mine, other);
        else
            note(d, "precision", rq_precision_word(mine->precision), NULL);
    }
    for (size_t i = 0; i < b->n_weights; i++) {
        const rq_plan_file_weight *theirs = &b->weights[i];
        d->name = theirs->layer;
        if (!rq_plan_file_weight_of(a, theirs->layer, theirs->port))
            note(d, "precision", NULL, rq_precision_word(theirs->precision));
    }
}

static const rq_plan_file_ignored *find_ignored(const rq_plan_file *file, const char *layer)
{
    for (size_t i = 0; i < file->n_ignored; i++)
        if (!strcmp(file->ignored[i].layer, layer)) return &file->ignored[i];
    return NULL;
}

static void compare_ignored(differ *d, const rq_plan_file *a, const rq_plan_file *b)
{
    d->section = "ignored_layers";
    for (size_t i = 0; i < a->n_ignored; i++) {
        const rq_plan_file_ignored *other = find_ignored(b, a->ignored[i].layer);
        size_t before = d->diff->n;
        d->name = a->ignored[i].layer;
        if (other)
            compare_text(d, "ignored", a->ignored[i].reason, other->reason);
        else
            note(d, "ignored", a->ignored[i].reason, NULL);
        d->diff->n_same += d->diff->n == before;
    }
    for (size_t i = 0; i < b->n_ignored; i++) {
        d->name = b->ignored[i].layer;
        if (!find_ignored(a, d->name)) note(d, "ignored", NULL, b->ignored[i].reason);
    }
}

static const rq_plan_file_equalization *find_equalization(const rq_plan_file *file,
                                                          const char *value)
{
    for (size_t i = 0; i < file->n_equalizations; i++)
        if (!strcmp(file->equalizations[i].value, value)) return &file->equalizations[i];
    return NULL;
}

static const char *equalization_text(differ *d, const rq_plan_file_equalization *equalization)
{
    size_t moved = 0;
    for (size_t c = 0; c < equalization->n; c++) moved += equalization->log2[c] != 0.0f;
    return text_of(d, "%zu of %s scaled%s", moved, channels_of(d, equalization->n),
                   equalization->shift ? ", shifted" : "");
}

static void compare_equalization(differ *d, const rq_plan_file_equalization *a,
                                 const rq_plan_file_equalization *b)
{
    bool same = b && a->n == b->n && !memcmp(a->log2, b->log2, a->n * sizeof *a->log2) &&
                !a->shift == !b->shift &&
                (!a->shift || !memcmp(a->shift, b->shift, a->n * sizeof *a->shift));
    d->name = a->value;
    d->diff->n_same += same;
    if (!same)
        note(d, "cross-layer equalization", equalization_text(d, a),
             b ? equalization_text(d, b) : NULL);
}

static void compare_equalizations(differ *d, const rq_plan_file *a, const rq_plan_file *b)
{
    d->section = "equalized";
    for (size_t i = 0; i < a->n_equalizations; i++)
        compare_equalization(d, &a->equalizations[i],
                             find_equalization(b, a->equalizations[i].value));
    for (size_t i = 0; i < b->n_equalizations; i++) {
        d->name = b->equalizations[i].value;
        if (!find_equalization(a, d->name))
            note(d, "cross-layer equalization", NULL, equalization_text(d, &b->equalizations[i]));
    }
}

rq_status rq_plan_diff_create(rq_plan_diff **out, const rq_plan_file *a, const rq_plan_file *b)
{
    *out = NULL;
    differ d = {0};
    RQ_TRY(rq_calloc(&d.diff, 1, sizeof *d.diff, "differences"));
    rq_status status = rq_arena_create(&d.diff->arena);
    if (status == RQ_OK) {
        compare_settings(&d, a, b);
        compare_activations(&d, a, b);
        compare_weights(&d, a, b);
        compare_ignored(&d, a, b);
        compare_equalizations(&d, a, b);
        if (d.failed) status = RQ_ENOMEM;
    }
    if (status != RQ_OK) rq_plan_diff_destroy(&d.diff);
    *out = d.diff;
    return status;
}

void rq_plan_diff_destroy(rq_plan_diff **diff)
{
    if (!diff || !*diff) return;
    rq_arena_destroy(&(*diff)->arena);
    free((*diff)->changes);
    free(*diff);
    *diff = NULL;
}
