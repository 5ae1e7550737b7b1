/* Tensors in HDF5 files: the datasets of the root group, integers and floats, by name. */
#ifndef RQ_DATASETS_ARRAYS_HDF5_ARRAYS_H
#define RQ_DATASETS_ARRAYS_HDF5_ARRAYS_H

#include "datasets/arrays/arrays.h"

#include <stdbool.h>

bool rq_is_hdf5(const void *head, size_t n);
/* As rq_arrays_read (npz.h). Types are as in the file, rows in its order; groups below the root and
 * links elsewhere are passed over. May be called by several threads: they take turns. */
rq_status rq_hdf5_arrays_read(rq_arrays *out, const char *path);

#endif
