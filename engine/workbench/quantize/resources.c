#include "engine/workbench/quantize/resources.h"

#include "engine/base/callbacks.h"
#include "engine/base/text.h"
#include "engine/ops/work.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define FLOPS_PER_SECOND 2e10       /* of a core, with what decoding and observing add */
#define RUNS_PER_IMAGE 6            /* statistics, layers, accuracy of both models */
#define SEARCH_RUNS 400             /* of trials, whatever the number of images */
#define FIXED_SECONDS 6             /* of measuring speed */
#define LONG_SECONDS 20             /* what is announced */
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

rq_resources rq_resources_estimate(const rq_workload *w, rq_precision precision)
{
    uint64_t constants = bytes_of_constants(w->graph);
    size_t images = w->images.dataset ? w->images.dataset->n : 0;
    double runs = images ? (double)images * RUNS_PER_IMAGE + SEARCH_RUNS : 0;
    rq_resources r = {.least = (uint64_t)((double)constants / parts_of(precision) / 2)};
    r.disk = 2 * r.least + REPORTS;
    r.memory = PROGRAM + 2 * constants + w->threads * LIVE_VALUES * largest_value(w->bound);
    if (w->cache) r.images = images * IMAGE < w->memory ? images * IMAGE : w->memory;
    r.memory += r.images;
    if (images) r.seconds = FIXED_SECONDS;
    r.seconds += runs * rq_work_total_flops(w->bound) / (FLOPS_PER_SECOND * w->threads);
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
