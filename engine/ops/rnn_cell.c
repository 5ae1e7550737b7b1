/* Operation Specifications: RNNCell. */
#include "engine/ops/common/recurrent.h"

const rq_op rq_op_RNNCell = {
    .type = "RNNCell",
    .opsets = RQ_OPSET(0) | RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .kind = &rq_rnn_kind,
    .attrs_size = sizeof(rq_recurrent_attrs),
    .attrs = rq_recurrent_specs,
    .infer = rq_cell_infer,
    .scratch = rq_recurrent_scratch,
    .run = rq_cell_run,
    .flops = rq_cell_flops,
};
