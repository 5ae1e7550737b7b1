/* requant's own: a part of a model that TensorFlow computes, from the model's own file. */
#include "engine/ops/common/framework_call.h"

const rq_op rq_op_TensorFlowCall = RQ_FRAMEWORK_CALL("TensorFlowCall");
