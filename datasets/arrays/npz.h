/* NumPy's .npz: a ZIP archive of .npy files, stored or deflated; and .npy as one of a single array.
 * Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", 4.3. The only door to zlib. */
#ifndef RQ_DATASETS_ARRAYS_NPZ_H
#define RQ_DATASETS_ARRAYS_NPZ_H

#include "datasets/arrays/arrays.h"

/* Told by the first bytes; HDF5 files too (hdf5_arrays.h). RQ_EFORMAT names the file and the array.
 * On failure there is nothing to free. */
rq_status rq_arrays_read(rq_arrays *out, const char *path);

#endif
