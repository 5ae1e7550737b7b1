/* Reading files and asking about them. */
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_MS 50 /* how often it is asked whether to stop */

static rq_status fail_errno(const char *path, const char *what)
{
    return rq_fail(RQ_EIO, "%s: cannot %s: %s", rq_path_shown(path), what, strerror(errno));
}

/* Without blocking: a FIFO that nobody writes to would wait for ever. */
static rq_status open_for_reading(int *out, struct stat *info, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return fail_errno(path, "open");
    rq_status status = RQ_OK;
    if (fstat(fd, info) != 0)
        status = fail_errno(path, "open");
    else if (S_ISDIR(info->st_mode))
        status = rq_fail(RQ_EIO, "%s: is a folder, expected a file", path);
    if (status == RQ_OK)
        *out = fd;
    else
        close(fd);
    return status;
}

static rq_status open_regular(int *out, struct stat *info, const char *path)
{
    RQ_TRY(open_for_reading(out, info, path));
    if (S_ISREG(info->st_mode)) return RQ_OK;
    close(*out);
    return rq_fail(RQ_EIO, "%s: is not a regular file", path);
}

rq_status rq_file_open(rq_open_file *out, const char *path)
{
    struct stat info;
    *out = (rq_open_file){.fd = -1, .path = path};
    RQ_TRY(open_regular(&out->fd, &info, path));
    out->size = (size_t)info.st_size;
    out->changed[0] = info.st_mtim.tv_sec;
    out->changed[1] = info.st_mtim.tv_nsec;
    return RQ_OK;
}

void rq_file_close(rq_open_file *file)
{
    if (file->fd >= 0) close(file->fd);
    file->fd = -1;
}

/* Bytes of a new file in the place of the old ones would make a model of two. */
static rq_status check_unchanged(const rq_open_file *file)
{
    struct stat info;
    if (fstat(file->fd, &info) != 0) return fail_errno(file->path, "read");
    if ((size_t)info.st_size < file->size)
        return rq_fail(RQ_EIO, "%s: became shorter while it was read", file->path);
    if (info.st_mtim.tv_sec != file->changed[0] || info.st_mtim.tv_nsec != file->changed[1])
        return rq_fail(RQ_EIO, "%s: was written to while it was read", file->path);
    return RQ_OK;
}

rq_status rq_file_read(void *out, const rq_open_file *file, size_t offset, size_t n)
{
    RQ_TRY(rq_read_at(out, file->fd, offset, n, file->path));
    return check_unchanged(file);
}

rq_status rq_file_map(rq_mapping *out, const rq_open_file *file)
{
    RQ_TRY(rq_snapshot(out, file->fd, file->size, file->path));
    rq_status status = check_unchanged(file);
    if (status != RQ_OK) rq_unmap_file(out);
    return status;
}

rq_status rq_map_file(rq_mapping *out, const char *path)
{
    rq_open_file file;
    RQ_TRY(rq_file_open(&file, path));
    rq_status status = rq_snapshot(out, file.fd, file.size, path);
    rq_file_close(&file);
    return status;
}

rq_status rq_read_head(uint8_t *out, size_t *n, size_t capacity, const char *path)
{
    int fd = -1;
    struct stat info;
    RQ_TRY(open_regular(&fd, &info, path));
    ssize_t got = pread(fd, out, capacity, 0);
    rq_status status = got < 0 ? fail_errno(path, "read") : RQ_OK;
    *n = got < 0 ? 0 : (size_t)got;
    close(fd);
    return status;
}

/* A pipe that is open for writing may bring more, in its time. */
static rq_status wait_for_more(int fd, const char *path)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    while (poll(&look, 1, LOOK_MS) == 0)
        if (rq_cancelled()) return rq_fail(RQ_ECANCELLED, "%s: interrupted", path);
    return RQ_OK;
}

/* Reads to the end, so that pipes work too. */
static rq_status read_all(char **text, size_t *size, int fd, const char *path, size_t max_bytes)
{
    size_t capacity = 0;
    *size = 0;
    for (;;) {
        RQ_TRY(rq_grow(text, &capacity, *size + 1, 1, path)); /* one more for the NUL */
        ssize_t n = read(fd, *text + *size, capacity - *size - 1);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) {
            RQ_TRY(wait_for_more(fd, path));
            continue;
        }
        if (n < 0) return fail_errno(path, "read");
        if (n == 0) break;
        *size += (size_t)n;
        if (*size > max_bytes)
            return rq_fail(RQ_EFORMAT, "%s: longer than the %zu bytes that such a file may have",
                           path, max_bytes);
    }
    (*text)[*size] = '\0';
    return RQ_OK;
}

rq_status rq_read_file(char **out, size_t *size, const char *path, size_t max_bytes)
{
    int fd = -1;
    struct stat info;
    char *text = NULL;
    size_t length = 0;
    RQ_TRY(open_for_reading(&fd, &info, path));
    rq_status status = read_all(&text, &length, fd, path, max_bytes);
    close(fd);
    if (status != RQ_OK) {
        free(text);
        return status;
    }
    *out = text;
    if (size) *size = length;
    return RQ_OK;
}

bool rq_is_dir(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool rq_is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

rq_status rq_file_size(uint64_t *out, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) return fail_errno(path, "open");
    *out = (uint64_t)info.st_size;
    return RQ_OK;
}

static rq_status make_dir(const char *path)
{
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && rq_is_dir(path))) return RQ_OK;
    if (errno == EEXIST || errno == ENOTDIR)
        return rq_fail(RQ_EIO, "%s: is in the way: a file, expected a folder", path);
    return fail_errno(path, "make the folder");
}

rq_status rq_make_dirs(const char *path)
{
    if (rq_is_dir(path)) return RQ_OK;
    char *part = strdup(path);
    if (!part) return rq_fail_memory(strlen(path), "a path");
    rq_status status = RQ_OK;
    for (char *slash = part + 1; status == RQ_OK && *part && (slash = strchr(slash, '/'));
         slash++) {
        *slash = '\0';
        status = make_dir(part);
        *slash = '/';
    }
    free(part);
    return status == RQ_OK ? make_dir(path) : status;
}
