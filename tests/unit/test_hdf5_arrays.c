/* Tensors in HDF5 files, written here by the library itself. */
#include "tests/unit/test.h"

#include "datasets/dataset.h"
#include "datasets/arrays/arrays.h"
#include "engine/base/formats/hdf5_stream.h"
#include "engine/base/text.h"
#include "engine/hdf5/library.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/requant-test-XXXXXX.h5";

static void put(hid_t file, const char *name, hid_t type, int rank, const hsize_t *dims,
                const void *data, bool packed)
{
    hid_t space = H5Screate_simple(rank, dims, NULL), create = H5Pcreate(H5P_DATASET_CREATE);
    if (packed) {
        H5Pset_chunk(create, rank, dims);
        H5Pset_deflate(create, 6);
    }
    hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    assert_true(set >= 0);
    assert_true(!data || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(set);
    H5Pclose(create);
    H5Sclose(space);
}

static hid_t make(void)
{
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static void test_arrays(void **state)
{
    (void)state;
    const float x[6] = {1, -2, 3, 4, 5, 6};
    const int64_t ids[2] = {-5, 1LL << 40};
    const uint8_t pixels[400] = {7, 8};
    const hsize_t two_by_three[] = {2, 3}, two[] = {2}, image[] = {1, 20, 20};
    rq_arrays a;
    hid_t file = make();
    put(file, "x", H5T_IEEE_F32BE, 2, two_by_three, NULL, false);
    hid_t set = H5Dopen2(file, "x", H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, x);
    H5Dclose(set);
    put(file, "ids", H5T_NATIVE_INT64, 1, two, ids, false);
    put(file, "pixels", H5T_NATIVE_UINT8, 3, image, pixels, true);
    H5Gclose(H5Gcreate2(file, "a group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Lcreate_external("/etc/passwd", "/", file, "elsewhere", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    assert_ok(rq_arrays_read(&a, path)); /* told from .npy by its first bytes */
    assert_int_equal(a.n, 3);
    assert_string_equal(a.names[0], "ids");
    assert_int_equal(a.arrays[0].dtype, RQ_DT_I64);
    assert_memory_equal(a.arrays[0].data, ids, sizeof ids);
    assert_string_equal(a.names[1], "pixels");
    assert_true(a.arrays[1].dtype == RQ_DT_U8 && a.arrays[1].shape.rank == 3);
    assert_memory_equal(a.arrays[1].data, pixels, sizeof pixels);
    assert_true(a.arrays[2].dtype == RQ_DT_F32 && a.arrays[2].shape.d[1] == 3);
    assert_memory_equal(a.arrays[2].data, x, sizeof x); /* big-endian in the file */
    rq_arrays_free(&a);
}

/* Of 2^64 + 4 elements: in 64 bits, four. */
static void a_shape_that_overflows(void **state)
{
    (void)state;
    const hsize_t dims[] = {4, 5, 5581, 8681, 49477, 384773}, chunk[] = {1, 1, 1, 1, 1, 1};
    rq_arrays a;
    hid_t file = make(), space = H5Screate_simple(6, dims, NULL);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(create, 6, chunk);
    hid_t set = H5Dcreate2(file, "x", H5T_NATIVE_UINT8, space, H5P_DEFAULT, create, H5P_DEFAULT);
    assert_true(set >= 0);
    H5Dclose(set);
    H5Pclose(create);
    H5Sclose(space);
    H5Fclose(file);
    assert_fails(rq_arrays_read(&a, path), RQ_EFORMAT, "'x': more dimensions, or longer ones");
}

static void test_nasty(void **state)
{
    (void)state;
    const hsize_t huge[] = {1 << 20, 1 << 20}, small[] = {2};
    rq_arrays a;
    hid_t file = make();
    H5Fclose(file);
    assert_fails(rq_arrays_read(&a, path), RQ_EFORMAT, "no array");
    file = make();
    hid_t space = H5Screate_simple(2, huge, NULL), create = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(create, 2, (const hsize_t[]){16, 16}); /* none is there */
    H5Dclose(H5Dcreate2(file, "x", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, create, H5P_DEFAULT));
    H5Pclose(create);
    H5Sclose(space);
    H5Fclose(file);
    assert_fails(rq_arrays_read(&a, path), RQ_EFORMAT, "claims more");
    file = make();
    hid_t text = H5Tcopy(H5T_C_S1);
    put(file, "x", text, 1, small, "ab", false);
    H5Tclose(text);
    H5Fclose(file);
    assert_fails(rq_arrays_read(&a, path), RQ_EFORMAT, "neither integers nor floats");
    assert_int_equal(truncate(path, 60), 0);
    assert_fails(rq_arrays_read(&a, path), RQ_EFORMAT, "damaged");
}

static void test_sample(void **state)
{
    (void)state;
    const float x[2] = {1, 2};
    const hsize_t two[] = {2};
    rq_dataset *set;
    hid_t file = make();
    put(file, "x", H5T_NATIVE_FLOAT, 1, two, x, false);
    H5Fclose(file);
    const rq_dataset_options options = {.data = path};
    assert_true(rq_dataset_is_tensors(&options));
    assert_ok(rq_dataset_open(&set, &options));
    assert_true(set->tensors && set->n == 1);
    rq_dataset_close(&set);
}

/* Each made libhdf5 1.10.8 crash. */
static void hostile_files_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"1409B", "1536B", "8160B"};
    for (size_t i = 0; i < 3; i++) {
        char name[100];
        rq_arrays a;
        snprintf(name, sizeof name, "tests/data/hostile/hdf5-tensors-rc139-%s.h5", names[i]);
        assert_fails(rq_arrays_read(&a, name), RQ_EFORMAT, names[i]);
    }
}

/* Data that lie in files elsewhere are not read. */
static void other_files_are_not_read(void **state)
{
    (void)state;
    const hsize_t two[] = {2};
    rq_arrays a;
    hid_t file = make();
    hid_t space = H5Screate_simple(1, two, NULL), create = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(create, "/etc/passwd", 0, 2);
    H5Dclose(H5Dcreate2(file, "x", H5T_NATIVE_UINT8, space, H5P_DEFAULT, create, H5P_DEFAULT));
    H5Pclose(create);
    H5Sclose(space);
    H5Fclose(file);
    assert_fails(rq_arrays_read(&a, path), RQ_EFORMAT, "'x' lies in other files");
}

/* -- a helper that was taken over ------------------------------------------------------------ */

static char libexec[] = "/tmp/requant-test-XXXXXX";

static void replace_helper(const char *script)
{
    char name[64];
    snprintf(name, sizeof name, "%s/requant-hdf5", libexec);
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(script, file);
    fclose(file);
    chmod(name, 0700);
}

/* A script that writes the bytes, and ends so. */
static void say(const rq_hdf5_head *heads, size_t n, const char *rest, const char *end)
{
    rq_buf script = {0};
    rq_buf_append(&script, "#!/bin/sh\nprintf '");
    for (size_t i = 0; i < n * sizeof *heads; i++)
        rq_buf_printf(&script, "\\%03o", ((const uint8_t *)heads)[i]);
    rq_buf_printf(&script, "%s'\n%s\n", rest, end);
    assert_false(script.failed);
    replace_helper(script.data);
    rq_buf_free(&script);
}

static void the_helper_is_not_trusted(void **state)
{
    (void)state;
    const rq_hdf5_head good = {RQ_HDF5_ARRAY, RQ_DT_U8, 1, 1, {3}, 3};
    rq_hdf5_head head;
    rq_arrays a;
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "\x89HDF\r\n\x1a\n", 8), 8);
    close(fd);
    setenv("REQUANT_LIBEXEC", libexec, 1);
    assert_fails(rq_arrays_read(&a, path), RQ_EIO,
                 "requant-hdf5, which reads and writes HDF5 files, is not");
    static const struct {
        const char *rest, *end;
    } ends[] = {{"", "exit 0"}, {"xab", "exit 0"}, {"xabc", "exit 0"}, {"xabc", "kill -SEGV $$"}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        say(&good, 1, ends[i].rest, ends[i].end);
        assert_fails(rq_arrays_read(&a, path), RQ_EFORMAT, "the HDF5 library failed on it");
    }
    say(&good, 1, "xabc", "kill -XCPU $$");
    assert_fails(rq_arrays_read(&a, path), RQ_EFORMAT, "takes too long");
    /* Those of its caller's group do not reach it. */
    say(&good, 1, "xabc", "kill -INT $$; kill -TERM $$; kill -HUP $$; kill -XCPU $$");
    assert_fails(rq_arrays_read(&a, path), RQ_EFORMAT, "takes too long");
#define LIE(field, value, message)                                                                 \
    do {                                                                                           \
        head = good;                                                                               \
        head.field = (value);                                                                      \
        say(&head, 1, "xabc", "exit 0");                                                           \
        assert_fails(rq_arrays_read(&a, path), RQ_EFORMAT, message);                               \
    } while (0)
    LIE(kind, 77, "no arrays");
    LIE(dtype, 99, "no arrays");
    LIE(dtype, RQ_DT_UNDEFINED, "no arrays");
    LIE(dtype, RQ_DT_I4, "no arrays");
    LIE(name_bytes, 256, "no arrays");
    LIE(rank, -1, "no arrays");
    LIE(rank, RQ_MAX_RANK + 1, "no arrays");
    LIE(d[0], -3, "known dimensions of 0 or more");
    LIE(d[0], INT64_MAX, "elements");
    LIE(bytes, 4, "no arrays");
    LIE(bytes, UINT64_MAX, "more than such a file may");
    LIE(kind, RQ_HDF5_ERROR, ".h5: abc"); /* what it says, behind its name, x */
    const rq_hdf5_head many[2] = {good, {.kind = RQ_HDF5_LEAVE, .bytes = 1}};
    say(many, 2, "xabc", "exit 0");
    assert_int_equal(rq_arrays_read(&a, path), RQ_EFORMAT);
    unsetenv("REQUANT_LIBEXEC");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_arrays),
                                       cmocka_unit_test(a_shape_that_overflows),
                                       cmocka_unit_test(test_nasty),
                                       cmocka_unit_test(test_sample),
                                       cmocka_unit_test(hostile_files_are_refused),
                                       cmocka_unit_test(other_files_are_not_read),
                                       cmocka_unit_test(the_helper_is_not_trusted)};
    char helper[64];
    /* A helper's leak checker may hold its files a moment longer than the helper itself. */
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
    close(mkstemps(path, 3));
    if (!mkdtemp(libexec)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(helper, sizeof helper, "%s/requant-hdf5", libexec);
    unlink(helper);
    rmdir(libexec);
    unlink(path);
    return failed;
}
