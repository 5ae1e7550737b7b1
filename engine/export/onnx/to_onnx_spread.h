/* Quantization of what is moved. */
#ifndef RQ_EXPORT_ONNX_TO_ONNX_SPREAD_H
#define RQ_EXPORT_ONNX_TO_ONNX_SPREAD_H

#include "engine/ir/graph.h"

/* ONNX Runtime runs an operator that only moves or selects values on codes if they have the same
 * scale before and behind: where such a layer reads a FakeQuantize of one range, another one with
 * that range is put behind it. Values stay the same, as they are on its grid already. */
rq_status rq_to_onnx_spread(rq_graph *graph);

#endif
