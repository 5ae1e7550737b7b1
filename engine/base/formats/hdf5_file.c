#include "engine/base/formats/hdf5_file.h"

#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/formats/hdf5_helper.h"
#include "engine/base/mem.h"
#include "engine/base/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 50            /* how often it is asked whether to stop */
#define SILENCE_SECONDS 300.0 /* without a byte: the disk, or a helper that is stopped */
#define MAX_MESSAGE 1000      /* bytes */
/* A file that is made, where its items have n bytes: groups and small arrays have large heads. */
#define MADE_BYTES(n) (8 * (n) + ((size_t)64 << 20))

struct rq_hdf5_file {
    const char *path;
    bool made; /* not read */
    int pipe;  /* -1: closed */
    pid_t helper;
    size_t left,
        content; /* bytes: of all content that may come, of this item's that have not been read */
    char name[RQ_HDF5_MAX_NAME + 1];
    uint8_t buffer[4096];
    size_t begin, end; /* of what was received and not read */
};

/* -- bytes of the pipe ----------------------------------------------------------------------- */

static rq_status fail(const rq_hdf5_file *f, const char *reading, const char *making)
{
    return f->made ? rq_fail(RQ_EIO, "%s: cannot be written: %s", f->path, making)
                   : rq_fail(RQ_EFORMAT, "%s: %s", f->path, reading);
}

static rq_status fail_time(const rq_hdf5_file *f)
{
    return fail(f, "takes too long to read", "the HDF5 library takes too long");
}

static rq_status fail_end(rq_hdf5_file *f)
{
    int status = rq_hdf5_helper_end(f->helper);
    f->helper = -1;
    if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) return fail_time(f);
    return fail(f, "damaged: the HDF5 library failed on it", "the HDF5 library failed");
}

static rq_status wait_for_bytes(const rq_hdf5_file *f)
{
    struct pollfd look = {.fd = f->pipe, .events = POLLIN};
    double until = rq_now() + SILENCE_SECONDS;
    while (poll(&look, 1, LOOK_MS) <= 0) {
        if (!f->made && rq_cancelled()) return rq_fail(RQ_ECANCELLED, "interrupted");
        if (rq_now() > until) return fail_time(f);
    }
    return RQ_OK;
}

static rq_status receive(uint8_t *to, size_t *n, size_t most, rq_hdf5_file *f)
{
    for (;;) {
        RQ_TRY(wait_for_bytes(f));
        ssize_t got = read(f->pipe, to, most);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail_end(f);
        *n = (size_t)got;
        return RQ_OK;
    }
}

static rq_status read_bytes(void *out, size_t n, rq_hdf5_file *f)
{
    uint8_t *to = out;
    while (n) {
        size_t have = f->end - f->begin, got = have < n ? have : n;
        if (got) {
            memcpy(to, f->buffer + f->begin, got);
            f->begin += got;
        } else if (n >= sizeof f->buffer) {
            RQ_TRY(receive(to, &got, n, f));
        } else {
            f->begin = 0;
            RQ_TRY(receive(f->buffer, &f->end, sizeof f->buffer, f));
        }
        to += got;
        n -= got;
    }
    return RQ_OK;
}

static rq_status pass_over(rq_hdf5_file *f)
{
    uint8_t bytes[4096];
    while (f->content) {
        size_t n = f->content < sizeof bytes ? f->content : sizeof bytes;
        RQ_TRY(read_bytes(bytes, n, f));
        f->content -= n;
    }
    return RQ_OK;
}

/* -- items ----------------------------------------------------------------------------------- */

static rq_status fail_item(const rq_hdf5_file *f)
{
    return fail(f, "damaged: its content is no arrays", "the HDF5 library failed");
}

static rq_status check_shape(rq_hdf5_item *item, const rq_hdf5_head *head, const rq_hdf5_file *f)
{
    size_t bytes;
    if (head->rank < 0 || head->rank > RQ_MAX_RANK) return fail_item(f);
    item->shape = rq_shape_make(head->rank, head->d);
    RQ_TRY(rq_shape_check(&item->shape, false, f->path));
    const rq_tensor t = {item->dtype, item->shape, NULL};
    bool numbers = rq_dtype_bits(item->dtype) >= 8;
    if (!numbers || !rq_dtype_bytes(&bytes, item->dtype, rq_tensor_count(&t)) ||
        bytes != item->bytes)
        return fail_item(f);
    return RQ_OK;
}

static rq_status check_head(rq_hdf5_item *item, const rq_hdf5_head *head, rq_hdf5_file *f)
{
    bool data = head->kind == RQ_HDF5_ATTRIBUTE || head->kind == RQ_HDF5_ARRAY;
    bool message = head->kind == RQ_HDF5_ERROR;
    if (head->kind >= RQ_HDF5_KINDS || head->kind == RQ_HDF5_UNITS || head->dtype >= RQ_DT_COUNT ||
        head->name_bytes > RQ_HDF5_MAX_NAME || (!data && !message && head->bytes) ||
        (message && head->bytes > MAX_MESSAGE))
        return fail_item(f);
    if (head->bytes > f->left && !message)
        return rq_fail(RQ_EFORMAT, "%s: holds more than such a file may", f->path);
    *item = (rq_hdf5_item){.kind = (rq_hdf5_kind)head->kind,
                           .name = f->name,
                           .dtype = (rq_dtype)head->dtype,
                           .bytes = (size_t)head->bytes};
    return data && item->dtype != RQ_DT_STRING ? check_shape(item, head, f) : RQ_OK;
}

static rq_status fail_with_message(rq_hdf5_file *f, size_t bytes)
{
    char text[MAX_MESSAGE + 1] = "";
    RQ_TRY(read_bytes(text, bytes, f));
    return fail(f, text, text);
}

rq_status rq_hdf5_next(rq_hdf5_item *out, rq_hdf5_file *file)
{
    rq_hdf5_head head;
    RQ_TRY(pass_over(file));
    RQ_TRY(read_bytes(&head, sizeof head, file));
    RQ_TRY(check_head(out, &head, file));
    RQ_TRY(read_bytes(file->name, head.name_bytes, file));
    file->name[head.name_bytes] = '\0';
    if (out->kind == RQ_HDF5_ERROR) return fail_with_message(file, out->bytes);
    file->content = out->bytes;
    file->left -= out->bytes;
    return RQ_OK;
}

rq_status rq_hdf5_take(void *to, rq_hdf5_file *file)
{
    RQ_TRY(read_bytes(to, file->content, file));
    file->content = 0;
    return RQ_OK;
}

rq_status rq_hdf5_check(void)
{
    return rq_hdf5_helper_check();
}

/* -- opening --------------------------------------------------------------------------------- */

static rq_status start(rq_hdf5_file *f, rq_hdf5_part part)
{
    struct stat info;
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return rq_fail(RQ_EIO, "%s: cannot open: %s", rq_path_shown(f->path), strerror(errno));
    rq_status status = fstat(fd, &info) == 0 && S_ISREG(info.st_mode)
                           ? RQ_OK
                           : rq_fail(RQ_EIO, "%s: is not a regular file", f->path);
    if (status == RQ_OK)
        status = rq_hdf5_helper_start(&f->helper, &f->pipe, fd,
                                      part == RQ_HDF5_ALL ? "all" : "root", f->left);
    close(fd);
    return status;
}

static rq_status create(rq_hdf5_file **out, const char *path, size_t max_bytes)
{
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "an HDF5 file"));
    **out = (rq_hdf5_file){.path = path, .pipe = -1, .helper = -1, .left = max_bytes};
    return RQ_OK;
}

rq_status rq_hdf5_open(rq_hdf5_file **out, const char *path, rq_hdf5_part part, size_t max_bytes)
{
    *out = NULL;
    rq_hdf5_file *f;
    RQ_TRY(create(&f, path, max_bytes));
    rq_status status = start(f, part);
    if (status != RQ_OK) rq_hdf5_close(&f);
    *out = f;
    return status;
}

void rq_hdf5_close(rq_hdf5_file **file)
{
    rq_hdf5_file *f = file ? *file : NULL;
    if (!f) return;
    if (f->pipe >= 0) close(f->pipe);
    rq_hdf5_helper_end(f->helper);
    free(f);
    *file = NULL;
}

/* -- making ---------------------------------------------------------------------------------- */

static rq_status take_image(uint8_t **image, size_t *size, rq_hdf5_file *f)
{
    rq_hdf5_item item;
    RQ_TRY(rq_hdf5_next(&item, f));
    if (item.kind != RQ_HDF5_ARRAY || item.dtype != RQ_DT_U8) return fail_item(f);
    *size = item.bytes;
    RQ_TRY(rq_calloc(image, item.bytes, 1, "an HDF5 file"));
    return rq_hdf5_take(*image, f);
}

rq_status rq_hdf5_make(uint8_t **image, size_t *size, int fd, const char *path)
{
    *image = NULL;
    struct stat info;
    rq_hdf5_file *f;
    if (fstat(fd, &info) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return rq_fail(RQ_EIO, "%s: cannot be written: %s", path, strerror(errno));
    size_t most = MADE_BYTES((size_t)info.st_size);
    RQ_TRY(create(&f, path, most));
    f->made = true;
    rq_status status = rq_hdf5_helper_start(&f->helper, &f->pipe, fd, "make", most);
    if (status == RQ_OK) status = take_image(image, size, f);
    rq_hdf5_close(&f);
    return status;
}
