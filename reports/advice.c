/* What to do next, of what cannot be tried: a table of rules over the finished report. */
#include "engine/base/text.h"
#include "reports/fields.h"
#include "reports/limits.h"
#include "reports/speedup.h"
#include "reports/summary.h"

#include <math.h>
#include <string.h>

#define MAX_ADVICE 12
#define WIDE_INTERVAL 2.0 /* points to either side */
#define MIN_SPEEDUP 1.1   /* speed-up */
#define GROWTH 1.01       /* of the file */

typedef struct advisor {
    const rq_summary *summary;
    rq_arena *arena;
    rq_report_advice *list;
    size_t n;
    bool failed;
} advisor;

static void advise(advisor *to, const char *text, const char *option)
{
    to->failed = to->failed || !text;
    if (text && to->n < MAX_ADVICE)
        to->list[to->n++] = (rq_report_advice){text, option, NAN, NAN, NAN, NAN};
}

static bool is_good(const rq_summary *s)
{
    return s->verdict == RQ_VERDICT_GOOD;
}

/* Half of the interval that the change is known to lie in, in points; 0: not of a metric in %. */
static double half_interval(const rq_summary *s)
{
    const rq_report_accuracy *row = s->headline.accuracy;
    if (!row || !row->unit || strcmp(row->unit, "%") != 0 || !(row->images > 0)) return 0;
    const rq_estimate *e = row->compares ? &row->after : &row->delta;
    return (e->high - e->low) / 2;
}

static bool has_precision(const rq_summary *s, const char *precision)
{
    return rq_same_text(s->headline.report->settings.precision, precision);
}

static bool calibrates_with_few(const rq_summary *s)
{
    double n = s->headline.report->data.calibration_images;
    return has_precision(s, "int8") && n > 0 && n < RQ_LIMIT_CALIBRATION_IMAGES;
}

static bool is_measured_on_calibration(const rq_summary *s)
{
    const rq_report_data *data = &s->headline.report->data;
    return !data->validation || rq_same_text(data->validation, data->calibration);
}

/* Neither smaller nor, as far as is known, faster: most layers stayed in floating point, say. */
static bool gains_nothing(const rq_summary *s)
{
    bool faster = s->speed && rq_speedup(s->speed) >= MIN_SPEEDUP;
    return !faster && s->after_bytes * GROWTH >= s->before_bytes;
}

/* Of few images, the limit holds on these: more is said below. */
static void advise_use(advisor *to)
{
    const rq_summary *s = to->summary;
    const char *path = s->headline.report->after.path, *of = "";
    char limit[RQ_LIMIT_TEXT];
    if (!is_good(s) || !path) return;
    if (gains_nothing(s)) {
        advise(to,
               "Keep the original, or allow a larger loss: this model is not smaller, and not "
               "measured to be faster.",
               NULL);
        return;
    }
    bool seen = calibrates_with_few(s) && is_measured_on_calibration(s);
    if (s->headline.accuracy && (seen || half_interval(s) > WIDE_INTERVAL))
        of = s->headline.accuracy->images == 1 ? " on this image"
                                               : rq_arena_printf(to->arena, " on these %.0f images",
                                                                 s->headline.accuracy->images);
    if (!of) to->failed = true;
    advise(
        to,
        rq_arena_printf(to->arena, "Use %s: %s%s.", path, rq_summary_limit(s, limit), of ? of : ""),
        NULL);
}

/* With the same model, images and preprocessing. */
static void advise_check(advisor *to)
{
    rq_buf command = {0};
    if (!to->summary->suspicions.n) return;
    rq_summary_command(&command, to->summary);
    advise(to, "Look for the cause of what is suspicious before using the model.",
           command.failed ? NULL : rq_arena_strdup(to->arena, command.data));
    to->failed = to->failed || command.failed;
    rq_buf_free(&command);
}

/* Ranges of few images clip others, which shows only on others. */
static void advise_calibration(advisor *to)
{
    const rq_summary *s = to->summary;
    bool seen = is_measured_on_calibration(s);
    if (!calibrates_with_few(s) || (!seen && !rq_has_loss(s))) return;
    advise(to,
           rq_arena_printf(to->arena,
                           "Calibrate with %d images or more: ranges of %.0f fit others less%s.",
                           RQ_LIMIT_CALIBRATION_IMAGES, s->headline.report->data.calibration_images,
                           seen ? ", which figures of the same images cannot show" : ""),
           "--data FOLDER");
}

/* -- sizes and weights ------------------------------------------------------------------------- */

static void advise_4_bits(advisor *to)
{
    if (!rq_has_loss(to->summary) || !has_precision(to->summary, "int4-weights")) return;
    if (!(to->summary->headline.report->data.calibration_images > 0))
        advise(to,
               "With images to calibrate with, inputs of large activations get finer 4-bit codes "
               "where that is confirmed.",
               "--data FOLDER");
    advise(to, "A smaller share of weights in 4 bits, where they cost least, loses less.",
           "--ratio 0.8");
    advise(to, "Weights of 8 bits lose least, and take up to twice the space.",
           "--precision int8-weights");
}

static void advise_size(advisor *to)
{
    const rq_summary *s = to->summary;
    if (!(s->after_bytes > GROWTH * s->before_bytes)) return;
    bool ranges = has_precision(s, "int8");
    advise(to,
           ranges
               ? "The model grew: its weights are few beside the layers that INT8 adds. Weights "
                 "alone in INT8 add fewer; where size counts, keep the original."
               : "The model grew: scales take more than its weights lose. Let more weights share "
                 "a scale; where size counts, keep the original.",
           ranges                             ? "--precision int8-weights"
           : has_precision(s, "int4-weights") ? "--group-size 128"
                                              : NULL);
}

/* It tries more than the advice that was tried does; what comes of it is not known. */
static void advise_tuning(advisor *to)
{
    char limit[RQ_LIMIT_TEXT];
    const rq_summary *s = to->summary;
    const char *tune = s->headline.report->tool.tune;
    if (!rq_has_loss(s) || !has_precision(s, "int8")) return;
    const char *command = rq_arena_printf(
        to->arena, "%s %s", tune ? tune : "requant tune MODEL --data FOLDER --output FOLDER",
        rq_verdict_option(&s->headline, limit));
    if (!command) to->failed = true;
    advise(to,
           "Let requant look for the fewest layers to leave in floating point that keep within a "
           "loss that you accept.",
           command);
}

/* Where nothing else is known to help. */
static void advise_ignoring(advisor *to)
{
    const rq_summary *s = to->summary;
    const char *worst = s->worst ? s->worst->name : NULL;
    if (!rq_has_loss(s) || to->n || s->headline.report->n_advice || !worst) return;
    advise(to, "Leave the layers that lose most as they are, this one first.",
           rq_arena_printf(to->arena, "--ignore '%s'", worst));
}

/* -- data and speed ---------------------------------------------------------------------------- */

static void advise_overflow_fix(advisor *to)
{
    const char *fix = to->summary->headline.report->settings.overflow_fix;
    if (rq_has_loss(to->summary) && fix && !strcmp(fix, "off"))
        advise(to,
               "INT8 products may saturate on CPUs without VNNI; let requant adjust the weights "
               "concerned.",
               "--overflow-fix auto");
}

/* Half-widths shrink with the square root of the number of images. */
static void advise_more_images(advisor *to)
{
    const rq_report_accuracy *row = to->summary->headline.accuracy;
    double half = half_interval(to->summary);
    if (!(half > WIDE_INTERVAL)) return;
    double need = ceil(row->images * half * half / 100) * 100;
    advise(
        to,
        rq_arena_printf(to->arena,
                        "With %.0f image%s the change is known to within %.1f points; with about "
                        "%.0f images to within 1 point.",
                        row->images, rq_plural_real(row->images), half, need),
        "--val FOLDER");
}

static void advise_speed(advisor *to)
{
    const rq_report_speed *speed = to->summary->speed;
    if (!speed || !(rq_speedup(speed) < MIN_SPEEDUP)) return;
    const char *much = rq_speedup(speed) > 1 ? "little" : "no";
    advise(to,
           rq_arena_printf(to->arena,
                           "INT8 gives %s speed-up on this machine: check layers still in FP32 and "
                           "precision conversions (requant bench --per-layer).",
                           much),
           NULL);
}

static void advise_unreadable_images(advisor *to)
{
    double bad = to->summary->headline.report->data.bad_images;
    if (bad > 0)
        advise(to,
               rq_arena_printf(to->arena,
                               "%.0f image%s could not be read; the log of the run that tried it "
                               "names %s.",
                               bad, bad == 1 ? "" : "s", bad == 1 ? "it" : "the first of them"),
               NULL);
}

static void advise_ground_truth(advisor *to)
{
    const rq_report_accuracy *uninformative = to->summary->headline.uninformative;
    if (!uninformative || !uninformative->metric) return;
    advise(to,
           rq_arena_printf(to->arena,
                           "%s cannot show a loss: labels, adapter or preprocessing do not match "
                           "the model.",
                           uninformative->metric),
           "--adapter NAME");
}

static void advise_labels(advisor *to)
{
    const rq_report_accuracy *row = to->summary->headline.accuracy;
    if (row && row->metric && !strcmp(row->metric, "agreement") &&
        !to->summary->headline.report->data.labelled)
        advise(to,
               "Give labels to measure accuracy: a changed prediction may have been wrong before.",
               "--labels FILE");
}

static void (*const rules[])(advisor *) = {
    advise_check,
    advise_use,
    advise_overflow_fix,
    advise_calibration,
    advise_4_bits,
    advise_size,
    advise_tuning,
    advise_ignoring,
    advise_more_images,
    advise_speed,
    advise_unreadable_images,
    advise_ground_truth,
    advise_labels,
};

rq_status rq_report_advise(rq_report *report, rq_arena *arena)
{
    rq_summary summary;
    rq_summarise(&summary, report);
    size_t had = report->n_advice;
    rq_report_advice *list = rq_report_rows(arena, &rq_advice_type, had + MAX_ADVICE);
    if (!list) return RQ_ENOMEM;
    if (had) memcpy(list, report->advice, had * sizeof *list);
    advisor to = {.summary = &summary, .arena = arena, .list = list + had};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) rules[i](&to);
    report->advice = list;
    report->n_advice = had + to.n;
    return to.failed ? RQ_ENOMEM : RQ_OK;
}
