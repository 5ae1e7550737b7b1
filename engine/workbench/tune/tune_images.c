/* The images to choose layers on, and those that confirm the choice. */
#include "engine/base/progress.h"
#include "engine/workbench/tune/tune.h"

#include <math.h>

#define MIN_IMAGES 16.0
#define MIN_VALUE 0.5 /* that a metric is expected to have, of 1: nothing is measured yet */

double rq_tune_least_half(const rq_tune_options *options)
{
    double points = options->max_drop; /* of which an image is 100 / n */
    if (isnan(points)) return MIN_IMAGES;
    if (options->relative) points *= MIN_VALUE;
    return fmax(MIN_IMAGES, ceil(100 / fmax(points, 0)));
}

rq_status rq_tune_split(rq_images *choice, rq_images *others, const rq_tune_options *options,
                        const rq_images *all, uint64_t seed)
{
    size_t half = all->dataset->n / 2;
    *others = (rq_images){0};
    if ((double)half < rq_tune_least_half(options))
        return rq_images_draw(choice, all, 0, seed, false);
    return rq_images_split(choice, others, all, half, seed);
}

/* How many images would do; "" where no number would. */
static const char *enough(const rq_tuning *t)
{
    double least = 2 * rq_tune_least_half(&t->options);
    if (isinf(least)) return "";
    return rq_arena_printf(
        t->arena, ": with %.0f or more (--val) half of them choose, and the others confirm", least);
}

rq_status rq_tune_note(rq_report_note *note, const rq_tuning *t)
{
    const rq_tune_options *o = &t->options;
    const char *more = enough(t);
    if (!more) return RQ_ENOMEM;
    note->warning = !o->others;
    note->text =
        o->others
            ? rq_arena_printf(t->arena,
                              "Layers were chosen on %zu of the %zu validation images; accuracy is "
                              "that of the other %zu, which decide nothing but whether the budget "
                              "is met.",
                              o->val->dataset->n, o->val->dataset->n + o->others->dataset->n,
                              o->others->dataset->n)
            : rq_arena_printf(t->arena,
                              "Layers were chosen on the same %zu image%s that accuracy was "
                              "measured on, which flatters%s.",
                              o->val->dataset->n, rq_plural(o->val->dataset->n), more);
    return note->text ? RQ_OK : RQ_ENOMEM;
}
