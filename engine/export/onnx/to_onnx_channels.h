/* Ranges per channel. */
#ifndef RQ_EXPORT_ONNX_TO_ONNX_CHANNELS_H
#define RQ_EXPORT_ONNX_TO_ONNX_CHANNELS_H

#include "engine/ir/graph.h"

/* ONNX Runtime's kernels take one scale per activation; where a convolution is followed by
 * QuantizeLinear with several, 1.32 fuses both and then fails. So a FakeQuantize with a range per
 * channel becomes one of 0..255 between a division by the channels' scales and a multiplication:
 * folded into the weights of the convolution before and of the depthwise one behind, else as
 * layers. What is computed stays the same. */
rq_status rq_to_onnx_fold_channels(rq_graph *graph);

#endif
