/* Data of an ONNX model that lie in files of their own. */
#ifndef RQ_EXEC_ONNX_PART_DATA_H
#define RQ_EXEC_ONNX_PART_DATA_H

#include "engine/base/formats/onnx.pb-c.h"
#include "engine/base/tensor.h"

/* The tensor has its data in itself from now on, malloc'd; `file` is the model's. RQ_EIO and
 * RQ_EFORMAT for data that are not there, RQ_EUNSUPPORTED for a file that is not below the model's
 * folder. */
rq_status rq_onnx_part_load(Onnx__Tensor *tensor, const char *file);

#endif
