#include "engine/workbench/quantize/resources.h"

#include "engine/base/callbacks.h"
#include "engine/base/text.h"
#include "engine/ops/work.h"
#include "engine/run/seeded_session.h"
#include "engine/workbench/bench/timing.h"
#include "engine/workbench/evaluate/layer_compare.h"
#include "engine/workbench/search/bias_search.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#define FLOPS_PER_SECOND 2e10     /* of a core, with what decoding and observing add */
#define PROBE_FROM_SECONDS 5      /* that it seems to take: what is shorter is not worth a probe */
#define PROBE_SECONDS 0.2         /* at most, but for a network of which one run takes longer */
#define PROBE_RUNS 8              /* at most */
#define OBSERVED 1.3              /* a run of which each value is looked at */
#define SEARCH_RUNS 50            /* of a search's trials, whatever the number of images ... */
#define SEARCH_RUNS_PER_IMAGE 0.8 /* ... and for each that it takes (demo, ResNet-8, MiniLM) */
#define LONG_SECONDS 20           /* what is announced */
#define REPORTS ((uint64_t)1 << 20) /* report, plan and statistics, about */
#define LIVE_VALUES 4               /* as large as the largest, at once */
#define PROGRAM ((uint64_t)30 << 20)
#define IMAGE ((uint64_t)12 << 20) /* of a photo, decoded */

static uint64_t bytes_of_constants(const rq_graph *graph)
{
    uint64_t bytes = 0;
    const void *last = NULL; /* equal constants that share their bytes mostly follow each other */
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || !rq_node_has_bytes(node) || (node->data && node->data == last)) continue;
        last = node->data;
        bytes += node->data_bytes;
    }
    return bytes;
}

static double parts_of(rq_precision precision)
{
    switch (precision) {
    case RQ_PRECISION_FP16:
        return 2;
    case RQ_PRECISION_INT4_WEIGHTS:
        return 8;
    default:
        return 4;
    }
}

static uint64_t largest_value(const rq_bound *bound)
{
    uint64_t largest = 0;
    for (rq_id v = 0; bound && v < bound->graph->n_values; v++) {
        const rq_tensor *value = &bound->values[v];
        if (value->data || !rq_shape_is_static(&value->shape)) continue;
        uint64_t bytes = rq_tensor_bytes(value);
        largest = bytes > largest ? bytes : largest;
    }
    return largest;
}

/* Layers, in FP32 and quantized, on some images; outputs before and after, on holdout images. */
static double runs_of_biases(double n)
{
    return 2 * (fmin(n, RQ_BIAS_IMAGES) + fmin(n / 2, RQ_HOLDOUT_IMAGES));
}

double rq_resources_runs(const rq_workload *w, const rq_decide_options *options)
{
    double n = w->images.dataset ? (double)w->images.dataset->n : 0;
    if (n == 0) return 0;
    double runs = 2 * n + 2 * fmin(n, RQ_LAYER_IMAGES); /* both models: accuracy, and layers */
    if (!rq_precision_has_plan(options->plan.precision)) return runs;
    const rq_decide_stages stages = rq_decide_find_stages(w, options);
    unsigned searches = stages.equalizes + stages.tries_ranges + stages.rounds;
    double tried = fmin(n, 3.0 * (double)rq_search_images_affordable(w->bound)); /* with holdout */
    double decides = searches * (SEARCH_RUNS + SEARCH_RUNS_PER_IMAGE * tried);
    if (stages.calibrates && !options->given_stats) decides += n;
    if (stages.corrects_biases) decides += runs_of_biases(n);
    return runs + OBSERVED * decides;
}

/* Of this process: others that want the CPU now do not count. */
static double cpu_seconds(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static rq_status time_runs(double *seconds, const rq_model *model, uint64_t seed)
{
    rq_seeded_session session = {0};
    double least = INFINITY, started = cpu_seconds();
    rq_status status = rq_seeded_session_open(&session, model, seed);
    for (size_t i = 0; status == RQ_OK && i < PROBE_RUNS; i++) {
        double from = cpu_seconds();
        status = rq_seeded_session_run(&session);
        if (i) least = fmin(least, cpu_seconds() - from); /* the first one warms up */
        if (i && cpu_seconds() - started > PROBE_SECONDS) break;
    }
    rq_seeded_session_close(&session);
    if (status == RQ_OK) *seconds = least;
    return status;
}

/* Of one run on one core; what it cannot be told of keeps `seconds`. */
static void probe(double *seconds, const rq_workload *w)
{
    rq_model *model = NULL;
    rq_exec_options exec = w->exec;
    exec.threads = exec.streams = 1;
    if (rq_model_create(&model, w->graph, &exec) == RQ_OK)
        (void)time_runs(seconds, model, w->seed); /* inputs of which it has none */
    rq_model_destroy(&model);
}

static double estimate_seconds(const rq_workload *w, double runs)
{
    double one = rq_work_total_flops(w->bound) / FLOPS_PER_SECOND;
    if (runs * one / w->threads >= PROBE_FROM_SECONDS) probe(&one, w);
    return runs * one / w->threads;
}

static uint64_t bytes_of_kept(const rq_workload *w, size_t images)
{
    if (!w->of_images.kept) images = rq_min_size(images, rq_search_images_most(w->bound));
    uint64_t bytes = images * IMAGE;
    return bytes < w->memory ? bytes : w->memory;
}

rq_resources rq_resources_estimate(const rq_workload *w, const rq_decide_options *options,
                                   double speed_seconds)
{
    uint64_t constants = bytes_of_constants(w->graph);
    size_t images = w->images.dataset ? w->images.dataset->n : 0;
    double runs = rq_resources_runs(w, options);
    rq_resources r = {.least =
                          (uint64_t)((double)constants / parts_of(options->plan.precision) / 2)};
    r.disk = 2 * r.least + REPORTS;
    r.memory = PROGRAM + 2 * constants + w->threads * LIVE_VALUES * largest_value(w->bound);
    if (w->cache) r.images = bytes_of_kept(w, images);
    r.memory += r.images;
    if (images) r.seconds = fmin(2 * speed_seconds, RQ_MEASURING_SECONDS);
    r.seconds += estimate_seconds(w, runs);
    return r;
}

static void announce(const rq_resources *r)
{
    char memory[RQ_SIZE_TEXT], disk[RQ_SIZE_TEXT], kept[RQ_SIZE_TEXT], images[64] = "";
    bool minutes = r->seconds >= 120;
    if (r->seconds < LONG_SECONDS) return;
    if (r->images)
        snprintf(images, sizeof images, " (up to %s of it for images that are kept: --memory)",
                 rq_size_text(r->images, kept));
    rq_log("this takes roughly %.0f %s where nothing else uses the CPU, %s of memory%s, and %s of "
           "disk",
           minutes ? r->seconds / 60 : 10 * round(r->seconds / 10), minutes ? "minutes" : "seconds",
           rq_size_text(r->memory, memory), images, rq_size_text(r->disk, disk));
}

rq_status rq_resources_check(const rq_resources *r, const char *folder)
{
    struct statvfs info;
    char room[RQ_SIZE_TEXT], need[RQ_SIZE_TEXT];
    if (statvfs(folder, &info) == 0) {
        uint64_t free = (uint64_t)info.f_bavail * info.f_frsize;
        if (free < r->least)
            return rq_fail(RQ_EIO, "%s: its disk has %s free, and the model needs at least %s",
                           folder, rq_size_text(free, room), rq_size_text(r->least, need));
    }
    announce(r);
    return RQ_OK;
}
