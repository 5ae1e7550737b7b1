#include "engine/hdf5/file_writer.h"

#include "engine/hdf5/item_writer.h"
#include "engine/hdf5/library.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_DEPTH 4
#define USER_BLOCK 512           /* bytes, of the application's (calib/h5_seal.h) */
#define MEMORY_STEP (256 * 1024) /* by which the file in memory grows */

typedef struct writer {
    hid_t file, group[MAX_DEPTH], group_create, dataset_create;
    int depth;
    rq_hdf5_head head; /* of the item that is at hand */
    char name[RQ_HDF5_MAX_NAME + 1];
} writer;

/* -- items ----------------------------------------------------------------------------------- */

static void read_all(void *to, size_t bytes)
{
    if (fread(to, 1, bytes, stdin) != bytes) rq_items_fail("its content ends too early");
}

static void read_head(writer *w)
{
    read_all(&w->head, sizeof w->head);
    if (w->head.name_bytes > RQ_HDF5_MAX_NAME) rq_items_fail("a name that is too long");
    read_all(w->name, w->head.name_bytes);
    w->name[w->head.name_bytes] = '\0';
}

/* To be freed; a NUL follows. */
static void *read_content(const writer *w)
{
    rq_items_claim(w->head.bytes, w->name);
    char *content = calloc(w->head.bytes + 1, 1);
    if (!content) rq_items_fail("'%s': no memory for it", w->name);
    read_all(content, w->head.bytes);
    return content;
}

/* -- errors: HDF5's stack folded into our message -------------------------------------------- */

static herr_t keep_first(unsigned n, const H5E_error2_t *error, void *text)
{
    (void)n;
    if (error->desc && !*(char *)text) snprintf(text, 160, "%s", error->desc);
    return 0;
}

static void check(bool good, const char *what)
{
    char reason[160] = "";
    if (good) return;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, reason);
    rq_items_fail("'%s'%s%s", what, *reason ? ": " : "", reason);
}

/* -- objects --------------------------------------------------------------------------------- */

static hid_t type_of(const writer *w)
{
    const struct {
        rq_dtype dtype;
        hid_t type;
    } types[] = {{RQ_DT_F32, H5T_IEEE_F32LE}, {RQ_DT_F64, H5T_IEEE_F64LE},
                 {RQ_DT_U8, H5T_STD_U8LE},    {RQ_DT_U16, H5T_STD_U16LE},
                 {RQ_DT_U64, H5T_STD_U64LE},  {RQ_DT_I32, H5T_STD_I32LE},
                 {RQ_DT_I64, H5T_STD_I64LE}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].dtype == w->head.dtype) return H5Tcopy(types[i].type);
    if (w->head.dtype != RQ_DT_STRING) rq_items_fail("'%s': no type of such files", w->name);
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, w->head.bytes + 1);
    H5Tset_cset(text, H5T_CSET_UTF8);
    return text;
}

static hid_t space_of(const writer *w, hid_t type)
{
    hsize_t extents[RQ_MAX_RANK], n = 1;
    if (w->head.rank < 0 || w->head.rank > RQ_MAX_RANK) rq_items_fail("'%s': its shape", w->name);
    for (int d = 0; d < w->head.rank; d++) n *= extents[d] = (hsize_t)w->head.d[d];
    size_t text_end = w->head.dtype == RQ_DT_STRING;
    if (n * H5Tget_size(type) != w->head.bytes + text_end)
        rq_items_fail("'%s': its shape is of another size than its content", w->name);
    return w->head.rank ? H5Screate_simple(w->head.rank, extents, NULL) : H5Screate(H5S_SCALAR);
}

static void write_attribute(const writer *w, hid_t object)
{
    hid_t type = type_of(w), space = space_of(w, type);
    void *content = read_content(w);
    hid_t attribute = H5Acreate2(object, w->name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    check(attribute >= 0 && H5Awrite(attribute, type, content) >= 0, w->name);
    H5Aclose(attribute);
    free(content);
    H5Sclose(space);
    H5Tclose(type);
}

static void write_array(writer *w)
{
    hid_t type = type_of(w), space = space_of(w, type);
    void *content = read_content(w);
    hid_t set = H5Dcreate2(w->group[w->depth - 1], w->name, type, space, H5P_DEFAULT,
                           w->dataset_create, H5P_DEFAULT);
    bool empty = w->head.bytes == 0;
    check(set >= 0 && (empty || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, content) >= 0),
          w->name);
    free(content);
    read_head(w);
    if (w->head.kind != RQ_HDF5_UNITS) rq_items_fail("an array without units");
    write_attribute(w, set);
    H5Dclose(set);
    H5Sclose(space);
    H5Tclose(type);
}

static void enter(writer *w, hid_t group)
{
    check(group >= 0, w->name);
    w->group[w->depth++] = group;
}

static void write_group(writer *w)
{
    if (w->depth == MAX_DEPTH) rq_items_fail("groups in more than %d groups", MAX_DEPTH);
    enter(w,
          H5Gcreate2(w->group[w->depth - 1], w->name, H5P_DEFAULT, w->group_create, H5P_DEFAULT));
}

static void leave(writer *w)
{
    if (w->depth == 0) rq_items_fail("groups that do not nest");
    H5Gclose(w->group[--w->depth]);
}

/* -- the file -------------------------------------------------------------------------------- */

/* In memory, whatever its name. */
static void create_file(writer *w)
{
    hid_t create = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_userblock(create, USER_BLOCK);
    H5Pset_fapl_core(access, MEMORY_STEP, false);
    w->file = H5Fcreate("/", H5F_ACC_TRUNC, create, access);
    H5Pclose(access);
    H5Pclose(create);
    w->group_create = H5Pcreate(H5P_GROUP_CREATE);
    w->dataset_create = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(w->group_create, false);
    H5Pset_obj_track_times(w->dataset_create, false);
    check(w->file >= 0, "the file");
    enter(w, H5Gopen2(w->file, "/", H5P_DEFAULT));
}

static void write_items(writer *w)
{
    for (;;) {
        read_head(w);
        switch (w->head.kind) {
        case RQ_HDF5_END:
            return;
        case RQ_HDF5_GROUP:
            write_group(w);
            break;
        case RQ_HDF5_LEAVE:
            leave(w);
            break;
        case RQ_HDF5_ATTRIBUTE:
            write_attribute(w, w->group[w->depth - 1]);
            break;
        case RQ_HDF5_ARRAY:
            write_array(w);
            break;
        default:
            rq_items_fail("an item of no kind");
        }
        if (w->depth == 0) rq_items_fail("groups that do not nest");
    }
}

static void put_image(const writer *w)
{
    bool flushed = H5Fflush(w->file, H5F_SCOPE_GLOBAL) >= 0;
    ssize_t n = flushed ? H5Fget_file_image(w->file, NULL, 0) : -1;
    check(n > 0, "the file");
    rq_items_claim((uint64_t)n, "the file");
    rq_tensor image = {RQ_DT_U8, {1, {n}}, malloc((size_t)n)};
    if (!image.data) rq_items_fail("no memory for %zd bytes", n);
    check(H5Fget_file_image(w->file, image.data, (size_t)n) == n, "the file");
    rq_items_put(RQ_HDF5_ARRAY, "the file", &image, (size_t)n);
}

void rq_hdf5_write_items(void)
{
    writer w = {.file = -1};
    create_file(&w);
    write_items(&w);
    while (w.depth) leave(&w);
    put_image(&w);
}
