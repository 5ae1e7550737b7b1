#include "engine/run/images.h"

#include "engine/base/callbacks.h"

#include <string.h>

static void log_unlabelled(size_t n, const char *data)
{
    rq_log(n == 1 ? "%zu image of %s has no label and is skipped"
                  : "%zu images of %s have no label and are skipped",
           n, data);
}

bool rq_data_source_is(const rq_data_source *a, const rq_data_source *b)
{
    return a->name && b->name && a->given == b->given && !strcmp(a->name, b->name);
}

rq_status rq_images_open(rq_images *out, const rq_images_options *options)
{
    *out = (rq_images){.max_bad = options->max_bad,
                       .name = options->data.name,
                       .labels = options->labels,
                       .cache = options->cache,
                       .kept = options->kept,
                       .bad_log = options->bad_log};
    rq_dataset_options of = {.data = options->data.name,
                             .given = options->data.given,
                             .labels = options->labels,
                             .format = options->format,
                             .split = options->split,
                             .model_names = options->model_names,
                             .map_classes = options->map_classes};
    rq_status status = rq_dataset_open(&out->dataset, &of);
    if (status == RQ_OK) status = rq_bad_images_create(&out->bad);
    if (status != RQ_OK) {
        rq_images_close(out);
        return status;
    }
    if (out->dataset->skipped_unlabelled)
        log_unlabelled(out->dataset->skipped_unlabelled, options->data.name);
    return RQ_OK;
}

void rq_images_close(rq_images *images)
{
    rq_bad_images_destroy(&images->bad);
    rq_dataset_close(&images->dataset);
    *images = (rq_images){0};
}

static rq_status copy(rq_images *out, const rq_images *from)
{
    *out = *from;
    out->dataset = NULL; /* what fails here must not close the other's */
    out->bad = NULL;
    RQ_TRY(rq_dataset_copy(&out->dataset, from->dataset));
    return rq_bad_images_create(&out->bad);
}

rq_status rq_images_draw(rq_images *out, const rq_images *from, size_t n, uint64_t seed,
                         bool shuffle)
{
    rq_status status = copy(out, from);
    if (status == RQ_OK && n) status = rq_dataset_subset(out->dataset, n, seed);
    if (status == RQ_OK && shuffle) status = rq_dataset_shuffle(out->dataset, seed);
    if (status != RQ_OK) rq_images_close(out);
    return status;
}

rq_status rq_images_split(rq_images *drawn, rq_images *others, const rq_images *from, size_t n,
                          uint64_t seed)
{
    *drawn = *others = (rq_images){0};
    RQ_TRY(rq_images_draw(others, from, 0, seed, false));
    rq_dataset_sort(others->dataset);
    rq_status status = rq_images_draw(drawn, others, n, seed, false);
    if (status == RQ_OK) status = rq_dataset_take_out(others->dataset, drawn->dataset);
    if (status == RQ_OK) return RQ_OK;
    rq_images_close(drawn);
    rq_images_close(others);
    return status;
}

rq_status rq_images_pick(rq_images *out, const rq_images *from, const size_t *indices, size_t n)
{
    rq_status status = copy(out, from);
    if (status != RQ_OK) {
        rq_images_close(out);
        return status;
    }
    for (size_t i = 0; i < n; i++) out->dataset->samples[i] = from->dataset->samples[indices[i]];
    out->dataset->n = n;
    return RQ_OK;
}
