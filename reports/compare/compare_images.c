/* Images that a run does worse than the first run. */
#include "reports/compare/compare.h"

#include <math.h>
#include <stdlib.h>

#define KEPT 100 /* images of one run */

static const char *class_name(const rq_report *report, double class)
{
    const rq_texts *names = &report->validated.class_names;
    return class >= 0 && class < (double)names->n ? names->values[(size_t) class] : NULL;
}

static double at(const rq_reals *column, size_t i)
{
    return i < column->n ? column->values[i] : (double)NAN;
}

/* The headline's values of two runs. */
typedef struct sides {
    const rq_report *first, *run;
    const rq_report_values *first_values, *values;
    bool higher_is_better;
} sides;

static double loss_of(const rq_compare_image *image, bool higher_is_better)
{
    double loss = image->first_value - image->value;
    return isnan(loss) ? 0 : higher_is_better ? loss : -loss;
}

static bool is_newly_wrong(const rq_compare_image *image)
{
    if (isnan(image->class) || isnan(image->first_class)) return false;
    if (isnan(image->label)) return image->class != image->first_class;
    return image->first_class == image->label && image->class != image->label;
}

static rq_compare_image image_of(const sides *s, size_t run, size_t i)
{
    rq_compare_image image = {.run = run,
                              .path = s->first->validated.paths.values[i],
                              .label = at(&s->first->validated.labels, i),
                              .first_class = at(&s->first->validated.after_classes, i),
                              .class = at(&s->run->validated.after_classes, i),
                              .first_value =
                                  s->first_values ? s->first_values->after.values[i] : NAN,
                              .value = s->values ? s->values->after.values[i] : NAN};
    image.newly_wrong = is_newly_wrong(&image);
    image.label_name = class_name(s->first, image.label);
    image.first_name = class_name(s->first, image.first_class);
    image.class_name = class_name(s->run, image.class);
    return image;
}

typedef struct ranked {
    rq_compare_image image;
    double loss;
    size_t index;
} ranked;

static int worst_first(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->image.newly_wrong != y->image.newly_wrong) return x->image.newly_wrong ? -1 : 1;
    if (x->loss != y->loss) return x->loss > y->loss ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static rq_status add_images(rq_comparison *c, const sides *s, size_t run, rq_arena *arena)
{
    size_t n = s->first->validated.paths.n, found = 0;
    ranked *list = rq_arena_alloc(arena, n, sizeof *list);
    if (!list) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        ranked *r = &list[found];
        *r = (ranked){image_of(s, run, i), 0, i};
        r->loss = loss_of(&r->image, s->higher_is_better);
        found += r->image.newly_wrong || r->loss > 0;
    }
    qsort(list, found, sizeof *list, worst_first);
    for (size_t i = 0; i < found && i < KEPT; i++) c->images[c->n_images++] = list[i].image;
    return RQ_OK;
}

rq_status rq_compare_images(rq_comparison *out, rq_arena *arena)
{
    out->images = rq_arena_alloc(arena, out->n * KEPT, sizeof *out->images);
    if (!out->images) return RQ_ENOMEM;
    for (size_t k = 1; k < out->n; k++) {
        const rq_compare_metric *m = out->headline;
        sides s = {.first = out->runs[0].report, .run = out->runs[k].report};
        if (!rq_compare_same_images(s.first, s.run) || rq_compare_apart_of(s.first, s.run))
            continue;
        if (m && m->values[0].row && m->values[k].row) {
            s.first_values = rq_compare_values_of(s.first, m->values[0].row);
            s.values = rq_compare_values_of(s.run, m->values[k].row);
            s.higher_is_better = m->row->higher_is_better;
        }
        RQ_TRY(add_images(out, &s, k, arena));
    }
    return RQ_OK;
}
