#include "engine/base/mapping.h"

#include "engine/base/sparse_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SMALL ((size_t)4 << 20) /* bytes that are not worth a file */
#define STEP ((size_t)1 << 30)  /* Linux reads no more than 2 GiB at once */

/* -- copies in files that are mapped now ------------------------------------------------------- */

/* Where one lies, for those who know bytes but not whose they are. Private memory must not be
 * given back: its bytes would be gone. */
typedef struct place {
    struct place *next;
    const uint8_t *data;
    size_t size;
} place;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static place *places;

/* Short of memory its pages stay, and that is all. */
static void remember(const rq_mapping *mapping)
{
    place *p = malloc(sizeof *p);
    if (!p) return;
    pthread_mutex_lock(&lock);
    *p = (place){places, mapping->data, mapping->size};
    places = p;
    pthread_mutex_unlock(&lock);
}

static void forget(const rq_mapping *mapping)
{
    pthread_mutex_lock(&lock);
    place **link = &places;
    while (*link && (*link)->data != mapping->data) link = &(*link)->next;
    place *found = *link;
    if (found) *link = found->next;
    pthread_mutex_unlock(&lock);
    free(found);
}

void rq_release_pages(const void *data, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)data / page * page;
    const uint8_t *at = data;
    pthread_mutex_lock(&lock);
    for (const place *p = places; p; p = p->next) {
        if (at < p->data || at >= p->data + p->size) continue;
        size_t left = (size_t)(p->data + p->size - at);
        size_t n = (size_t)((uintptr_t)at - begin) + (size < left ? size : left);
        madvise((void *)begin, n, MADV_DONTNEED);
    }
    pthread_mutex_unlock(&lock);
}

void rq_release_all_pages(void)
{
    pthread_mutex_lock(&lock);
    for (const place *p = places; p; p = p->next)
        madvise((void *)(uintptr_t)p->data, p->size, MADV_DONTNEED);
    pthread_mutex_unlock(&lock);
}

void rq_unmap_file(rq_mapping *mapping)
{
    if (mapping->in_file) forget(mapping);
    if (mapping->data) munmap((void *)(uintptr_t)mapping->data, mapping->size);
    *mapping = (rq_mapping){0};
}

void rq_mapping_release_pages(const rq_mapping *mapping)
{
    if (mapping->in_file) madvise((void *)(uintptr_t)mapping->data, mapping->size, MADV_DONTNEED);
}

static rq_status fail_short(const char *path)
{
    return rq_fail(RQ_EIO, "%s: became shorter while it was read", path);
}

static rq_status fail_read(const char *path)
{
    return rq_fail(RQ_EIO, "%s: cannot read: %s", path, strerror(errno));
}

static rq_status map(rq_mapping *out, int fd, size_t size, int protection, int flags,
                     const char *path)
{
    void *data = mmap(NULL, size, protection, MAP_PRIVATE | flags, fd, 0);
    if (data == MAP_FAILED) return rq_fail_memory(size, path);
    *out = (rq_mapping){data, size, fd >= 0};
    if (out->in_file) remember(out);
    return RQ_OK;
}

/* -- in memory ------------------------------------------------------------------------------- */

rq_status rq_read_at(void *out, int fd, size_t offset, size_t n, const char *path)
{
    for (size_t at = 0; at < n;) {
        size_t most = n - at < STEP ? n - at : STEP;
        ssize_t got = pread(fd, (uint8_t *)out + at, most, (off_t)(offset + at));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_read(path);
        if (got == 0) return fail_short(path);
        at += (size_t)got;
    }
    return RQ_OK;
}

static rq_status copy_to_memory(rq_mapping *out, int fd, size_t size, const char *path)
{
    RQ_TRY(map(out, -1, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS, path));
    void *data = (void *)(uintptr_t)out->data;
    rq_status status = rq_read_at(data, fd, 0, size, path);
    if (status == RQ_OK && mprotect(data, size, PROT_READ) != 0) status = fail_read(path);
    if (status != RQ_OK) rq_unmap_file(out);
    return status;
}

/* -- in a file ------------------------------------------------------------------------------- */

/* Without a name, so that nobody finds it and no kill leaves it. -1: there is no place. */
static int open_nameless(void)
{
    char name[4096];
    const char *folder = getenv("TMPDIR");
    if (!folder || folder[0] != '/') folder = "/tmp";
    if (snprintf(name, sizeof name, "%s/requant-XXXXXX", folder) >= (int)sizeof name) return -1;
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0) unlink(name);
    return fd;
}

/* *done is false where the copy's file system has no room, or cannot copy. */
static rq_status copy_to_file(bool *done, rq_mapping *out, int fd, size_t size, const char *path)
{
    *done = false;
    int to = open_nameless();
    if (to < 0) return RQ_OK;
    rq_copied copied = rq_copy_sparse(to, fd, size);
    *done = copied == RQ_COPIED;
    rq_status status = copied == RQ_COPY_SHORT ? fail_short(path) : RQ_OK;
    if (*done) status = map(out, to, size, PROT_READ, 0, path);
    close(to);
    return status;
}

rq_status rq_snapshot(rq_mapping *out, int fd, size_t size, const char *path)
{
    bool done = false;
    *out = (rq_mapping){0};
    if (size == 0) return RQ_OK;
    if (size > SMALL) RQ_TRY(copy_to_file(&done, out, fd, size, path));
    return done ? RQ_OK : copy_to_memory(out, fd, size, path);
}
