#include "tests/unit/test.h"

#include "engine/base/dtype.h"

static void every_spelling_is_read_back(void **state)
{
    (void)state;
    for (int dt = 0; dt < RQ_DT_COUNT; dt++) {
        assert_int_equal(rq_dtype_parse(rq_dtype_name((rq_dtype)dt)), dt);
        assert_int_equal(rq_dtype_parse(rq_dtype_precision((rq_dtype)dt)), dt);
    }
    static const struct {
        const char *text;
        rq_dtype dt;
    } others[] = {
        {"float32", RQ_DT_F32},       {"FLOAT16", RQ_DT_F16}, {"int8", RQ_DT_I8},
        {"bool", RQ_DT_BOOL},         {"BIN", RQ_DT_U1},      {"undefined", RQ_DT_UNDEFINED},
        {"dynamic", RQ_DT_UNDEFINED}, {"F32", RQ_DT_F32},     {"fp32", RQ_DT_F32},
        {"f33", RQ_DT_COUNT},         {"", RQ_DT_COUNT},      {"f3", RQ_DT_COUNT}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(rq_dtype_parse(others[i].text), others[i].dt);
    assert_string_equal(rq_dtype_name(RQ_DT_COUNT), "invalid");
}

static void bytes_round_up_and_refuse_overflow(void **state)
{
    (void)state;
    static const struct {
        rq_dtype dt;
        size_t n, bytes;
    } cases[] = {{RQ_DT_F64, 3, 24},
                 {RQ_DT_F16, 3, 6},
                 {RQ_DT_I4, 0, 0},
                 {RQ_DT_I4, 1, 1},
                 {RQ_DT_I4, 2, 1},
                 {RQ_DT_U4, 3, 2},
                 {RQ_DT_U2, 4, 1},
                 {RQ_DT_U2, 5, 2},
                 {RQ_DT_U1, 8, 1},
                 {RQ_DT_U1, 9, 2},
                 {RQ_DT_BOOL, 5, 5},
                 {RQ_DT_F8E4M3, 5, 5},
                 {RQ_DT_U1, SIZE_MAX, SIZE_MAX / 8 + 1}};
    size_t bytes;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(rq_dtype_bytes(&bytes, cases[i].dt, cases[i].n));
        assert_int_equal(bytes, cases[i].bytes);
    }
    assert_false(rq_dtype_bytes(&bytes, RQ_DT_F32, SIZE_MAX / 4 + 1));
    assert_false(rq_dtype_bytes(&bytes, RQ_DT_F64, SIZE_MAX));
}

/* The value of a code by the definition of a binary float; code without sign, finite. */
static double by_definition(unsigned code, int man, int bias)
{
    int field = (int)(code >> man);
    double fraction = (double)(code & ((1u << man) - 1));
    if (field == 0) return ldexp(fraction, 1 - bias - man);
    return ldexp(fraction + ldexp(1, man), field - bias - man);
}

static const struct narrow_type {
    rq_dtype dt;
    int man, bias;
    unsigned max, sign, beyond; /* largest finite code; sign bit; code that overflow gives */
} narrow_types[] = {
    {RQ_DT_F16, 10, 15, 0x7bff, 0x8000, 0x7c00},
    {RQ_DT_BF16, 7, 127, 0x7f7f, 0x8000, 0x7f80},
    {RQ_DT_F8E4M3, 3, 7, 0x7e, 0x80, 0x7f},
    {RQ_DT_F8E5M2, 2, 15, 0x7b, 0x80, 0x7c},
};
#define N_NARROW (sizeof narrow_types / sizeof *narrow_types)

static void put_code(void *to, const struct narrow_type *t, unsigned code)
{
    if (t->sign == 0x80)
        *(uint8_t *)to = (uint8_t)code;
    else
        memcpy(to, &(uint16_t){(uint16_t)code}, 2);
}

static unsigned code_of(const struct narrow_type *t, double x)
{
    unsigned char bytes[2] = {0};
    rq_store_f64(bytes, t->dt, 0, x);
    return t->sign == 0x80 ? bytes[0] : bytes[0] | (unsigned)bytes[1] << 8;
}

static void every_narrow_code_has_its_value_and_comes_back(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_NARROW; k++) {
        const struct narrow_type *t = &narrow_types[k];
        for (unsigned code = 0; code < 2 * t->sign; code++) {
            unsigned char bytes[2];
            put_code(bytes, t, code);
            double x = rq_load_f64(bytes, t->dt, 0);
            unsigned magnitude = code & (t->sign - 1);
            assert_int_equal(!!signbit(x), !!(code & t->sign));
            if (magnitude <= t->max) {
                assert_true(fabs(x) == by_definition(magnitude, t->man, t->bias));
                assert_int_equal(code_of(t, x), code);
            } else if (magnitude == t->beyond && t->dt != RQ_DT_F8E4M3) {
                assert_true(isinf(x));
                assert_int_equal(code_of(t, x), code);
            } else {
                assert_true(isnan(x));
                unsigned again = code_of(t, x);
                put_code(bytes, t, again);
                assert_true(isnan(rq_load_f64(bytes, t->dt, 0)));
                assert_int_equal(again & t->sign, code & t->sign);
            }
        }
    }
}

/* Between every two neighbours: the middle goes to the even one, a hair beside it to its side. */
static void every_midpoint_rounds_to_even(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_NARROW; k++) {
        const struct narrow_type *t = &narrow_types[k];
        for (unsigned code = 0; code <= t->max; code++) {
            double low = by_definition(code, t->man, t->bias);
            double high = by_definition(code + 1, t->man, t->bias);
            double middle = (low + high) / 2; /* exact in double */
            unsigned above = code == t->max ? t->beyond : code + 1;
            assert_int_equal(code_of(t, middle), code & 1 ? above : code);
            assert_int_equal(code_of(t, nextafter(middle, low)), code);
            assert_int_equal(code_of(t, nextafter(middle, high)), above);
            assert_int_equal(code_of(t, -nextafter(middle, high)), above | t->sign);
        }
    }
}

static void published_values(void **state)
{
    (void)state;
    static const struct {
        unsigned code;
        double x;
    } f16[] = {{0x3c00, 1.0},         {0xc000, -2.0},     {0x3555, 0.333251953125},
               {0x7bff, 65504.0},     {0x0001, 0x1p-24},  {0x0400, 0x1p-14},
               {0x03ff, 0x1.ff8p-15}, {0x7c00, INFINITY}, {0xfc00, -INFINITY}};
    for (size_t i = 0; i < sizeof f16 / sizeof *f16; i++) {
        assert_true(rq_f16_to_f32((uint16_t)f16[i].code) == (float)f16[i].x);
        assert_int_equal(rq_f32_to_f16((float)f16[i].x), f16[i].code);
    }
    assert_int_equal(rq_f32_to_f16(65519.996f), 0x7bff);
    assert_int_equal(rq_f32_to_f16(65520.0f), 0x7c00);
    assert_int_equal(rq_f32_to_f16(1e-30f), 0);
    assert_int_equal(rq_f32_to_f16(-1e-30f), 0x8000);
    assert_true(isnan(rq_f16_to_f32(rq_f32_to_f16(NAN))));
    assert_int_equal(code_of(&narrow_types[1], 1.0f), 0x3f80);
    assert_int_equal(code_of(&narrow_types[1], 0x1.018p0f), 0x3f81); /* over half */
    assert_int_equal(code_of(&narrow_types[1], 0x1.01p0f), 0x3f80);  /* a tie, to even */
    assert_int_equal(code_of(&narrow_types[1], 0x1.03p0f), 0x3f82);  /* a tie, to even */
    assert_int_equal(code_of(&narrow_types[1], 3.4e38f), 0x7f80);
    assert_int_equal(code_of(&narrow_types[1], 0x1p-149f), 0);
    assert_true(rq_bf16_to_f32(0xc2f7) == -123.5f);
    assert_int_equal(code_of(&narrow_types[2], 448), 0x7e);
    assert_int_equal(code_of(&narrow_types[2], 464), 0x7e); /* the last tie */
    assert_int_equal(code_of(&narrow_types[2], 465), 0x7f);
    assert_int_equal(code_of(&narrow_types[2], 0x1p-9), 0x01);
    assert_int_equal(code_of(&narrow_types[3], 57344), 0x7b);
    assert_int_equal(code_of(&narrow_types[3], 0x1p-16), 0x01);
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void assert_halves_as_elements(uint32_t bits)
{
    float x = float_of(bits);
    unsigned want = code_of(&narrow_types[0], (double)x), got = rq_f32_to_f16(x);
    if (got != want) fail_msg("%a: 0x%04x, not 0x%04x", (double)x, got, want);
}

/* Single halves and arrays of them have a conversion of their own: that of elements, to the bit. */
static void halves_convert_as_elements_do(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x10000; code++) {
        float x = rq_f16_to_f32((uint16_t)code);
        double want = rq_load_f64(&(uint16_t){(uint16_t)code}, RQ_DT_F16, 0);
        float same = (float)want;
        assert_memory_equal(&x, &same, sizeof x);
        /* the half, its neighbours and the middles between them */
        uint32_t bits;
        memcpy(&bits, &x, sizeof bits);
        for (uint32_t step = 0; step <= 0x2000; step += 0x800)
            for (uint32_t beside = 0; beside < 3; beside++)
                assert_halves_as_elements(bits + step + beside - 1);
    }
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 4099)
        assert_halves_as_elements((uint32_t)bits);
}

/* Arrays are narrowed several numbers at a time: as each alone, NaNs and denormals too. */
static void arrays_are_narrowed_as_single_numbers(void **state)
{
    enum { N = 4096 + 5 };
    static float x[N];
    static uint16_t half[N];
    (void)state;
    uint32_t bits = 0;
    for (int round = 0; round < 120; round++) {
        for (size_t i = 0; i < N; i++, bits += 8713) memcpy(&x[i], &bits, sizeof bits);
        assert_ok(rq_convert(half, RQ_DT_F16, x, RQ_DT_F32, N - (size_t)round % 8));
        for (size_t i = 0; i < N - (size_t)round % 8; i++)
            if (half[i] != rq_f32_to_f16(x[i])) fail_msg("%a: 0x%04x", x[i], half[i]);
    }
}

/* 1 + 2^-11 + 2^-40 is over the tie between two f16; rounded to f32 first it would be on it. */
static void doubles_are_rounded_once(void **state)
{
    (void)state;
    assert_int_equal(code_of(&narrow_types[0], 1 + 0x1p-11 + 0x1p-40), 0x3c01);
    assert_int_equal(code_of(&narrow_types[0], 1 + 0x1p-11), 0x3c00);
    uint16_t b;
    /* 2^61 (1 + 2^-8) + 1 is over the tie between two bf16, and its nearest double is on it. */
    rq_store_i64(&b, RQ_DT_BF16, 0, (INT64_C(1) << 61) + (INT64_C(1) << 53) + 1);
    assert_int_equal(b, 0x5e01);
    rq_store_i64(&b, RQ_DT_BF16, 0, (INT64_C(1) << 61) + (INT64_C(1) << 53));
    assert_int_equal(b, 0x5e00);
    rq_store_i64(&b, RQ_DT_BF16, 0, INT64_MIN);
    assert_int_equal(b, 0xdf00);
}

static void packed_elements_lie_where_the_ir_has_them(void **state)
{
    (void)state;
    const uint8_t nibbles[] = {0x8f, 0x70}; /* the lower nibble first */
    assert_int_equal(rq_load_i64(nibbles, RQ_DT_I4, 0), -1);
    assert_int_equal(rq_load_i64(nibbles, RQ_DT_I4, 1), -8);
    assert_int_equal(rq_load_i64(nibbles, RQ_DT_I4, 2), 0);
    assert_int_equal(rq_load_i64(nibbles, RQ_DT_I4, 3), 7);
    assert_int_equal(rq_load_i64(nibbles, RQ_DT_U4, 0), 15);
    assert_int_equal(rq_load_i64(nibbles, RQ_DT_U4, 1), 8);
    const uint8_t pairs[] = {0xe4}; /* 11 10 01 00, the lowest bits first */
    for (size_t i = 0; i < 4; i++) assert_int_equal(rq_load_i64(pairs, RQ_DT_U2, i), i);
    const uint8_t bits[] = {0xa0, 0x01}; /* the highest bit first */
    assert_int_equal(rq_load_i64(bits, RQ_DT_U1, 0), 1);
    assert_int_equal(rq_load_i64(bits, RQ_DT_U1, 1), 0);
    assert_int_equal(rq_load_i64(bits, RQ_DT_U1, 2), 1);
    assert_int_equal(rq_load_i64(bits, RQ_DT_U1, 15), 1);
}

static void packed_stores_leave_the_neighbours_alone(void **state)
{
    (void)state;
    static const rq_dtype types[] = {RQ_DT_I4, RQ_DT_U4, RQ_DT_U2, RQ_DT_U1};
    for (size_t t = 0; t < 4; t++) {
        unsigned bits = rq_dtype_bits(types[t]);
        int64_t half = types[t] == RQ_DT_I4 ? 8 : 0;
        uint8_t data[4] = {0xa5, 0x5a, 0xff, 0x00};
        for (size_t i = 0; i < 32 / bits; i++) {
            int64_t before[32];
            for (size_t k = 0; k < 32 / bits; k++) before[k] = rq_load_i64(data, types[t], k);
            for (int64_t x = -half; x < (1 << bits) - half; x++) {
                rq_store_i64(data, types[t], i, x);
                for (size_t k = 0; k < 32 / bits; k++)
                    assert_int_equal(rq_load_i64(data, types[t], k), k == i ? x : before[k]);
            }
        }
    }
}

static void floats_to_integers_truncate_and_wrap(void **state)
{
    (void)state;
    static const struct {
        double x;
        rq_dtype dt;
        int64_t want;
    } cases[] = {{2.9, RQ_DT_I8, 2},
                 {-2.9, RQ_DT_I8, -2},
                 {300, RQ_DT_I8, 44},
                 {-1, RQ_DT_U8, 255},
                 {NAN, RQ_DT_I32, 0},
                 {1e30, RQ_DT_I64, INT64_MAX},
                 {1e30, RQ_DT_I8, -1},
                 {-1e30, RQ_DT_I64, INT64_MIN},
                 {-1e30, RQ_DT_I32, 0},
                 {0x1p63, RQ_DT_I64, INT64_MAX},
                 {0x1p32, RQ_DT_U32, 0},
                 {17, RQ_DT_U4, 1},
                 {-9, RQ_DT_I4, 7},
                 {0.3, RQ_DT_BOOL, 1},
                 {-0.0, RQ_DT_BOOL, 0},
                 {NAN, RQ_DT_BOOL, 1},
                 {INFINITY, RQ_DT_I64, INT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char place[8] = {0};
        rq_store_f64(place, cases[i].dt, 0, cases[i].x);
        assert_true(rq_load_i64(place, cases[i].dt, 0) == cases[i].want);
    }
}

static const rq_dtype numeric[] = {RQ_DT_F64,    RQ_DT_F32, RQ_DT_F16, RQ_DT_BF16, RQ_DT_F8E4M3,
                                   RQ_DT_F8E5M2, RQ_DT_I64, RQ_DT_I32, RQ_DT_I16,  RQ_DT_I8,
                                   RQ_DT_I4,     RQ_DT_U64, RQ_DT_U32, RQ_DT_U16,  RQ_DT_U8,
                                   RQ_DT_U4,     RQ_DT_U2,  RQ_DT_U1,  RQ_DT_BOOL};
#define N_NUMERIC (sizeof numeric / sizeof *numeric)

/* 0 and 1 are in every type; small integers in all but the tiny ones. From unaligned memory. */
static void every_pair_converts_small_numbers_exactly(void **state)
{
    (void)state;
    enum { N = 19 };
    for (size_t a = 0; a < N_NUMERIC; a++)
        for (size_t b = 0; b < N_NUMERIC; b++) {
            char from[N * 8 + 1] = {0}, to[N * 8 + 1] = {0};
            unsigned narrow = rq_dtype_bits(numeric[a]) < rq_dtype_bits(numeric[b])
                                  ? rq_dtype_bits(numeric[a])
                                  : rq_dtype_bits(numeric[b]);
            bool tiny = narrow < 4 || numeric[a] == RQ_DT_BOOL || numeric[b] == RQ_DT_BOOL;
            int64_t limit = tiny ? 2 : 8;
            for (size_t i = 0; i < N; i++)
                rq_store_i64(from + 1, numeric[a], i, (int64_t)i % limit);
            assert_ok(rq_convert(to + 1, numeric[b], from + 1, numeric[a], N));
            for (size_t i = 0; i < N; i++)
                assert_int_equal(rq_load_i64(to + 1, numeric[b], i), (int64_t)i % limit);
        }
}

/* The quick loops must do what one element at a time does. */
static void arrays_convert_as_single_elements_do(void **state)
{
    (void)state;
    enum { N = 64 };
    uint64_t seed = 1;
    for (size_t a = 0; a < N_NUMERIC; a++)
        for (size_t b = 0; b < N_NUMERIC; b++) {
            unsigned char from[N * 8], to[N * 8] = {0}, want[N * 8] = {0};
            size_t bytes;
            for (size_t k = 0; k < sizeof from; k++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                from[k] = (unsigned char)(seed >> 56);
                if (numeric[a] == RQ_DT_BOOL) from[k] &= 1;
            }
            assert_ok(rq_convert(to, numeric[b], from, numeric[a], N));
            for (size_t i = 0; i < N && a != b; i++) {
                if (rq_dtype_is_float(numeric[a]))
                    rq_store_f64(want, numeric[b], i, rq_load_f64(from, numeric[a], i));
                else if (rq_dtype_is_float(numeric[b]) && numeric[a] == RQ_DT_U64)
                    rq_store_f64(want, numeric[b], i, rq_load_f64(from, numeric[a], i));
                else
                    rq_store_i64(want, numeric[b], i, rq_load_i64(from, numeric[a], i));
            }
            assert_true(rq_dtype_bytes(&bytes, numeric[b], N));
            if (a == b) memcpy(want, from, bytes);
            assert_memory_equal(to, want, bytes);
        }
}

static void integers_keep_all_their_bits(void **state)
{
    (void)state;
    const int64_t big = INT64_MAX - 1; /* not a double */
    int64_t back;
    uint64_t u;
    assert_ok(rq_convert(&u, RQ_DT_U64, &big, RQ_DT_I64, 1));
    assert_ok(rq_convert(&back, RQ_DT_I64, &u, RQ_DT_U64, 1));
    assert_true(back == big);
    double x;
    u = UINT64_MAX;
    assert_ok(rq_convert(&x, RQ_DT_F64, &u, RQ_DT_U64, 1));
    assert_true(x == 0x1p64);
}

static void texts_do_not_convert(void **state)
{
    (void)state;
    char a[8] = {0}, b[8] = {0};
    assert_fails(rq_convert(a, RQ_DT_F32, b, RQ_DT_STRING, 1), RQ_EUNSUPPORTED, "string");
    assert_fails(rq_convert(a, RQ_DT_UNDEFINED, b, RQ_DT_F32, 1), RQ_EUNSUPPORTED, "f32");
    assert_fails(rq_convert(a, RQ_DT_COUNT, b, RQ_DT_F32, 1), RQ_EUNSUPPORTED, "invalid");
    assert_ok(rq_convert(a, RQ_DT_F32, b, RQ_DT_F32, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_is_read_back),
        cmocka_unit_test(bytes_round_up_and_refuse_overflow),
        cmocka_unit_test(every_narrow_code_has_its_value_and_comes_back),
        cmocka_unit_test(every_midpoint_rounds_to_even),
        cmocka_unit_test(published_values),
        cmocka_unit_test(halves_convert_as_elements_do),
        cmocka_unit_test(doubles_are_rounded_once),
        cmocka_unit_test(packed_elements_lie_where_the_ir_has_them),
        cmocka_unit_test(packed_stores_leave_the_neighbours_alone),
        cmocka_unit_test(floats_to_integers_truncate_and_wrap),
        cmocka_unit_test(every_pair_converts_small_numbers_exactly),
        cmocka_unit_test(arrays_are_narrowed_as_single_numbers),
        cmocka_unit_test(arrays_convert_as_single_elements_do),
        cmocka_unit_test(integers_keep_all_their_bits),
        cmocka_unit_test(texts_do_not_convert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
