/* Checks of the images by themselves: blanks, outliers, copies, classes, overlap. */
#include "engine/workbench/lint/lint.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAMES 3                /* of images in a message */
#define MAX_COPIES_PERCENT 1.0 /* percent that may be copies */
#define OUTLIER 9.0            /* deviations, by the median absolute deviation */
#define MANY_CLASSES 5         /* of which half the images are seldom of one */
#define MIN_IMAGES 8           /* images before their classes say anything */

static const char *name_of(const rq_lint *l, size_t i)
{
    return l->workload.images.dataset->samples[i].name;
}

static size_t count_seen(const rq_lint *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->workload.images.dataset->n; i++) n += l->facts[i].seen;
    return n;
}

/* "a.jpg, b.jpg, ..."; with groups "b.jpg (a.jpg), ...": each with the first of its group. */
static const char *list_names(const rq_lint *l, const bool *which, const size_t *group)
{
    rq_buf text = {0};
    size_t n = 0;
    for (size_t i = 0; i < l->workload.images.dataset->n && n <= NAMES; i++) {
        if (!which[i]) continue;
        rq_buf_printf(&text, "%s%s", n ? ", " : "", n < NAMES ? name_of(l, i) : "...");
        if (group && n < NAMES) rq_buf_printf(&text, " (%s)", name_of(l, group[i]));
        n++;
    }
    const char *copy = text.failed ? NULL : rq_arena_strdup(l->arena, text.data ? text.data : "");
    rq_buf_free(&text);
    return copy;
}

static bool *flags(const rq_lint *l)
{
    return rq_arena_alloc(l->arena, l->workload.images.dataset->n, sizeof(bool));
}

/* -- blanks ---------------------------------------------------------------------------------- */

rq_status rq_lint_check_blank(rq_lint *l, const char *name)
{
    bool *blank = flags(l);
    size_t n = 0;
    if (!blank) return RQ_ENOMEM;
    for (size_t i = 0; l->plan.channels && i < l->workload.images.dataset->n; i++)
        n += blank[i] = l->facts[i].seen && rq_fingerprint_is_blank(&l->facts[i].print);
    if (n == 0) return RQ_OK;
    return rq_lint_add(
        l, RQ_LINT_WARNING, name,
        rq_arena_printf(l->arena, "%zu of %zu images have a single colour", n, count_seen(l)),
        list_names(l, blank, NULL), "remove them: they distort activation ranges");
}

/* -- outliers -------------------------------------------------------------------------------- */

static double feature(const rq_fingerprint *p, int which)
{
    return which ? log(1 + (double)p->deviation) : p->mean;
}

static rq_status mark_outliers(bool *out, const rq_lint *l, int which)
{
    size_t n = 0;
    double *x = rq_arena_alloc(l->arena, l->workload.images.dataset->n, sizeof *x);
    if (!x) return RQ_ENOMEM;
    for (size_t i = 0; i < l->workload.images.dataset->n; i++)
        if (l->facts[i].seen) x[n++] = feature(&l->facts[i].print, which);
    if (n < MIN_IMAGES) return RQ_OK;
    double median = rq_median(x, n);
    for (size_t i = 0; i < n; i++) x[i] = fabs(x[i] - median);
    double limit = OUTLIER * 1.4826 * rq_median(x, n);
    for (size_t i = 0; i < l->workload.images.dataset->n; i++)
        if (l->facts[i].seen && !rq_fingerprint_is_blank(&l->facts[i].print) &&
            fabs(feature(&l->facts[i].print, which) - median) > limit)
            out[i] = true;
    return RQ_OK;
}

rq_status rq_lint_check_outliers(rq_lint *l, const char *name)
{
    bool *odd = flags(l);
    size_t n = 0;
    if (!odd) return RQ_ENOMEM;
    for (int which = 0; l->plan.channels && which < 2; which++)
        RQ_TRY(mark_outliers(odd, l, which));
    for (size_t i = 0; i < l->workload.images.dataset->n; i++) n += odd[i];
    if (n == 0) return RQ_OK;
    return rq_lint_add(l, RQ_LINT_WARNING, name,
                       rq_arena_printf(l->arena, "%zu image%s %s outlying brightness or contrast",
                                       n, rq_plural(n), n == 1 ? "has" : "have"),
                       list_names(l, odd, NULL),
                       "check them; remove them if they are not representative");
}

/* -- copies ---------------------------------------------------------------------------------- */

static void list_prints(const rq_fingerprint **to, const rq_lint_image *facts, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] = facts[i].seen ? &facts[i].print : NULL;
}

rq_status rq_lint_check_copies(rq_lint *l, const char *name)
{
    size_t n = l->workload.images.dataset->n, equal = 0, like = 0;
    const rq_fingerprint **prints = rq_arena_alloc(l->arena, n, sizeof *prints);
    size_t *same = rq_arena_alloc(l->arena, n, sizeof *same);
    size_t *near = rq_arena_alloc(l->arena, n, sizeof *near);
    bool *copies = flags(l);
    if (!prints || !same || !near || !copies) return RQ_ENOMEM;
    if (!l->plan.channels) return RQ_OK;
    list_prints(prints, l->facts, n);
    RQ_TRY(rq_fingerprint_group(same, prints, n, true));
    RQ_TRY(rq_fingerprint_group(near, prints, n, false));
    for (size_t i = 0; i < n; i++) {
        equal += same[i] != i;
        like += same[i] == i && near[i] != i;
        copies[i] = near[i] != i;
    }
    if ((double)(equal + like) * 100 <= MAX_COPIES_PERCENT * (double)count_seen(l)) return RQ_OK;
    return rq_lint_add(
        l, RQ_LINT_WARNING, name,
        rq_arena_printf(l->arena, "%zu of %zu images are duplicates, %zu more are near-duplicates",
                        equal, count_seen(l), like),
        list_names(l, copies, near), "remove or replace them: intervals assume independent images");
}

/* -- overlap --------------------------------------------------------------------------------- */

/* Images of the second list that are in a group with one of the first. */
static size_t count_shared(const size_t *group, size_t n_first, size_t n)
{
    size_t shared = 0;
    for (size_t i = n_first; i < n; i++) shared += group[i] < n_first;
    return shared;
}

rq_status rq_lint_check_overlap(rq_lint *l, const char *name)
{
    if (!l->val_facts) return RQ_OK;
    size_t n_first = l->workload.images.dataset->n, n = n_first + l->val->dataset->n;
    const rq_fingerprint **prints = rq_arena_alloc(l->arena, n, sizeof *prints);
    size_t *group = rq_arena_alloc(l->arena, n, sizeof *group);
    if (!prints || !group) return RQ_ENOMEM;
    list_prints(prints, l->facts, n_first);
    list_prints(prints + n_first, l->val_facts, l->val->dataset->n);
    RQ_TRY(rq_fingerprint_group(group, prints, n, true));
    size_t equal = count_shared(group, n_first, n);
    RQ_TRY(rq_fingerprint_group(group, prints, n, false));
    size_t like = count_shared(group, n_first, n);
    double percent = 100.0 * (double)like / (double)l->val->dataset->n;
    if (percent <= MAX_COPIES_PERCENT) return RQ_OK;
    return rq_lint_add(l, percent > 50 ? RQ_LINT_ERROR : RQ_LINT_WARNING, name,
                       rq_arena_printf(l->arena, "%zu of %zu images of --val are also in --data",
                                       like, l->val->dataset->n),
                       rq_arena_printf(l->arena, "%zu are identical, %zu are near-duplicates",
                                       equal, like - equal),
                       "validate with other images: accuracy on the calibration images is biased");
}

/* -- classes --------------------------------------------------------------------------------- */

typedef struct share {
    int64_t class_id;
    size_t images, of;
} share;

static int by_class(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The class of most images. */
static rq_status largest_class(share *out, const rq_lint *l, bool predicted)
{
    int64_t *classes = rq_arena_alloc(l->arena, l->workload.images.dataset->n, sizeof *classes);
    if (!classes) return RQ_ENOMEM;
    *out = (share){-1, 0, 0};
    for (size_t i = 0; i < l->workload.images.dataset->n; i++) {
        int64_t id = predicted ? l->facts[i].predicted : l->facts[i].label;
        if (l->facts[i].seen && id >= 0) classes[out->of++] = id;
    }
    qsort(classes, out->of, sizeof *classes, by_class);
    for (size_t from = 0, to; from < out->of; from = to) {
        for (to = from; to < out->of && classes[to] == classes[from]; to++) continue;
        if (to - from > out->images) *out = (share){classes[from], to - from, out->of};
    }
    return RQ_OK;
}

static rq_status add_class(rq_lint *l, const char *check, const share *most, bool predicted)
{
    const rq_class_names names = rq_dataset_names(l->workload.images.dataset);
    const char *called = rq_class_name(&names, most->class_id);
    bool named = called && (!predicted || l->workload.images.dataset->model_names.n);
    return rq_lint_add(
        l, RQ_LINT_WARNING, check,
        rq_arena_printf(l->arena, "%.0f %% of the images are of one class",
                        100.0 * (double)most->images / (double)most->of),
        rq_arena_printf(l->arena, "%zu of %zu images are %s class %lld%s%s", most->images, most->of,
                        predicted ? "predicted as" : "labelled", (long long)most->class_id,
                        named ? ", " : "", named ? called : ""),
        "use images of all classes: activation ranges of the others are not observed");
}

/* By labels where there are some, else by what the model takes images for. */
rq_status rq_lint_check_classes(rq_lint *l, const char *name)
{
    share most;
    for (int predicted = 0; predicted < 2; predicted++) {
        /* What the model takes images for says nothing of them when it is fed wrongly. */
        if (predicted && (!l->n_classes || rq_lint_has(l, "preprocessing"))) break;
        RQ_TRY(largest_class(&most, l, predicted));
        if (most.of < MIN_IMAGES) continue;
        double limit = l->n_classes == 2 ? 97 : l->n_classes < MANY_CLASSES ? 80 : 50;
        if (100.0 * (double)most.images <= limit * (double)most.of) return RQ_OK;
        return add_class(l, name, &most, predicted);
    }
    return RQ_OK;
}
