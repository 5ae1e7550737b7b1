#include "calib/h5_local.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER_BLOCK 512
#define SEAL "requant statistics, HDF5 from byte 512; xxh3-128 of it: "
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
    return rq_fail(h5->temp_path ? RQ_EIO : RQ_EFORMAT, "%s: '%s' cannot be %s%s%s", h5->path, what,
                   h5->temp_path ? "written" : "read", *reason ? ": " : "", reason);
}

/* -- the user block ------------------------------------------------------------------------- */

static rq_status digest_of(char digest[RQ_DIGEST_TEXT], const uint8_t *data, size_t size)
{
    rq_hasher *hasher;
    RQ_TRY(rq_hasher_create(&hasher));
    rq_hasher_update(hasher, data, size);
    rq_hasher_finish(&hasher, digest);
    return RQ_OK;
}

static void write_seal(char block[USER_BLOCK], const char *digest)
{
    memset(block, 0, USER_BLOCK);
    snprintf(block, USER_BLOCK, SEAL "%s\n", digest);
}

static bool has_seal(const rq_mapping *mapping)
{
    return mapping->size >= strlen(SEAL) && memcmp(mapping->data, SEAL, strlen(SEAL)) == 0;
}

static rq_status check_mapping(const rq_mapping *mapping, const char *path)
{
    char digest[RQ_DIGEST_TEXT], block[USER_BLOCK];
    if (!has_seal(mapping))
        return rq_fail(RQ_EFORMAT, "%s: not a statistics file of requant", path);
    if (mapping->size <= USER_BLOCK)
        return rq_fail(RQ_EFORMAT, "%s: damaged: only the first %zu bytes are there", path,
                       mapping->size);
    RQ_TRY(digest_of(digest, mapping->data + USER_BLOCK, mapping->size - USER_BLOCK));
    write_seal(block, digest);
    if (memcmp(mapping->data, block, USER_BLOCK) != 0)
        return rq_fail(RQ_EFORMAT, "%s: damaged or changed: its content has digest %s, not %.32s",
                       path, digest, (const char *)mapping->data + strlen(SEAL));
    return RQ_OK;
}

static rq_status check_seal(rq_h5 *h5)
{
    rq_mapping mapping;
    RQ_TRY(rq_map_file(&mapping, h5->path));
    rq_status status = check_mapping(&mapping, h5->path);
    h5->size = mapping.size;
    rq_unmap_file(&mapping);
    return status;
}

rq_status rq_h5_may_replace(const char *path)
{
    rq_mapping mapping;
    if (!rq_is_file(path)) return RQ_OK;
    RQ_TRY(rq_map_file(&mapping, path));
    bool may = mapping.size == 0 || has_seal(&mapping);
    rq_unmap_file(&mapping);
    return may ? RQ_OK
               : rq_fail(RQ_EARG,
                         "%s: is there already and is not a statistics file of requant; expected "
                         "another name",
                         path);
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
    H5Pset_userblock(create, USER_BLOCK);
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

rq_status rq_h5_open(rq_h5 **out, const char *path)
{
    *out = NULL;
    rq_h5 *h5;
    RQ_TRY(start(&h5, path, NULL));
    rq_status status = check_seal(h5);
    if (status == RQ_OK) {
        h5->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
        status = h5->file < 0 ? rq_h5_fail(h5, "the file") : open_root(h5);
    }
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
    bool good = file && fwrite(block, 1, USER_BLOCK, file) == USER_BLOCK &&
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
    char digest[RQ_DIGEST_TEXT], block[USER_BLOCK];
    rq_status status = take_image(&image, &size, h5);
    if (status == RQ_OK) status = digest_of(digest, image, size);
    if (status == RQ_OK) {
        write_seal(block, digest);
        status = write_image(h5, block, image, size);
    }
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
    hid_t group = h5->temp_path
                      ? H5Gcreate2(rq_h5_here(h5), name, H5P_DEFAULT, h5->group_create, H5P_DEFAULT)
                      : H5Gopen2(rq_h5_here(h5), name, H5P_DEFAULT);
    if (group < 0) return rq_h5_fail(h5, name);
    h5->group[h5->depth++] = group;
    return RQ_OK;
}

void rq_h5_leave(rq_h5 *h5)
{
    H5Gclose(h5->group[--h5->depth]);
}

rq_status rq_h5_children(size_t *n, rq_h5 *h5)
{
    H5G_info_t info;
    if (H5Gget_info(rq_h5_here(h5), &info) < 0) return rq_h5_fail(h5, "a group");
    *n = (size_t)info.nlinks;
    return RQ_OK;
}
