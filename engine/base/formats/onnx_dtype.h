/* ONNX's numbers of element types (TensorProto.DataType). */
#ifndef RQ_BASE_ONNX_DTYPE_H
#define RQ_BASE_ONNX_DTYPE_H

#include "engine/base/dtype.h"

/* RQ_DT_UNDEFINED for types that requant lacks. */
rq_dtype rq_onnx_dtype(int32_t type);
/* Its name in ONNX, for messages: "float8e4m3fnuz"; "?" for none of them. */
const char *rq_onnx_dtype_name(int32_t type);
/* 0 (undefined) for types that ONNX lacks. */
int32_t rq_onnx_dtype_number(rq_dtype dtype);

#endif
