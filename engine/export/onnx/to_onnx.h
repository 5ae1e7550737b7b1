/* Graphs of the IR as ONNX models: floating point as operators, quantization as QuantizeLinear and
 * DequantizeLinear (QDQ).
 *
 * FakeQuantize becomes a pair of both, integer weights (i8 Const -> Convert -> Multiply) become an
 * int8 initializer and DequantizeLinear, for ONNX Runtime a bias behind both one of int32.
 * Inputs, outputs and tensors keep their names, dynamic dimensions stay dynamic.
 *
 * Sources: ONNX's operator specifications (opset 18 to 21); what ONNX Runtime fuses, by experiment
 * on 1.32: one pair per tensor, the same scale before and after operators that only move values,
 * uint8 activations (with int8 ones, what has several readers stays in floating point on x86). */
#ifndef RQ_EXPORT_ONNX_TO_ONNX_H
#define RQ_EXPORT_ONNX_TO_ONNX_H

#include "engine/ir/graph.h"

/* Codes of activations. */
typedef enum rq_qdq {
    RQ_QDQ_UINT8, /* uint8 with a zero point; pairs around operators that move values, too */
    RQ_QDQ_INT8   /* int8, but uint8 for ranges that begin at 0: zero points of 0 */
} rq_qdq;

/* Writes the model under a temporary name, then renames it; the same graph gives the same bytes.
 * RQ_EUNSUPPORTED, with layer and type, for what ONNX cannot say; RQ_EARG for a model of 2 GB or
 * more, which is more than protocol buffers hold. Nothing is written then. */
rq_status rq_to_onnx_write(const rq_graph *graph, const char *path, rq_qdq qdq);

/* Whether that can be: the same failures, without a file. */
rq_status rq_to_onnx_check(const rq_graph *graph);

#endif
