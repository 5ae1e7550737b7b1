/* Reading TensorFlow Lite's models (.tflite: flatbuffers of the schema "TFL3").
 *
 * A node is an operator of TensorFlow, of the same meaning and with its attributes: what TensorFlow
 * Lite fuses into one (biases, activations) is several. Values are called as the tensors, layers as
 * the tensor that they give. Tensors of codes (int8 with a scale) are real numbers, rounded by a
 * FakeQuantize; inputs and outputs of codes stay codes. Weights stay the codes that they are, with
 * their scales behind them. Of several graphs the first is taken; others are bodies. */
#ifndef RQ_IMPORT_TFLITE_TFLITE_H
#define RQ_IMPORT_TFLITE_TFLITE_H

#include "engine/import/framework_model.h"

/* RQ_EFORMAT for damaged files. */
rq_status rq_tflite_open(rq_framework_model **out, const char *path);

#endif
