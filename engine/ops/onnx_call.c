/* requant's own: a part of a model that ONNX Runtime computes. */
#include "engine/ops/common/framework_call.h"

const rq_op rq_op_OnnxCall = RQ_FRAMEWORK_CALL("OnnxCall");
