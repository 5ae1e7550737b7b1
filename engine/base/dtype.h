/* Element types of tensors: one table of what each is, and conversions between them. */
#ifndef RQ_BASE_DTYPE_H
#define RQ_BASE_DTYPE_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum rq_dtype {
    RQ_DT_UNDEFINED = 0, /* "undefined" and "dynamic" in an IR */
    RQ_DT_F64,
    RQ_DT_F32,
    RQ_DT_F16,
    RQ_DT_BF16,
    RQ_DT_F8E4M3,
    RQ_DT_F8E5M2,
    RQ_DT_I64,
    RQ_DT_I32,
    RQ_DT_I16,
    RQ_DT_I8,
    RQ_DT_I4, /* two per byte, the lower nibble first; signed */
    RQ_DT_U64,
    RQ_DT_U32,
    RQ_DT_U16,
    RQ_DT_U8,
    RQ_DT_U4,   /* two per byte, the lower nibble first */
    RQ_DT_U2,   /* four per byte, lowest bits first */
    RQ_DT_U1,   /* eight per byte, the highest bit first (OpenVINO's order) */
    RQ_DT_BOOL, /* one byte, 0 or 1 */
    RQ_DT_STRING,
    RQ_DT_COUNT
} rq_dtype;

typedef enum rq_dtype_kind {
    RQ_KIND_OTHER,
    RQ_KIND_FLOAT,
    RQ_KIND_SIGNED,
    RQ_KIND_UNSIGNED
} rq_dtype_kind;

/* The IR's `element_type` spelling: "f32", "i8", "boolean". */
const char *rq_dtype_name(rq_dtype dt);
/* The IR's `precision` spelling on ports: "FP32", "I8", "BOOL". */
const char *rq_dtype_precision(rq_dtype dt);
/* Accepts both spellings, case-insensitively, and numpy's ("float32"). RQ_DT_COUNT if none. */
rq_dtype rq_dtype_parse(const char *name);

unsigned rq_dtype_bits(rq_dtype dt);         /* 0 for undefined and string */
rq_dtype_kind rq_dtype_kind_of(rq_dtype dt); /* BOOL is RQ_KIND_UNSIGNED */
static inline bool rq_dtype_is_float(rq_dtype dt)
{
    return rq_dtype_kind_of(dt) == RQ_KIND_FLOAT;
}

/* Bytes that n elements take, sub-byte types rounded up to whole bytes. False on overflow. */
bool rq_dtype_bytes(size_t *out, rq_dtype dt, size_t n);

/* Scalar conversions. Float to narrower float rounds half to even; f16 overflow gives Inf.
 * Float to integer truncates towards zero and wraps as static_cast on the value saturated to
 * int64; NaN gives 0. f8 follow OCP OFP8 (E4M3FN has no Inf; overflow there gives NaN). */
#define RQ_F16_MAX 65504.0f
uint16_t rq_f32_to_f16(float x);
float rq_f16_to_f32(uint16_t h);
static inline float rq_bf16_to_f32(uint16_t b)
{
    union {
        uint32_t u;
        float f;
    } v = {(uint32_t)b << 16};
    return v.f;
}

/* Element i of an array of dt, as double / int64 (any numeric dt, sub-byte included). */
double rq_load_f64(const void *data, rq_dtype dt, size_t i);
int64_t rq_load_i64(const void *data, rq_dtype dt, size_t i);
void rq_store_f64(void *data, rq_dtype dt, size_t i, double x);
void rq_store_i64(void *data, rq_dtype dt, size_t i, int64_t x);

/* Converts n elements; src and dst must not overlap. To BOOL: x != 0. */
rq_status rq_convert(void *dst, rq_dtype dst_dt, const void *src, rq_dtype src_dt, size_t n);

#endif
