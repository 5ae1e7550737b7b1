/* A file of tensors, told by its first bytes: npy, npz, or HDF5, which a program of its own reads.
 */
#include "tests/fuzz/fuzz.h"

#include "datasets/arrays/arrays.h"

void fuzz_one(const uint8_t *data, size_t size)
{
    rq_arrays arrays;
    if (rq_arrays_read(&arrays, fuzz_write("a.npz", data, size)) == RQ_OK) rq_arrays_free(&arrays);
}
