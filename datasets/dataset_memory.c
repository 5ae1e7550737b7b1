#include "datasets/dataset_memory.h"

#include "datasets/dataset_fill.h"
#include "engine/base/mem.h"

#include <string.h>

rq_status rq_dataset_create(rq_dataset **out)
{
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "a data set"));
    (*out)->tensors = true;
    rq_status status = rq_arena_create(&(*out)->arena);
    if (status == RQ_OK) status = rq_dataset_set_root(*out, ".");
    if (status != RQ_OK) rq_dataset_close(out);
    return status;
}

static rq_status copy_array(rq_arrays *out, const rq_memory_array *array, rq_arena *arena)
{
    size_t count = rq_shape_count(&array->shape);
    rq_tensor tensor = {RQ_DT_F32, array->shape,
                        rq_arena_alloc(arena, count, sizeof *array->values)};
    char *name = rq_arena_strdup(arena, array->name);
    if (!tensor.data || !name) return RQ_ENOMEM;
    if (count) memcpy(tensor.data, array->values, count * sizeof *array->values);
    out->names[out->n] = name;
    out->arrays[out->n++] = tensor;
    return RQ_OK;
}

static rq_status copy_arrays(rq_arrays **out, const rq_memory_array *arrays, size_t n,
                             rq_arena *arena)
{
    rq_arrays *copy = rq_arena_alloc(arena, 1, sizeof *copy);
    if (!copy) return RQ_ENOMEM;
    copy->names = rq_arena_alloc(arena, n, sizeof *copy->names);
    copy->arrays = rq_arena_alloc(arena, n, sizeof *copy->arrays);
    if (!copy->names || !copy->arrays) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) RQ_TRY(copy_array(copy, &arrays[i], arena));
    *out = copy;
    return RQ_OK;
}

static uint64_t bytes_of(const rq_arrays *arrays)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < arrays->n; i++) bytes += rq_tensor_bytes(&arrays->arrays[i]);
    return bytes;
}

static void set_label(rq_dataset *dataset, int32_t label)
{
    dataset->samples[dataset->n - 1].label = label;
    dataset->labelled = label >= 0 && (dataset->n == 1 || dataset->labelled);
    if (label >= dataset->n_classes) dataset->n_classes = label + 1;
}

rq_status rq_dataset_add_arrays(rq_dataset *dataset, const char *name,
                                const rq_memory_array *arrays, size_t n, int32_t label)
{
    rq_arrays *copy = NULL;
    RQ_TRY(copy_arrays(&copy, arrays, n, dataset->arena));
    RQ_TRY(rq_dataset_add(dataset, name, bytes_of(copy)));
    dataset->samples[dataset->n - 1].arrays = copy;
    set_label(dataset, label);
    return RQ_OK;
}
