/* Operation Specifications: IDFT-7. */
#include "engine/ops/common/fourier.h"

RQ_FOURIER_FUNCTIONS(RQ_FOURIER_IDFT)

const rq_op rq_op_IDFT = {
    .type = "IDFT",
    .opsets = RQ_OPSET(7),
    .role = RQ_ROLE_FLOAT,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
