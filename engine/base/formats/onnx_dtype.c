#include "engine/base/formats/onnx_dtype.h"

/* TensorProto.DataType, in its order. */
static const rq_dtype dtypes[] = {
    [1] = RQ_DT_F32,  [2] = RQ_DT_U8,    [3] = RQ_DT_I8,      [4] = RQ_DT_U16,
    [5] = RQ_DT_I16,  [6] = RQ_DT_I32,   [7] = RQ_DT_I64,     [8] = RQ_DT_STRING,
    [9] = RQ_DT_BOOL, [10] = RQ_DT_F16,  [11] = RQ_DT_F64,    [12] = RQ_DT_U32,
    [13] = RQ_DT_U64, [16] = RQ_DT_BF16, [17] = RQ_DT_F8E4M3, [19] = RQ_DT_F8E5M2,
    [21] = RQ_DT_U4,  [22] = RQ_DT_I4,   [25] = RQ_DT_U2,
};

rq_dtype rq_onnx_dtype(int32_t type)
{
    return type >= 0 && (size_t)type < sizeof dtypes / sizeof dtypes[0] ? dtypes[type]
                                                                        : RQ_DT_UNDEFINED;
}

const char *rq_onnx_dtype_name(int32_t type)
{
    static const char *const names[] = {
        [0] = "undefined",   [8] = "string",          [14] = "complex64",      [15] = "complex128",
        [17] = "float8e4m3", [18] = "float8e4m3fnuz", [20] = "float8e5m2fnuz", [23] = "float4e2m1",
        [24] = "float8e8m0", [25] = "uint2",          [26] = "int2",
    };
    bool known = type >= 0 && (size_t)type < sizeof names / sizeof names[0] && names[type];
    return known ? names[type] : "?";
}

int32_t rq_onnx_dtype_number(rq_dtype dtype)
{
    for (size_t i = 1; i < sizeof dtypes / sizeof dtypes[0]; i++)
        if (dtypes[i] == dtype && dtype != RQ_DT_UNDEFINED) return (int32_t)i;
    return 0;
}
