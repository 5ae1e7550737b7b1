/* A folder of files of tensors (datasets/arrays), each one sample, or one such file: inputs as the
 * model takes them, without preprocessing, an array for each by its name. */
#include "datasets/arrays/arrays.h"
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/image/decode.h"
#include "datasets/listing.h"
#include "engine/base/callbacks.h"
#include "engine/base/file.h"

#include <stdlib.h>
#include <string.h>

static bool probe(const char *data)
{
    rq_names names = {0};
    rq_arena *arena = NULL;
    if (rq_is_file(data)) return rq_arrays_is_name(data);
    bool found = rq_is_dir(data) && rq_arena_create(&arena) == RQ_OK &&
                 rq_list_names(&names, arena, data, rq_arrays_is_name) == RQ_OK && names.n > 0;
    rq_arena_destroy(&arena);
    return found;
}

static rq_status read_file(rq_dataset *dataset, const char *data)
{
    char *folder = rq_path_dir(data);
    if (!folder) return rq_fail_memory(strlen(data), "a path");
    rq_status status = rq_dataset_set_root(dataset, folder);
    free(folder);
    return status == RQ_OK ? rq_dataset_add_file(dataset, rq_path_name(data), data) : status;
}

/* A file of arrays among images makes all of the folder arrays, which may not be meant. */
static rq_status tell_images(rq_dataset *dataset)
{
    rq_names images;
    RQ_TRY(rq_list_names(&images, dataset->arena, dataset->root, rq_decode_is_image_name));
    if (images.n)
        rq_log("%s: %zu image%s passed over beside arrays: a folder is read as one or the other",
               dataset->root, images.n, images.n == 1 ? " was" : "s were");
    return RQ_OK;
}

static rq_status read(rq_dataset *dataset, const char *data, const char *split)
{
    rq_names names;
    (void)split;
    dataset->tensors = true;
    if (rq_is_file(data)) return read_file(dataset, data);
    RQ_TRY(rq_dataset_set_root(dataset, data));
    RQ_TRY(rq_list_names(&names, dataset->arena, dataset->root, rq_arrays_is_name));
    for (size_t i = 0; i < names.n; i++)
        RQ_TRY(rq_dataset_add_file(dataset, names.names[i], dataset->root));
    return tell_images(dataset);
}

static bool always(const char *data)
{
    (void)data;
    return true;
}

extern const rq_dataset_kind rq_dataset_tensors;
const rq_dataset_kind rq_dataset_tensors = {
    .name = "tensors",
    .help = "a folder of files of tensors, an array for each of the model's inputs:"
#define RQ_ARRAY_FORMAT(name, extensions) " " extensions
#include "datasets/arrays/array_formats.def"
#undef RQ_ARRAY_FORMAT
    ,
    .probe = probe,
    .read = read,
    .has_tensors = always,
};
