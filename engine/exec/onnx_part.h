/* A part of an ONNX model as a model of its own. */
#ifndef RQ_EXEC_ONNX_PART_H
#define RQ_EXEC_ONNX_PART_H

#include "engine/base/tensor.h"

/* The nodes that `fetches` ("a,b") need, up to `feeds`, in ONNX's format: (*out)[*size], malloc'd.
 * The inputs are of the types that the model says, else of those of in[n_in]; these are in
 * types[n_in]. The file is one that the user lets ONNX Runtime read. */
rq_status rq_onnx_part(uint8_t **out, size_t *size, rq_dtype *types, const char *file,
                       const char *feeds, const char *fetches, const rq_tensor *in, size_t n_in);

#endif
