/* What outputs and predictions are by themselves, without any metric: NaN, constant, nothing. */
#include "reports/metrics/measure_parts.h"

#include <math.h>
#include <stdlib.h>

#define MIN_IMAGES 3       /* fewer may be alike by chance */
#define SAME 1e-6          /* of an element's magnitude: no more than rounding */
#define SPREAD 2654435761u /* Knuth's multiplicative hash */

/* -- one image ------------------------------------------------------------------------------ */

/* A weight in [0.5, 1.5) for each place, so that elements that trade places are seen. */
static double weight_of(size_t i)
{
    return 0.5 + (double)((uint32_t)i * SPREAD) / 4294967296.0;
}

static rq_output_print print_of(const rq_output *output)
{
    rq_output_print print = {.n = rq_shape_count(&output->shape)};
    for (size_t i = 0; i < print.n; i++) {
        double x = (double)output->data[i];
        print.nan += isnan(x);
        if (!isfinite(x)) continue;
        print.sum += weight_of(i) * x;
        print.power += x * x;
    }
    return print;
}

static void add_found(rq_found *found, const rq_prediction *p)
{
    *found = (rq_found){.knows = p->has &
                                 (RQ_PREDICTION_BOXES | RQ_PREDICTION_TEXT | RQ_PREDICTION_MASK)};
    for (size_t i = 0; i < p->n_boxes; i++) found->items += p->boxes[i].score >= RQ_SHOWN_SCORE;
    found->items += (double)p->n_symbols;
    if (!(p->has & RQ_PREDICTION_MASK)) return;
    size_t n = (size_t)p->mask.width * (size_t)p->mask.height;
    bool several = false;
    for (size_t i = 1; i < n; i++) several |= p->mask.classes[i] != p->mask.classes[0];
    found->items += several;
    if (n) found->class = p->mask.classes[0];
}

void rq_measure_outputs(const rq_measure *measure, rq_scores *out, const rq_sample_outputs *sample)
{
    size_t n = measure->options.n_outputs;
    for (size_t i = 0; i < n; i++) {
        if (sample->before) out->prints[i] = print_of(&sample->before[i]);
        out->prints[n + i] = print_of(&sample->after[i]);
    }
    if (sample->before_prediction) add_found(&out->found[0], sample->before_prediction);
    if (sample->after_prediction) add_found(&out->found[1], sample->after_prediction);
}

/* -- all images ----------------------------------------------------------------------------- */

static bool are_same(const rq_output_print *a, const rq_output_print *b)
{
    double tolerance = SAME * sqrt(fmax(a->power, b->power));
    return a->n == b->n && fabs(a->sum - b->sum) <= tolerance;
}

static void keep_found(rq_found *all, const rq_found *one, bool first)
{
    if (first)
        *all = *one;
    else {
        all->items += one->items + (one->class != all->class); /* images differ in their class */
        all->knows = all->knows && one->knows;
    }
}

void rq_measure_keep_outputs(rq_measure *measure, const rq_scores *scores)
{
    bool first = measure->n_images == 0;
    for (size_t i = 0; i < 2 * measure->options.n_outputs; i++) {
        rq_output_sum *sum = &measure->sums[i];
        if (first) sum->first = scores->prints[i];
        sum->nan += scores->prints[i].nan;
        sum->varies = sum->varies || !are_same(&sum->first, &scores->prints[i]);
    }
    for (int side = 0; side < 2; side++)
        keep_found(&measure->found[side], &scores->found[side], first);
}

rq_output_state rq_measure_output_state(const rq_measure *measure, size_t output, bool after)
{
    const rq_output_sum *sum = &measure->sums[after ? measure->options.n_outputs + output : output];
    bool known = after || measure->options.paired;
    return (rq_output_state){.nan = known ? sum->nan : (double)NAN,
                             .constant = known && measure->n_images >= MIN_IMAGES && !sum->varies};
}

double rq_measure_found(const rq_measure *measure, bool after)
{
    const rq_found *found = &measure->found[after];
    return measure->n_images && found->knows ? found->items : (double)NAN;
}
