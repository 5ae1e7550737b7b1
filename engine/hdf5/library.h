/* The only door to the HDF5 library: requant-hdf5 uses it, alone and in one thread. */
#ifndef RQ_HDF5_LIBRARY_H
#define RQ_HDF5_LIBRARY_H

#include <hdf5.h>

#endif
