#include "datasets/dataset.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_dataset_copy(rq_dataset **out, const rq_dataset *of)
{
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "a data set"));
    **out = *of;
    (*out)->arena = NULL;
    (*out)->samples = NULL;
    (*out)->capacity = of->n;
    rq_status status = rq_calloc(&(*out)->samples, of->n, sizeof *of->samples, "a list of images");
    if (status == RQ_OK)
        memcpy((*out)->samples, of->samples, of->n * sizeof *of->samples);
    else
        rq_dataset_close(out);
    return status;
}

void rq_dataset_close(rq_dataset **dataset)
{
    if (!dataset || !*dataset) return;
    free((*dataset)->samples);
    rq_arena_destroy(&(*dataset)->arena);
    free(*dataset);
    *dataset = NULL;
}

static int compare_names(const void *a, const void *b)
{
    const rq_sample *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    if (!order) order = strcmp(x->path, y->path);
    return order ? order : (x->label > y->label) - (x->label < y->label);
}

void rq_dataset_sort(rq_dataset *dataset)
{
    if (dataset->n) qsort(dataset->samples, dataset->n, sizeof *dataset->samples, compare_names);
}

static void digest_arrays(rq_hasher *hasher, const rq_arrays *arrays)
{
    for (size_t i = 0; i < arrays->n; i++) {
        const rq_tensor *t = &arrays->arrays[i];
        rq_hasher_text(hasher, arrays->names[i]);
        rq_hasher_update(hasher, t->shape.d, (size_t)t->shape.rank * sizeof *t->shape.d);
        rq_hasher_update(hasher, t->data, rq_tensor_bytes(t));
    }
}

rq_status rq_dataset_digest(const rq_dataset *dataset, char digest[RQ_DIGEST_TEXT])
{
    rq_hasher *hasher;
    RQ_TRY(rq_hasher_create(&hasher));
    for (size_t i = 0; i < dataset->n; i++) {
        uint8_t bytes[8];
        for (int b = 0; b < 8; b++) bytes[b] = (uint8_t)(dataset->samples[i].bytes >> (8 * b));
        rq_hasher_text(hasher, dataset->samples[i].name);
        rq_hasher_update(hasher, bytes, sizeof bytes);
        if (dataset->samples[i].arrays) digest_arrays(hasher, dataset->samples[i].arrays);
    }
    rq_hasher_finish(&hasher, digest);
    return RQ_OK;
}
