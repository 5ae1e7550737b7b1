/* What two data sets share: what a decision is fitted to cannot confirm it. */
#include "datasets/dataset.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

static int compare(const rq_sample *x, const rq_sample *y)
{
    int order = strcmp(x->path, y->path);
    return order ? order : (x->arrays > y->arrays) - (x->arrays < y->arrays);
}

static int compare_listed(const void *a, const void *b)
{
    return compare(*(const rq_sample *const *)a, *(const rq_sample *const *)b);
}

/* list[dataset->n], sorted; to be freed. */
static rq_status sort(const rq_sample ***list, const rq_dataset *dataset)
{
    RQ_TRY(rq_calloc(list, dataset->n ? dataset->n : 1, sizeof **list, "a list of images"));
    for (size_t i = 0; i < dataset->n; i++) (*list)[i] = &dataset->samples[i];
    qsort(*list, dataset->n, sizeof **list, compare_listed);
    return RQ_OK;
}

static bool has(const rq_sample **list, size_t n, const rq_sample *sample)
{
    return bsearch(&sample, list, n, sizeof *list, compare_listed) != NULL;
}

rq_status rq_dataset_count_shared(size_t *out, const rq_dataset *dataset, const rq_dataset *others)
{
    const rq_sample **list;
    *out = 0;
    RQ_TRY(sort(&list, others));
    for (size_t i = 0; i < dataset->n; i++) *out += has(list, others->n, &dataset->samples[i]);
    free(list);
    return RQ_OK;
}

rq_status rq_dataset_take_out(rq_dataset *dataset, const rq_dataset *others)
{
    const rq_sample **list;
    size_t kept = 0;
    RQ_TRY(sort(&list, others));
    for (size_t i = 0; i < dataset->n; i++)
        if (!has(list, others->n, &dataset->samples[i]))
            dataset->samples[kept++] = dataset->samples[i];
    dataset->n = kept;
    free(list);
    return RQ_OK;
}
