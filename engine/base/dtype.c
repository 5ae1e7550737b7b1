#include "engine/base/dtype.h"
#include "engine/base/mem.h"

#include <strings.h>

static const struct {
    const char *name, *precision, *numpy;
    unsigned bits;
    rq_dtype_kind kind;
} dtypes[RQ_DT_COUNT] = {
    [RQ_DT_UNDEFINED] = {"dynamic", "UNSPECIFIED", "undefined", 0, RQ_KIND_OTHER},
    [RQ_DT_F64] = {"f64", "FP64", "float64", 64, RQ_KIND_FLOAT},
    [RQ_DT_F32] = {"f32", "FP32", "float32", 32, RQ_KIND_FLOAT},
    [RQ_DT_F16] = {"f16", "FP16", "float16", 16, RQ_KIND_FLOAT},
    [RQ_DT_BF16] = {"bf16", "BF16", "bfloat16", 16, RQ_KIND_FLOAT},
    [RQ_DT_F8E4M3] = {"f8e4m3", "F8E4M3", "float8_e4m3fn", 8, RQ_KIND_FLOAT},
    [RQ_DT_F8E5M2] = {"f8e5m2", "F8E5M2", "float8_e5m2", 8, RQ_KIND_FLOAT},
    [RQ_DT_I64] = {"i64", "I64", "int64", 64, RQ_KIND_SIGNED},
    [RQ_DT_I32] = {"i32", "I32", "int32", 32, RQ_KIND_SIGNED},
    [RQ_DT_I16] = {"i16", "I16", "int16", 16, RQ_KIND_SIGNED},
    [RQ_DT_I8] = {"i8", "I8", "int8", 8, RQ_KIND_SIGNED},
    [RQ_DT_I4] = {"i4", "I4", "int4", 4, RQ_KIND_SIGNED},
    [RQ_DT_U64] = {"u64", "U64", "uint64", 64, RQ_KIND_UNSIGNED},
    [RQ_DT_U32] = {"u32", "U32", "uint32", 32, RQ_KIND_UNSIGNED},
    [RQ_DT_U16] = {"u16", "U16", "uint16", 16, RQ_KIND_UNSIGNED},
    [RQ_DT_U8] = {"u8", "U8", "uint8", 8, RQ_KIND_UNSIGNED},
    [RQ_DT_U4] = {"u4", "U4", "uint4", 4, RQ_KIND_UNSIGNED},
    [RQ_DT_U2] = {"u2", "U2", "uint2", 2, RQ_KIND_UNSIGNED},
    [RQ_DT_U1] = {"u1", "BIN", "uint1", 1, RQ_KIND_UNSIGNED},
    [RQ_DT_BOOL] = {"boolean", "BOOL", "bool", 8, RQ_KIND_UNSIGNED},
    [RQ_DT_STRING] = {"string", "STRING", "str", 0, RQ_KIND_OTHER},
};

static bool known(rq_dtype dt)
{
    return (unsigned)dt < RQ_DT_COUNT;
}

const char *rq_dtype_name(rq_dtype dt)
{
    return known(dt) ? dtypes[dt].name : "invalid";
}

const char *rq_dtype_precision(rq_dtype dt)
{
    return known(dt) ? dtypes[dt].precision : "INVALID";
}

rq_dtype rq_dtype_parse(const char *name)
{
    for (int i = 0; i < RQ_DT_COUNT; i++)
        if (!strcasecmp(name, dtypes[i].name) || !strcasecmp(name, dtypes[i].precision) ||
            !strcasecmp(name, dtypes[i].numpy))
            return (rq_dtype)i;
    return RQ_DT_COUNT;
}

unsigned rq_dtype_bits(rq_dtype dt)
{
    return known(dt) ? dtypes[dt].bits : 0;
}

rq_dtype_kind rq_dtype_kind_of(rq_dtype dt)
{
    return known(dt) ? dtypes[dt].kind : RQ_KIND_OTHER;
}

bool rq_dtype_bytes(size_t *out, rq_dtype dt, size_t n)
{
    unsigned bits = rq_dtype_bits(dt);
    if (bits >= 8) return rq_mul_size(out, n, bits / 8);
    if (bits == 0) {
        *out = 0;
        return true;
    }
    size_t per_byte = 8 / bits;
    *out = n / per_byte + (n % per_byte != 0);
    return true;
}
