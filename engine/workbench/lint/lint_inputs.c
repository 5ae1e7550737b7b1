/* Does the preprocessing fit the model? What the outputs tell of which image was shown is most
 * where images look as those of training did: the mutual information of image and output, the mean
 * of KL(p of the image || mean p). A model that is unsure of all, or sure of the same for all,
 * tells nothing. Where the images have labels, their likelihood counts as well. */
#include "engine/workbench/lint/lint.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MIN_T_STATISTIC 2.5        /* of the paired difference, to call a variant better */
#define MIN_GAIN 0.03              /* of the given score */
#define EQUAL_T_STATISTIC 2.0      /* variants nearer than this to the best are as good */
#define MIN_USABLE_SHARE 0.2       /* of outputs that are no classes: share that lies in 0..1 */
#define MIN_LIKELIHOOD 0.02        /* of a label: worse is as bad, or one image would decide */
#define MAX_EXCESS_STRANGENESS 0.5 /* more than the least strange variant */
#define MIN_INFORMATION_SHARE 0.25 /* of the most information: less is no model of strangeness */
#define MIN_NATS 0.1             /* per element of outputs that are no classes: less may be noise */
#define MAX_CONFIDENCE_LOSS 0.02 /* of the surest class, that a better variant may be */
#define MIN_DEVIATION 1e-2       /* a deviation below it is none */
#define MIN_FOUND 0.05           /* mean score of what is found: less tells nothing */
#define MIN_BOXES_FACTOR 1.5     /* more boxes, without a truth, to call a variant better */

typedef struct input_check {
    rq_lint *l;
    bool *usable; /* by output element */
    size_t n_usable;
    double *scores; /* [variant * n_ran + image] */
    bool labelled;
    bool *plausible; /* by variant */
} input_check;

static const float *output(const input_check *j, size_t variant, size_t k)
{
    const rq_lint *l = j->l;
    return l->outputs + (variant * l->n_varied + l->facts[l->ran[k]].slot - 1) * l->n_outputs;
}

static double *scores_of(const input_check *j, size_t variant)
{
    return j->scores + variant * j->l->n_ran;
}

/* -- scores ---------------------------------------------------------------------------------- */

/* Elements that are probabilities by themselves, whatever the preprocessing. */
static void find_usable(input_check *j)
{
    const rq_lint *l = j->l;
    for (size_t i = 0; i < l->n_outputs; i++) {
        bool inside = true;
        for (size_t v = 0; v < l->n_variants; v++)
            for (size_t k = 0; k < l->n_ran; k++) {
                float p = output(j, v, k)[i];
                inside = inside && p >= -1e-5f && p <= 1.00001f;
            }
        j->n_usable += j->usable[i] = inside || l->n_classes;
    }
}

static double divergence(double p, double q)
{
    return p > 0 ? p * log(p / fmax(q, DBL_MIN)) : 0;
}

static void score_information(input_check *j, size_t variant)
{
    const rq_lint *l = j->l;
    double *scores = scores_of(j, variant);
    for (size_t k = 0; k < l->n_ran; k++) scores[k] = 0;
    for (size_t i = 0; i < l->n_outputs; i++) {
        double mean = 0;
        for (size_t k = 0; k < l->n_ran; k++)
            mean += fmin(1, fmax(0, output(j, variant, k)[i])) / (double)l->n_ran;
        for (size_t k = 0; j->usable[i] && k < l->n_ran; k++) {
            double p = fmin(1, fmax(0, output(j, variant, k)[i]));
            scores[k] += divergence(p, mean);
            if (!l->n_classes) scores[k] += divergence(1 - p, 1 - mean);
        }
    }
}

static void add_likelihood(input_check *j, size_t variant)
{
    const rq_lint *l = j->l;
    for (size_t k = 0; k < l->n_ran; k++) {
        float p = output(j, variant, k)[l->facts[l->ran[k]].label];
        scores_of(j, variant)[k] += log(fmax(p, MIN_LIKELIHOOD));
    }
}

static double mean_score(const input_check *j, size_t variant)
{
    double sum = 0;
    for (size_t k = 0; k < j->l->n_ran; k++) sum += scores_of(j, variant)[k];
    return sum / (double)j->l->n_ran;
}

/* Deviation of a value's channels, mean over the images that were watched; NAN: not seen. */
static double deviation(const rq_lint *l, size_t variant, size_t value)
{
    const double *row = l->variance + (variant * l->n_ranges + value) * l->n_varied;
    double sum = 0, count = 0;
    for (size_t i = 0; i < l->n_varied; i++)
        if (!isnan(row[i])) {
            sum += row[i];
            count++;
        }
    return count > 0 ? sqrt(sum / count) : NAN;
}

static void measure_spread(const input_check *j, size_t variant)
{
    const rq_lint *l = j->l;
    double sum = 0, n = 0;
    for (size_t v = 0; v < l->n_ranges; v++) {
        double d = deviation(l, variant, v);
        if (isnan(d)) continue;
        sum += fabs(log(fmax(d, MIN_DEVIATION)));
        n++;
    }
    l->variants[variant].strangeness = n > 0 ? sum / n : 0;
}

/* -- what people understand -------------------------------------------------------------------- */

static void describe_variant(input_check *j, size_t variant)
{
    rq_lint *l = j->l;
    rq_lint_variant *v = &l->variants[variant];
    double sure = 0, right = 0;
    for (size_t k = 0; k < l->n_ran; k++) {
        const float *p = output(j, variant, k);
        size_t best = 0;
        for (size_t i = 1; i < l->n_classes; i++)
            if (p[i] > p[best]) best = i;
        sure += p[best];
        right += (int64_t)best == l->facts[l->ran[k]].label;
    }
    v->information = mean_score(j, variant);
    v->confidence = l->n_classes ? sure / (double)l->n_ran : NAN;
    v->accuracy = j->labelled ? 100 * right / (double)l->n_ran : NAN;
}

static const char *evidence(const input_check *j, const rq_lint_variant *best)
{
    const rq_lint *l = j->l;
    const rq_lint_variant *given = &l->variants[0];
    if (!j->plausible[0])
        return rq_arena_printf(
            l->arena,
            "activation magnitudes are off by %.0fx on average; with %s only by %.1fx (%zu images)",
            exp(given->strangeness), best->name, exp(best->strangeness), l->n_ran);
    if (j->labelled)
        return rq_arena_printf(l->arena,
                               "with %s: top-1 %.1f %% instead of %.1f %%, mean top-1 score %.0f "
                               "%% instead of %.0f %% (%zu images)",
                               best->name, best->accuracy, given->accuracy, 100 * best->confidence,
                               100 * given->confidence, l->n_ran);
    if (l->n_classes)
        return rq_arena_printf(
            l->arena,
            "with %s: mutual information of outputs and images %.2f nats instead of %.2f, mean "
            "top-1 score %.0f %% instead of %.0f %% (%zu images)",
            best->name, best->information, given->information, 100 * best->confidence,
            100 * given->confidence, l->n_ran);
    return rq_arena_printf(
        l->arena,
        "with %s: mutual information of outputs and images %.3g nats instead of %.3g (%zu images)",
        best->name, best->information, given->information, l->n_ran);
}

/* -- choosing -------------------------------------------------------------------------------- */

/* Of the paired difference a - b. */
static double t_of(const input_check *j, size_t a, size_t b)
{
    double n = (double)j->l->n_ran, sum = 0, squares = 0;
    for (size_t k = 0; k < j->l->n_ran; k++) {
        double d = scores_of(j, a)[k] - scores_of(j, b)[k];
        sum += d;
        squares += d * d;
    }
    double mean = sum / n, variance = (squares - sum * mean) / (n - 1);
    return variance > 0 ? mean / sqrt(variance / n) : mean > 0 ? INFINITY : 0;
}

static int changes(const input_check *j, size_t variant)
{
    const rq_lint_variant *given = &j->l->variants[0], *v = &j->l->variants[variant];
    return v->swapped + v->transposed + rq_lint_variant_differs(v, given, false) +
           rq_lint_variant_differs(v, given, true);
}

/* Batch normalization, which is folded into the weights by now, kept activations near a deviation
 * of 1: a network that is overdriven answers surely, and differently for each image, but it does so
 * far from there. A network that hears nothing is near enough, but says nothing. */
static void find_plausible(input_check *j)
{
    const rq_lint_variant *v = j->l->variants;
    double most = 0, least = INFINITY;
    for (size_t i = 0; i < j->l->n_variants; i++) most = fmax(most, v[i].information);
    for (size_t i = 0; i < j->l->n_variants; i++)
        if (v[i].information >= MIN_INFORMATION_SHARE * most) least = fmin(least, v[i].strangeness);
    for (size_t i = 0; i < j->l->n_variants; i++)
        j->plausible[i] = v[i].strangeness <= least + MAX_EXCESS_STRANGENESS;
}

/* Of those as good as the best one, that which changes least. */
static size_t choose(const input_check *j)
{
    size_t best = SIZE_MAX;
    for (size_t v = 0; v < j->l->n_variants; v++)
        if (j->plausible[v] && (best == SIZE_MAX || mean_score(j, v) > mean_score(j, best)))
            best = v;
    size_t simplest = best;
    for (size_t v = 0; v < j->l->n_variants; v++)
        if (j->plausible[v] && t_of(j, best, v) < EQUAL_T_STATISTIC &&
            changes(j, v) < changes(j, simplest))
            simplest = v;
    return simplest;
}

/* -- the check ------------------------------------------------------------------------------- */

/* Labels may be of other classes than the model's: then no preprocessing is ever right. */
static bool are_labels_real(input_check *j)
{
    const rq_lint *l = j->l;
    double best = 0;
    if (!l->n_classes || !l->labelled) return false;
    j->labelled = true;
    for (size_t v = 0; v < l->n_variants; v++) {
        score_information(j, v);
        describe_variant(j, v);
        best = fmax(best, l->variants[v].accuracy);
    }
    return best > 100 * fmin(0.9, 2.0 / (double)l->n_classes + 0.1);
}

/* Images of one class tell little of themselves when they are fed rightly: a variant that is less
 * sure of them may tell more, but is not right. A detector that is shown nothing it knows says
 * nothing, and rightly so: what it says when it is fed wrongly may be noise. To be believed it must
 * say much, and be no stranger for it. */
static bool is_believable(const input_check *j, size_t variant)
{
    const rq_lint_variant *given = &j->l->variants[0], *v = &j->l->variants[variant];
    if (j->labelled) return v->accuracy >= given->accuracy;
    if (j->l->n_classes) return v->confidence >= given->confidence - MAX_CONFIDENCE_LOSS;
    return v->information >= MIN_NATS * (double)j->n_usable &&
           v->strangeness <= given->strangeness + MAX_EXCESS_STRANGENESS;
}

static bool is_clearly_better(const input_check *j, size_t variant)
{
    double gain = mean_score(j, variant) - mean_score(j, 0);
    return is_believable(j, variant) && t_of(j, variant, 0) >= MIN_T_STATISTIC &&
           gain >= MIN_GAIN * j->l->variants[0].information;
}

/* -- masks and boxes ------------------------------------------------------------------------- */

/* Images with nothing to find say nothing of any variant. */
static void score_predicted(input_check *j, size_t variant)
{
    const rq_lint *l = j->l;
    double scored = 0;
    for (size_t k = 0; k < l->n_ran; k++) {
        double x = l->predicted[variant * l->n_varied + l->facts[l->ran[k]].slot - 1];
        scores_of(j, variant)[k] = isnan(x) ? 0 : x;
        scored += !isnan(x);
    }
    double sum = mean_score(j, variant) * (double)l->n_ran;
    j->l->variants[variant].found = scored > 0 ? sum / scored : 0;
}

static const char *evidence_of_predicted(const rq_lint *l, size_t best, double found, double given)
{
    const char *name = l->variants[best].name;
    if (l->found == RQ_LINT_FOUND_SURE_BOXES)
        return rq_arena_printf(
            l->arena,
            "with %s: boxes with scores of %.2f in all an image instead of %.2f (%zu images)", name,
            found, given, l->n_ran);
    return rq_arena_printf(
        l->arena, "with %s: %s with ground truth %.0f %% instead of %.0f %% (%zu images)", name,
        l->found == RQ_LINT_FOUND_MASKS ? "mask IoU (without class 0)" : "box F1", 100 * found,
        100 * given, l->n_ran);
}

/* What is found tells: of variants as good as the best one, that which changes least. */
static rq_status check_predicted(bool *told, input_check *j, const char *name)
{
    rq_lint *l = j->l;
    *told = false;
    for (size_t v = 0; v < l->n_variants; v++) score_predicted(j, v);
    for (size_t v = 0; v < l->n_variants; v++)
        j->plausible[v] =
            l->found != RQ_LINT_FOUND_SURE_BOXES ||
            l->variants[v].strangeness <= l->variants[0].strangeness + MAX_EXCESS_STRANGENESS;
    size_t best = choose(j);
    double found = l->variants[best].found, given = l->variants[0].found;
    double least = l->found == RQ_LINT_FOUND_SURE_BOXES ? MIN_BOXES_FACTOR : 1 + MIN_GAIN;
    *told = found >= MIN_FOUND && l->found != RQ_LINT_FOUND_SURE_BOXES;
    if (found < MIN_FOUND || t_of(j, best, 0) < MIN_T_STATISTIC || found < least * given)
        return RQ_OK;
    *told = true;
    const rq_lint_variant *v = &l->variants[best];
    return rq_lint_add(l, RQ_LINT_ERROR, name, rq_lint_variant_what(l, v),
                       evidence_of_predicted(l, best, found, given), rq_lint_variant_fix(l, v));
}

/* A network that is right as often is so less surely. */
static rq_lint_severity severity_of(const input_check *j, const rq_lint_variant *best)
{
    const rq_lint_variant *given = &j->l->variants[0];
    bool as_right = j->plausible[0] && j->labelled && best->accuracy <= given->accuracy;
    return as_right ? RQ_LINT_WARNING : RQ_LINT_ERROR;
}

/* -- the check of all ------------------------------------------------------------------------ */

rq_status rq_lint_check_inputs(rq_lint *l, const char *name)
{
    input_check j = {.l = l};
    bool told = false;
    if (l->n_ran < RQ_LINT_MIN_IMAGES || l->n_variants < 2) return RQ_OK;
    j.usable = rq_arena_alloc(l->arena, l->n_outputs, sizeof *j.usable);
    j.scores = rq_arena_alloc(l->arena, l->n_variants * l->n_ran, sizeof *j.scores);
    j.plausible = rq_arena_alloc(l->arena, l->n_variants, sizeof *j.plausible);
    if (!j.usable || !j.scores || !j.plausible) return RQ_ENOMEM;
    if (l->found) {
        for (size_t v = 0; v < l->n_variants; v++) measure_spread(&j, v);
        RQ_TRY(check_predicted(&told, &j, name));
        if (told) return RQ_OK;
    }
    find_usable(&j);
    if ((double)j.n_usable < MIN_USABLE_SHARE * (double)l->n_outputs) {
        l->n_variants = 0; /* nothing can be said of them */
        return RQ_OK;
    }
    j.labelled = are_labels_real(&j);
    for (size_t v = 0; v < l->n_variants; v++) {
        score_information(&j, v);
        describe_variant(&j, v);
        if (j.labelled) add_likelihood(&j, v);
        measure_spread(&j, v);
    }
    find_plausible(&j);
    size_t best = choose(&j);
    if (best == 0 || (j.plausible[0] && !is_clearly_better(&j, best))) return RQ_OK;
    const rq_lint_variant *v = &l->variants[best];
    return rq_lint_add(l, severity_of(&j, v), name, rq_lint_variant_what(l, v), evidence(&j, v),
                       rq_lint_variant_fix(l, v));
}
