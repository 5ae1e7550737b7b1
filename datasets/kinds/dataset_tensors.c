/* A folder of .npy, .npz and HDF5 files, each one sample, or one such file: inputs as the model
 * takes them, without preprocessing. An .npz or HDF5 file has an array for each input, by its name.
 */
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/listing.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

static bool is_tensor(const char *name)
{
    static const char *const ends[] = {".npy", ".npz", ".h5", ".hdf5"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (rq_ends_with(name, ends[i])) return true;
    return false;
}

static bool probe(const char *data)
{
    rq_names names = {0};
    rq_arena *arena = NULL;
    if (rq_is_file(data)) return is_tensor(data);
    bool found = rq_is_dir(data) && rq_arena_create(&arena) == RQ_OK &&
                 rq_list_names(&names, arena, data, is_tensor) == RQ_OK && names.n > 0;
    rq_arena_destroy(&arena);
    return found;
}

static rq_status read_file(rq_dataset *dataset, const char *data)
{
    const char *slash = strrchr(data, '/');
    char *folder = rq_path_dir(data);
    if (!folder) return rq_fail_memory(strlen(data), "a path");
    rq_status status = rq_dataset_set_root(dataset, folder);
    free(folder);
    return status == RQ_OK ? rq_dataset_add_file(dataset, slash ? slash + 1 : data, data) : status;
}

static rq_status read(rq_dataset *dataset, const char *data, const char *split)
{
    rq_names names;
    (void)split;
    dataset->tensors = true;
    if (rq_is_file(data)) return read_file(dataset, data);
    RQ_TRY(rq_dataset_set_root(dataset, data));
    RQ_TRY(rq_list_names(&names, dataset->arena, dataset->root, is_tensor));
    for (size_t i = 0; i < names.n; i++)
        RQ_TRY(rq_dataset_add_file(dataset, names.names[i], dataset->root));
    return RQ_OK;
}

extern const rq_dataset_kind rq_dataset_tensors;
const rq_dataset_kind rq_dataset_tensors = {
    .name = "tensors",
    .help = "a folder of .npy, .npz or HDF5 files, an array for each of the model's inputs",
    .probe = probe,
    .read = read,
};
