/* One element of an array of any numeric type: a row of four functions per type. */
#include "engine/base/dtype.h"
#include "engine/base/narrow.h"
#include "engine/base/round.h"

#include <string.h>

typedef struct element_access {
    double (*load_f64)(const void *data, size_t i);
    int64_t (*load_i64)(const void *data, size_t i);
    void (*store_f64)(void *data, size_t i, double x);
    void (*store_i64)(void *data, size_t i, int64_t x);
} element_access;

/* Types of C; memcpy because constants in a .bin file may lie unaligned. */
#define NATIVE(name, type, from_f64)                                                               \
    static type name##_at(const void *data, size_t i)                                              \
    {                                                                                              \
        type x;                                                                                    \
        memcpy(&x, (const char *)data + i * sizeof x, sizeof x);                                   \
        return x;                                                                                  \
    }                                                                                              \
    static double name##_load_f64(const void *data, size_t i)                                      \
    {                                                                                              \
        return (double)name##_at(data, i);                                                         \
    }                                                                                              \
    static void name##_put(void *data, size_t i, type x)                                           \
    {                                                                                              \
        memcpy((char *)data + i * sizeof x, &x, sizeof x);                                         \
    }                                                                                              \
    static void name##_store_f64(void *data, size_t i, double x)                                   \
    {                                                                                              \
        name##_put(data, i, (type)from_f64(x));                                                    \
    }                                                                                              \
    static void name##_store_i64(void *data, size_t i, int64_t x)                                  \
    {                                                                                              \
        name##_put(data, i, (type)x);                                                              \
    }

#define NATIVE_INTEGER(name, type)                                                                 \
    NATIVE(name, type, rq_saturate_i64)                                                            \
    static int64_t name##_load_i64(const void *data, size_t i)                                     \
    {                                                                                              \
        return (int64_t)name##_at(data, i);                                                        \
    }

#define NATIVE_FLOAT(name, type)                                                                   \
    NATIVE(name, type, )                                                                           \
    static int64_t name##_load_i64(const void *data, size_t i)                                     \
    {                                                                                              \
        return rq_saturate_i64((double)name##_at(data, i));                                        \
    }

NATIVE_FLOAT(f64, double)
NATIVE_FLOAT(f32, float)
NATIVE_INTEGER(i64, int64_t)
NATIVE_INTEGER(i32, int32_t)
NATIVE_INTEGER(i16, int16_t)
NATIVE_INTEGER(i8, int8_t)
NATIVE_INTEGER(u64, uint64_t)
NATIVE_INTEGER(u32, uint32_t)
NATIVE_INTEGER(u16, uint16_t)
NATIVE_INTEGER(u8, uint8_t)

/* The nearest double would round a large integer once, and the narrow float once more: beyond
 * 2^53 fold the lost bits into the last kept one (round to odd), which makes the pair exact. */
static double sticky_double(int64_t x)
{
    uint64_t magnitude = x < 0 ? -(uint64_t)x : (uint64_t)x;
    if (magnitude >> 53) magnitude = (magnitude >> 11 | !!(magnitude & 0x7ff)) << 11;
    return x < 0 ? -(double)magnitude : (double)magnitude;
}

#define NARROW_FLOAT(name, code_type, widen)                                                       \
    static double name##_load_f64(const void *data, size_t i)                                      \
    {                                                                                              \
        code_type code;                                                                            \
        memcpy(&code, (const char *)data + i * sizeof code, sizeof code);                          \
        return (double)widen(code);                                                                \
    }                                                                                              \
    static int64_t name##_load_i64(const void *data, size_t i)                                     \
    {                                                                                              \
        return rq_saturate_i64(name##_load_f64(data, i));                                          \
    }                                                                                              \
    static void name##_store_f64(void *data, size_t i, double x)                                   \
    {                                                                                              \
        code_type code = (code_type)rq_narrow(x, &rq_format_##name);                               \
        memcpy((char *)data + i * sizeof code, &code, sizeof code);                                \
    }                                                                                              \
    static void name##_store_i64(void *data, size_t i, int64_t x)                                  \
    {                                                                                              \
        name##_store_f64(data, i, sticky_double(x));                                               \
    }

static float f8e4m3_to_f32(uint8_t code)
{
    return rq_widen(code, &rq_format_f8e4m3);
}

static float f8e5m2_to_f32(uint8_t code)
{
    return rq_widen(code, &rq_format_f8e5m2);
}

NARROW_FLOAT(f16, uint16_t, rq_f16_to_f32)
NARROW_FLOAT(bf16, uint16_t, rq_bf16_to_f32)
NARROW_FLOAT(f8e4m3, uint8_t, f8e4m3_to_f32)
NARROW_FLOAT(f8e5m2, uint8_t, f8e5m2_to_f32)

/* Fields of a byte: `bits` wide, element i at bit `position` of byte i * bits / 8. */
#define PACKED(name, bits, position, decode)                                                       \
    static int64_t name##_load_i64(const void *data, size_t i)                                     \
    {                                                                                              \
        int field = ((const uint8_t *)data)[i / (8 / bits)] >> (position) & ((1 << bits) - 1);     \
        return decode(field);                                                                      \
    }                                                                                              \
    static double name##_load_f64(const void *data, size_t i)                                      \
    {                                                                                              \
        return (double)name##_load_i64(data, i);                                                   \
    }                                                                                              \
    static void name##_store_i64(void *data, size_t i, int64_t x)                                  \
    {                                                                                              \
        uint8_t *byte = (uint8_t *)data + i / (8 / bits);                                          \
        int mask = ((1 << bits) - 1) << (position);                                                \
        *byte = (uint8_t)((*byte & ~mask) | ((int)(x & 0xff) << (position)&mask));                 \
    }                                                                                              \
    static void name##_store_f64(void *data, size_t i, double x)                                   \
    {                                                                                              \
        name##_store_i64(data, i, rq_saturate_i64(x));                                             \
    }

#define AS_IS(field) (field)
#define SIGNED_NIBBLE(field) (((field) ^ 8) - 8)

PACKED(i4, 4, i % 2 * 4, SIGNED_NIBBLE)
PACKED(u4, 4, i % 2 * 4, AS_IS)
PACKED(u2, 2, i % 4 * 2, AS_IS)
PACKED(u1, 1, 7 - i % 8, AS_IS)

static int64_t bool_load_i64(const void *data, size_t i)
{
    return ((const uint8_t *)data)[i] != 0;
}

static double bool_load_f64(const void *data, size_t i)
{
    return (double)bool_load_i64(data, i);
}

static void bool_store_i64(void *data, size_t i, int64_t x)
{
    ((uint8_t *)data)[i] = x != 0;
}

static void bool_store_f64(void *data, size_t i, double x)
{
    ((uint8_t *)data)[i] = x != 0.0;
}

#define ACCESS(name)                                                                               \
    {                                                                                              \
        name##_load_f64, name##_load_i64, name##_store_f64, name##_store_i64                       \
    }

static const element_access accesses[RQ_DT_COUNT] = {
    [RQ_DT_F64] = ACCESS(f64),   [RQ_DT_F32] = ACCESS(f32),       [RQ_DT_F16] = ACCESS(f16),
    [RQ_DT_BF16] = ACCESS(bf16), [RQ_DT_F8E4M3] = ACCESS(f8e4m3), [RQ_DT_F8E5M2] = ACCESS(f8e5m2),
    [RQ_DT_I64] = ACCESS(i64),   [RQ_DT_I32] = ACCESS(i32),       [RQ_DT_I16] = ACCESS(i16),
    [RQ_DT_I8] = ACCESS(i8),     [RQ_DT_I4] = ACCESS(i4),         [RQ_DT_U64] = ACCESS(u64),
    [RQ_DT_U32] = ACCESS(u32),   [RQ_DT_U16] = ACCESS(u16),       [RQ_DT_U8] = ACCESS(u8),
    [RQ_DT_U4] = ACCESS(u4),     [RQ_DT_U2] = ACCESS(u2),         [RQ_DT_U1] = ACCESS(u1),
    [RQ_DT_BOOL] = ACCESS(bool),
};

double rq_load_f64(const void *data, rq_dtype dt, size_t i)
{
    return accesses[dt].load_f64(data, i);
}

int64_t rq_load_i64(const void *data, rq_dtype dt, size_t i)
{
    return accesses[dt].load_i64(data, i);
}

void rq_store_f64(void *data, rq_dtype dt, size_t i, double x)
{
    accesses[dt].store_f64(data, i, x);
}

void rq_store_i64(void *data, rq_dtype dt, size_t i, int64_t x)
{
    accesses[dt].store_i64(data, i, x);
}
