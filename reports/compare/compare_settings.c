/* What runs were asked for, and why some of their numbers do not compare. */
#include "reports/compare/compare.h"

#include "reports/units.h"

#include <math.h>
#include <string.h>

/* -- settings ------------------------------------------------------------------------------- */

/* The parts whose fields are listed, and those of their fields that are not. */
static const struct listed {
    const char *part, *without;
} listed[] = {
    {"settings", ""},
    {"data", "digest validation_digest bad_images"},
    {"machine", ""},
    {"tool", "command"},
};

static const rq_report_part *find_part(const char *key)
{
    size_t i = 0;
    while (strcmp(rq_report_parts[i].key, key) != 0) i++;
    return &rq_report_parts[i];
}

static const char *text_of(const void *record, const rq_field *field, rq_arena *arena)
{
    char buffer[RQ_NUMBER_TEXT];
    if (field->kind == RQ_FIELD_TEXT) return rq_field_text(record, field);
    if (field->kind == RQ_FIELD_FLAG)
        return *(const bool *)rq_field_at(record, field) ? "yes" : "no";
    double x = rq_field_real(record, field);
    return isnan(x) ? NULL : rq_arena_strdup(arena, rq_unit_text(field->unit, x, buffer));
}

static rq_status add_setting(rq_comparison *c, const rq_report_part *part, const rq_field *field,
                             rq_arena *arena)
{
    const char **texts = rq_arena_alloc(arena, c->n, sizeof *texts);
    bool known = false, differs = false;
    if (!texts) return RQ_ENOMEM;
    for (size_t k = 0; k < c->n; k++) {
        texts[k] = text_of((const char *)c->runs[k].report + part->offset, field, arena);
        known = known || texts[k];
        differs = differs || !rq_same_text(texts[k], texts[0]);
    }
    if (known)
        c->settings[c->n_settings++] =
            (rq_compare_setting){part->key, field->title, field->help, texts, differs};
    return RQ_OK;
}

rq_status rq_compare_settings(rq_comparison *out, rq_arena *arena)
{
    size_t most = 0, n = sizeof listed / sizeof *listed;
    for (size_t i = 0; i < n; i++) most += find_part(listed[i].part)->type->n;
    out->settings = rq_arena_alloc(arena, most, sizeof *out->settings);
    if (!out->settings) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const rq_report_part *part = find_part(listed[i].part);
        for (size_t f = 0; f < part->type->n; f++)
            if (!strstr(listed[i].without, part->type->fields[f].key))
                RQ_TRY(add_setting(out, part, &part->type->fields[f], arena));
    }
    return RQ_OK;
}

/* -- comparability warnings
 * --------------------------------------------------------------------------------- */

static bool model_differs(const rq_report *a, const rq_report *b)
{
    return rq_texts_differ(a->before.digest, b->before.digest);
}

static bool images_unknown(const rq_report *a, const rq_report *b)
{
    bool measured = a->n_accuracy && b->n_accuracy;
    return measured && (!a->validated.paths.n || !b->validated.paths.n);
}

static bool labels_differ(const rq_report *a, const rq_report *b)
{
    return a->n_accuracy && b->n_accuracy && a->data.labelled != b->data.labelled;
}

/* The digest is of inputs and shapes, too: of models with other ones it does not tell. */
static bool calibration_differs(const rq_report *a, const rq_report *b)
{
    if (!rq_texts_differ(a->before.inputs, b->before.inputs))
        return rq_texts_differ(a->data.digest, b->data.digest);
    return rq_texts_differ(a->data.calibration, b->data.calibration) ||
           fabs(a->data.calibration_images - b->data.calibration_images) > 0;
}

static bool machine_differs(const rq_report *a, const rq_report *b)
{
    return rq_texts_differ(a->machine.cpu, b->machine.cpu) ||
           rq_texts_differ(a->machine.isa, b->machine.isa);
}

static bool threads_differ(const rq_report *a, const rq_report *b)
{
    return a->n_speeds && b->n_speeds && a->machine.threads != b->machine.threads;
}

static bool backend_differs(const rq_report *a, const rq_report *b)
{
    return rq_texts_differ(a->settings.backend, b->settings.backend);
}

/* An original that was timed beside the run has the time that the run has for it. */
static bool timed_apart(const rq_report *a, const rq_report *b)
{
    return a->n_speeds && b->n_speeds &&
           a->speeds[0].after_median_ms != b->speeds[0].before_median_ms;
}

static bool is_noisy(const rq_report *report)
{
    return report->n_speeds && report->speeds[0].noise;
}

static bool noisy(const rq_report *a, const rq_report *b)
{
    return is_noisy(a) || is_noisy(b);
}

static const struct question {
    bool (*differs)(const rq_report *first, const rq_report *run);
    const char *about, *text;
} questions[] = {
    {model_differs, "model",
     "they have different original models: layers of the same name may differ"},
    {rq_compare_images_differ, "images",
     "they were measured on different images: their accuracy is not comparable"},
    {images_unknown, "images",
     "a report does not list its images: differences of accuracy are not tested"},
    {labels_differ, "labels", "only one of them was measured with labels"},
    {rq_compare_preprocessing_differs, "preprocessing",
     "images were preprocessed differently: accuracy is not comparable"},
    {calibration_differs, "calibration", "they were calibrated on different images"},
    {machine_differs, "machine",
     "they were measured on different machines: times are not comparable, and accuracy may differ "
     "where INT8 products saturate"},
    {threads_differ, "threads", "they were timed with different numbers of threads"},
    {backend_differs, "backend", "different backends ran the models"},
    {noisy, "times",
     "their speed is not measurable now: the machine was busy, or their times vary more than the "
     "speed-up"},
    {timed_apart, "times",
     "they were timed in different runs: compare the speed-ups, which are from interleaved runs; "
     "`requant bench` interleaves models"},
};

rq_status rq_compare_warnings(rq_comparison *out, rq_arena *arena)
{
    size_t n = sizeof questions / sizeof *questions;
    out->warnings = rq_arena_alloc(arena, out->n * n, sizeof *out->warnings);
    if (!out->warnings) return RQ_ENOMEM;
    for (size_t k = 1; k < out->n; k++)
        for (size_t q = 0; q < n; q++)
            if (questions[q].differs(out->runs[0].report, out->runs[k].report))
                out->warnings[out->n_warnings++] =
                    (rq_compare_warning){k, questions[q].about, questions[q].text};
    return RQ_OK;
}

bool rq_compare_warning_is_first(const rq_comparison *comparison, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (comparison->warnings[j].text == comparison->warnings[i].text) return false;
    return true;
}
