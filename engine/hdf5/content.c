#include "engine/hdf5/content.h"

#include "engine/base/mem.h"
#include "engine/hdf5/item_writer.h"

#include <stdbool.h>
#include <stdlib.h>

#define MAX_DEFLATE_RATIO 1100 /* deflate makes no more than 1032 of one byte */
#define MAX_ATTRIBUTE 65536    /* bytes: HDF5 keeps attributes below 64 KiB */

/* -- types and shapes ------------------------------------------------------------------------ */

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

/* The type to read as: the machine's own, but for halves, which the library does not know. */
static hid_t memory_type(hid_t type, rq_dtype dtype)
{
    if (dtype != RQ_DT_F16) return H5Tget_native_type(type, H5T_DIR_ASCEND);
    return H5Tget_order(type) == H5T_ORDER_LE ? H5Tcopy(type) : -1;
}

/* Its elements can be counted, too: a product that overflows would pass for a small array. */
static void shape_of(rq_shape *out, hid_t space, const char *name)
{
    hsize_t extents[H5S_MAX_RANK];
    int64_t product = 1;
    int rank = H5Sget_simple_extent_ndims(space);
    bool good =
        rank >= 0 && rank <= RQ_MAX_RANK && H5Sget_simple_extent_dims(space, extents, NULL) == rank;
    out->rank = rank;
    for (int d = 0; good && d < rank; d++) {
        out->d[d] = (int64_t)extents[d];
        good = extents[d] <= INT32_MAX && rq_mul_i64(&product, product, extents[d] ? out->d[d] : 1);
    }
    if (!good) rq_items_fail("'%s': more dimensions, or longer ones, than fit", name);
}

/* -- attributes ------------------------------------------------------------------------------ */

static void put_text(hid_t attribute, hid_t type, const char *name)
{
    size_t bytes = H5Tget_size(type);
    if (H5Tis_variable_str(type) != 0 || bytes > MAX_ATTRIBUTE) return;
    rq_items_claim(bytes, name);
    char *text = calloc(bytes + 1, 1);
    if (!text || H5Aread(attribute, type, text) < 0) rq_items_fail("'%s' cannot be read", name);
    rq_items_put_text(name, text, bytes);
    free(text);
}

static void put_numbers(hid_t attribute, hid_t type, rq_tensor *t, const char *name)
{
    size_t bytes = 0;
    hid_t native = memory_type(type, t->dtype);
    if (native >= 0 && rq_dtype_bytes(&bytes, t->dtype, rq_tensor_count(t)) &&
        bytes <= MAX_ATTRIBUTE) {
        rq_items_claim(bytes, name);
        t->data = calloc(bytes + 1, 1);
        if (!t->data || (bytes && H5Aread(attribute, native, t->data) < 0))
            rq_items_fail("'%s' cannot be read", name);
        rq_items_put(RQ_HDF5_ATTRIBUTE, name, t, bytes);
        free(t->data);
    }
    if (native >= 0) H5Tclose(native);
}

void rq_content_attribute(hid_t attribute)
{
    char name[RQ_HDF5_MAX_NAME + 1];
    ssize_t n = H5Aget_name(attribute, sizeof name, name);
    if (n < 0 || n >= (ssize_t)sizeof name) rq_items_fail("an attribute's name that is too long");
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    rq_tensor t = {.dtype = dtype_of(type)};
    shape_of(&t.shape, space, name);
    if (H5Tget_class(type) == H5T_STRING && t.shape.rank == 0) put_text(attribute, type, name);
    if (t.dtype != RQ_DT_UNDEFINED) put_numbers(attribute, type, &t, name);
    H5Sclose(space);
    H5Tclose(type);
}

/* -- arrays ---------------------------------------------------------------------------------- */

/* Not in other files, which it may name, and not more than its bytes can be. */
static size_t checked_bytes(hid_t set, const rq_tensor *t, const char *name)
{
    size_t bytes = 0;
    hid_t create = H5Dget_create_plist(set);
    H5D_layout_t layout = H5Pget_layout(create);
    if (layout < 0 || layout == H5D_VIRTUAL || H5Pget_external_count(create) != 0)
        rq_items_fail("'%s' lies in other files", name);
    H5Pclose(create);
    if (!rq_dtype_bytes(&bytes, t->dtype, rq_tensor_count(t)) ||
        bytes / MAX_DEFLATE_RATIO > H5Dget_storage_size(set))
        rq_items_fail("'%s' claims more than the file holds", name);
    rq_items_claim(bytes, name);
    return bytes;
}

void rq_content_array(hid_t set, const char *name)
{
    hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    rq_tensor t = {.dtype = dtype_of(type)};
    hid_t native = memory_type(type, t.dtype);
    shape_of(&t.shape, space, name);
    if (t.dtype == RQ_DT_UNDEFINED || native < 0)
        rq_items_fail("'%s' holds neither integers nor floats", name);
    size_t bytes = checked_bytes(set, &t, name);
    t.data = malloc(bytes + 1);
    if (!t.data) rq_items_fail("'%s': no memory for %zu bytes", name, bytes);
    if (bytes && H5Dread(set, native, H5S_ALL, H5S_ALL, H5P_DEFAULT, t.data) < 0)
        rq_items_fail("'%s' cannot be read", name);
    rq_items_put(RQ_HDF5_ARRAY, name, &t, bytes);
    free(t.data);
    H5Tclose(native);
    H5Sclose(space);
    H5Tclose(type);
}
