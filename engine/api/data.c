/* Data that a program lists, or makes of its own arrays. */
#include "engine/api/data.h"

#include "datasets/dataset_memory.h"
#include "engine/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- opening ---------------------------------------------------------------------------------- */

static rq_status list(rq_data *data, const char *path, const char *format, const char *labels)
{
    data->path = strdup(path);
    if (!data->path) return rq_fail_memory(strlen(path), "a path");
    const rq_dataset_options options = {.data = data->path, .labels = labels, .format = format};
    return rq_dataset_open(&data->dataset, &options);
}

rq_status rq_data_open(rq_data **out, const rq_context *context, const char *path,
                       const char *format, const char *labels)
{
    *out = NULL;
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "data"));
    (*out)->context = context;
    const rq_api_call call = rq_api_enter(context);
    rq_status status = list(*out, path, format, labels);
    rq_api_leave(&call);
    if (status != RQ_OK) rq_data_destroy(out);
    return status;
}

rq_status rq_data_create(rq_data **out, const rq_context *context)
{
    *out = NULL;
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "data"));
    (*out)->context = context;
    rq_status status = rq_dataset_create(&(*out)->dataset);
    if (status != RQ_OK) rq_data_destroy(out);
    return status;
}

void rq_data_destroy(rq_data **data)
{
    if (!data || !*data) return;
    rq_dataset_close(&(*data)->dataset);
    free((*data)->path);
    free(*data);
    *data = NULL;
}

const char *rq_data_name(const rq_data *data)
{
    return data->path ? data->path : "(memory)";
}

void rq_data_describe(const rq_data *data, size_t *samples, size_t *classes)
{
    *samples = data->dataset->n;
    *classes = data->dataset->labelled ? (size_t)data->dataset->n_classes : 0;
}

/* -- arrays in memory ------------------------------------------------------------------------- */

static rq_status check_sample(const rq_data *data, const char *name, const rq_array *arrays,
                              size_t n, int32_t label)
{
    if (data->path)
        return rq_fail(RQ_EARG, "%s was listed: arrays are for data of rq_data_create", data->path);
    if (!name || !*name) return rq_fail(RQ_EARG, "a sample without a name");
    if (!arrays || n == 0 || n > RQ_MAX_ARRAYS)
        return rq_fail(RQ_EARG, "sample '%s': %zu arrays, expected 1 to %d", name, arrays ? n : 0,
                       RQ_MAX_ARRAYS);
    if (label < RQ_UNLABELLED || label >= RQ_MAX_CLASSES)
        return rq_fail(RQ_EARG, "sample '%s': class %d, expected -1 to %d", name, label,
                       RQ_MAX_CLASSES - 1);
    return RQ_OK;
}

/* Also where the product of the sizes is no number of values that memory can hold. */
static rq_status take_shape(rq_shape *out, const rq_array *array, const char *what)
{
    if (array->rank > RQ_MAX_RANK)
        return rq_fail(RQ_EARG, "%s: rank %zu, expected at most %d", what, array->rank,
                       RQ_MAX_RANK);
    if (array->rank && !array->shape) return rq_fail(RQ_EARG, "%s: no shape", what);
    *out = rq_shape_make((int)array->rank, array->shape);
    return rq_shape_check(out, false, what) == RQ_OK ? RQ_OK : RQ_EARG;
}

static rq_status take_array(rq_memory_array *out, const rq_array *array, const char *sample)
{
    char what[128];
    const char *input = array->input ? array->input : "";
    snprintf(what, sizeof what, "sample '%.40s', array '%.40s'", sample, input);
    *out = (rq_memory_array){.name = input, .values = array->values};
    RQ_TRY(take_shape(&out->shape, array, what));
    if (array->values || rq_shape_count(&out->shape) == 0) return RQ_OK;
    return rq_fail(RQ_EARG, "%s: no values", what);
}

static rq_status refuse_twice(const rq_memory_array *arrays, size_t n, const char *sample)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(arrays[i].name, arrays[n].name))
            return rq_fail(RQ_EARG, "sample '%s': two arrays for the input '%s'", sample,
                           arrays[n].name);
    return RQ_OK;
}

static rq_status add(rq_data *data, const char *name, const rq_array *arrays, size_t n,
                     int32_t label)
{
    rq_memory_array taken[RQ_MAX_ARRAYS];
    RQ_TRY(check_sample(data, name, arrays, n, label));
    for (size_t i = 0; i < n; i++) {
        RQ_TRY(take_array(&taken[i], &arrays[i], name));
        RQ_TRY(refuse_twice(taken, i, name));
    }
    return rq_dataset_add_arrays(data->dataset, name, taken, n, label);
}

rq_status rq_data_add(rq_data *data, const char *name, const rq_array *arrays, size_t n,
                      int32_t label)
{
    const rq_api_call call = rq_api_enter(data->context);
    rq_status status = add(data, name, arrays, n, label);
    rq_api_leave(&call);
    return status;
}
