/* Do images become as large as those of training? Labelled ones run with other sizes, too, and one
 * with which clearly more of them are right is a finding. */
#include "engine/base/mem.h"
#include "engine/base/numbers.h"
#include "engine/workbench/lint/lint.h"
#include "reports/metrics/interval.h"
#include "reports/metrics/metric.h"

#include <math.h>
#include <stdlib.h>

#define MAX_IMAGES 200
#define MIN_IMAGES 40
#define MAX_P 0.01       /* that so many more are right by chance, of all sizes together */
#define MIN_POINTS 2.0   /* less is not worth a word */
#define CROP_RATIO 0.875 /* 224 of 256, as most classifiers of ImageNet are validated */

enum { MAX_SIZES = 3 };

typedef struct trial {
    rq_lint *l;
    rq_preprocess preprocess[MAX_SIZES]; /* by size */
    rq_images images;
    size_t *index; /* of an image, in the lint's facts */
    int64_t *predicted;
} trial;

/* -- the sizes -------------------------------------------------------------------------------- */

static bool is_same_size(const rq_preprocess *a, const rq_preprocess *b)
{
    return a->resize_shorter == b->resize_shorter && a->resize_width == b->resize_width &&
           a->resize_height == b->resize_height && a->crop_width == b->crop_width &&
           a->crop_height == b->crop_height && a->fit == b->fit;
}

static rq_preprocess without_size(const rq_lint *l)
{
    rq_preprocess p = l->workload.request.preprocess;
    p.resize_shorter = p.resize_width = p.resize_height = p.crop_width = p.crop_height = 0;
    p.fit = RQ_FIT_STRETCH;
    return p;
}

static rq_status add(trial *t, const rq_preprocess *p, const char *flags)
{
    rq_lint *l = t->l;
    if (!flags) return RQ_ENOMEM;
    if (is_same_size(p, &l->plan.settled)) return RQ_OK;
    t->preprocess[l->n_sizes] = *p;
    l->sizes[l->n_sizes++] = (rq_lint_size){.flags = flags};
    return RQ_OK;
}

static rq_status add_crop(trial *t, int shorter)
{
    const rq_lint *l = t->l;
    rq_preprocess p = without_size(l);
    p.resize_shorter = shorter;
    p.crop_width = l->plan.width;
    p.crop_height = l->plan.height;
    return add(t, &p,
               rq_arena_printf(l->arena, "--resize %d --crop %dx%d", shorter, p.crop_width,
                               p.crop_height));
}

static rq_status list_sizes(trial *t)
{
    rq_lint *l = t->l;
    int width = l->plan.width, height = l->plan.height, side = width > height ? width : height;
    rq_preprocess stretched = without_size(l);
    l->sizes = rq_arena_alloc(l->arena, MAX_SIZES, sizeof *l->sizes);
    if (!l->sizes) return RQ_ENOMEM;
    stretched.resize_width = width;
    stretched.resize_height = height;
    RQ_TRY(add(t, &stretched, rq_arena_printf(l->arena, "--resize %dx%d", width, height)));
    RQ_TRY(add_crop(t, (int)lround(side / CROP_RATIO)));
    return add_crop(t, side);
}

/* -- trying them ------------------------------------------------------------------------------ */

static bool is_labelled(const rq_lint_image *fact)
{
    return fact->seen && fact->label >= 0 && fact->predicted >= 0;
}

/* Evenly spread. */
static rq_status pick_images(trial *t)
{
    const rq_lint *l = t->l;
    size_t total = l->workload.images.dataset->n, there = 0;
    RQ_TRY(rq_calloc(&t->index, total, sizeof *t->index, "images"));
    for (size_t i = 0; i < total; i++)
        if (is_labelled(&l->facts[i])) t->index[there++] = i;
    size_t kept = rq_min_size(there, MAX_IMAGES);
    for (size_t k = 0; k < kept; k++) t->index[k] = t->index[k * there / kept];
    RQ_TRY(rq_calloc(&t->predicted, kept, sizeof *t->predicted, "predictions"));
    RQ_TRY(rq_images_pick(&t->images, &l->workload.images, t->index, kept));
    t->images.max_bad = 1.0;
    return RQ_OK;
}

static rq_status take(const rq_pipeline_image *at)
{
    trial *t = at->ctx;
    t->predicted[at->image] =
        rq_argmax(rq_session_output(at->sessions[0], 0)->data, t->l->n_classes);
    return RQ_OK;
}

static rq_status try(trial *t, size_t size, const rq_model *model)
{
    rq_workload w = rq_workload_over(&t->l->workload, &t->images);
    rq_lint_size *s = &t->l->sizes[size];
    w.request.preprocess = t->preprocess[size];
    for (size_t i = 0; i < t->images.dataset->n; i++) t->predicted[i] = -1;
    RQ_TRY(rq_workload_run_images(
        &w, (rq_pipeline){
                .models = &model, .n_models = 1, .title = "lint: sizes", .done = take, .ctx = t}));
    for (size_t i = 0; i < t->images.dataset->n; i++) {
        const rq_lint_image *fact = &t->l->facts[t->index[i]];
        bool as_given = fact->predicted == fact->label, now = t->predicted[i] == fact->label;
        s->lost += as_given && !now;
        s->gained += now && !as_given;
    }
    return RQ_OK;
}

/* -- the finding ------------------------------------------------------------------------------ */

static size_t count_right(const trial *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->images.dataset->n; i++)
        n += t->l->facts[t->index[i]].predicted == t->l->facts[t->index[i]].label;
    return n;
}

static rq_status report(const trial *t, const char *name)
{
    rq_lint *l = t->l;
    const rq_lint_size *best = l->sizes;
    for (size_t i = 1; i < l->n_sizes; i++)
        if (l->sizes[i].gained + best->lost > best->gained + l->sizes[i].lost) best = &l->sizes[i];
    size_t n = t->images.dataset->n, right = count_right(t);
    double points = 100 * ((double)best->gained - (double)best->lost) / (double)n;
    double p = fmin(1, (double)l->n_sizes * rq_mcnemar(best->lost, best->gained));
    if (!(points >= MIN_POINTS) || !(p < MAX_P)) return RQ_OK;
    return rq_lint_add(
        l, RQ_LINT_WARNING, name, "images seem to be resized otherwise than those of training",
        rq_arena_printf(l->arena,
                        "top-1 of %zu images is %.1f %% as given, %.1f %% with %s: %zu more are "
                        "right, %zu fewer (p %.2g, of %zu sizes tried)",
                        n, 100 * (double)right / (double)n,
                        100 * (double)(right + best->gained - best->lost) / (double)n, best->flags,
                        best->gained, best->lost, p, l->n_sizes),
        best->flags);
}

static rq_status run(trial *t, const char *name)
{
    rq_lint *l = t->l;
    rq_model *model = NULL;
    RQ_TRY(pick_images(t));
    if (t->images.dataset->n < MIN_IMAGES) return RQ_OK;
    RQ_TRY(list_sizes(t));
    l->n_sized = t->images.dataset->n;
    rq_status status = rq_workload_model(&model, &l->workload, l->workload.graph, NULL, 0);
    for (size_t i = 0; status == RQ_OK && i < l->n_sizes; i++) status = try(t, i, model);
    rq_model_destroy(&model);
    return status == RQ_OK ? report(t, name) : status;
}

/* Labels tell classes that are right, and there is time. */
static bool applies(const rq_lint *l)
{
    return l->labelled && l->n_classes && l->plan.width > 0 && l->plan.height > 0 &&
           !l->plan.open_side && l->until == 0;
}

rq_status rq_lint_check_sizes(rq_lint *l, const char *name)
{
    trial t = {.l = l};
    if (!applies(l)) return RQ_OK;
    rq_status status = run(&t, name);
    rq_images_close(&t.images);
    free(t.index);
    free(t.predicted);
    return status;
}
