/* Tensors in HDF5 files: the datasets of the root group, integers and floats, by name. Types are as
 * in the file, rows in its order; groups below the root and links elsewhere are passed over. */
#include "datasets/arrays/arrays.h"
#include "engine/base/file.h"
#include "engine/base/formats/hdf5_file.h"
#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

bool rq_hdf5_probe(const uint8_t *data, size_t size)
{
    return size >= 8 && memcmp(data, "\x89HDF\r\n\x1a\n", 8) == 0;
}

static rq_status add_array(rq_arrays *out, const rq_hdf5_item *item, rq_hdf5_file *file,
                           const char *path)
{
    if (out->n == RQ_MAX_ARRAYS)
        return rq_fail(RQ_EFORMAT, "%s: more than %d arrays", path, RQ_MAX_ARRAYS);
    rq_tensor *t = &out->arrays[out->n];
    char *name = strdup(item->name);
    if (!name) return rq_fail_memory(strlen(item->name), "a name");
    *t = (rq_tensor){item->dtype, item->shape, NULL};
    out->names[out->n++] = name; /* freed with the rest */
    RQ_TRY(rq_alloc_aligned(&t->data, item->bytes ? item->bytes : 1, "an array"));
    return rq_hdf5_take(t->data, file);
}

static rq_status read_items(rq_arrays *out, rq_hdf5_file *file, const char *path)
{
    rq_hdf5_item item;
    for (;;) {
        RQ_TRY(rq_hdf5_next(&item, file));
        if (item.kind == RQ_HDF5_END) break;
        if (item.kind == RQ_HDF5_ARRAY) RQ_TRY(add_array(out, &item, file, path));
    }
    return out->n ? RQ_OK : rq_fail(RQ_EFORMAT, "%s: no array in its root group", path);
}

rq_status rq_hdf5_arrays(rq_arrays *out, const char *path)
{
    rq_hdf5_file *file;
    uint64_t size;
    RQ_TRY(rq_file_size(&size, path));
    RQ_TRY(rq_hdf5_open(&file, path, RQ_HDF5_ROOT, (size_t)size + RQ_MAX_UNPACKED));
    rq_status status = read_items(out, file, path);
    rq_hdf5_close(&file);
    return status;
}
