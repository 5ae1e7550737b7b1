/* requant-hdf5 root|all MAX_BYTES SECONDS <FILE.h5: the content of an HDF5 file as plain arrays
 * (engine/base/formats/hdf5_stream.h). requant and its library start it for every HDF5 file that
 * they read: hostile files crash the HDF5 library, and then nothing but this program.
 * requant-hdf5 make MAX_BYTES SECONDS <ITEMS: the other way round, the file as one array of bytes.
 */
#include "engine/hdf5/file_writer.h"
#include "engine/hdf5/item_writer.h"
#include "engine/hdf5/walk.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define LIBRARY_BYTES ((rlim_t)512 << 20) /* programs, the library's caches and buffers */

/* Sanitizers reserve more addresses than there are bytes. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static void limit(int resource, rlim_t most, rlim_t hard)
{
    struct rlimit now;
    if (getrlimit(resource, &now) == 0 && now.rlim_cur < most) return;
    const struct rlimit wanted = {most, now.rlim_max < hard ? now.rlim_max : hard};
    if (setrlimit(resource, &wanted) != 0) exit(1);
}

static void walk_standard_input(bool all)
{
    hid_t file = H5Fopen("/dev/stdin", H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) rq_items_fail("damaged, or no HDF5 file");
    rq_walk_file(file, all);
}

int main(int argc, char **argv)
{
    if (argc != 4 ||
        (strcmp(argv[1], "root") && strcmp(argv[1], "all") && strcmp(argv[1], "make"))) {
        fputs("usage: requant-hdf5 root|all MAX_BYTES SECONDS <FILE.h5\n"
              "       requant-hdf5 make MAX_BYTES SECONDS <ITEMS\n",
              stderr);
        return 2;
    }
    uint64_t max_bytes = strtoull(argv[2], NULL, 10), seconds = strtoull(argv[3], NULL, 10);
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_CPU, (rlim_t)seconds, (rlim_t)seconds + 1); /* SIGXCPU before SIGKILL */
    rlim_t addresses = (rlim_t)max_bytes + LIBRARY_BYTES;
    if (!SANITIZED) limit(RLIMIT_AS, addresses, addresses);
    rq_items_limit(max_bytes);
    H5dont_atexit(); /* what it does then crashes where memory has run out before */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* what fails is not printed */
    if (strcmp(argv[1], "make") == 0)
        rq_hdf5_write_items();
    else
        walk_standard_input(strcmp(argv[1], "all") == 0);
    rq_items_mark(RQ_HDF5_END, "");
    return fflush(stdout) != 0;
}
