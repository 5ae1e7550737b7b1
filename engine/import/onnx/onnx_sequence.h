/* ONNX's sequences of tensors. Their length must be known: then they are but their elements, each a
 * value of its own. Private to onnx_*.c. */
#ifndef RQ_IMPORT_ONNX_ONNX_SEQUENCE_H
#define RQ_IMPORT_ONNX_ONNX_SEQUENCE_H

#include "engine/import/onnx/onnx_ops.h"

/* Is the node's input i a sequence? */
bool rq_onnx_is_sequence(rq_ir_builder *b, size_t i);
/* The node's output 0 is the sequence that input 0 is. */
void rq_onnx_pass_sequence(rq_ir_builder *b);

#endif
