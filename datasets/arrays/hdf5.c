/* Tensors in HDF5 files: the datasets of the root group, integers and floats, by name. Types are as
 * in the file, rows in its order; groups below the root and links elsewhere are passed over.
 * Threads take turns. */
#include "datasets/arrays/arrays.h"
#include "engine/base/hdf5_library.h"
#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NAME 256
#define MAX_DEFLATE_RATIO 1100 /* deflate makes no more than 1032 of one byte */

bool rq_hdf5_probe(const uint8_t *data, size_t size)
{
    return size >= 8 && memcmp(data, "\x89HDF\r\n\x1a\n", 8) == 0;
}

/* -- what a dataset holds -------------------------------------------------------------------- */

static const struct {
    rq_dtype dtype;
    H5T_class_t class;
    size_t bytes;
    H5T_sign_t sign;
} types[] = {
    {RQ_DT_F16, H5T_FLOAT, 2, H5T_SGN_ERROR},  {RQ_DT_F32, H5T_FLOAT, 4, H5T_SGN_ERROR},
    {RQ_DT_F64, H5T_FLOAT, 8, H5T_SGN_ERROR},  {RQ_DT_U8, H5T_INTEGER, 1, H5T_SGN_NONE},
    {RQ_DT_U16, H5T_INTEGER, 2, H5T_SGN_NONE}, {RQ_DT_U32, H5T_INTEGER, 4, H5T_SGN_NONE},
    {RQ_DT_U64, H5T_INTEGER, 8, H5T_SGN_NONE}, {RQ_DT_I8, H5T_INTEGER, 1, H5T_SGN_2},
    {RQ_DT_I16, H5T_INTEGER, 2, H5T_SGN_2},    {RQ_DT_I32, H5T_INTEGER, 4, H5T_SGN_2},
    {RQ_DT_I64, H5T_INTEGER, 8, H5T_SGN_2},
};

static rq_dtype dtype_of(hid_t type)
{
    H5T_class_t class = H5Tget_class(type);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].class == class && types[i].bytes == H5Tget_size(type) &&
            (class == H5T_FLOAT || types[i].sign == H5Tget_sign(type)))
            return types[i].dtype;
    return RQ_DT_UNDEFINED;
}

static rq_status shape_of(rq_shape *out, hid_t set, const char *path, const char *name)
{
    hsize_t extents[H5S_MAX_RANK];
    hid_t space = H5Dget_space(set);
    int rank = H5Sget_simple_extent_ndims(space);
    bool good =
        rank >= 0 && rank <= RQ_MAX_RANK && H5Sget_simple_extent_dims(space, extents, NULL) == rank;
    H5Sclose(space);
    out->rank = rank;
    for (int d = 0; good && d < rank; d++) {
        good = extents[d] <= INT32_MAX;
        out->d[d] = (int64_t)extents[d];
    }
    return good ? RQ_OK
                : rq_fail(RQ_EFORMAT, "%s: '%s': more dimensions, or longer ones, than fit", path,
                          name);
}

/* -- reading --------------------------------------------------------------------------------- */

static rq_status read_data(rq_tensor *t, hid_t set, const char *path, const char *name)
{
    size_t bytes;
    hid_t type = H5Dget_type(set), native = H5Tget_native_type(type, H5T_DIR_ASCEND);
    rq_status status = RQ_OK;
    t->dtype = dtype_of(type);
    if (t->dtype == RQ_DT_UNDEFINED || native < 0)
        status = rq_fail(RQ_EFORMAT, "%s: '%s' holds neither integers nor floats", path, name);
    else if (!rq_dtype_bytes(&bytes, t->dtype, rq_tensor_count(t)) ||
             bytes / MAX_DEFLATE_RATIO > H5Dget_storage_size(set))
        status = rq_fail(RQ_EFORMAT, "%s: '%s' claims more than the file holds", path, name);
    else
        status = rq_alloc_aligned(&t->data, bytes ? bytes : 1, "an array");
    if (status == RQ_OK && bytes &&
        H5Dread(set, t->dtype == RQ_DT_F16 ? type : native, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                t->data) < 0)
        status = rq_fail(RQ_EFORMAT, "%s: '%s' cannot be read", path, name);
    if (native >= 0) H5Tclose(native);
    H5Tclose(type);
    return status;
}

static rq_status read_set(rq_arrays *out, hid_t set, const char *path, const char *name)
{
    if (out->n == RQ_MAX_ARRAYS)
        return rq_fail(RQ_EFORMAT, "%s: more than %d arrays", path, RQ_MAX_ARRAYS);
    rq_tensor *t = &out->arrays[out->n];
    char *copy = strdup(name);
    if (!copy) return rq_fail_memory(strlen(name), "a name");
    *t = (rq_tensor){0};
    out->names[out->n++] = copy; /* freed with the rest */
    RQ_TRY(shape_of(&t->shape, set, path, name));
    return read_data(t, set, path, name);
}

static rq_status read_link(rq_arrays *out, hid_t file, hsize_t i, const char *path)
{
    char name[MAX_NAME];
    H5L_info_t info;
    ssize_t n = H5Lget_name_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name,
                                   H5P_DEFAULT);
    if (n < 0 || n >= (ssize_t)sizeof name || H5Lget_info(file, name, &info, H5P_DEFAULT) < 0)
        return rq_fail(RQ_EFORMAT, "%s: a name that cannot be read, or is too long", path);
    if (info.type != H5L_TYPE_HARD) return RQ_OK; /* other files are nobody's input */
    hid_t object = H5Oopen(file, name, H5P_DEFAULT);
    if (object < 0) return rq_fail(RQ_EFORMAT, "%s: '%s' cannot be opened", path, name);
    rq_status status =
        H5Iget_type(object) == H5I_DATASET ? read_set(out, object, path, name) : RQ_OK;
    H5Oclose(object);
    return status;
}

static rq_status read_root(rq_arrays *out, hid_t file, const char *path)
{
    H5G_info_t info;
    if (H5Gget_info(file, &info) < 0) return rq_fail(RQ_EFORMAT, "%s: no root group", path);
    for (hsize_t i = 0; i < info.nlinks; i++) RQ_TRY(read_link(out, file, i, path));
    return out->n ? RQ_OK : rq_fail(RQ_EFORMAT, "%s: no array in its root group", path);
}

/* The library opens the file itself. */
rq_status rq_hdf5_arrays(rq_arrays *out, const uint8_t *data, size_t size, const char *path)
{
    (void)data;
    (void)size;
    const rq_hdf5_use use = rq_hdf5_begin();
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    rq_status status = file < 0 ? rq_fail(RQ_EFORMAT, "%s: damaged, or no HDF5 file", path)
                                : read_root(out, file, path);
    if (file >= 0) H5Fclose(file);
    rq_hdf5_end(&use);
    return status;
}
