#include "calib/h5_local.h"
#include "calib/h5_seal.h"

#include "engine/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_STEP (256 * 1024) /* by which a file that is written grows */

/* -- errors: HDF5's stack folded into our message ------------------------------------------- */

static herr_t keep_first(unsigned n, const H5E_error2_t *error, void *text)
{
    (void)n;
    if (error->desc && !*(char *)text) snprintf(text, 160, "%s", error->desc);
    return 0;
}

rq_status rq_h5_fail(const rq_h5 *h5, const char *what)
{
    char reason[160] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, reason);
    H5Eclear2(H5E_DEFAULT);
    return rq_fail(RQ_EIO, "%s: '%s' cannot be written%s%s", h5->path, what, *reason ? ": " : "",
                   reason);
}

/* -- files and groups ----------------------------------------------------------------------- */

static rq_status start(rq_h5 **out, const char *path, const char *temp_path)
{
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "an HDF5 file"));
    rq_h5 *h5 = *out;
    h5->use = rq_hdf5_begin();
    h5->file = h5->group_create = h5->dataset_create = -1;
    h5->path = path;
    h5->temp_path = temp_path;
    return RQ_OK;
}

/* In memory: HDF5 crashes at exit when it could not write all of a file, on a full disk. */
static rq_status create_file(rq_h5 *h5)
{
    hid_t create = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_userblock(create, RQ_H5_USER_BLOCK);
    H5Pset_fapl_core(access, MEMORY_STEP, false);
    h5->file = H5Fcreate(h5->temp_path, H5F_ACC_TRUNC, create, access);
    H5Pclose(access);
    H5Pclose(create);
    h5->group_create = H5Pcreate(H5P_GROUP_CREATE);
    h5->dataset_create = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(h5->group_create, false);
    H5Pset_obj_track_times(h5->dataset_create, false);
    return h5->file < 0 ? rq_h5_fail(h5, "the file") : RQ_OK;
}

static rq_status open_root(rq_h5 *h5)
{
    h5->group[0] = H5Gopen2(h5->file, "/", H5P_DEFAULT);
    if (h5->group[0] < 0) return rq_h5_fail(h5, "/");
    h5->depth = 1;
    return RQ_OK;
}

rq_status rq_h5_create(rq_h5 **out, const char *temp_path, const char *path)
{
    *out = NULL;
    rq_h5 *h5;
    RQ_TRY(start(&h5, path, temp_path));
    rq_status status = create_file(h5);
    if (status == RQ_OK) status = open_root(h5);
    if (status != RQ_OK) rq_h5_close(&h5);
    *out = h5;
    return status;
}

/* HDF5's part of the file, behind the user block. */
static rq_status take_image(uint8_t **image, size_t *size, const rq_h5 *h5)
{
    ssize_t n =
        H5Fflush(h5->file, H5F_SCOPE_GLOBAL) < 0 ? -1 : H5Fget_file_image(h5->file, NULL, 0);
    if (n <= 0) return rq_h5_fail(h5, "the file");
    *size = (size_t)n;
    RQ_TRY(rq_calloc(image, *size, 1, "statistics"));
    return H5Fget_file_image(h5->file, *image, *size) == n ? RQ_OK : rq_h5_fail(h5, "the file");
}

static rq_status write_image(const rq_h5 *h5, const char *block, const uint8_t *image, size_t size)
{
    FILE *file = fopen(h5->temp_path, "wb");
    bool good = file && fwrite(block, 1, RQ_H5_USER_BLOCK, file) == RQ_H5_USER_BLOCK &&
                fwrite(image, 1, size, file) == size;
    int error = errno;
    if (file && fclose(file) != 0 && good) {
        good = false;
        error = errno;
    }
    return good ? RQ_OK : rq_fail(RQ_EIO, "%s: cannot be written: %s", h5->path, strerror(error));
}

static rq_status write_file(const rq_h5 *h5)
{
    uint8_t *image = NULL;
    size_t size = 0;
    char block[RQ_H5_USER_BLOCK];
    rq_status status = take_image(&image, &size, h5);
    if (status == RQ_OK) status = rq_h5_seal(block, image, size);
    if (status == RQ_OK) status = write_image(h5, block, image, size);
    free(image);
    return status;
}

rq_status rq_h5_finish(rq_h5 **h5)
{
    rq_status status = write_file(*h5);
    rq_h5_close(h5);
    return status;
}

void rq_h5_close(rq_h5 **h5)
{
    if (!h5 || !*h5) return;
    while ((*h5)->depth) rq_h5_leave(*h5);
    if ((*h5)->group_create >= 0) H5Pclose((*h5)->group_create);
    if ((*h5)->dataset_create >= 0) H5Pclose((*h5)->dataset_create);
    if ((*h5)->file >= 0) H5Fclose((*h5)->file);
    H5Eclear2(H5E_DEFAULT);
    rq_hdf5_end(&(*h5)->use);
    free(*h5);
    *h5 = NULL;
}

rq_status rq_h5_enter(rq_h5 *h5, const char *name)
{
    hid_t group = H5Gcreate2(rq_h5_here(h5), name, H5P_DEFAULT, h5->group_create, H5P_DEFAULT);
    if (group < 0) return rq_h5_fail(h5, name);
    h5->group[h5->depth++] = group;
    return RQ_OK;
}

void rq_h5_leave(rq_h5 *h5)
{
    H5Gclose(h5->group[--h5->depth]);
}
