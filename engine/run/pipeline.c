#include "engine/run/pipeline.h"

#include "engine/base/numa.h"
#include "engine/base/progress.h"
#include "engine/base/threads.h"
#include "engine/run/ranks.h"
#include "engine/run/shard.h"
#include "engine/run/tensor_feed.h"

#include <stdlib.h>
#include <string.h>

typedef struct worker {
    rq_session **sessions;
    rq_loader_scratch scratch;
    float *pixels;   /* the image as floats */
    void *converted; /* the same in the input's dtype, when that is not f32 */
    size_t room;     /* floats that both have room for */
    rq_tensor *inputs;
    rq_tensor_feed tensors;
    bool bad; /* the image in hand */
} worker;

typedef struct runner {
    rq_pipeline *pipeline;
    worker *workers;
    rq_model **copies; /* of the models, node by node of memory: the workers of a node share them;
                          NULL: there is one node, and the models are those of the pipeline */
    size_t first;      /* image of the index 0 */
    size_t merged;     /* images, since then */
    rq_progress progress;
    rq_buf packed; /* of this rank's images, in their order */
} runner;

static void free_pixels(worker *w)
{
    free(w->converted);
    free(w->pixels);
    w->converted = w->pixels = NULL;
    w->room = 0;
}

static rq_status reserve_pixels(worker *w, rq_dtype dtype, size_t count)
{
    size_t bytes;
    if (count <= w->room) return RQ_OK;
    free_pixels(w);
    RQ_TRY(rq_alloc_aligned(&w->pixels, count * sizeof *w->pixels, "an image"));
    if (dtype != RQ_DT_F32) {
        if (!rq_dtype_bytes(&bytes, dtype, count)) return rq_fail_memory(count, "an image");
        RQ_TRY(rq_alloc_aligned(&w->converted, bytes, "an image"));
    }
    w->room = count;
    return RQ_OK;
}

/* The image in hand becomes the model's input. */
static rq_status set_image(worker *w, const rq_image_feed *feed)
{
    rq_shape shape = rq_image_plan_shape(&feed->plan, &w->scratch.resized);
    size_t count = rq_shape_count(&shape);
    RQ_TRY(reserve_pixels(w, feed->dtype, count));
    rq_image_plan_normalise(w->pixels, &feed->plan, &w->scratch.resized);
    void *data = w->converted ? w->converted : w->pixels;
    w->inputs[feed->input] = (rq_tensor){feed->dtype, shape, data};
    return w->converted ? rq_convert(data, feed->dtype, w->pixels, RQ_DT_F32, count) : RQ_OK;
}

/* -- nodes of memory -------------------------------------------------------------------------- */

static unsigned node_of(unsigned number)
{
    return number % rq_numa_nodes();
}

static rq_status copy_models(runner *r)
{
    const rq_pipeline *p = r->pipeline;
    unsigned nodes = rq_numa_nodes();
    rq_status status = RQ_OK;
    if (nodes == 1) return RQ_OK;
    RQ_TRY(rq_calloc(&r->copies, nodes * p->n_models, sizeof(rq_model *), "models of nodes"));
    for (unsigned node = 0; status == RQ_OK && node < nodes; node++) {
        rq_numa_enter(node);
        for (size_t m = 0; status == RQ_OK && m < p->n_models; m++)
            status = rq_model_copy(&r->copies[node * p->n_models + m], p->models[m]);
    }
    rq_numa_leave();
    return status;
}

static void drop_copies(runner *r)
{
    size_t n = rq_numa_nodes() * r->pipeline->n_models;
    for (size_t i = 0; r->copies && i < n; i++) rq_model_destroy(&r->copies[i]);
    free(r->copies);
}

/* -- workers ---------------------------------------------------------------------------------- */

static rq_status open_sessions(worker *w, const rq_model *const *models, size_t n)
{
    RQ_TRY(rq_calloc(&w->sessions, n, sizeof(rq_session *), "sessions"));
    for (size_t m = 0; m < n; m++) RQ_TRY(rq_session_create(&w->sessions[m], models[m]));
    return RQ_OK;
}

static rq_status open_worker(worker *w, const rq_pipeline *p, const rq_model *const *models)
{
    const rq_image_feed *feed = p->feed;
    RQ_TRY(rq_calloc(&w->inputs, feed->n_inputs, sizeof *w->inputs, "model inputs"));
    memcpy(w->inputs, feed->fixed, feed->n_inputs * sizeof *w->inputs);
    return open_sessions(w, models, p->n_models);
}

static rq_status open_workers(runner *r, unsigned threads)
{
    const rq_pipeline *p = r->pipeline;
    rq_status status = copy_models(r);
    for (unsigned t = 0; status == RQ_OK && t < threads; t++) {
        size_t first = node_of(t) * p->n_models;
        rq_numa_enter(node_of(t));
        status = open_worker(&r->workers[t], p,
                             r->copies ? (const rq_model *const *)r->copies + first : p->models);
    }
    rq_numa_leave();
    return status;
}

static void close_worker(worker *w, size_t n_models)
{
    for (size_t m = 0; w->sessions && m < n_models; m++) rq_session_destroy(&w->sessions[m]);
    free(w->sessions);
    free(w->inputs);
    free_pixels(w);
    rq_tensor_feed_free(&w->tensors);
    rq_loader_scratch_free(&w->scratch);
}

static rq_pipeline_image describe(const runner *r, unsigned number, size_t i)
{
    const worker *w = &r->workers[number];
    return (rq_pipeline_image){.ctx = r->pipeline->ctx,
                               .worker = number,
                               .image = r->first + i,
                               .bad = w->bad,
                               .inputs = w->inputs,
                               .sessions = w->sessions,
                               .scratch = &w->scratch};
}

static rq_status read_sample(worker *w, const rq_pipeline *p, size_t image)
{
    const rq_sample *sample = &p->images->dataset->samples[image];
    if (p->feed->tensors)
        return rq_tensor_feed_read(&w->tensors, w->inputs, &w->scratch.view, p->feed, sample);
    return rq_sample_cache_load(p->images->cache, p->images->kept, &p->feed->plan, sample->path,
                                &w->scratch);
}

/* RQ_OK with w->bad set when the image itself is at fault. */
static rq_status load(runner *r, worker *w, size_t image)
{
    const rq_pipeline *p = r->pipeline;
    const rq_sample *sample = &p->images->dataset->samples[image];
    rq_status status = read_sample(w, p, image);
    w->bad = status != RQ_OK && rq_load_skippable(status);
    if (w->bad) return rq_bad_images_add(p->images->bad, image, sample->name, rq_error_text());
    return status == RQ_OK && !p->feed->tensors ? set_image(w, p->feed) : status;
}

typedef struct watcher {
    const rq_pipeline *pipeline;
    rq_pipeline_image at;
} watcher;

static rq_status watch(void *ctx, rq_id value, const rq_tensor *tensor, bool channels_last)
{
    watcher *w = ctx;
    w->at.channels_last = channels_last;
    return w->pipeline->observe(&w->at, value, tensor);
}

static rq_status run_image(runner *r, unsigned number, size_t i)
{
    worker *w = &r->workers[number];
    const rq_pipeline *p = r->pipeline;
    RQ_TRY(load(r, w, r->first + i));
    if (w->bad) return RQ_OK;
    watcher observer = {p, describe(r, number, i)};
    rq_status status = RQ_OK;
    for (size_t m = 0; status == RQ_OK && m < p->n_models; m++) {
        observer.at.model = m;
        if (p->skips && p->skips(&observer.at)) continue;
        rq_session_reset(w->sessions[m]); /* whoever ran before, and what: an image stands alone */
        status = rq_session_run(w->sessions[m], w->inputs, p->observe ? watch : NULL, &observer);
    }
    if (status == RQ_OK && p->done) status = p->done(&observer.at);
    if (status == RQ_OK) return RQ_OK;
    return rq_fail_prefix(status, "image %s", p->images->dataset->samples[r->first + i].name);
}

static rq_status work(void *ctx, unsigned number, size_t i)
{
    rq_numa_enter(node_of(number));
    rq_status status = run_image(ctx, number, i);
    rq_numa_leave();
    return status;
}

static rq_status merge(void *ctx, unsigned number, size_t i)
{
    runner *r = ctx;
    rq_pipeline_image at = describe(r, number, i);
    if (r->pipeline->merge) RQ_TRY(r->pipeline->merge(&at));
    r->merged++;
    rq_progress_step(&r->progress);
    return RQ_OK;
}

static bool is_due(void *ctx)
{
    const rq_pipeline *p = ((const runner *)ctx)->pipeline;
    return p->is_due && p->is_due(p->ctx);
}

static size_t end_of(const rq_pipeline *p)
{
    return p->end ? p->end : p->images->dataset->n;
}

/* From pause to pause. */
static rq_status run_all(runner *r, unsigned threads)
{
    const rq_pipeline *p = r->pipeline;
    for (size_t total = end_of(p); r->first < total;) {
        r->merged = 0;
        RQ_TRY(rq_parallel_ordered_until(threads, total - r->first, work, merge, is_due, r));
        r->first += r->merged;
        if (r->first < total && !p->pause) break;
        if (r->first < total) RQ_TRY(p->pause(p->ctx));
    }
    return RQ_OK;
}

/* -- ranks ----------------------------------------------------------------------------------- */

/* An image among what a rank packed: this, and the bytes; of a bad one, why. */
typedef struct packed_head {
    uint64_t bytes, bad;
} packed_head;

static rq_status pack(void *ctx, unsigned number, size_t i)
{
    runner *r = ctx;
    const rq_pipeline_image at = describe(r, number, i);
    packed_head head = {.bad = at.bad};
    size_t start = r->packed.length;
    rq_buf_append_n(&r->packed, (const char *)&head, sizeof head);
    if (at.bad)
        rq_buf_append(&r->packed, rq_bad_images_reason(r->pipeline->images->bad, at.image));
    else
        RQ_TRY(r->pipeline->pack(&at, &r->packed));
    if (r->packed.failed) return rq_fail_memory(r->packed.length, "what an image gave");
    head.bytes = r->packed.length - start - sizeof head;
    memcpy(r->packed.data + start, &head, sizeof head);
    rq_progress_step(&r->progress);
    return RQ_OK;
}

/* Image r->first, as another rank may have packed it. */
static rq_status merge_packed(runner *r, const packed_head *head, const char *data)
{
    const rq_pipeline *p = r->pipeline;
    rq_pipeline_image at = describe(r, 0, 0);
    at.bad = head->bad;
    at.unpacked = true;
    if (at.bad) {
        char *reason = strndup(data, head->bytes);
        if (!reason) return rq_fail_memory(head->bytes, "a message");
        rq_status status = rq_bad_images_add(p->images->bad, at.image,
                                             p->images->dataset->samples[at.image].name, reason);
        free(reason);
        RQ_TRY(status);
    } else {
        RQ_TRY(p->unpack(&at, data, head->bytes));
    }
    RQ_TRY(p->merge ? p->merge(&at) : RQ_OK);
    r->first++;
    return RQ_OK;
}

/* In the order of ranks, which is that of images. */
static rq_status merge_gathered(runner *r, const rq_gathered *gathered)
{
    size_t end = gathered->offsets[rq_ranks_count()];
    for (size_t at = 0; at < end;) {
        packed_head head;
        memcpy(&head, gathered->data + at, sizeof head);
        RQ_TRY(merge_packed(r, &head, gathered->data + at + sizeof head));
        at += sizeof head + head.bytes;
    }
    return RQ_OK;
}

/* The next n images. */
static rq_status run_round(runner *r, unsigned threads, size_t n)
{
    const rq_shard own = {rq_ranks_index() + 1, rq_ranks_count()};
    const rq_image_span span = rq_shard_span(&own, n);
    size_t first = r->first;
    rq_gathered gathered;
    rq_buf_free(&r->packed);
    r->first = first + span.first;
    rq_status status = rq_parallel_ordered(threads, span.n, work, pack, r);
    r->first = first;
    RQ_TRY(
        rq_ranks_gather(&gathered, status, r->pipeline->title, r->packed.data, r->packed.length));
    status = merge_gathered(r, &gathered);
    rq_gathered_free(&gathered);
    return status;
}

#define FIRST_ROUND 4 /* images of a rank: whatever its number of workers, alike on all */

/* Where a pass may end early, that is seen between rounds, which grow: then little is run for
 * nothing, and exchanges are few. */
static rq_status run_rounds(runner *r, unsigned threads)
{
    const rq_pipeline *p = r->pipeline;
    size_t total = end_of(p), round = p->is_due ? rq_ranks_count() * FIRST_ROUND : total;
    while (r->first < total && !is_due(r)) {
        size_t left = total - r->first;
        RQ_TRY(run_round(r, threads, round < left ? round : left));
        round = r->first; /* as many as were there already */
    }
    return RQ_OK;
}

rq_status rq_pipeline_check_bad(const rq_images *images)
{
    RQ_TRY(rq_bad_images_check(images->bad, images->dataset->n, images->max_bad));
    return images->bad_log ? rq_bad_image_log_tell(images->bad_log, images->bad, images->dataset)
                           : RQ_OK;
}

rq_status rq_pipeline_run(rq_pipeline *p)
{
    size_t total = end_of(p), n = total > p->first ? total - p->first : 0;
    unsigned threads = p->threads < n ? p->threads : n ? (unsigned)n : 1;
    runner r = {.pipeline = p, .first = p->first};
    RQ_TRY(rq_calloc(&r.workers, threads, sizeof *r.workers, "workers"));
    rq_status status = open_workers(&r, threads);
    if (status == RQ_OK) {
        rq_progress_begin(&r.progress, p->title, n);
        status = p->pack && rq_ranks_count() > 1 ? run_rounds(&r, threads) : run_all(&r, threads);
        rq_progress_end(&r.progress);
    }
    for (unsigned t = 0; t < threads; t++) close_worker(&r.workers[t], p->n_models);
    free(r.workers);
    drop_copies(&r);
    rq_buf_free(&r.packed);
    RQ_TRY(status);
    return p->end ? RQ_OK : rq_pipeline_check_bad(p->images);
}
