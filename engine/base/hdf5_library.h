/* The only door to the HDF5 library: calib/h5.c keeps statistics with it,
 * datasets/arrays/hdf5_arrays.c reads people's tensors. Debian's library is not thread-safe:
 * whoever calls it from workers takes a lock. */
#ifndef RQ_BASE_HDF5_LIBRARY_H
#define RQ_BASE_HDF5_LIBRARY_H

#include <hdf5.h>

#endif
