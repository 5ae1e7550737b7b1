/* The images that decide whether a budget is met. */
#include "engine/workbench/tune/tune.h"

#include <math.h>
#include <stdlib.h>

#define MIN_CRITICAL 24
#define MAX_CRITICAL 48

typedef struct candidate {
    size_t image;
    double safety; /* the lower, the sooner quantizing changes the prediction */
} candidate;

/* Those that changed come before all that did not. */
static double safety_of(const rq_tuning *t, const rq_image_result *r)
{
    if (!isnan(t->options.min_sqnr)) return r->sqnr_db;
    if (r->before >= 0 && isnan(r->before_value))
        return r->before != r->after ? -1 : fmin(r->before_score, r->after_score);
    double moved = fabs(r->before_value - r->after_value);
    return isnan(moved) ? (isnan(r->after_value) ? INFINITY : r->after_value) : -moved;
}

static int less_safe(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->safety != y->safety) return x->safety < y->safety ? -1 : 1;
    return (x->image > y->image) - (x->image < y->image);
}

static int by_image(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

rq_status rq_tune_choose_critical(rq_tuning *t, const rq_measure *measure)
{
    size_t n, changed = 0;
    const rq_image_result *results = rq_measure_images(measure, &n);
    candidate *all = rq_arena_alloc(t->arena, n, sizeof *all);
    t->critical = rq_arena_alloc(t->arena, MAX_CRITICAL, sizeof *t->critical);
    if (!all || !t->critical) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        all[i] = (candidate){results[i].image, safety_of(t, &results[i])};
        changed += all[i].safety < 0;
    }
    qsort(all, n, sizeof *all, less_safe);
    t->n_critical = changed < MIN_CRITICAL ? MIN_CRITICAL : changed;
    if (t->n_critical > MAX_CRITICAL) t->n_critical = MAX_CRITICAL;
    if (t->n_critical > n) t->n_critical = n;
    for (size_t i = 0; i < t->n_critical; i++) t->critical[i] = all[i].image;
    qsort(t->critical, t->n_critical, sizeof *t->critical, by_image);
    return RQ_OK;
}
