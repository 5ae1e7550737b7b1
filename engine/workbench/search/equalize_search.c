#include "engine/workbench/search/equalize_search.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/calibrate/calibrate.h"
#include "engine/workbench/calibrate/channel_survey.h"
#include "engine/workbench/search/output_error.h"
#include "engine/workbench/search/build_quantized.h"

#include <math.h>
#include <string.h>

#define IMAGES 32
#define LEAST_GAIN_DB 0.3 /* less may be lost again when ranges are searched */

/* A network and its statistics over a few images. */
typedef struct trial {
    rq_graph *graph; /* owned; NULL: the job's own */
    rq_bound *bound; /* of the graph, or NULL */
    rq_stats *stats;
} trial;

static void close_trial(trial *t)
{
    rq_stats_destroy(&t->stats);
    rq_bound_destroy(&t->bound);
    rq_graph_destroy(&t->graph);
}

static const rq_graph *graph_of(const trial *t, const rq_equalizing *job)
{
    return t->graph ? t->graph : job->graph;
}

static const rq_bound *bound_of(const trial *t, const rq_equalizing *job)
{
    return t->bound ? t->bound : job->bound;
}

/* -- choosing -------------------------------------------------------------------------------- */

static size_t image_count(const rq_equalizing *job)
{
    return job->subset && job->subset < IMAGES ? job->subset : IMAGES;
}

static rq_status open_some_images(rq_images *out, const rq_equalizing *job)
{
    memset(out, 0, sizeof *out);
    RQ_TRY(rq_images_open(out, job->request, job->data, NULL, image_count(job), job->seed));
    out->max_bad = 1.0; /* whoever calibrated has judged them all */
    return RQ_OK;
}

static rq_status survey(rq_channel_survey *out, const rq_equalizing *job,
                        const rq_equalize_site *sites, size_t n)
{
    rq_images images;
    rq_surveyed *values = rq_arena_alloc(job->arena, n, sizeof *values);
    if (!values) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++)
        values[i] = (rq_surveyed){sites[i].value, sites[i].axis, sites[i].n};
    const rq_survey_job survey = {.title = "equalize",
                                  .graph = job->graph,
                                  .exec = job->exec,
                                  .request = job->request,
                                  .args = job->args,
                                  .images = &images,
                                  .values = values,
                                  .n_values = n,
                                  .threads = job->threads};
    rq_status status = open_some_images(&images, job);
    if (status == RQ_OK) status = rq_channel_survey_run(out, &survey, job->arena);
    rq_images_close(&images);
    return status;
}

/* Places where scales can move, and what their channels are. */
typedef struct places {
    rq_equalize_site *sites;
    size_t n;
    rq_channel_survey *surveys;
} places;

static rq_status find_places(places *out, const rq_equalizing *job)
{
    rq_placement *placement;
    RQ_TRY(rq_placement_create(&placement, job->bound, &job->options->scope));
    rq_status status = rq_equalize_sites(&out->sites, &out->n, job->bound, placement, job->arena);
    rq_placement_destroy(&placement);
    if (status != RQ_OK || out->n == 0) return status;
    out->surveys = rq_arena_alloc(job->arena, out->n, sizeof *out->surveys);
    return out->surveys ? survey(out->surveys, job, out->sites, out->n) : RQ_ENOMEM;
}

static rq_status choose(rq_equalizing *job, const places *at, bool with_shifts, size_t *n_shifts)
{
    job->moves = rq_arena_alloc(job->arena, at->n, sizeof *job->moves);
    job->n_moves = *n_shifts = 0;
    if (!job->moves) return RQ_ENOMEM;
    for (size_t i = 0; i < at->n; i++) {
        rq_equalize_move *move = &job->moves[job->n_moves];
        rq_equalize_site site = at->sites[i];
        bool worth;
        site.can_shift &= with_shifts;
        RQ_TRY(rq_equalize_choose(move, &worth, &site, &at->surveys[i], job->bound, job->arena));
        if (!worth) continue;
        *n_shifts += move->shift != NULL;
        job->n_moves++;
    }
    return RQ_OK;
}

/* -- trying ---------------------------------------------------------------------------------- */

/* Of all images, and kept in `path`; or, without one, of some. */
static rq_status gather(trial *t, const rq_equalizing *job, rq_images *images, const char *path)
{
    rq_calibration calibration = {.graph = graph_of(t, job),
                                  .bound = bound_of(t, job),
                                  .exec = job->exec,
                                  .request = job->request,
                                  .args = job->args,
                                  .images = images,
                                  .data = job->data,
                                  .threads = job->threads,
                                  .path = path};
    return rq_calibrate(&t->stats, &calibration);
}

static rq_status gather_some(trial *t, const rq_equalizing *job)
{
    rq_images images;
    rq_status status = open_some_images(&images, job);
    if (status == RQ_OK) status = gather(t, job, &images, NULL);
    rq_images_close(&images);
    return status;
}

static rq_status change(trial *t, const rq_equalizing *job)
{
    RQ_TRY(rq_graph_clone(&t->graph, job->graph));
    RQ_TRY(rq_equalize_apply(t->graph, job->bound, job->moves, job->n_moves));
    return rq_bind(&t->bound, t->graph, job->exec->shapes, job->exec->n_shapes);
}

/* Weights to the nearest code: what fitting gains comes on top of either. */
static rq_status quantize(rq_graph **out, const rq_equalizing *job, const trial *t)
{
    rq_plan *plan;
    rq_plan_options options = *job->options;
    options.fit_codes = false;
    RQ_TRY(rq_plan_create(&plan, bound_of(t, job), t->stats, &options));
    rq_status status = rq_build_int8(out, graph_of(t, job), plan);
    rq_plan_destroy(&plan);
    return status;
}

static rq_status measure(double *decibel, const rq_equalizing *job, rq_output_error *error,
                         trial *t)
{
    rq_graph *quantized;
    RQ_TRY(gather_some(t, job));
    RQ_TRY(quantize(&quantized, job, t));
    rq_status status = rq_output_error_measure(decibel, error, quantized);
    rq_graph_destroy(&quantized);
    return status;
}

/* With statistics of the same few images on either side. */
static rq_status compare(rq_equalizing *job, trial *changed)
{
    const rq_output_error_job kept = {.graph = job->graph,
                                      .exec = job->exec,
                                      .request = job->request,
                                      .args = job->args,
                                      .data = job->data,
                                      .n_images = image_count(job),
                                      .seed = job->seed,
                                      .threads = job->threads};
    rq_output_error *error;
    trial unchanged = {0};
    RQ_TRY(rq_output_error_open(&error, &kept));
    rq_status status =
        isnan(job->before_db) ? measure(&job->before_db, job, error, &unchanged) : RQ_OK;
    if (status == RQ_OK) status = measure(&job->after_db, job, error, changed);
    close_trial(&unchanged);
    rq_output_error_close(&error);
    return status;
}

static rq_status take(rq_equalizing *job, trial *t)
{
    rq_stats_destroy(&t->stats);
    RQ_TRY(gather(t, job, job->images, job->stats_path));
    job->changed = t->graph;
    job->changed_bound = t->bound;
    job->changed_stats = t->stats;
    *t = (trial){0};
    return RQ_OK;
}

static rq_status judge(rq_equalizing *job, trial *t, size_t n_shifts)
{
    bool better = job->after_db >= job->before_db + LEAST_GAIN_DB;
    rq_log("scales of %zu values, middles of %zu moved into the next layers: %.1f dB instead of "
           "%.1f, %s",
           job->n_moves, n_shifts, job->after_db, job->before_db, better ? "kept" : "not kept");
    if (better) return take(job, t);
    job->n_moves = 0;
    return RQ_OK;
}

/* *n_shifts: of those that were tried. */
static rq_status attempt(rq_equalizing *job, const places *at, bool with_shifts, size_t *n_shifts)
{
    trial t = {0};
    RQ_TRY(choose(job, at, with_shifts, n_shifts));
    if (job->n_moves == 0) return RQ_OK;
    rq_status status = change(&t, job);
    if (status == RQ_OK) status = compare(job, &t);
    if (status == RQ_OK) status = judge(job, &t, *n_shifts);
    close_trial(&t);
    return status;
}

rq_status rq_equalizing_run(rq_equalizing *job)
{
    places at = {0};
    size_t n_shifts = 0;
    job->before_db = NAN;
    RQ_TRY(find_places(&at, job));
    if (at.n == 0) return RQ_OK;
    RQ_TRY(attempt(job, &at, true, &n_shifts));
    return job->changed || n_shifts == 0 ? RQ_OK : attempt(job, &at, false, &n_shifts);
}
