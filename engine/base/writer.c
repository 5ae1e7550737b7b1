/* Atomic writing (engine/base/file.h). */
#include "engine/base/file.h"
#include "engine/base/file_lock.h"
#include "engine/base/mem.h"
#include "engine/base/tempfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct rq_writer {
    char *path, *temp;
    FILE *file;
    int lock;       /* another descriptor of the file, that its lock outlives `file`; -1: none */
    int registered; /* in the table of temporary files; -1 if not */
    int error;      /* errno of the first failed write; 0 while all is well */
};

/* Frees all but the temporary file itself. */
static void release(rq_writer **writer)
{
    rq_temp_forget((*writer)->registered);
    if ((*writer)->lock >= 0) close((*writer)->lock);
    free((*writer)->path);
    free((*writer)->temp);
    free(*writer);
    *writer = NULL;
}

static rq_status fail_write(const rq_writer *writer, int error)
{
    return rq_fail(RQ_EIO, "%s: cannot write: %s", writer->path, strerror(error));
}

/* A rename would replace a device such as /dev/null by a file, and fail only then for no name. */
static rq_status check_target(const char *path)
{
    struct stat info;
    if (!*path)
        return rq_fail(RQ_EIO, "%s: cannot write: %s", rq_path_shown(path), strerror(ENOENT));
    if (stat(path, &info) != 0 || S_ISREG(info.st_mode)) return RQ_OK;
    if (S_ISDIR(info.st_mode))
        return rq_fail(RQ_EIO, "%s: cannot write: is a folder, expected a file", path);
    return rq_fail(RQ_EIO, "%s: cannot write: is not a regular file", path);
}

/* -- temporary names ------------------------------------------------------------------------- */

/* Removes a temporary file that nobody has open any more, since its lock can be had. */
static bool remove_dead(const char *temp)
{
    int fd = open(temp, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat info;
    bool dead = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
                rq_lock_try(fd) == RQ_LOCK_TAKEN && unlink(temp) == 0;
    if (fd >= 0) close(fd);
    return dead;
}

/* *fd: of the new file, locked as long as it is open; -1 where another writer has the name. */
static rq_status create_temp(int *fd, const rq_writer *writer)
{
    for (;;) {
        *fd = open(writer->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (*fd < 0 && errno != EEXIST) return fail_write(writer, errno);
        if (*fd < 0 && !remove_dead(writer->temp)) return RQ_OK;
        rq_lock lock = *fd >= 0 ? rq_lock_try(*fd) : RQ_LOCK_GONE;
        if (lock == RQ_LOCK_TAKEN || lock == RQ_LOCK_NONE) return RQ_OK;
        if (*fd >= 0) close(*fd); /* taken for dead before it was locked */
    }
}

/* The first name that is free: so leftovers of dead runs are met, and do not pile up. */
static rq_status choose_temp(int *fd, rq_writer *writer)
{
    *fd = -1;
    for (unsigned i = 0; *fd < 0; i++) {
        free(writer->temp);
        if (asprintf(&writer->temp, "%s.requant-tmp-%u", writer->path, i) < 0) {
            writer->temp = NULL;
            return rq_fail_memory(strlen(writer->path), "a path");
        }
        RQ_TRY(create_temp(fd, writer));
    }
    return RQ_OK;
}

static rq_status open_temp(rq_writer *writer)
{
    int fd;
    RQ_TRY(choose_temp(&fd, writer));
    writer->registered = rq_temp_register(writer->temp);
    writer->lock = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    writer->file = fdopen(fd, "wb");
    if (writer->file) return RQ_OK;
    close(fd);
    unlink(writer->temp);
    return rq_fail_memory(sizeof(FILE), "a file");
}

/* -- writing --------------------------------------------------------------------------------- */

rq_status rq_writer_open(rq_writer **out, const char *path)
{
    RQ_TRY(check_target(path));
    rq_writer *writer;
    RQ_TRY(rq_calloc(&writer, 1, sizeof *writer, "a file"));
    writer->registered = writer->lock = -1;
    writer->path = strdup(path);
    rq_status status = writer->path ? open_temp(writer) : rq_fail_memory(strlen(path), "a path");
    if (status == RQ_OK)
        *out = writer;
    else
        release(&writer);
    return status;
}

rq_status rq_writer_write(rq_writer *writer, const void *data, size_t size)
{
    if (!writer->error && size && fwrite(data, 1, size, writer->file) != size)
        writer->error = errno ? errno : EIO;
    return writer->error ? fail_write(writer, writer->error) : RQ_OK;
}

rq_status rq_writer_cut(rq_writer *writer, size_t size)
{
    off_t end = (off_t)size;
    if (!writer->error && (fflush(writer->file) != 0 || ftruncate(fileno(writer->file), end) != 0 ||
                           fseeko(writer->file, end, SEEK_SET) != 0))
        writer->error = errno;
    return writer->error ? fail_write(writer, writer->error) : RQ_OK;
}

rq_status rq_writer_flush(rq_writer *writer)
{
    if (!writer->error && (fflush(writer->file) != 0 || fsync(fileno(writer->file)) != 0))
        writer->error = errno;
    return writer->error ? fail_write(writer, writer->error) : RQ_OK;
}

/* After a power cut the file must have its bytes before its name has it: flush, then rename,
 * then flush the folder. */
static int finish(rq_writer *writer)
{
    (void)rq_writer_flush(writer);
    int error = writer->error;
    if (fclose(writer->file) != 0 && !error) error = errno;
    if (!error && rename(writer->temp, writer->path) != 0) error = errno;
    if (error) unlink(writer->temp);
    return error;
}

void rq_flush_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd); /* some file systems cannot; the files themselves are safe */
    close(fd);
}

static void flush_name(const char *path)
{
    char *dir = rq_path_dir(path);
    if (dir) rq_flush_folder(dir);
    free(dir);
}

rq_status rq_writer_commit(rq_writer **writer)
{
    int error = finish(*writer);
    rq_status status = error ? fail_write(*writer, error) : RQ_OK;
    if (!error) flush_name((*writer)->path);
    release(writer);
    return status;
}

rq_status rq_writer_commit_pair(rq_writer **lead, rq_writer **other)
{
    RQ_TRY(rq_writer_flush(*other));
    RQ_TRY(rq_writer_flush(*lead));
    if (unlink((*lead)->path) != 0 && errno != ENOENT) return fail_write(*lead, errno);
    RQ_TRY(rq_writer_commit(other));
    return rq_writer_commit(lead);
}

void rq_writer_abort(rq_writer **writer)
{
    if (!writer || !*writer) return;
    fclose((*writer)->file);
    unlink((*writer)->temp);
    release(writer);
}

const char *rq_writer_temp_path(const rq_writer *writer)
{
    return writer->temp;
}

rq_status rq_write_file(const char *path, const void *data, size_t size)
{
    rq_writer *writer;
    RQ_TRY(rq_writer_open(&writer, path));
    rq_status status = rq_writer_write(writer, data, size);
    if (status == RQ_OK) return rq_writer_commit(&writer);
    rq_writer_abort(&writer);
    return status;
}
