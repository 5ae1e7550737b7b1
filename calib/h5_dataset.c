/* Arrays of numbers in the current group. */
#include "calib/h5_local.h"

static hid_t type_of(rq_dtype dt)
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
    hid_t space = H5Screate_simple(columns > 1 ? 2 : 1, extents, NULL), type = type_of(dt);
    hid_t set =
        H5Dcreate2(rq_h5_here(h5), name, type, space, H5P_DEFAULT, h5->dataset_create, H5P_DEFAULT);
    bool good =
        set >= 0 && (!rows || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    rq_status status = good ? rq_h5_put_text_at(h5, set, "units", units) : rq_h5_fail(h5, name);
    if (set >= 0) H5Dclose(set);
    H5Sclose(space);
    return status;
}
