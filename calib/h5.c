#include "calib/h5.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/hdf5_library.h"
#include "engine/base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER_BLOCK 512
#define SEAL "requant statistics, HDF5 from byte 512; xxh3-128 of it: "
#define MAX_DEPTH 4
#define MEMORY_STEP (256 * 1024) /* by which a file that is written grows */
#define MAX_TEXT 60000           /* HDF5 keeps attributes below 64 KiB */

struct rq_h5 {
    rq_hdf5_use use;
    hid_t file;
    hid_t group[MAX_DEPTH];
    int depth;
    hid_t group_create, dataset_create; /* property lists; < 0 when reading */
    const char *path, *temp_path;       /* borrowed */
    uint64_t size;                      /* of the file that is read */
};

/* -- errors: HDF5's stack folded into our message ------------------------------------------- */

static herr_t keep_first(unsigned n, const H5E_error2_t *error, void *text)
{
    (void)n;
    if (error->desc && !*(char *)text) snprintf(text, 160, "%s", error->desc);
    return 0;
}

static rq_status fail(const rq_h5 *h5, const char *what)
{
    char reason[160] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, reason);
    H5Eclear2(H5E_DEFAULT);
    return rq_fail(h5->temp_path ? RQ_EIO : RQ_EFORMAT, "%s: '%s' cannot be %s%s%s", h5->path, what,
                   h5->temp_path ? "written" : "read", *reason ? ": " : "", reason);
}

static hid_t file_type(rq_dtype dt)
{
    const struct {
        rq_dtype dt;
        hid_t type;
    } types[] = {{RQ_DT_F32, H5T_IEEE_F32LE}, {RQ_DT_F64, H5T_IEEE_F64LE},
                 {RQ_DT_U16, H5T_STD_U16LE},  {RQ_DT_U64, H5T_STD_U64LE},
                 {RQ_DT_I32, H5T_STD_I32LE},  {RQ_DT_I64, H5T_STD_I64LE}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].dt == dt) return types[i].type;
    return -1;
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

static rq_status check_mapping(const rq_mapping *mapping, const char *path)
{
    char digest[RQ_DIGEST_TEXT], block[USER_BLOCK];
    if (mapping->size <= USER_BLOCK || memcmp(mapping->data, SEAL, strlen(SEAL)) != 0)
        return rq_fail(RQ_EFORMAT, "%s: not a statistics file of requant", path);
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
    return h5->file < 0 ? fail(h5, "the file") : RQ_OK;
}

static rq_status open_root(rq_h5 *h5)
{
    h5->group[0] = H5Gopen2(h5->file, "/", H5P_DEFAULT);
    if (h5->group[0] < 0) return fail(h5, "/");
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
        status = h5->file < 0 ? fail(h5, "the file") : open_root(h5);
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
    if (n <= 0) return fail(h5, "the file");
    *size = (size_t)n;
    RQ_TRY(rq_calloc(image, *size, 1, "statistics"));
    return H5Fget_file_image(h5->file, *image, *size) == n ? RQ_OK : fail(h5, "the file");
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

static hid_t here(const rq_h5 *h5)
{
    return h5->group[h5->depth - 1];
}

rq_status rq_h5_enter(rq_h5 *h5, const char *name)
{
    hid_t group = h5->temp_path
                      ? H5Gcreate2(here(h5), name, H5P_DEFAULT, h5->group_create, H5P_DEFAULT)
                      : H5Gopen2(here(h5), name, H5P_DEFAULT);
    if (group < 0) return fail(h5, name);
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
    if (H5Gget_info(here(h5), &info) < 0) return fail(h5, "a group");
    *n = (size_t)info.nlinks;
    return RQ_OK;
}

/* -- attributes ----------------------------------------------------------------------------- */

static rq_status put_attribute(rq_h5 *h5, hid_t object, const char *name, hid_t type, hid_t space,
                               const void *data)
{
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = attribute >= 0 && H5Awrite(attribute, type, data) >= 0;
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    return good ? RQ_OK : fail(h5, name);
}

static rq_status put_text_at(rq_h5 *h5, hid_t object, const char *name, const char *text)
{
    if (strlen(text) > MAX_TEXT)
        return rq_fail(RQ_EUNSUPPORTED, "%s: '%s' has %zu bytes, at most %d fit", h5->path, name,
                       strlen(text), MAX_TEXT);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    rq_status status = put_attribute(h5, object, name, type, H5Screate(H5S_SCALAR), text);
    H5Tclose(type);
    return status;
}

rq_status rq_h5_put_text(rq_h5 *h5, const char *name, const char *text)
{
    return text ? put_text_at(h5, here(h5), name, text) : RQ_OK;
}

rq_status rq_h5_put_integers(rq_h5 *h5, const char *name, const int64_t *x, size_t n)
{
    hsize_t extent = n;
    return put_attribute(h5, here(h5), name, H5T_STD_I64LE, H5Screate_simple(1, &extent, NULL), x);
}

rq_status rq_h5_put_count(rq_h5 *h5, const char *name, uint64_t x)
{
    return put_attribute(h5, here(h5), name, H5T_STD_U64LE, H5Screate(H5S_SCALAR), &x);
}

/* An attribute open for reading, with its type and how many elements it has. */
typedef struct opened {
    hid_t attribute, type;
    hssize_t n;
} opened;

static rq_status open_attribute(opened *out, rq_h5 *h5, const char *name)
{
    out->attribute = H5Aopen(here(h5), name, H5P_DEFAULT);
    if (out->attribute < 0) return fail(h5, name);
    hid_t space = H5Aget_space(out->attribute);
    out->n = H5Sget_simple_extent_npoints(space);
    out->type = H5Aget_type(out->attribute);
    H5Sclose(space);
    return RQ_OK;
}

static void close_attribute(opened *o)
{
    H5Tclose(o->type);
    H5Aclose(o->attribute);
}

static rq_status read_text(const char **out, rq_h5 *h5, const opened *o, const char *name,
                           rq_arena *arena)
{
    size_t size = H5Tget_size(o->type);
    if (H5Tget_class(o->type) != H5T_STRING || H5Tis_variable_str(o->type) != 0 || o->n != 1 ||
        size > MAX_TEXT + 1)
        return rq_fail(RQ_EFORMAT, "%s: '%s' is not a text", h5->path, name);
    char *text = rq_arena_alloc(arena, size + 1, 1); /* its NUL is not to be relied on */
    if (!text) return RQ_ENOMEM;
    if (H5Aread(o->attribute, o->type, text) < 0) return fail(h5, name);
    *out = text;
    return RQ_OK;
}

rq_status rq_h5_get_text(const char **out, rq_h5 *h5, const char *name, rq_arena *arena)
{
    *out = NULL;
    if (H5Aexists(here(h5), name) == 0) return RQ_OK;
    opened o = {0};
    RQ_TRY(open_attribute(&o, h5, name));
    rq_status status = read_text(out, h5, &o, name, arena);
    close_attribute(&o);
    return status;
}

static rq_status get_numbers(void *out, size_t *n, rq_h5 *h5, const char *name, rq_dtype dt,
                             size_t least, size_t most)
{
    opened o = {0};
    RQ_TRY(open_attribute(&o, h5, name));
    rq_status status = RQ_OK;
    if (H5Tequal(o.type, file_type(dt)) <= 0 || o.n < (hssize_t)least || o.n > (hssize_t)most)
        status = rq_fail(RQ_EFORMAT, "%s: '%s' is not %zu to %zu numbers of type %s", h5->path,
                         name, least, most, rq_dtype_name(dt));
    else if (o.n && H5Aread(o.attribute, file_type(dt), out) < 0)
        status = fail(h5, name);
    *n = (size_t)o.n;
    close_attribute(&o);
    return status;
}

rq_status rq_h5_get_integers(int64_t *out, size_t *n, rq_h5 *h5, const char *name, size_t capacity)
{
    return get_numbers(out, n, h5, name, RQ_DT_I64, 0, capacity);
}

rq_status rq_h5_get_count(uint64_t *out, rq_h5 *h5, const char *name)
{
    size_t n;
    return get_numbers(out, &n, h5, name, RQ_DT_U64, 1, 1);
}

/* -- datasets ------------------------------------------------------------------------------- */

rq_status rq_h5_put_array(rq_h5 *h5, const char *name, const char *units, rq_dtype dt, size_t rows,
                          size_t columns, const void *data)
{
    hsize_t extents[2] = {rows, columns};
    hid_t space = H5Screate_simple(columns > 1 ? 2 : 1, extents, NULL), type = file_type(dt);
    hid_t set =
        H5Dcreate2(here(h5), name, type, space, H5P_DEFAULT, h5->dataset_create, H5P_DEFAULT);
    bool good =
        set >= 0 && (!rows || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    rq_status status = good ? put_text_at(h5, set, "units", units) : fail(h5, name);
    if (set >= 0) H5Dclose(set);
    H5Sclose(space);
    return status;
}

static bool has_extents(hid_t set, size_t columns, hsize_t *rows)
{
    hsize_t extents[2] = {0, 1};
    hid_t space = H5Dget_space(set);
    int rank = columns > 1 ? 2 : 1;
    bool good = H5Sget_simple_extent_ndims(space) == rank &&
                H5Sget_simple_extent_dims(space, extents, NULL) == rank && extents[1] == columns;
    H5Sclose(space);
    *rows = extents[0];
    return good;
}

static bool is_plain(hid_t set, rq_dtype dt)
{
    hid_t type = H5Dget_type(set), create = H5Dget_create_plist(set);
    bool good = H5Tequal(type, file_type(dt)) > 0 && H5Pget_layout(create) == H5D_CONTIGUOUS &&
                H5Pget_external_count(create) == 0;
    H5Pclose(create);
    H5Tclose(type);
    return good;
}

static rq_status open_set(hid_t *set, size_t *rows, rq_h5 *h5, const char *name, rq_dtype dt,
                          size_t columns)
{
    *set = H5Dopen2(here(h5), name, H5P_DEFAULT);
    if (*set < 0) return fail(h5, name);
    hsize_t found = 0;
    bool good = has_extents(*set, columns, &found) && is_plain(*set, dt) &&
                found <= h5->size / (columns * rq_dtype_bits(dt) / 8);
    *rows = (size_t)found;
    if (good) return RQ_OK;
    H5Dclose(*set);
    return rq_fail(RQ_EFORMAT, "%s: '%s' is not a plain dataset of %s with %zu column(s)", h5->path,
                   name, rq_dtype_name(dt), columns);
}

rq_status rq_h5_rows(size_t *rows, rq_h5 *h5, const char *name, rq_dtype dt, size_t columns)
{
    hid_t set;
    RQ_TRY(open_set(&set, rows, h5, name, dt, columns));
    H5Dclose(set);
    return RQ_OK;
}

rq_status rq_h5_get_array(void *out, rq_h5 *h5, const char *name, rq_dtype dt, size_t rows,
                          size_t columns)
{
    hid_t set;
    size_t found = 0;
    rq_status status = RQ_OK;
    RQ_TRY(open_set(&set, &found, h5, name, dt, columns));
    if (found != rows)
        status =
            rq_fail(RQ_EFORMAT, "%s: '%s' has %zu rows, expected %zu", h5->path, name, found, rows);
    else if (rows && H5Dread(set, file_type(dt), H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0)
        status = fail(h5, name);
    H5Dclose(set);
    return status;
}
