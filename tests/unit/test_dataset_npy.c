#include "tests/unit/scratch.h"

#include "datasets/arrays/npy.h"

/* A version 1 file: magic, length, header text, data. */
static const char *npy_file(void **state, const char *header, const void *data, size_t bytes)
{
    static uint8_t file[4096];
    size_t n = strlen(header);
    memcpy(file, "\x93NUMPY\1\0", 8);
    file[8] = (uint8_t)n;
    file[9] = (uint8_t)(n >> 8);
    memcpy(file + 10, header, n);
    if (bytes) memcpy(file + 10 + n, data, bytes);
    return scratch_file(state, "x.npy", file, 10 + n + bytes);
}

static void every_type_makes_the_round_trip(void **state)
{
    static const rq_dtype types[] = {RQ_DT_BOOL, RQ_DT_I8,  RQ_DT_U8,  RQ_DT_I16,
                                     RQ_DT_U16,  RQ_DT_I32, RQ_DT_U32, RQ_DT_I64,
                                     RQ_DT_U64,  RQ_DT_F16, RQ_DT_F32, RQ_DT_F64};
    uint8_t data[6 * 8];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 37 % 2);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const char *path = scratch_path(state, "r.npy");
        rq_tensor tensor = {types[i], {3, {1, 3, 2}}, data}, back;
        assert_ok(rq_npy_write(path, &tensor));
        assert_ok(rq_npy_read(&back, path));
        assert_int_equal(back.dtype, types[i]);
        assert_true(rq_shape_equal(&back.shape, &tensor.shape));
        assert_memory_equal(back.data, data, rq_tensor_bytes(&tensor));
        free(back.data);
    }
}

static void odd_shapes_make_the_round_trip(void **state)
{
    static const rq_shape shapes[] = {
        {0, {0}}, {1, {1}}, {1, {0}}, {3, {2, 0, 4}}, {10, {1, 1, 1, 2, 1, 1, 1, 1, 1, 1}}};
    float data[2] = {1.5f, -0.0f};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const char *path = scratch_path(state, "r.npy");
        rq_tensor tensor = {RQ_DT_F32, shapes[i], data}, back;
        assert_ok(rq_npy_write(path, &tensor));
        assert_ok(rq_npy_read(&back, path));
        assert_true(rq_shape_equal(&back.shape, &tensor.shape));
        assert_memory_equal(back.data, data, rq_tensor_bytes(&tensor));
        free(back.data);
    }
}

static void the_header_is_numpys(void **state)
{
    static const char want[] =
        "\x93NUMPY\1\0\x76\0{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
    float data[3] = {0};
    char text[256];
    const char *path = scratch_path(state, "h.npy");
    assert_ok(rq_npy_write(path, &(rq_tensor){RQ_DT_F32, {1, {3}}, data}));
    FILE *file = fopen(path, "rb");
    assert_int_equal(fread(text, 1, sizeof text, file), 128 + 12);
    fclose(file);
    assert_memory_equal(text, want, sizeof want - 1);
    assert_int_equal(text[127], '\n');
}

static void types_numpy_lacks_are_widened(void **state)
{
    const uint16_t half[2] = {0x3F80, 0xC000}; /* bf16 1, -2 */
    const uint8_t nibbles[2] = {0xF1, 0x08};   /* i4 1, -1, -8 */
    const char *path = scratch_path(state, "w.npy");
    rq_tensor back;
    assert_ok(rq_npy_write(path, &(rq_tensor){RQ_DT_BF16, {1, {2}}, (void *)half}));
    assert_ok(rq_npy_read(&back, path));
    assert_int_equal(back.dtype, RQ_DT_F32);
    assert_true(((float *)back.data)[0] == 1.0f && ((float *)back.data)[1] == -2.0f);
    free(back.data);
    assert_ok(rq_npy_write(path, &(rq_tensor){RQ_DT_I4, {1, {3}}, (void *)nibbles}));
    assert_ok(rq_npy_read(&back, path));
    assert_int_equal(back.dtype, RQ_DT_I8);
    assert_memory_equal(back.data, "\x01\xFF\xF8", 3);
    free(back.data);
    assert_fails(rq_npy_write(path, &(rq_tensor){RQ_DT_STRING, {1, {1}}, (void *)half}),
                 RQ_EUNSUPPORTED, "string");
}

static void bfloat16_of_ml_dtypes_is_read(void **state)
{
    rq_tensor back;
    assert_ok(rq_npy_read(&back,
                          npy_file(state, "{'descr': '<V2', 'fortran_order': False, 'shape': (2,)}",
                                   "\x80\x3F\0\xC0", 4)));
    assert_int_equal(back.dtype, RQ_DT_BF16);
    assert_float_equal(rq_load_f64(back.data, back.dtype, 1), -2, 0);
    free(back.data);
}

static void fortran_order_is_transposed(void **state)
{
    /* a[i][j][k] = 100 i + 10 j + k, first index fastest in the file */
    int16_t data[2 * 3 * 2];
    for (int n = 0; n < 12; n++) data[n] = (int16_t)(100 * (n % 2) + 10 * (n / 2 % 3) + n / 6);
    rq_tensor back;
    assert_ok(
        rq_npy_read(&back, npy_file(state, "{'descr':'<i2','fortran_order':True,'shape':(2,3,2)}",
                                    data, sizeof data)));
    static const int16_t want[] = {0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121};
    assert_memory_equal(back.data, want, sizeof want);
    free(back.data);
}

static void big_endian_is_swapped(void **state)
{
    rq_tensor back;
    assert_ok(rq_npy_read(&back,
                          npy_file(state, "{'shape': (2,), 'descr': '>i4', 'fortran_order': False}",
                                   "\0\0\1\2\xFF\xFF\xFF\xFE", 8)));
    assert_int_equal(((int32_t *)back.data)[0], 0x102);
    assert_int_equal(((int32_t *)back.data)[1], -2);
    free(back.data);
}

static void later_versions_are_read(void **state)
{
    uint8_t file[256] = "\x93NUMPY\2\0";
    const char *header = "{\"descr\": \"|u1\", \"fortran_order\": False, \"shape\": (1,)}\n";
    file[8] = (uint8_t)strlen(header);
    memcpy(file + 12, header, strlen(header));
    file[12 + strlen(header)] = 9;
    rq_tensor back;
    assert_ok(rq_npy_read(&back, scratch_file(state, "2.npy", file, 13 + strlen(header))));
    assert_int_equal(*(uint8_t *)back.data, 9);
    free(back.data);
    file[6] = 4;
    assert_fails(rq_npy_read(&back, scratch_file(state, "2.npy", file, 13 + strlen(header))),
                 RQ_EUNSUPPORTED, "version 4");
}

static void bad_headers_are_refused(void **state)
{
    static const struct {
        const char *header, *message;
    } cases[] = {
        {"", "expected '{'"},
        {"{'descr': '<f4'", "expected ',' or '}'"},
        {"{'descr': '<f4', 'fortran_order': False}", "expected the keys"},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "once"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}", "once"},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "expected True or False"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1)}", "expected ','"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "expected a size"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", "expected a size"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
         "expected a smaller size"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", ""},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1)}",
         "no more dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "expected nothing more"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
         "4 bytes of data; [2] of f32 needs 8"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': ()} \n", NULL},
        {"{'descr': '<f2', 'fortran_order': False, 'shape': ()}",
         "4 bytes of data; [] of f16 needs 2"},
        {"{'descr': '<U4', 'fortran_order': False, 'shape': ()}", "element type '<U4'"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': ()}", "element type '|O'"},
        {"{'descr': '', 'fortran_order': False, 'shape': ()}", "element type ''"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", "records"},
        {"{'descr': '<f4", "quoted string"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_tensor back;
        rq_status status = rq_npy_read(&back, npy_file(state, cases[i].header, "\0\0\0\0", 4));
        if (!cases[i].message) {
            assert_int_equal(status, RQ_OK);
            free(back.data);
        } else if (status == RQ_OK || !strstr(rq_error_text(), cases[i].message) ||
                   !strstr(rq_error_text(), "x.npy")) {
            fail_msg("%s: %d, '%s' lacks '%s'", cases[i].header, status, rq_error_text(),
                     cases[i].message);
        }
    }
}

static void cut_files_are_refused(void **state)
{
    const char *path =
        npy_file(state, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "\0\0\0\0", 4);
    static uint8_t file[256];
    FILE *f = fopen(path, "rb");
    size_t size = fread(file, 1, sizeof file, f);
    fclose(f);
    for (size_t cut = 0; cut < size; cut++) {
        rq_tensor back;
        assert_int_not_equal(rq_npy_read(&back, scratch_file(state, "cut.npy", file, cut)), RQ_OK);
        assert_null(back.data);
    }
}

static void nothing_half_written_stays(void **state)
{
    float data[1] = {0};
    rq_tensor tensor = {RQ_DT_F32, {1, {1}}, data};
    assert_int_not_equal(rq_npy_write(scratch_path(state, "no/such/folder.npy"), &tensor), RQ_OK);
    assert_int_equal(scratch_count(state, ""), 0);
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(every_type_makes_the_round_trip),
        IN_FOLDER(odd_shapes_make_the_round_trip),
        IN_FOLDER(the_header_is_numpys),
        IN_FOLDER(types_numpy_lacks_are_widened),
        IN_FOLDER(bfloat16_of_ml_dtypes_is_read),
        IN_FOLDER(fortran_order_is_transposed),
        IN_FOLDER(big_endian_is_swapped),
        IN_FOLDER(later_versions_are_read),
        IN_FOLDER(bad_headers_are_refused),
        IN_FOLDER(cut_files_are_refused),
        IN_FOLDER(nothing_half_written_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
