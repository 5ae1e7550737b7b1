/* Atomic writing (engine/base/file.h). */
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/base/tempfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct rq_writer {
    char *path, *temp;
    FILE *file;
    int registered; /* in the table of temporary files; -1 if not */
    int error;      /* errno of the first failed write; 0 while all is well */
};

/* Frees all but the temporary file itself. */
static void release(rq_writer **writer)
{
    rq_temp_forget((*writer)->registered);
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

static rq_status open_temp(rq_writer *writer)
{
    static atomic_uint counter; /* two writers of one path at once get two names */
    if (asprintf(&writer->temp, "%s.tmp-%ld-%u", writer->path, (long)getpid(),
                 atomic_fetch_add(&counter, 1)) < 0) {
        writer->temp = NULL;
        return rq_fail_memory(strlen(writer->path), "a path");
    }
    int fd = open(writer->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return fail_write(writer, errno);
    writer->registered = rq_temp_register(writer->temp);
    writer->file = fdopen(fd, "wb");
    if (writer->file) return RQ_OK;
    close(fd);
    unlink(writer->temp);
    return rq_fail_memory(sizeof(FILE), "a file");
}

rq_status rq_writer_open(rq_writer **out, const char *path)
{
    RQ_TRY(check_target(path));
    rq_writer *writer;
    RQ_TRY(rq_calloc(&writer, 1, sizeof *writer, "a file"));
    writer->registered = -1;
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

static void flush_folder(const char *path)
{
    char *dir = rq_path_dir(path);
    int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd); /* some file systems cannot; the file itself is safe */
        close(fd);
    }
    free(dir);
}

rq_status rq_writer_commit(rq_writer **writer)
{
    int error = finish(*writer);
    rq_status status = error ? fail_write(*writer, error) : RQ_OK;
    if (!error) flush_folder((*writer)->path);
    release(writer);
    return status;
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
