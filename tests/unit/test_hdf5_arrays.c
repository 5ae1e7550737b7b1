/* Tensors in HDF5 files, written here by the library itself. */
#include "tests/unit/test.h"

#include "datasets/dataset.h"
#include "datasets/arrays/arrays.h"
#include "engine/base/hdf5_library.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_arrays), cmocka_unit_test(test_nasty),
                                       cmocka_unit_test(test_sample)};
    close(mkstemps(path, 3));
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
