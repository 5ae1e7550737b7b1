/* Operation Specifications: IRDFT-9. */
#include "engine/ops/common/fourier.h"

RQ_FOURIER_FUNCTIONS(RQ_FOURIER_IRDFT)

const rq_op rq_op_IRDFT = {
    .type = "IRDFT",
    .opsets = RQ_OPSET(9),
    .role = RQ_ROLE_FLOAT,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
