/* The only door to the HDF5 library: calib/h5.c writes statistics with it; engine/hdf5, a program
 * of its own, reads files. */
#ifndef RQ_BASE_HDF5_LIBRARY_H
#define RQ_BASE_HDF5_LIBRARY_H

#include <hdf5.h>

/* The library is not thread-safe: every use of it, from opening a file to closing it, is between
 * these two. Meanwhile it does not print what fails; what it did before is put back. */
typedef struct rq_hdf5_use {
    H5E_auto2_t print;
    void *ctx;
} rq_hdf5_use;

rq_hdf5_use rq_hdf5_begin(void);
void rq_hdf5_end(const rq_hdf5_use *use);

#endif
