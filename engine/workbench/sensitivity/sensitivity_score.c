#include "engine/workbench/sensitivity/sensitivity_score.h"

#include "engine/base/numbers.h"
#include "engine/ops/operators.h"
#include "reports/metrics/metric.h"

#include <math.h>

#define MIN_PROBABILITY 1e-30
#define MIN_NOISE 1e-12 /* over signal: RQ_SCORE_MAX_DB */

typedef struct sums {
    double noise, signal, dot, power; /* of want - got, want, want * got, got */
    size_t want_class, got_class;
} sums;

typedef struct reader {
    const rq_tensor *t;
    bool logits;
    double mean; /* of the logarithms */
} reader;

static double read_at(const reader *r, size_t i)
{
    double x = rq_load_f64(r->t->data, r->t->dtype, i);
    return r->logits ? log(fmax(x, MIN_PROBABILITY)) - r->mean : x;
}

static reader open_reader(const rq_tensor *t, bool logits)
{
    reader r = {t, logits, 0};
    size_t n = rq_tensor_count(t);
    double sum = 0;
    if (logits)
        for (size_t i = 0; i < n; i++) sum += read_at(&r, i);
    r.mean = n ? sum / (double)n : 0;
    return r;
}

static void add_all(sums *s, const reader *want, const reader *got)
{
    double best_want = -INFINITY, best_got = -INFINITY;
    for (size_t i = 0; i < rq_tensor_count(want->t); i++) {
        double a = read_at(want, i), b = read_at(got, i);
        s->noise += (a - b) * (a - b);
        s->signal += a * a;
        s->dot += a * b;
        s->power += b * b;
        if (a > best_want) best_want = a, s->want_class = i;
        if (b > best_got) best_got = b, s->got_class = i;
    }
}

static bool is_comparable(const rq_tensor *want, const rq_tensor *got)
{
    return want->data && rq_dtype_is_float(want->dtype) &&
           rq_shape_equal(&want->shape, &got->shape);
}

static bool is_softmax(const rq_bound *bound, size_t output)
{
    const rq_node *result = bound->graph->nodes[bound->results[output]];
    const rq_node *producer = rq_value_producer(bound->graph, result->in[0]);
    return rq_node_is(producer, &rq_op_SoftMax);
}

static void rank_class(rq_output_score *out, const sums *s, int64_t label)
{
    out->agrees = s->want_class == s->got_class;
    if (label >= 0)
        out->lost = (int8_t)((s->want_class == (size_t)label) - (s->got_class == (size_t)label));
}

/* Of one output: noise over signal. */
static double noise_over_signal(const sums *s)
{
    return fmax(s->signal > 0 ? s->noise / s->signal : s->noise > 0, MIN_NOISE);
}

static double cosine_of(const sums *s)
{
    return s->signal > 0 && s->power > 0 ? s->dot / sqrt(s->signal * s->power) : s->noise == 0;
}

/* noise[n]: over signal, NAN: of an output that tells nothing. */
static double mean_db(const double *noise, const rq_scoring *scoring)
{
    rq_mean_db mean = {0};
    for (size_t o = 0; o < scoring->bound->n_results; o++)
        rq_mean_db_add(&mean, -rq_decibels(noise[o]), scoring->weights[o]);
    return rq_mean_db_value(&mean);
}

/* An output that a layer does not reach would count as exact, and hide the one that it spoils: what
 * counts is the mean of its shares in the noise of each. */
static double db_by_share(const double *noise, const double *whole, const rq_scoring *scoring)
{
    double share = 0, weight = 0;
    for (size_t o = 0; o < scoring->bound->n_results; o++) {
        if (isnan(noise[o]) || isnan(whole[o])) continue;
        share += scoring->weights[o] * noise[o] / whole[o];
        weight += scoring->weights[o];
    }
    return fmin(RQ_SCORE_MAX_DB, mean_db(whole, scoring) - rq_decibels(share / weight));
}

/* Counts outputs by their weights: 0 where none tells anything. */
static rq_status add_outputs(rq_output_score *out, double *noise, double *counted,
                             const rq_tensor *want, const rq_tensor *got, const rq_scoring *scoring,
                             int64_t label)
{
    double cosine = 0;
    *counted = 0;
    for (size_t o = 0; o < scoring->bound->n_results; o++) {
        const rq_tensor *other = got[o].data ? &got[o] : &want[o];
        sums s = {0};
        noise[o] = NAN;
        if (!is_comparable(&want[o], other)) continue;
        bool logits = is_softmax(scoring->bound, o);
        reader a = open_reader(&want[o], logits), b = open_reader(other, logits);
        add_all(&s, &a, &b);
        if (!isfinite(s.noise) || !isfinite(s.signal))
            return rq_fail(RQ_EFORMAT, "output %zu has values that are not finite", o);
        noise[o] = noise_over_signal(&s);
        cosine += scoring->weights[o] * cosine_of(&s);
        *counted += scoring->weights[o];
        if (o == scoring->class_output) rank_class(out, &s, label);
    }
    out->cosine = (float)(cosine / *counted);
    return RQ_OK;
}

rq_status rq_output_score_make(rq_output_score *out, double *noise, const rq_tensor *want,
                               const rq_tensor *got, const rq_scoring *scoring, const double *whole,
                               int64_t label)
{
    double counted;
    *out = (rq_output_score){.there = true, .agrees = true};
    RQ_TRY(add_outputs(out, noise, &counted, want, got, scoring, label));
    if (counted == 0)
        return rq_fail(RQ_EUNSUPPORTED,
                       "no output of fixed size has floating-point values to compare");
    out->sqnr_db = (float)(whole ? db_by_share(noise, whole, scoring) : mean_db(noise, scoring));
    return RQ_OK;
}

double rq_mean_sqnr(const rq_output_score *scores, size_t n)
{
    double sum = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        if (scores[i].there) sum += scores[i].sqnr_db, count++;
    return count > 0 ? sum / count : NAN;
}

rq_effect rq_effect_of(const rq_output_score *scores, const rq_output_score *anchor,
                       double anchor_db, size_t n, bool labelled, bool classes)
{
    rq_effect e = {0};
    double agreed = 0, lost = 0, above = 0;
    for (size_t i = 0; i < n; i++) {
        if (!scores[i].there || !anchor[i].there) continue;
        e.images++;
        above += scores[i].sqnr_db - anchor[i].sqnr_db;
        e.cosine += scores[i].cosine;
        agreed += scores[i].agrees;
        lost += scores[i].lost;
    }
    double count = e.images ? (double)e.images : NAN;
    e.sqnr_db = fmin(RQ_SCORE_MAX_DB, anchor_db + above / count);
    if (!e.images) e.sqnr_db = NAN;
    e.cosine /= count;
    e.agreement = classes ? 100 * agreed / count : NAN;
    e.drop = labelled ? 100 * lost / count : NAN;
    return e;
}
