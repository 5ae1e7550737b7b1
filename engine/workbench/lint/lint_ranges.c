/* Are there enough images? Ranges grow with every image; the curve says whether they still do. */
#include "engine/workbench/lint/lint.h"

#include <math.h>
#include <stdlib.h>

#define STEPS 4        /* an eighth, a quarter, half of the images, all */
#define MAX_ERROR 0.05 /* standard error of a mean range that is left */
#define MIN_IMAGES 2

typedef struct spread {
    double error;          /* standard error of the values' mean range, mean over values */
    double reached[STEPS]; /* of the largest magnitude of all images, mean over values */
    size_t values, images;
} spread;

/* One value: its images' largest magnitudes. */
static void add_value(spread *s, const float *range, size_t n, const bool *seen)
{
    double sum = 0, squares = 0, most = 0;
    double so_far[STEPS] = {0};
    size_t count = 0, at = 0;
    for (size_t i = 0; i < n; i++) {
        if (!seen[i] || isnan(range[i])) continue;
        at++;
        sum += range[i];
        squares += (double)range[i] * range[i];
        most = fmax(most, range[i]);
        for (int k = 0; k < STEPS; k++)
            if (at <= s->images >> (STEPS - 1 - k)) so_far[k] = fmax(so_far[k], range[i]);
    }
    count = at;
    if (count < MIN_IMAGES || !(sum > 0) || !isfinite(squares)) return;
    double mean = sum / (double)count;
    double variance = fmax(0, (squares - sum * mean) / (double)(count - 1));
    s->error += sqrt(variance / (double)count) / mean;
    for (int k = 0; k < STEPS; k++) s->reached[k] += so_far[k] / most;
    s->values++;
}

rq_status rq_lint_check_ranges(rq_lint *l, const char *name)
{
    size_t n = l->workload.images.dataset->n;
    spread s = {0};
    if (rq_lint_has(l, "preprocessing")) return RQ_OK; /* other ranges than will be */
    bool *seen = rq_arena_alloc(l->arena, n, sizeof *seen);
    if (!seen) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) s.images += seen[i] = l->facts[i].seen;
    for (size_t v = 0; v < l->n_ranges; v++) add_value(&s, l->range + v * n, n, seen);
    if (s.values == 0) return RQ_OK;
    double error = s.error / (double)s.values;
    if (error <= MAX_ERROR) return RQ_OK;
    double wanted = ceil((double)s.images * (error / MAX_ERROR) * (error / MAX_ERROR));
    for (int k = 0; k < STEPS; k++) s.reached[k] *= 100 / (double)s.values;
    return rq_lint_add(
        l, RQ_LINT_WARNING, name,
        rq_arena_printf(l->arena, "%zu image%s too few to estimate activation ranges", s.images,
                        s.images == 1 ? " is" : "s are"),
        rq_arena_printf(l->arena,
                        "standard error of the mean ranges: %.1f %%; of the full range %.0f, %.0f "
                        "and %.0f %% are reached with an eighth, a quarter and half of the images",
                        100 * error, s.reached[0], s.reached[1], s.reached[2]),
        rq_arena_printf(l->arena, "use about %.0f images for a standard error of %.0f %%", wanted,
                        100 * MAX_ERROR));
}
