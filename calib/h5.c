#include "calib/h5.h"

#include "calib/h5_seal.h"
#include "engine/base/formats/hdf5_file.h"
#include "engine/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_TEXT 60000 /* bytes: HDF5 keeps attributes below 64 KiB */

struct rq_h5 {
    FILE *file;       /* at temp_path: items (hdf5_stream.h), and HDF5 in the end */
    const char *path; /* borrowed */
};

static rq_status fail_to_write(const rq_h5 *h5)
{
    return rq_fail(RQ_EIO, "%s: cannot be written: %s", h5->path, strerror(errno));
}

/* -- items ----------------------------------------------------------------------------------- */

static rq_status put(const rq_h5 *h5, rq_hdf5_head head, const char *name, const void *data)
{
    head.name_bytes = (uint32_t)strlen(name);
    bool good = fwrite(&head, sizeof head, 1, h5->file) == 1 &&
                fwrite(name, 1, head.name_bytes, h5->file) == head.name_bytes &&
                fwrite(data, 1, head.bytes, h5->file) == head.bytes;
    return good ? RQ_OK : fail_to_write(h5);
}

static rq_status put_text(const rq_h5 *h5, rq_hdf5_kind kind, const char *name, const char *text)
{
    if (strlen(text) > MAX_TEXT)
        return rq_fail(RQ_EUNSUPPORTED, "%s: '%s' has %zu bytes, at most %d fit", h5->path, name,
                       strlen(text), MAX_TEXT);
    return put(h5, (rq_hdf5_head){.kind = kind, .dtype = RQ_DT_STRING, .bytes = strlen(text)}, name,
               text);
}

rq_status rq_h5_enter(rq_h5 *h5, const char *name)
{
    return put(h5, (rq_hdf5_head){.kind = RQ_HDF5_GROUP}, name, "");
}

rq_status rq_h5_leave(rq_h5 *h5)
{
    return put(h5, (rq_hdf5_head){.kind = RQ_HDF5_LEAVE}, "", "");
}

rq_status rq_h5_put_text(rq_h5 *h5, const char *name, const char *text)
{
    return text ? put_text(h5, RQ_HDF5_ATTRIBUTE, name, text) : RQ_OK;
}

rq_status rq_h5_put_integers(rq_h5 *h5, const char *name, const int64_t *x, size_t n)
{
    const rq_hdf5_head head = {RQ_HDF5_ATTRIBUTE, RQ_DT_I64, .rank = 1, .d = {(int64_t)n},
                               .bytes = n * sizeof *x};
    return put(h5, head, name, x);
}

rq_status rq_h5_put_count(rq_h5 *h5, const char *name, uint64_t x)
{
    return put(h5, (rq_hdf5_head){RQ_HDF5_ATTRIBUTE, RQ_DT_U64, .bytes = sizeof x}, name, &x);
}

rq_status rq_h5_put_array(rq_h5 *h5, const char *name, const char *units, rq_dtype dt, size_t rows,
                          size_t columns, const void *data)
{
    const rq_hdf5_head head = {RQ_HDF5_ARRAY, dt, .rank = columns > 1 ? 2 : 1,
                               .d = {(int64_t)rows, (int64_t)columns},
                               .bytes = rows * columns * rq_dtype_bits(dt) / 8};
    RQ_TRY(put(h5, head, name, rows ? data : ""));
    return put_text(h5, RQ_HDF5_UNITS, "units", units);
}

/* -- files ----------------------------------------------------------------------------------- */

rq_status rq_h5_create(rq_h5 **out, const char *temp_path, const char *path)
{
    *out = NULL;
    rq_h5 *h5;
    RQ_TRY(rq_calloc(&h5, 1, sizeof *h5, "an HDF5 file"));
    h5->path = path;
    h5->file = fopen(temp_path, "w+be");
    rq_status status = h5->file ? RQ_OK : fail_to_write(h5);
    if (status != RQ_OK) rq_h5_close(&h5);
    *out = h5;
    return status;
}

/* The library's part of the file, behind the user block. */
static rq_status make_image(uint8_t **image, size_t *size, const rq_h5 *h5)
{
    RQ_TRY(put(h5, (rq_hdf5_head){.kind = RQ_HDF5_END}, "", ""));
    if (fflush(h5->file) != 0) return fail_to_write(h5);
    return rq_hdf5_make(image, size, fileno(h5->file), h5->path);
}

static rq_status replace_items(const rq_h5 *h5, const char *block, const uint8_t *image,
                               size_t size)
{
    rewind(h5->file);
    bool good = ftruncate(fileno(h5->file), 0) == 0 &&
                fwrite(block, 1, RQ_H5_USER_BLOCK, h5->file) == RQ_H5_USER_BLOCK &&
                fwrite(image, 1, size, h5->file) == size && fflush(h5->file) == 0;
    return good ? RQ_OK : fail_to_write(h5);
}

static rq_status write_file(const rq_h5 *h5)
{
    uint8_t *image = NULL;
    size_t size = 0;
    char block[RQ_H5_USER_BLOCK];
    rq_status status = make_image(&image, &size, h5);
    if (status == RQ_OK) status = rq_h5_seal(block, image, size);
    if (status == RQ_OK) status = replace_items(h5, block, image, size);
    free(image);
    return status;
}

static rq_status close_file(rq_h5 *h5)
{
    FILE *file = h5->file;
    h5->file = NULL;
    return fclose(file) == 0 ? RQ_OK : fail_to_write(h5);
}

rq_status rq_h5_finish(rq_h5 **h5)
{
    rq_status status = write_file(*h5);
    if (status == RQ_OK) status = close_file(*h5);
    rq_h5_close(h5);
    return status;
}

void rq_h5_close(rq_h5 **h5)
{
    if (!h5 || !*h5) return;
    if ((*h5)->file) fclose((*h5)->file);
    free(*h5);
    *h5 = NULL;
}
