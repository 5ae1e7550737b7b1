/* Attributes of the current group. */
#include "calib/h5_local.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TEXT 60000 /* HDF5 keeps attributes below 64 KiB */

static rq_status put_attribute(rq_h5 *h5, hid_t object, const char *name, hid_t type, hid_t space,
                               const void *data)
{
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = attribute >= 0 && H5Awrite(attribute, type, data) >= 0;
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    return good ? RQ_OK : rq_h5_fail(h5, name);
}

rq_status rq_h5_put_text_at(rq_h5 *h5, hid_t object, const char *name, const char *text)
{
    if (strlen(text) > MAX_TEXT)
        return rq_fail(RQ_EUNSUPPORTED, "%s: '%s' has %zu bytes, at most %d fit", h5->path, name,
                       strlen(text), MAX_TEXT);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    rq_status status = put_attribute(h5, object, name, type, H5Screate(H5S_SCALAR), text);
    H5Tclose(type);
    return status;
}

rq_status rq_h5_put_text(rq_h5 *h5, const char *name, const char *text)
{
    return text ? rq_h5_put_text_at(h5, rq_h5_here(h5), name, text) : RQ_OK;
}

rq_status rq_h5_put_integers(rq_h5 *h5, const char *name, const int64_t *x, size_t n)
{
    hsize_t extent = n;
    return put_attribute(h5, rq_h5_here(h5), name, H5T_STD_I64LE,
                         H5Screate_simple(1, &extent, NULL), x);
}

rq_status rq_h5_put_count(rq_h5 *h5, const char *name, uint64_t x)
{
    return put_attribute(h5, rq_h5_here(h5), name, H5T_STD_U64LE, H5Screate(H5S_SCALAR), &x);
}

/* An attribute open for reading, with its type and how many elements it has. */
typedef struct opened {
    hid_t attribute, type;
    hssize_t n;
} opened;

static rq_status open_attribute(opened *out, rq_h5 *h5, const char *name)
{
    out->attribute = H5Aopen(rq_h5_here(h5), name, H5P_DEFAULT);
    if (out->attribute < 0) return rq_h5_fail(h5, name);
    hid_t space = H5Aget_space(out->attribute);
    out->n = H5Sget_simple_extent_npoints(space);
    out->type = H5Aget_type(out->attribute);
    H5Sclose(space);
    return RQ_OK;
}

static void close_attribute(opened *o)
{
    H5Tclose(o->type);
    H5Aclose(o->attribute);
}

static rq_status read_text(const char **out, rq_h5 *h5, const opened *o, const char *name,
                           rq_arena *arena)
{
    size_t size = H5Tget_size(o->type);
    if (H5Tget_class(o->type) != H5T_STRING || H5Tis_variable_str(o->type) != 0 || o->n != 1 ||
        size > MAX_TEXT + 1)
        return rq_fail(RQ_EFORMAT, "%s: '%s' is not a text", h5->path, name);
    char *text = rq_arena_alloc(arena, size + 1, 1); /* its NUL is not to be relied on */
    if (!text) return RQ_ENOMEM;
    if (H5Aread(o->attribute, o->type, text) < 0) return rq_h5_fail(h5, name);
    *out = text;
    return RQ_OK;
}

rq_status rq_h5_get_text(const char **out, rq_h5 *h5, const char *name, rq_arena *arena)
{
    *out = NULL;
    if (H5Aexists(rq_h5_here(h5), name) == 0) return RQ_OK;
    opened o = {0};
    RQ_TRY(open_attribute(&o, h5, name));
    rq_status status = read_text(out, h5, &o, name, arena);
    close_attribute(&o);
    return status;
}

static rq_status get_numbers(void *out, size_t *n, rq_h5 *h5, const char *name, rq_dtype dt,
                             size_t least, size_t most)
{
    opened o = {0};
    RQ_TRY(open_attribute(&o, h5, name));
    rq_status status = RQ_OK;
    if (H5Tequal(o.type, rq_h5_type(dt)) <= 0 || o.n < (hssize_t)least || o.n > (hssize_t)most)
        status = rq_fail(RQ_EFORMAT, "%s: '%s' is not %zu to %zu numbers of type %s", h5->path,
                         name, least, most, rq_dtype_name(dt));
    else if (o.n && H5Aread(o.attribute, rq_h5_type(dt), out) < 0)
        status = rq_h5_fail(h5, name);
    *n = (size_t)o.n;
    close_attribute(&o);
    return status;
}

rq_status rq_h5_get_integers(int64_t *out, size_t *n, rq_h5 *h5, const char *name, size_t capacity)
{
    return get_numbers(out, n, h5, name, RQ_DT_I64, 0, capacity);
}

rq_status rq_h5_get_count(uint64_t *out, rq_h5 *h5, const char *name)
{
    size_t n;
    return get_numbers(out, &n, h5, name, RQ_DT_U64, 1, 1);
}
