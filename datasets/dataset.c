#include "datasets/dataset.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

rq_class_names rq_dataset_names(const rq_dataset *dataset)
{
    size_t n = dataset->class_names && dataset->n_classes > 0 ? (size_t)dataset->n_classes : 0;
    return dataset->model_names.n ? dataset->model_names
                                  : (rq_class_names){dataset->class_names, n};
}

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
