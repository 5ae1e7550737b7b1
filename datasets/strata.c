#include "datasets/strata.h"

#include "engine/base/mem.h"

#include <stdlib.h>

/* A class, and how many images show it. */
typedef struct seen {
    int32_t class_id;
    size_t image, images;
} seen;

static int by_class(const void *a, const void *b)
{
    const seen *x = a, *y = b;
    if (x->class_id != y->class_id) return x->class_id < y->class_id ? -1 : 1;
    return (x->image > y->image) - (x->image < y->image);
}

static size_t count_boxes(const rq_dataset *dataset)
{
    size_t n = 0;
    for (size_t i = 0; i < dataset->n; i++)
        if (dataset->samples[i].truth) n += dataset->samples[i].truth->n_boxes;
    return n;
}

/* Sorted by class, one entry each. */
static size_t count_images(seen *list, const rq_dataset *dataset)
{
    size_t n = 0, classes = 0;
    for (size_t i = 0; i < dataset->n; i++) {
        const rq_annotation *truth = dataset->samples[i].truth;
        for (size_t b = 0; truth && b < truth->n_boxes; b++)
            list[n++] = (seen){truth->boxes[b].class_id, i, 1};
    }
    qsort(list, n, sizeof *list, by_class);
    for (size_t i = 0; i < n; i++) {
        seen *last = classes ? &list[classes - 1] : NULL;
        if (!last || last->class_id != list[i].class_id) {
            list[classes++] = list[i];
        } else if (last->image != list[i].image) {
            last->image = list[i].image;
            last->images++;
        }
    }
    return classes;
}

static const seen *find(const seen *list, size_t n, int32_t class_id)
{
    size_t low = 0;
    while (n > 1) {
        size_t half = n / 2;
        if (list[low + half].class_id <= class_id) low += half;
        n -= half;
    }
    return &list[low];
}

static size_t rarest(const seen *list, size_t n, const rq_annotation *truth)
{
    const seen *best = NULL;
    for (size_t b = 0; truth && b < truth->n_boxes; b++) {
        const seen *s = find(list, n, truth->boxes[b].class_id);
        if (!best || s->images < best->images || (s->images == best->images && s < best)) best = s;
    }
    return best ? (size_t)(best - list) + 1 : 0;
}

rq_status rq_dataset_strata(size_t *stratum, size_t *n, const rq_dataset *dataset)
{
    seen *list;
    *n = dataset->labelled ? (size_t)dataset->n_classes : 1;
    for (size_t i = 0; i < dataset->n; i++)
        stratum[i] = dataset->labelled ? (size_t)dataset->samples[i].label : 0;
    if (dataset->labelled || !count_boxes(dataset)) return RQ_OK;
    RQ_TRY(rq_calloc(&list, count_boxes(dataset), sizeof *list, "classes of boxes"));
    size_t classes = count_images(list, dataset);
    for (size_t i = 0; i < dataset->n; i++)
        stratum[i] = rarest(list, classes, dataset->samples[i].truth);
    *n = classes + 1;
    free(list);
    return RQ_OK;
}
