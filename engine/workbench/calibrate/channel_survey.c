#include "engine/workbench/calibrate/channel_survey.h"

#include "engine/run/pipeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct surveyor {
    const rq_workload *workload;
    const rq_survey_options *options;
    rq_channel_survey *total;  /* [value]; sums so far */
    rq_channel_survey **image; /* [worker][value]: of the image at hand */
    size_t *rows;              /* [value]: elements of a channel so far */
    rq_model *model;
    uint8_t *observed; /* by value id */
    rq_image_feed feed;
    rq_arena *arena;
} surveyor;

static rq_status open_surveys(rq_channel_survey *out, const surveyor *s)
{
    for (size_t i = 0; i < s->options->n_values; i++) {
        size_t n = s->options->values[i].n;
        out[i].low = rq_arena_alloc(s->arena, n, sizeof(float));
        out[i].high = rq_arena_alloc(s->arena, n, sizeof(float));
        out[i].mean = rq_arena_alloc(s->arena, n, sizeof(double));
        out[i].moment = rq_arena_alloc(s->arena, n, sizeof(double));
        if (!out[i].low || !out[i].high || !out[i].mean || !out[i].moment) return RQ_ENOMEM;
    }
    return RQ_OK;
}

static rq_status open_workers(surveyor *s)
{
    s->rows = rq_arena_alloc(s->arena, s->options->n_values, sizeof *s->rows);
    s->image = rq_arena_alloc(s->arena, s->workload->threads, sizeof *s->image);
    if (!s->rows || !s->image) return RQ_ENOMEM;
    for (unsigned t = 0; t < s->workload->threads; t++) {
        s->image[t] = rq_arena_alloc(s->arena, s->options->n_values, sizeof **s->image);
        if (!s->image[t]) return RQ_ENOMEM;
        RQ_TRY(open_surveys(s->image[t], s));
    }
    return open_surveys(s->total, s);
}

static rq_status open_model(surveyor *s)
{
    rq_exec_options exec = s->workload->exec;
    s->observed = rq_arena_alloc(s->arena, s->workload->graph->n_values, 1);
    if (!s->observed) return RQ_ENOMEM;
    for (size_t i = 0; i < s->options->n_values; i++) s->observed[s->options->values[i].value] = 1;
    exec.observed = s->observed;
    exec.streams = s->workload->threads;
    RQ_TRY(rq_model_create(&s->model, s->workload->graph, &exec));
    return rq_image_feed_open(&s->feed, &s->workload->request, s->model);
}

static void look(rq_channel_survey *out, const float *x, size_t outer, size_t n, size_t inner)
{
    for (size_t c = 0; c < n; c++) {
        float low = 0, high = 0; /* 0 is in every range */
        double sum = 0, squares = 0;
        for (size_t o = 0; o < outer; o++) {
            const float *run = x + (o * n + c) * inner;
            for (size_t i = 0; i < inner; i++) {
                low = fminf(low, run[i]);
                high = fmaxf(high, run[i]);
                sum += run[i];
                squares += (double)run[i] * run[i];
            }
        }
        out->low[c] = low;
        out->high[c] = high;
        out->mean[c] = sum;
        out->moment[c] = squares;
    }
}

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    const surveyor *s = at->ctx;
    if (!s->observed[value]) return RQ_OK;
    for (size_t i = 0; i < s->options->n_values; i++) {
        const rq_surveyed *of = &s->options->values[i];
        const rq_shape *shape = &tensor->shape;
        if (of->value == value)
            look(&s->image[at->worker][i], tensor->data, rq_shape_span(shape, 0, of->axis), of->n,
                 rq_shape_span(shape, of->axis + 1, shape->rank));
    }
    return RQ_OK;
}

static rq_status merge(const rq_pipeline_image *at)
{
    surveyor *s = at->ctx;
    if (at->bad) return RQ_OK;
    for (size_t i = 0; i < s->options->n_values; i++) {
        const rq_surveyed *of = &s->options->values[i];
        const rq_channel_survey *one = &s->image[at->worker][i];
        rq_channel_survey *all = &s->total[i];
        for (size_t c = 0; c < of->n; c++) {
            all->low[c] = fminf(all->low[c], one->low[c]);
            all->high[c] = fmaxf(all->high[c], one->high[c]);
            all->mean[c] += one->mean[c];
            all->moment[c] += one->moment[c];
        }
        s->rows[i] += rq_tensor_count(&rq_model_bound(s->model)->values[of->value]) / of->n;
    }
    return RQ_OK;
}

static rq_status run(surveyor *s)
{
    RQ_TRY(open_workers(s));
    RQ_TRY(open_model(s));
    const rq_model *models[] = {s->model};
    rq_pipeline pipeline = {.images = &s->workload->images,
                            .feed = &s->feed,
                            .models = models,
                            .n_models = 1,
                            .threads = s->workload->threads,
                            .title = s->options->title,
                            .observe = observe,
                            .merge = merge,
                            .ctx = s};
    RQ_TRY(rq_pipeline_run(&pipeline));
    for (size_t i = 0; i < s->options->n_values; i++)
        for (size_t c = 0; s->rows[i] && c < s->options->values[i].n; c++) {
            s->total[i].mean[c] /= (double)s->rows[i];
            s->total[i].moment[c] /= (double)s->rows[i];
        }
    return RQ_OK;
}

rq_status rq_channel_survey_run(rq_channel_survey *surveys, const rq_workload *workload,
                                const rq_survey_options *options, rq_arena *arena)
{
    surveyor s = {.workload = workload, .options = options, .total = surveys, .arena = arena};
    rq_status status = run(&s);
    rq_image_feed_close(&s.feed);
    rq_model_destroy(&s.model);
    return status;
}
