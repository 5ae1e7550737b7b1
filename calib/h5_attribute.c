/* Attributes of the current group. */
#include "calib/h5_local.h"

#include <string.h>

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
    if (strlen(text) > RQ_H5_MAX_TEXT)
        return rq_fail(RQ_EUNSUPPORTED, "%s: '%s' has %zu bytes, at most %d fit", h5->path, name,
                       strlen(text), RQ_H5_MAX_TEXT);
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
