#include "datasets/dataset_fill.h"

#include "engine/base/file.h"
#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_dataset_add(rq_dataset *dataset, const char *name, uint64_t bytes)
{
    RQ_TRY(rq_grow(&dataset->samples, &dataset->capacity, dataset->n, sizeof *dataset->samples,
                   "a list of images"));
    rq_sample sample = {.bytes = bytes, .label = RQ_UNLABELLED};
    if (name[0] == '/' || strcmp(dataset->root, ".") == 0) {
        sample.path = sample.name = rq_arena_strdup(dataset->arena, name);
    } else {
        sample.path = rq_arena_printf(dataset->arena, "%s/%s", dataset->root, name);
        if (sample.path) sample.name = sample.path + strlen(dataset->root) + 1;
    }
    if (!sample.path) return RQ_ENOMEM;
    dataset->samples[dataset->n++] = sample;
    return RQ_OK;
}

rq_status rq_dataset_set_root(rq_dataset *dataset, const char *folder)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') length--;
    dataset->root = rq_arena_strndup(dataset->arena, folder, length);
    return dataset->root ? RQ_OK : RQ_ENOMEM;
}

rq_status rq_dataset_add_file(rq_dataset *dataset, const char *name, const char *where)
{
    RQ_TRY(rq_dataset_add(dataset, name, 0));
    rq_sample *sample = &dataset->samples[dataset->n - 1];
    if (!rq_is_file(sample->path))
        return rq_fail(RQ_EFORMAT, "%s: no image '%s'", where, sample->path);
    return rq_file_size(&sample->bytes, sample->path);
}

rq_status rq_dataset_annotate(rq_annotation **out, rq_dataset *dataset, unsigned has)
{
    rq_annotation *made = rq_arena_alloc(dataset->arena, 1, sizeof *made);
    if (!made) return RQ_ENOMEM;
    made->has = has;
    dataset->truths |= has;
    dataset->samples[dataset->n - 1].truth = made;
    *out = made;
    return RQ_OK;
}

/* An arena cannot grow what it gave: boxes move to twice the room, at most as much again is lost.
 */
rq_status rq_annotation_add_box(rq_annotation *annotation, size_t *capacity, rq_dataset *dataset,
                                const rq_box *box)
{
    if (annotation->n_boxes >= RQ_MAX_BOXES)
        return rq_fail(RQ_EFORMAT, "more than %zu boxes for one image", RQ_MAX_BOXES);
    rq_box *boxes = (rq_box *)annotation->boxes;
    if (annotation->n_boxes == *capacity) {
        size_t wanted = *capacity ? 2 * *capacity : 8;
        boxes = rq_arena_alloc(dataset->arena, wanted, sizeof *boxes);
        if (!boxes) return RQ_ENOMEM;
        if (*capacity) memcpy(boxes, annotation->boxes, *capacity * sizeof *boxes);
        *capacity = wanted;
        annotation->boxes = boxes;
    }
    boxes[annotation->n_boxes++] = *box;
    return RQ_OK;
}
