/* Data of an ONNX model that lie in files of their own. */
#ifndef RQ_EXEC_ONNX_PART_DATA_H
#define RQ_EXEC_ONNX_PART_DATA_H

#include "engine/base/formats/onnx.pb-c.h"
#include "engine/base/status.h"

#define RQ_ONNX_PART_DEPTH 64 /* of graphs in graphs */

/* All tensors, those of attributes too, have their data in themselves from now on, malloc'd; `file`
 * is the model's. Fails as rq_onnx_external_find does; RQ_EUNSUPPORTED for graphs nested too deep.
 */
rq_status rq_onnx_part_load(const Onnx__Model *model, const char *file);

#endif
