/* Operation Specifications: LSTMCell. */
#include "engine/ops/common/recurrent.h"

const rq_op rq_op_LSTMCell = {
    .type = "LSTMCell",
    .opsets = RQ_OPSET(4),
    .role = RQ_ROLE_FLOAT,
    .kind = &rq_lstm_kind,
    .attrs_size = sizeof(rq_recurrent_attrs),
    .attrs = rq_recurrent_specs,
    .infer = rq_cell_infer,
    .scratch = rq_recurrent_scratch,
    .run = rq_cell_run,
    .flops = rq_cell_flops,
};
