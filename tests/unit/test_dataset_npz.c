/* .npz as NumPy writes it, and broken ones. */
#include "tests/unit/scratch.h"

#include "datasets/dataset.h"
#include "datasets/arrays/npy.h"
#include "datasets/arrays/arrays.h"
#include "engine/base/file.h"

#define FOLDER "tests/data/npz/"

/* a: float32 [2,3] of 0..5; "input 1": int64 [2] of 7, -8 (made by gen.py) */
static void stored_and_deflated(void **state)
{
    (void)state;
    static const char *const names[] = {FOLDER "stored.npz", FOLDER "deflated.npz"};
    for (int i = 0; i < 2; i++) {
        rq_arrays arrays;
        assert_ok(rq_arrays_read(&arrays, names[i]));
        assert_int_equal(arrays.n, 2);
        assert_string_equal(arrays.names[0], "a");
        assert_int_equal(arrays.arrays[0].dtype, RQ_DT_F32);
        assert_int_equal(arrays.arrays[0].shape.d[1], 3);
        const float *a = arrays.arrays[0].data;
        for (int k = 0; k < 6; k++) assert_true(a[k] == (float)k);
        assert_string_equal(arrays.names[1], "input 1");
        const int64_t *b = arrays.arrays[1].data;
        assert_true(b[0] == 7 && b[1] == -8);
        rq_arrays_free(&arrays);
    }
}

static void a_single_array(void **state)
{
    const float x[2] = {1, 2};
    rq_arrays arrays;
    const rq_tensor t = {RQ_DT_F32, rq_shape_make(1, (int64_t[]){2}), (void *)(uintptr_t)x};
    char path[4200];
    snprintf(path, sizeof path, "%s", scratch_path(state, "x.npy"));

    assert_ok(rq_npy_write(path, &t));
    assert_ok(rq_arrays_read(&arrays, path));
    assert_int_equal(arrays.n, 1);
    assert_string_equal(arrays.names[0], "");
    rq_arrays_free(&arrays);
    rq_dataset *set;
    rq_dataset_options options = {.data = *state};
    assert_true(rq_dataset_is_tensors(&options));
    assert_ok(rq_dataset_open(&set, &options));
    assert_true(set->tensors && set->n == 1);
    rq_dataset_close(&set);
    options.format = "folder";
    assert_false(rq_dataset_is_tensors(&options));
}

static rq_status open_list(rq_dataset **out, void **state, const char *text, const char *format)
{
    const rq_dataset_options options = {.data = scratch_file(state, "list.txt", text, strlen(text)),
                                        .format = format};
    rq_status status = rq_dataset_open(out, &options);
    if (status == RQ_OK) assert_true((*out)->tensors == rq_dataset_is_tensors(&options));
    return status;
}

/* Nothing is read of the files before the first is needed. */
static void lists_of_tensors(void **state)
{
    rq_dataset *set;
    scratch_file(state, "b 1.npy", "x", 1);
    scratch_file(state, "a.npz", "x", 1);
    scratch_file(state, "c.png", "x", 1);
    static const char *const formats[] = {NULL, "list"};
    for (int i = 0; i < 2; i++) {
        assert_ok(open_list(&set, state, "# prepared\n\nb 1.npy\n./a.npz\n", formats[i]));
        assert_true(set->tensors && set->n == 2 && !set->labelled);
        assert_string_equal(set->samples[0].name, "b 1.npy");
        assert_string_equal(set->samples[1].path, scratch_path(state, "a.npz"));
        rq_dataset_close(&set);
    }
    assert_ok(open_list(&set, state, "b 1.npy 3\na.npz 0\n", NULL));
    assert_true(set->tensors && set->labelled);
    assert_int_equal(set->samples[0].label, 3);
    rq_dataset_close(&set);
    assert_ok(open_list(&set, state, "c.png\n", NULL));
    assert_false(set->tensors);
    rq_dataset_close(&set);
    assert_fails(open_list(&set, state, "a.npz\nd.npz\n", NULL), RQ_EFORMAT, ":2: no file 'd.npz'");
}

static void lists_of_both_are_refused(void **state)
{
    rq_dataset *set;
    scratch_file(state, "a.npz", "x", 1);
    scratch_file(state, "c.png", "x", 1);
    assert_fails(open_list(&set, state, "# both\na.npz\nc.png\n", NULL), RQ_EFORMAT,
                 "list.txt:3: 'c.png' is an image, but 'a.npz' in line 2 is a file of tensors");
    assert_fails(open_list(&set, state, "c.png\na.npz\n", NULL), RQ_EFORMAT,
                 "list.txt:2: 'a.npz' is a file of tensors, but 'c.png' in line 1 is an image");
}

static void told_by_name_and_bytes(void **state)
{
    static const char *const names[] = {"a.npy", "a/b.npz", "x.h5", ".npy.hdf5"};
    static const char *const others[] = {"npy", "a.np", "a.h", "a.NPY", "x.hdf", "a.", "a.npy.txt"};
    rq_arrays arrays;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(rq_arrays_is_name(names[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(rq_arrays_is_name(others[i]));
    assert_fails(rq_arrays_read(&arrays, scratch_file(state, "y.npy", "nothing", 7)), RQ_EFORMAT,
                 "expected one of .npy .npz .h5 .hdf5");
    remove(scratch_path(state, "y.npy"));
}

/* Each cut and each changed byte is refused or read, but never read past the end (for the
 * sanitizers to tell). */
static void damage_is_refused(void **state)
{
    char *data;
    size_t size;
    assert_ok(rq_read_file(&data, &size, FOLDER "deflated.npz", 1 << 20));
    for (size_t cut = 0; cut < size; cut++) {
        rq_arrays arrays;
        const char *path = scratch_file(state, "cut.npz", data, cut);
        assert_int_equal(rq_arrays_read(&arrays, path), RQ_EFORMAT);
    }
    size_t refused = 0;
    for (size_t at = 0; at < size; at++) {
        rq_arrays arrays;
        data[at] ^= 0x55;
        const char *path = scratch_file(state, "bad.npz", data, size);
        data[at] ^= 0x55;
        if (rq_arrays_read(&arrays, path) == RQ_OK)
            rq_arrays_free(&arrays);
        else
            refused++;
    }
    assert_true(refused > size / 3);
    free(data);
}

/* 40 entries that share 64 KiB of packed bytes, each said to unpack to 60 MB. */
static void bombs_are_refused_before_they_are_unpacked(void **state)
{
    enum { N = 40, PACKED = 1 << 16, LOCAL = 30 + PACKED, ENTRY = 47, END = 22 };
    static uint8_t file[LOCAL + N * ENTRY + END];
    const uint32_t packed = PACKED, claimed = 60000000, directory = LOCAL;
    memcpy(file, "PK\3\4", 4);
    for (int i = 0; i < N; i++) {
        uint8_t *e = file + LOCAL + i * ENTRY;
        memcpy(e, "PK\1\2", 4);
        e[10] = 8; /* deflated */
        memcpy(e + 20, &packed, 4);
        memcpy(e + 24, &claimed, 4);
        e[28] = 1;
        e[46] = 'x';
    }
    uint8_t *end = file + LOCAL + N * ENTRY;
    memcpy(end, "PK\5\6", 4);
    end[10] = N;
    memcpy(end + 16, &directory, 4);
    rq_arrays arrays;
    assert_fails(rq_arrays_read(&arrays, scratch_file(state, "bomb.npz", file, sizeof file)),
                 RQ_EFORMAT, "its arrays have more than 1.1 GB in a file of 67.5 kB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_and_deflated),
        cmocka_unit_test_setup_teardown(a_single_array, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(lists_of_tensors, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(lists_of_both_are_refused, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(told_by_name_and_bytes, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(damage_is_refused, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(bombs_are_refused_before_they_are_unpacked, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
