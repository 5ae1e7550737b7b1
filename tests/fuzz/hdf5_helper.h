/* The HDF5 helper's place, without a process for each input: what rq_hdf5_file reads are the bytes
 * given here, as a helper that a hostile file has taken over could send them (hdf5_stream.h). */
#ifndef RQ_TESTS_FUZZ_HDF5_HELPER_H
#define RQ_TESTS_FUZZ_HDF5_HELPER_H

#include <stddef.h>

/* Until the input has been run it is not started: these bytes, the caller's, are what it answers
 * where a file is read; NULL: what lies in the file behind the user block. Where a file is made,
 * its bytes are those of the items. */
void fuzz_helper_answers(const void *items, size_t size);

void fuzz_helper_forget(void);

#endif
