/* A file that is written, from inside. Private to calib/h5*.c. */
#ifndef RQ_CALIB_H5_LOCAL_H
#define RQ_CALIB_H5_LOCAL_H

#include "calib/h5.h"
#include "engine/base/formats/hdf5_library.h"

#define RQ_H5_MAX_DEPTH 4
#define RQ_H5_MAX_TEXT 60000 /* bytes: HDF5 keeps attributes below 64 KiB */

struct rq_h5 {
    rq_hdf5_use use;
    hid_t file;
    hid_t group[RQ_H5_MAX_DEPTH];
    int depth;
    hid_t group_create, dataset_create; /* property lists */
    const char *path, *temp_path;       /* borrowed */
};

static inline hid_t rq_h5_here(const rq_h5 *h5) /* the current group */
{
    return h5->group[h5->depth - 1];
}

/* RQ_EIO: "PATH: 'WHAT' cannot be written: ..." with HDF5's own error. */
rq_status rq_h5_fail(const rq_h5 *h5, const char *what);
/* A text attribute of any object. */
rq_status rq_h5_put_text_at(rq_h5 *h5, hid_t object, const char *name, const char *text);

#endif
