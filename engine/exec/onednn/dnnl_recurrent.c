/* Recurrent primitives. All run on the general kernel, which multiplies matrices fast. */
#include "engine/exec/onednn/dnnl_private.h"

rq_status rq_dnn_recurrent(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_recurrent_desc *desc)
{
    static const dnnl_rnn_direction_t directions[] = {
        [RQ_DNN_FORWARD] = dnnl_unidirectional_left2right,
        [RQ_DNN_REVERSE] = dnnl_unidirectional_right2left,
        [RQ_DNN_BIDIRECTIONAL] = dnnl_bidirectional_concat,
    };
    rq_dnn_description d;
    dnnl_rnn_direction_t direction = directions[desc->direction];
    RQ_TRY(rq_dnn_describe(&d, dnn, NULL));
    dnnl_status_t described = desc->cell == RQ_DNN_LSTM ? rq_dnn_describe_lstm(&d, desc, direction)
                                                        : rq_dnn_describe_gru(&d, desc, direction);
    return rq_dnn_build_any(out, dnn, &d, described, desc->cell == RQ_DNN_LSTM ? "LSTM" : "GRU");
}
