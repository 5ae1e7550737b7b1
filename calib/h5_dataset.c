/* Arrays of numbers in the current group. */
#include "calib/h5_local.h"

hid_t rq_h5_type(rq_dtype dt)
{
    const struct {
        rq_dtype dt;
        hid_t type;
    } types[] = {{RQ_DT_F32, H5T_IEEE_F32LE}, {RQ_DT_F64, H5T_IEEE_F64LE},
                 {RQ_DT_U16, H5T_STD_U16LE},  {RQ_DT_U64, H5T_STD_U64LE},
                 {RQ_DT_I32, H5T_STD_I32LE},  {RQ_DT_I64, H5T_STD_I64LE}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].dt == dt) return types[i].type;
    return -1;
}

rq_status rq_h5_put_array(rq_h5 *h5, const char *name, const char *units, rq_dtype dt, size_t rows,
                          size_t columns, const void *data)
{
    hsize_t extents[2] = {rows, columns};
    hid_t space = H5Screate_simple(columns > 1 ? 2 : 1, extents, NULL), type = rq_h5_type(dt);
    hid_t set =
        H5Dcreate2(rq_h5_here(h5), name, type, space, H5P_DEFAULT, h5->dataset_create, H5P_DEFAULT);
    bool good =
        set >= 0 && (!rows || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    rq_status status = good ? rq_h5_put_text_at(h5, set, "units", units) : rq_h5_fail(h5, name);
    if (set >= 0) H5Dclose(set);
    H5Sclose(space);
    return status;
}

static bool has_extents(hid_t set, size_t columns, hsize_t *rows)
{
    hsize_t extents[2] = {0, 1};
    hid_t space = H5Dget_space(set);
    int rank = columns > 1 ? 2 : 1;
    bool good = H5Sget_simple_extent_ndims(space) == rank &&
                H5Sget_simple_extent_dims(space, extents, NULL) == rank && extents[1] == columns;
    H5Sclose(space);
    *rows = extents[0];
    return good;
}

static bool is_plain(hid_t set, rq_dtype dt)
{
    hid_t type = H5Dget_type(set), create = H5Dget_create_plist(set);
    bool good = H5Tequal(type, rq_h5_type(dt)) > 0 && H5Pget_layout(create) == H5D_CONTIGUOUS &&
                H5Pget_external_count(create) == 0;
    H5Pclose(create);
    H5Tclose(type);
    return good;
}

static rq_status open_set(hid_t *set, size_t *rows, rq_h5 *h5, const char *name, rq_dtype dt,
                          size_t columns)
{
    *set = H5Dopen2(rq_h5_here(h5), name, H5P_DEFAULT);
    if (*set < 0) return rq_h5_fail(h5, name);
    hsize_t found = 0;
    bool good = has_extents(*set, columns, &found) && is_plain(*set, dt) &&
                found <= h5->size / (columns * rq_dtype_bits(dt) / 8);
    *rows = (size_t)found;
    if (good) return RQ_OK;
    H5Dclose(*set);
    return rq_fail(RQ_EFORMAT, "%s: '%s' is not a plain dataset of %s with %zu column(s)", h5->path,
                   name, rq_dtype_name(dt), columns);
}

rq_status rq_h5_rows(size_t *rows, rq_h5 *h5, const char *name, rq_dtype dt, size_t columns)
{
    hid_t set;
    RQ_TRY(open_set(&set, rows, h5, name, dt, columns));
    H5Dclose(set);
    return RQ_OK;
}

rq_status rq_h5_get_array(void *out, rq_h5 *h5, const char *name, rq_dtype dt, size_t rows,
                          size_t columns)
{
    hid_t set;
    size_t found = 0;
    rq_status status = RQ_OK;
    RQ_TRY(open_set(&set, &found, h5, name, dt, columns));
    if (found != rows)
        status =
            rq_fail(RQ_EFORMAT, "%s: '%s' has %zu rows, expected %zu", h5->path, name, found, rows);
    else if (rows && H5Dread(set, rq_h5_type(dt), H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0)
        status = rq_h5_fail(h5, name);
    H5Dclose(set);
    return status;
}
