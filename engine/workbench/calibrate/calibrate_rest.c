#include "engine/workbench/calibrate/calibrate_rest.h"

#include "calib/stats_file.h"
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/run/ranks.h"
#include "engine/run/workload_digest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct rest {
    const rq_workload *whole;
    const rq_begun_stats *begun;
    rq_images images;                                          /* that did not run yet */
    bool *has_run;                                             /* by image of the whole list */
    char whole_digest[RQ_DIGEST_TEXT], digest[RQ_DIGEST_TEXT]; /* of all images, of these */
} rest;

void rq_begun_stats_close(rq_begun_stats *begun)
{
    rq_stats_destroy(&begun->stats);
    rq_images_close(&begun->images);
    *begun = (rq_begun_stats){0};
}

/* -- which images are left -------------------------------------------------------------------- */

static bool is_same(const rq_sample *a, const rq_sample *b)
{
    return a->arrays == b->arrays && !strcmp(a->path, b->path);
}

/* The images that ran, in the list's order; *found: all of them are there. */
static rq_status find_run(rest *r, bool *found)
{
    const rq_dataset *all = r->whole->images.dataset, *run = r->begun->images.dataset;
    size_t n = 0;
    RQ_TRY(rq_calloc(&r->has_run, all->n, sizeof *r->has_run, "images"));
    for (size_t i = 0; i < all->n; i++) {
        r->has_run[i] = n < run->n && is_same(&all->samples[i], &run->samples[n]);
        n += r->has_run[i];
    }
    *found = n == run->n && n < all->n;
    return RQ_OK;
}

static rq_status pick_others(rest *r)
{
    const rq_images *all = &r->whole->images;
    size_t *indices, n = 0;
    RQ_TRY(rq_calloc(&indices, all->dataset->n, sizeof *indices, "images"));
    for (size_t i = 0; i < all->dataset->n; i++)
        if (!r->has_run[i]) indices[n++] = i;
    rq_status status = rq_images_pick(&r->images, all, indices, n);
    free(indices);
    r->images.max_bad = (double)INFINITY; /* all together are checked */
    return status;
}

/* -- whether they run alone ------------------------------------------------------------------- */

static bool may_be_parted(const rq_workload *w, const rq_calibrate_options *o,
                          const rq_begun_stats *begun)
{
    return begun && begun->stats && rq_stats_origin_of(begun->stats)->images_bad == 0 &&
           rq_ranks_count() == 1 && !w->shard.count && !w->shuffle && !o->given &&
           !(o->earlier && rq_is_file(o->earlier));
}

/* All files are read once. */
static rq_status describe_images(rest *r)
{
    RQ_TRY(rq_workload_data_digest(r->whole_digest, r->whole));
    memcpy(r->digest, r->whole_digest, sizeof r->digest);
    return rq_data_digest_extend(r->digest, r->has_run,
                                 r->whole->images.dataset->n * sizeof *r->has_run);
}

/* A run that was killed left statistics of the rest, or nothing. Which images it could not read,
 * and so where the others belong, they do not tell. */
static bool is_continued(const rest *r, const char *path)
{
    rq_stats *stats = NULL;
    if (!path || !rq_is_file(path)) return true;
    bool fits = rq_stats_load(&stats, path) == RQ_OK && /* rq_calibrate_run says why not */
                rq_stats_check(stats, path, NULL, NULL, r->digest) == RQ_OK &&
                rq_stats_origin_of(stats)->images_bad == 0;
    rq_stats_destroy(&stats);
    return fits;
}

static rq_status open_rest(rest *r, bool *usable, const rq_calibrate_options *o)
{
    if (!may_be_parted(r->whole, o, r->begun)) return RQ_OK;
    RQ_TRY(find_run(r, usable));
    if (!*usable) return RQ_OK;
    RQ_TRY(pick_others(r));
    RQ_TRY(describe_images(r));
    *usable = is_continued(r, o->path);
    return RQ_OK;
}

static void close_rest(rest *r)
{
    rq_images_close(&r->images);
    free(r->has_run);
}

/* -- joining ---------------------------------------------------------------------------------- */

static rq_status set_origin(rq_stats *stats, const rest *r)
{
    rq_stats_origin origin = *rq_stats_origin_of(stats);
    origin.data_digest = r->whole_digest;
    origin.images_total = origin.images_done = r->whole->images.dataset->n;
    return rq_stats_set_origin(stats, &origin);
}

/* Of the images that could be read: which ran before. */
static rq_status list_read(bool **out, const rest *r)
{
    size_t all = r->whole->images.dataset->n, n = 0, other = 0;
    RQ_TRY(rq_calloc(out, all, sizeof **out, "images"));
    for (size_t i = 0; i < all; i++)
        if (r->has_run[i])
            (*out)[n++] = true;
        else if (!*rq_bad_images_reason(r->images.bad, other++))
            (*out)[n++] = false;
    return RQ_OK;
}

static rq_status join(rq_stats *stats, const rest *r)
{
    bool *ran_before;
    RQ_TRY(list_read(&ran_before, r));
    rq_status status =
        rq_stats_weave(stats, r->begun->stats, ran_before, "the images that ran before");
    free(ran_before);
    RQ_TRY(status);
    rq_stats_finish(stats);
    return set_origin(stats, r);
}

static rq_status check_bad_images(const rest *r)
{
    const rq_images *whole = &r->whole->images;
    return rq_bad_images_check(r->images.bad, whole->dataset->n, whole->max_bad);
}

static rq_status run(rq_calibration *out, const rest *r, const rq_calibrate_options *options)
{
    const rq_workload some = rq_workload_over(r->whole, &r->images);
    rq_calibrate_options of_rest = *options;
    of_rest.data_digest = r->digest;
    of_rest.ran_before = r->begun->images.dataset->n;
    RQ_TRY(rq_calibrate_run(out, &some, &of_rest));
    rq_status status = check_bad_images(r);
    if (status == RQ_OK) status = join(out->stats, r);
    if (status == RQ_OK && options->path) status = rq_stats_save(out->stats, options->path);
    if (status != RQ_OK) rq_stats_destroy(&out->stats);
    out->reused = false;
    out->path = options->path;
    return status;
}

rq_status rq_calibrate_rest_run(rq_calibration *out, const rq_workload *workload,
                                const rq_calibrate_options *options, const rq_begun_stats *begun)
{
    rest r = {.whole = workload, .begun = begun};
    bool usable = false;
    *out = (rq_calibration){0};
    rq_status status = open_rest(&r, &usable, options);
    if (status == RQ_OK)
        status = usable ? run(out, &r, options) : rq_calibrate_run(out, workload, options);
    close_rest(&r);
    return status;
}
