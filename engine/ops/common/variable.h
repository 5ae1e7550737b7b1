/* What ReadValue and Assign share. */
#ifndef RQ_OPS_COMMON_VARIABLE_H
#define RQ_OPS_COMMON_VARIABLE_H

#include "engine/ops/op.h"

/* Output 0 becomes a copy of `value`; RQ_EARG if it has another type or shape. */
rq_status rq_variable_copy(rq_call *call, const rq_tensor *value);

#endif
