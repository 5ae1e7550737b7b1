#include "engine/workbench/search/output_scores.h"

#include "engine/base/callbacks.h"
#include "engine/base/mem.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "reports/metrics/metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

rq_status rq_output_scores_open(rq_output_scores *out, size_t n_images, size_t n_outputs)
{
    *out = (rq_output_scores){.n_images = n_images, .n_outputs = n_outputs};
    return rq_calloc(&out->sums, n_images * n_outputs, sizeof *out->sums, "errors of outputs");
}

void rq_output_scores_close(rq_output_scores *scores)
{
    free(scores->sums);
    *scores = (rq_output_scores){0};
}

void rq_output_scores_swap(rq_output_scores *a, rq_output_scores *b)
{
    const rq_output_scores was = *a;
    *a = *b;
    *b = was;
}

rq_output_sums rq_output_sums_of(const float *want, const float *got, size_t n)
{
    rq_output_sums sum = {0.0, 0.0};
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(want[i])) continue;
        double d = isfinite(got[i]) ? (double)got[i] - want[i] : INFINITY;
        sum.signal += (double)want[i] * want[i];
        sum.noise += d * d;
    }
    return sum;
}

static double decibel_of(const rq_output_sums *sums)
{
    if (!(sums->signal > 0.0)) return NAN;
    return fmax(fmin(rq_sqnr_db(sums->signal, sums->noise), RQ_OUTPUT_MAX_DB), -RQ_OUTPUT_MAX_DB);
}

/* Over all images: one whose output is next to nothing, as that of an empty scene, counts for
 * little. */
static double output_decibel(const rq_output_scores *s, size_t output)
{
    rq_output_sums all = {0.0, 0.0};
    for (size_t i = 0; i < s->n_images; i++) {
        all.signal += s->sums[i * s->n_outputs + output].signal;
        all.noise += s->sums[i * s->n_outputs + output].noise;
    }
    return decibel_of(&all);
}

static double weight_of(const rq_output_scores *s, size_t output)
{
    return s->weights ? s->weights[output] : 1.0;
}

double rq_output_scores_decibel(const rq_output_scores *s)
{
    rq_mean_db mean = {0};
    for (size_t o = 0; o < s->n_outputs; o++)
        rq_mean_db_add(&mean, output_decibel(s, o), weight_of(s, o));
    return rq_mean_db_value(&mean);
}

/* -- gains ----------------------------------------------------------------------------------- */

/* NAN where there is nothing to compare. */
static double image_gain(const rq_output_scores *before, const rq_output_scores *after,
                         size_t image)
{
    rq_mean_db mean = {0};
    for (size_t o = 0; o < before->n_outputs; o++) {
        size_t i = image * before->n_outputs + o;
        double gain = decibel_of(&after->sums[i]) - decibel_of(&before->sums[i]);
        rq_mean_db_add(&mean, gain, weight_of(before, o));
    }
    return rq_mean_db_value(&mean);
}

/* Pairs of gains, each with itself too, whose mean is at most x. */
static size_t count_means_up_to(const double *gains, size_t n, double x)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) count += gains[i] + gains[j] <= 2.0 * x;
    return count;
}

/* The lower end of the median's one-sided 95 % interval that belongs to Wilcoxon's signed-rank
 * test: the k-th smallest mean of two gains (Hollander and Wolfe, Nonparametric Statistical
 * Methods, 3.3). An image of which hardly anything is left in either network does not outweigh the
 * others, as it does in Student's t. Of 4 gains the smallest, which is 94 %. */
static double lower_end(const double *gains, size_t n)
{
    const double z = 1.6448536, m = (double)n;
    double place = m * (m + 1) / 4 - z * sqrt(m * (m + 1) * (2 * m + 1) / 24);
    size_t k = place < 1.0 ? 1 : (size_t)place;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, gains[i]);
        high = fmax(high, gains[i]);
    }
    if (count_means_up_to(gains, n, low) >= k) return low;
    for (int step = 0; step < 50; step++) {
        double middle = low + (high - low) / 2;
        *(count_means_up_to(gains, n, middle) >= k ? &high : &low) = middle;
    }
    return low;
}

#define MAX_PAIRED 512 /* images that the interval is of */

/* Gains of images where there is something to compare; *n: how many, of which at most MAX_PAIRED
 * are listed. */
static double sum_gains(double *gains, size_t *n, const rq_output_scores *before,
                        const rq_output_scores *after)
{
    double sum = 0.0;
    *n = 0;
    for (size_t i = 0; i < before->n_images; i++) {
        double gain = image_gain(before, after, i);
        if (isnan(gain)) continue;
        sum += gain;
        if (*n < MAX_PAIRED) gains[*n] = gain;
        ++*n;
    }
    return sum;
}

static rq_output_scores first_images(const rq_output_scores *s, size_t n)
{
    rq_output_scores some = *s;
    if (n < some.n_images) some.n_images = n;
    return some;
}

rq_output_gain rq_output_scores_gain(const rq_output_scores *before, const rq_output_scores *after)
{
    const rq_output_scores same = first_images(before, after->n_images);
    rq_output_gain out = {.decibel =
                              rq_output_scores_decibel(after) - rq_output_scores_decibel(&same),
                          .image_mean = NAN,
                          .image_low = NAN,
                          .image_high = NAN,
                          .is_whole = after->n_images == before->n_images};
    double gains[MAX_PAIRED];
    size_t n;
    double sum = sum_gains(gains, &n, &same, after);
    if (n < 2) return out;
    size_t paired = n < MAX_PAIRED ? n : MAX_PAIRED;
    out.image_mean = sum / (double)n;
    out.image_low = lower_end(gains, paired);
    for (size_t i = 0; i < paired; i++) gains[i] = -gains[i];
    out.image_high = -lower_end(gains, paired);
    return out;
}

bool rq_output_scores_is_beaten(const rq_output_scores *before, const rq_output_scores *after,
                                size_t n, double least)
{
    const rq_output_scores some = first_images(after, n);
    return rq_output_scores_gain(before, &some).image_high < least;
}

bool rq_output_scores_is_behind(const rq_output_scores *before, const rq_output_scores *after,
                                size_t n, double least)
{
    const rq_output_scores some = first_images(after, n);
    return rq_output_scores_gain(before, &some).decibel < least;
}

bool rq_output_gain_is_confirmed(const rq_output_gain *gain, double least)
{
    return gain->is_whole && gain->decibel >= least && gain->image_low > 0.0;
}

#define DECIBEL_TEXT 32

static const char *decibel_text(char text[DECIBEL_TEXT], double decibel)
{
    if (isnan(decibel)) return "unknown";
    bool all = decibel >= RQ_OUTPUT_MAX_DB;
    snprintf(text, DECIBEL_TEXT, all ? "%.0f dB or more" : "%.1f dB", decibel);
    return text;
}

/* The figures before it are of all images as one, where those with large outputs weigh most. */
static void put_images(rq_buf *out, const rq_output_gain *gain)
{
    if (isnan(gain->image_mean))
        rq_buf_append(out, ", outputs tell nothing");
    else
        rq_buf_printf(out,
                      " (all images as one; image by image %+.2f dB on average, the median at "
                      "least %+.2f dB)",
                      gain->image_mean, gain->image_low);
}

static void put_verdict(rq_buf *out, const rq_output_gain *gain, double least, size_t n)
{
    bool confirmed = rq_output_gain_is_confirmed(gain, least);
    rq_buf_append(out, confirmed ? ": applied" : ": discarded");
    if (confirmed || isnan(gain->image_mean)) return;
    if (!gain->is_whole)
        rq_buf_printf(out, " after %zu image%s", n, rq_plural(n));
    else if (gain->decibel < least && least > 0.0)
        rq_buf_printf(out, ", as one they must gain %.2g dB", least);
    else if (gain->decibel < least)
        rq_buf_append(out, ", as one they must not lose");
    else
        rq_buf_append(out, ", image by image it may lose");
}

bool rq_output_scores_confirm(const char *what, const rq_output_scores *before,
                              const rq_output_scores *after, double least)
{
    const rq_output_gain gain = rq_output_scores_gain(before, after);
    const rq_output_scores same = first_images(before, after->n_images);
    char with[DECIBEL_TEXT], without[DECIBEL_TEXT];
    rq_buf text = {0};
    put_images(&text, &gain);
    put_verdict(&text, &gain, least, after->n_images);
    rq_log("%s %s vs %s without%s", what, decibel_text(with, rq_output_scores_decibel(after)),
           decibel_text(without, rq_output_scores_decibel(&same)), text.data ? text.data : "");
    rq_buf_free(&text);
    return rq_output_gain_is_confirmed(&gain, least);
}
