/* Codes 0..255 of a range of values. */
#ifndef RQ_EXPORT_ONNX_TO_ONNX_RANGE_H
#define RQ_EXPORT_ONNX_TO_ONNX_RANGE_H

#include <stdbool.h>

#define RQ_TO_ONNX_MAX_CODE 255

/* What two neighbours differ by. */
float rq_to_onnx_code_scale(float low, float high);
/* The code of the value 0; false where it has none. */
bool rq_to_onnx_code_of_zero(int *code, float low, float high);

#endif
