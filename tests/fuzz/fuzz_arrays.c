/* A file of tensors, told by its first bytes: npy, npz, or HDF5; behind a NUL what the program that
 * reads HDF5 answers (hdf5_stream.h). Starting that program takes a thousand times as long as all
 * else: HDF5 files that come of mutation are left to the target hdf5. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hdf5_helper.h"
#include "tests/fuzz/memory_files.h"
#include "tests/fuzz/mutate_proto.h"

#include "datasets/arrays/arrays.h"

#include <string.h>

static const char signature[] = "\x89HDF\r\n\x1a\n";
enum { N_SIGNATURE = sizeof signature - 1 };

static bool is_hdf5(const uint8_t *data, size_t size)
{
    return size >= N_SIGNATURE && !memcmp(data, signature, N_SIGNATURE);
}

static const char *answered(const uint8_t *data, size_t size)
{
    fuzz_write("h5", "", 0);
    fuzz_helper_answers(data, size);
    return fuzz_give("h5", signature, N_SIGNATURE);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    rq_arrays arrays;
    const char *path;
    bool mutated = LLVMFuzzerMutate != NULL;
    if (is_hdf5(data, size) && mutated) return;
    if (is_hdf5(data, size))
        path = fuzz_write("a.npz", data, size);
    else if (size && !data[0])
        path = answered(data + 1, size - 1);
    else
        path = fuzz_give("a.npz", data, size);
    if (rq_arrays_read(&arrays, path) == RQ_OK) rq_arrays_free(&arrays);
}
