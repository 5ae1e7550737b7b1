/* The program that reads and writes HDF5, without a process: what it reads of a file that the
 * library made of lines ("group NAME", "up", "set NAME TYPE N...", "attribute NAME TYPE N...",
 * "link NAME TARGET", "soft NAME TARGET", "elsewhere NAME FILE", "type NAME TYPE"), and behind a
 * NUL what it makes of items (hdf5_stream.h). Files that are none are the library's matter: it may
 * die of them, and so may the program. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hdf5_helper.h"

#include "engine/base/formats/hdf5_file.h"
#include "engine/hdf5/file_writer.h"
#include "engine/hdf5/item_writer.h"
#include "engine/hdf5/walk.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 8, MAX_RANK = 12, MAX_BYTES = 1 << 20, MAX_LINES = 40 };

static jmp_buf ended;
static bool inside; /* what would be another process */

_Noreturn void __real_exit(int status);
_Noreturn void __wrap_exit(int status);
int __lsan_is_turned_off(void);

/* A program that fails ends with all that it has. */
int __lsan_is_turned_off(void)
{
    return 1;
}

_Noreturn void __wrap_exit(int status)
{
    if (inside) longjmp(ended, 1);
    __real_exit(status);
}

/* -- a file, by lines ------------------------------------------------------------------------ */

static hid_t half(void)
{
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 10, 5, 0, 10);
    H5Tset_precision(type, 16);
    H5Tset_ebias(type, 15);
    H5Tset_size(type, 2);
    return type;
}

static hid_t text(size_t size)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    return type;
}

static hid_t boolean(void)
{
    hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    H5Tenum_insert(type, "FALSE", &(int8_t){0});
    H5Tenum_insert(type, "TRUE", &(int8_t){1});
    return type;
}

static hid_t complex_number(void)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, 16);
    H5Tinsert(type, "r", 0, H5T_NATIVE_DOUBLE);
    H5Tinsert(type, "i", 8, H5T_NATIVE_DOUBLE);
    return type;
}

static hid_t type_named(const char *name)
{
    const struct {
        const char *name;
        hid_t type;
    } known[] = {{"f32", H5T_IEEE_F32LE},     {"f64", H5T_IEEE_F64LE}, {"f32be", H5T_IEEE_F32BE},
                 {"f64be", H5T_IEEE_F64BE},   {"u8", H5T_STD_U8LE},    {"i8", H5T_STD_I8LE},
                 {"u16", H5T_STD_U16LE},      {"i16", H5T_STD_I16LE},  {"u32", H5T_STD_U32LE},
                 {"i32", H5T_STD_I32LE},      {"u64", H5T_STD_U64LE},  {"i64", H5T_STD_I64LE},
                 {"i64be", H5T_STD_I64BE},    {"bits", H5T_STD_B8LE},  {"time", H5T_UNIX_D32LE},
                 {"f80", H5T_NATIVE_LDOUBLE}, {"ref", H5T_STD_REF_OBJ}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(name, known[i].name)) return H5Tcopy(known[i].type);
    if (!strcmp(name, "f16")) return half();
    if (!strcmp(name, "bool")) return boolean();
    if (!strcmp(name, "complex")) return complex_number();
    if (!strcmp(name, "texts")) return text(H5T_VARIABLE);
    if (!strcmp(name, "list")) return H5Tvlen_create(H5T_NATIVE_INT);
    if (!strcmp(name, "three")) return H5Tarray_create2(H5T_NATIVE_INT, 1, (const hsize_t[]){3});
    size_t size = strtoul(name, NULL, 10); /* a text of that size */
    return text(size >= 1 && size < 70000 ? size : 1);
}

/* "2 3": the sizes; "-": none, and no element either; "2 3 c": in chunks, compressed; "2 3 e": in
 * another file. */
typedef struct extent {
    hsize_t d[MAX_RANK], count;
    int rank;
    bool null, chunked, outside;
} extent;

static extent read_extent(char *words)
{
    extent e = {.count = 1};
    char *save = NULL;
    for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        e.null |= word[0] == '-';
        e.chunked |= word[0] == 'c';
        e.outside |= word[0] == 'e';
        if (word[0] < '0' || word[0] > '9' || e.rank == MAX_RANK) continue;
        e.d[e.rank] = strtoul(word, NULL, 10);
        if (e.d[e.rank] > MAX_BYTES) e.count = 0; /* no more than a claim */
        e.count *= e.d[e.rank++];
        if (e.count > MAX_BYTES) e.count = 0;
    }
    return e;
}

static hid_t space_of(const extent *e)
{
    if (e->null) return H5Screate(H5S_NULL);
    return e->rank ? H5Screate_simple(e->rank, e->d, NULL) : H5Screate(H5S_SCALAR);
}

static hid_t layout_of(const extent *e)
{
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[MAX_RANK];
    for (int d = 0; d < e->rank; d++) chunk[d] = e->d[d] && e->d[d] < 16 ? e->d[d] : 16;
    if (e->chunked && e->rank && e->rank < 6) {
        H5Pset_chunk(create, e->rank, chunk);
        H5Pset_deflate(create, 1);
    }
    if (e->outside) H5Pset_external(create, "/dev/null", 0, H5F_UNLIMITED);
    return create;
}

static bool holds_pointers(hid_t type)
{
    return H5Tdetect_class(type, H5T_VLEN) > 0 || H5Tis_variable_str(type) > 0 ||
           H5Tdetect_class(type, H5T_REFERENCE) > 0;
}

/* To be freed; NULL: nothing is to be written. */
static void *content(hid_t type, const extent *e)
{
    size_t size = H5Tget_size(type);
    if (e->null || !e->count || e->outside || e->count * size > MAX_BYTES || holds_pointers(type))
        return NULL;
    uint8_t *data = malloc(e->count * size);
    for (size_t i = 0; data && i < e->count * size; i++) data[i] = (uint8_t)(i * 37);
    return data;
}

static void put_set(hid_t group, const char *name, const char *type_name, char *rest)
{
    const extent e = read_extent(rest);
    hid_t type = type_named(type_name), space = space_of(&e), create = layout_of(&e);
    hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    void *data = set >= 0 ? content(type, &e) : NULL;
    if (data) H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    free(data);
    if (set >= 0) H5Dclose(set);
    H5Pclose(create);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_attribute(hid_t group, const char *name, const char *type_name, char *rest)
{
    const extent e = read_extent(rest);
    hid_t type = type_named(type_name), space = space_of(&e);
    hid_t attribute = H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    void *data = attribute >= 0 ? content(type, &e) : NULL;
    if (data) H5Awrite(attribute, type, data);
    free(data);
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_type(hid_t group, const char *name, const char *type_name)
{
    hid_t type = type_named(type_name);
    H5Tcommit2(group, name, type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Tclose(type);
}

static void put_line(hid_t groups[MAX_DEPTH], int *depth, char *line)
{
    char *rest = line, *word = strsep(&rest, " "), *name = strsep(&rest, " ");
    char *what = strsep(&rest, " ");
    hid_t group = groups[*depth];
    if (!strcmp(word, "up") && *depth > 0) H5Gclose(groups[(*depth)--]);
    if (!name || !*name) return;
    if (!strcmp(word, "group") && *depth + 1 < MAX_DEPTH) {
        hid_t made = H5Gcreate2(group, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (made >= 0) groups[++*depth] = made;
    }
    if (!what) return;
    if (!rest) rest = what + strlen(what);
    if (!strcmp(word, "set")) put_set(group, name, what, rest);
    if (!strcmp(word, "attribute")) put_attribute(group, name, what, rest);
    if (!strcmp(word, "type")) put_type(group, name, what);
    if (!strcmp(word, "link")) H5Lcreate_hard(group, what, group, name, H5P_DEFAULT, H5P_DEFAULT);
    if (!strcmp(word, "soft")) H5Lcreate_soft(what, group, name, H5P_DEFAULT, H5P_DEFAULT);
    if (!strcmp(word, "elsewhere"))
        H5Lcreate_external(what, "/", group, name, H5P_DEFAULT, H5P_DEFAULT);
}

static hid_t make_file(const uint8_t *data, size_t size)
{
    char line[256];
    hid_t groups[MAX_DEPTH], access = H5Pcreate(H5P_FILE_ACCESS);
    int depth = 0;
    H5Pset_fapl_core(access, 4096, false);
    hid_t file = H5Fcreate("/", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    if (file < 0) abort();
    groups[0] = H5Gopen2(file, "/", H5P_DEFAULT);
    for (int n = 0; size && n < MAX_LINES; n++) {
        fuzz_line(line, sizeof line, data, size, &data, &size);
        put_line(groups, &depth, line);
    }
    while (depth >= 0) H5Gclose(groups[depth--]);
    return file;
}

/* -- what the program sends, and how it is taken --------------------------------------------- */

static char *sent;
static size_t n_sent;
static FILE *usual_output;

static void begin(void)
{
    usual_output = stdout;
    stdout = open_memstream(&sent, &n_sent);
    if (!stdout) abort();
    rq_items_limit(MAX_BYTES);
    inside = true;
}

static void end(void)
{
    inside = false;
    fclose(stdout);
    stdout = usual_output;
}

/* Where it died in the middle of its work, the library begins anew. */
static bool run(void (*work)(void *), void *with)
{
    begin();
    if (setjmp(ended)) {
        end();
        H5close();
        return false;
    }
    work(with);
    rq_items_mark(RQ_HDF5_END, "");
    end();
    return true;
}

static void walk(void *file)
{
    rq_walk_file(*(hid_t *)file, true);
}

static void write_items(void *nothing)
{
    (void)nothing;
    rq_hdf5_write_items();
}

static void take(void)
{
    rq_hdf5_file *file;
    rq_hdf5_item item = {.kind = RQ_HDF5_GROUP};
    fuzz_helper_answers(sent, n_sent);
    if (rq_hdf5_open(&file, fuzz_write("h5", "", 0), RQ_HDF5_ALL, MAX_BYTES) != RQ_OK) abort();
    while (item.kind != RQ_HDF5_END && rq_hdf5_next(&item, file) == RQ_OK) continue;
    rq_hdf5_close(&file);
    free(sent);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    if (size && !data[0]) {
        FILE *usual = stdin;
        stdin = size > 1 ? fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r") : NULL;
        if (stdin && run(write_items, NULL)) H5close();
        if (stdin) take();
        if (stdin) fclose(stdin);
        stdin = usual;
        return;
    }
    hid_t file = make_file(data, size);
    if (run(walk, &file)) H5Fclose(file);
    take();
}
