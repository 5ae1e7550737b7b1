/* Operation Specifications: DFT-7. */
#include "engine/ops/common/fourier.h"

RQ_FOURIER_FUNCTIONS(RQ_FOURIER_DFT)

const rq_op rq_op_DFT = {
    .type = "DFT",
    .opsets = RQ_OPSET(7),
    .role = RQ_ROLE_FLOAT,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
