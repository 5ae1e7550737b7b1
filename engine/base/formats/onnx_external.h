/* Data of ONNX tensors that lie in files of their own, beside the model or below. A model from
 * elsewhere must not read other files: what leads outside is refused.
 *
 * Source: the comments of TensorProto.external_data in ONNX's messages. */
#ifndef RQ_BASE_ONNX_EXTERNAL_H
#define RQ_BASE_ONNX_EXTERNAL_H

#include "engine/base/mapping.h"

#include "engine/base/formats/onnx.pb-c.h"

typedef struct rq_onnx_external_file {
    char *path; /* owned */
    rq_mapping mapping;
} rq_onnx_external_file;

/* Begins with the model alone: files are opened once, when they are first asked for. */
typedef struct rq_onnx_external {
    const char *model; /* its file */
    rq_onnx_external_file *files;
    size_t n, capacity;
} rq_onnx_external;

/* Does the tensor say that its data are elsewhere? */
static inline bool rq_onnx_external_has(const Onnx__Tensor *tensor)
{
    return tensor->data_location == 1;
}

#define RQ_ONNX_EXTERNAL_ALL SIZE_MAX

/* The data of `tensor`, which messages call `what`: *out of *size bytes, valid until the files are
 * closed. `bytes` is what its type and shape need; RQ_ONNX_EXTERNAL_ALL where that is not known: as
 * many as it says, else all that the file has. RQ_EIO for a file that is not there, RQ_EFORMAT for
 * one that is not below the folder of the model, or of what a link to the model leads to, and for
 * data that are not in it. */
rq_status rq_onnx_external_find(const uint8_t **out, size_t *size, rq_onnx_external *external,
                                const Onnx__Tensor *tensor, const char *what, size_t bytes);
void rq_onnx_external_close(rq_onnx_external *external);

#endif
