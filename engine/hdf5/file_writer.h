/* Making HDF5 files. */
#ifndef RQ_HDF5_FILE_WRITER_H
#define RQ_HDF5_FILE_WRITER_H

/* Reads items (hdf5_stream.h) from standard input, and writes the HDF5 file that holds them, behind
 * its user block, as an array of bytes. Numbers are little-endian, arrays contiguous; no times. */
void rq_hdf5_write_items(void);

#endif
