/* The images that suffered most, with both predictions and a thumbnail of what the model saw. */
#include "datasets/image/encode.h"
#include "engine/workbench/report/report_build.h"
#include "reports/metrics/class_scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 12
#define THUMBNAIL_QUALITY 70
#define MAX_SIDE 320 /* of a thumbnail, in pixels */

static const char *class_name(const rq_class_names *names, double index)
{
    return index >= 0.0 ? rq_class_name(names, (int64_t)index) : NULL;
}

/* Means of two by two pixels, in place. */
static void halve(rq_image *image)
{
    int width = image->width / 2, height = image->height / 2;
    size_t step = (size_t)image->channels, row = (size_t)image->width * step;
    uint8_t *to = image->pixels;
    for (int y = 0; y < height; y++) {
        const uint8_t *from = image->pixels + 2 * (size_t)y * row;
        for (int x = 0; x < width; x++, from += step)
            for (size_t c = 0; c < step; c++, from++)
                *to++ = (uint8_t)((from[0] + from[step] + from[row] + from[row + step] + 2) / 4);
    }
    image->width = width;
    image->height = height;
}

/* An image that cannot be made is left out: it was readable a moment ago, and the report matters
 * more. */
static rq_status add_thumbnail(rq_report_image *row, const char *path, const rq_image_plan *plan,
                               rq_loader_scratch *scratch, rq_arena *arena)
{
    uint8_t *jpeg;
    size_t size;
    if (rq_load_pixels(plan, path, scratch) != RQ_OK) return RQ_OK;
    while (scratch->resized.width > MAX_SIDE || scratch->resized.height > MAX_SIDE) {
        if (scratch->resized.width < 2 || scratch->resized.height < 2) return RQ_OK;
        halve(&scratch->resized);
    }
    if (rq_encode_jpeg(&jpeg, &size, &scratch->resized, THUMBNAIL_QUALITY) != RQ_OK) return RQ_OK;
    uint8_t *copy = size <= RQ_THUMBNAIL_MAX ? rq_arena_alloc(arena, size, 1) : NULL;
    if (copy) {
        memcpy(copy, jpeg, size);
        row->jpeg = copy;
        row->jpeg_size = size;
    }
    free(jpeg);
    return RQ_OK;
}

static rq_status add_thumbnails(rq_report *out, const rq_report_facts *facts,
                                const rq_image_result *results, rq_arena *arena)
{
    const rq_image_plan *plan = &facts->evaluation->plan;
    rq_loader_scratch scratch;
    memset(&scratch, 0, sizeof scratch);
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < out->n_images; i++)
        status = add_thumbnail(&out->images[i], facts->val->dataset->samples[results[i].image].path,
                               plan, &scratch, arena);
    rq_loader_scratch_free(&scratch);
    return status;
}

static rq_status name_classes(rq_texts *out, const rq_class_names *names, rq_arena *arena)
{
    out->values = rq_arena_alloc(arena, names->n, sizeof *out->values);
    if (!out->values) return RQ_ENOMEM;
    for (size_t i = 0; i < names->n; i++) out->values[i] = names->v[i];
    out->n = names->n;
    return RQ_OK;
}

/* All images with their classes and values. */
static rq_status list_validated(rq_report *out, const rq_report_facts *facts,
                                const rq_class_names *names, rq_arena *arena)
{
    const rq_measure *measure = facts->evaluation->measure;
    rq_texts *paths = &out->validated.paths;
    const rq_image_result *results = rq_measure_images(measure, &paths->n);
    paths->values = rq_arena_alloc(arena, paths->n, sizeof *paths->values);
    if (!paths->values) return RQ_ENOMEM;
    for (size_t i = 0; i < paths->n; i++)
        paths->values[i] = facts->val->dataset->samples[results[i].image].name;
    RQ_TRY(name_classes(&out->validated.class_names, names, arena));
    RQ_TRY(rq_measure_classes(&out->validated, measure, arena));
    return rq_measure_values(&out->values, &out->n_values, measure, arena);
}

rq_status rq_report_build_images(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    const rq_dataset *dataset = facts->val->dataset;
    const rq_class_names names = rq_evaluation_names(facts->evaluation, dataset);
    rq_image_result *results;
    RQ_TRY(list_validated(out, facts, &names, arena));
    RQ_TRY(rq_class_scores_make(&out->classes, &out->n_classes, facts->evaluation->measure,
                                out->validated.class_names.values, out->validated.class_names.n,
                                arena));
    RQ_TRY(rq_measure_worst(&out->images, &results, &out->n_images, facts->evaluation->measure,
                            SHOWN, arena));
    for (size_t i = 0; i < out->n_images; i++) {
        rq_report_image *row = &out->images[i];
        row->path = dataset->samples[results[i].image].name;
        row->label_name = class_name(&names, row->label);
        row->before_name = class_name(&names, row->before_class);
        row->after_name = class_name(&names, row->after_class);
    }
    RQ_TRY(rq_report_build_predictions(out, facts, results, arena));
    bool shown = facts->thumbnails && !dataset->tensors; /* an array has no picture */
    return shown ? add_thumbnails(out, facts, results, arena) : RQ_OK;
}
