/* A file of tensors, told by its first bytes: npy, npz; HDF5 files are read by a library of its
 * own, which is not fuzzed here. */
#include "tests/fuzz/fuzz.h"

#include "datasets/arrays/arrays.h"

#include <string.h>

void fuzz_one(const uint8_t *data, size_t size)
{
    rq_arrays arrays;
    if (size >= 4 && !memcmp(data, "\x89HDF", 4)) return;
    if (rq_arrays_read(&arrays, fuzz_write("a.npz", data, size)) == RQ_OK) rq_arrays_free(&arrays);
}
