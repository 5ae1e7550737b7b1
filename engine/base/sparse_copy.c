#include "engine/base/sparse_copy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define STEP ((size_t)1 << 30) /* Linux copies no more than 2 GiB at once */

static bool is_short(int fd, off_t size)
{
    struct stat info;
    return fstat(fd, &info) != 0 || info.st_size < size;
}

static bool has_room(int to, int from)
{
    struct stat info;
    struct statvfs place;
    if (fstat(from, &info) != 0 || fstatvfs(to, &place) != 0) return false;
    return (uint64_t)info.st_blocks * 512 / place.f_frsize < place.f_bavail;
}

/* The next bytes from *at on that are no hole; where that cannot be told, all. */
static void find_part(off_t *at, off_t *end, int fd, off_t size)
{
    off_t begin = lseek(fd, *at, SEEK_DATA);
    if (begin < 0) begin = errno == ENXIO ? size : *at;
    *at = begin < size ? begin : size;
    *end = *at < size ? lseek(fd, *at, SEEK_HOLE) : size;
    if (*end <= *at || *end > size) *end = size;
}

static rq_copied copy_part(int to, int from, off_t at, off_t end)
{
    if (lseek(to, at, SEEK_SET) != at) return RQ_COPY_NO_ROOM;
    while (at < end) {
        size_t left = (size_t)(end - at);
        ssize_t n = sendfile(to, from, &at, left < STEP ? left : STEP);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n ? RQ_COPY_NO_ROOM : RQ_COPY_SHORT;
    }
    return RQ_COPIED;
}

rq_copied rq_copy_sparse(int to, int from, size_t size)
{
    off_t last = (off_t)size;
    if (!has_room(to, from) || ftruncate(to, last) != 0) return RQ_COPY_NO_ROOM;
    for (off_t at = 0, end; at < last; at = end) {
        find_part(&at, &end, from, last);
        rq_copied copied = copy_part(to, from, at, end);
        if (copied != RQ_COPIED) return copied;
    }
    return is_short(from, last) ? RQ_COPY_SHORT : RQ_COPIED;
}
