/* How ONNX quantizes: what its two files on it share. Private to onnx_*.c. */
#ifndef RQ_IMPORT_ONNX_ONNX_QUANTIZE_H
#define RQ_IMPORT_ONNX_ONNX_QUANTIZE_H

#include "engine/import/onnx/onnx_ops.h"

typedef struct rq_onnx_quantizer {
    rq_id scale, zero; /* of the input's float type; zero RQ_NONE for 0 */
    double low, high;  /* of the integer type */
    rq_dtype dtype;
} rq_onnx_quantizer;

/* From the node's inputs `scale` and `zero`, for a tensor x. False when it does not map. */
bool rq_onnx_read_quantizer(rq_onnx_quantizer *q, rq_ir_builder *b, rq_id x, size_t scale,
                            size_t zero);

/* To integers. With constant scales FakeQuantize computes them exactly; else in plain steps. */
rq_id rq_onnx_quantize(rq_ir_builder *b, const rq_onnx_quantizer *q, rq_id x);

/* To u8, by the tensor's own range when it runs. */
void rq_onnx_dynamic_quantizer(rq_onnx_quantizer *q, rq_ir_builder *b, rq_id x);

/* Back to real numbers; zero may be RQ_NONE. What rq_onnx_quantize made with the same scale and
 * zero point becomes one FakeQuantize with it; constants of 8 bits or less stay as they are,
 * converted when the model runs. */
rq_id rq_onnx_dequantize(rq_ir_builder *b, rq_id x, rq_id scale, rq_id zero, int64_t axis);

/* The same with a scale for each block of elements along the axis: the axis becomes two, as the IR
 * keeps weights that are compressed by groups. `zero`: of the scales' shape, a scalar, or RQ_NONE.
 */
rq_id rq_onnx_dequantize_blocks(rq_ir_builder *b, rq_id x, rq_id scale, rq_id zero, int64_t block,
                                int64_t axis);

/* A scale or zero point of x: a scalar, or a row along `axis` as a shape that broadcasts. */
rq_id rq_onnx_along_axis(rq_ir_builder *b, rq_id x, rq_id row, int64_t axis);

/* A constant of zeros. */
bool rq_onnx_is_zero(const rq_ir_builder *b, rq_id x);

#endif
