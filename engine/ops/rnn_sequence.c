/* Operation Specifications: RNNSequence. */
#include "engine/ops/common/recurrent.h"

const rq_op rq_op_RNNSequence = {
    .type = "RNNSequence",
    .opsets = RQ_OPSET(5),
    .role = RQ_ROLE_FLOAT,
    .kind = &rq_rnn_kind,
    .attrs_size = sizeof(rq_recurrent_attrs),
    .attrs = rq_recurrent_specs,
    .infer = rq_sequence_infer,
    .scratch = rq_recurrent_scratch,
    .run = rq_sequence_run,
    .flops = rq_sequence_flops,
};
