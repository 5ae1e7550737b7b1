#include "engine/workbench/search/output_scores.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"
#include "reports/metrics/interval.h"

#include <math.h>
#include <stdlib.h>

#define MAX_DB 100.0

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

/* Over all images: one whose output is next to nothing, as that of an empty scene, counts for
 * little. */
static double output_decibel(const rq_output_scores *s, size_t output, const size_t *picks,
                             size_t n)
{
    rq_output_sums all = {0.0, 0.0};
    for (size_t i = 0; i < n; i++) {
        const rq_output_sums *sum = &s->sums[(picks ? picks[i] : i) * s->n_outputs + output];
        all.signal += sum->signal;
        all.noise += sum->noise;
    }
    if (!(all.signal > 0.0)) return NAN;
    return fmax(fmin(rq_sqnr_db(all.signal, all.noise), MAX_DB), -MAX_DB);
}

static double mean_decibel(const rq_output_scores *s, const size_t *picks, size_t n)
{
    double sum = 0.0;
    size_t counted = 0;
    for (size_t o = 0; o < s->n_outputs; o++) {
        double decibel = output_decibel(s, o, picks, n);
        if (isnan(decibel)) continue;
        sum += decibel;
        counted++;
    }
    return counted ? sum / (double)counted : NAN;
}

double rq_output_scores_decibel(const rq_output_scores *scores)
{
    return mean_decibel(scores, NULL, scores->n_images);
}

typedef struct pair {
    const rq_output_scores *before, *after;
} pair;

static double gain_of(const void *ctx, const size_t *picks, size_t n)
{
    const pair *p = ctx;
    return mean_decibel(p->after, picks, n) - mean_decibel(p->before, picks, n);
}

rq_status rq_output_scores_gain(rq_estimate *out, const rq_output_scores *before,
                                const rq_output_scores *after)
{
    const pair p = {before, after};
    return rq_bootstrap(out, gain_of, &p, before->n_images, 0);
}

bool rq_output_gain_is_confirmed(const rq_estimate *gain, double least)
{
    return gain->value >= least && gain->low > 0.0;
}
