/* Recurrent primitives. All run on the general kernel, which multiplies matrices fast. */
#include "engine/exec/onednn/dnnl_private.h"

static dnnl_rnn_direction_t direction_of(rq_dnn_direction direction)
{
    static const dnnl_rnn_direction_t directions[] = {
        [RQ_DNN_FORWARD] = dnnl_unidirectional_left2right,
        [RQ_DNN_REVERSE] = dnnl_unidirectional_right2left,
        [RQ_DNN_BIDIRECTIONAL] = dnnl_bidirectional_concat,
    };
    return directions[direction];
}

static rq_status build_lstm(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_recurrent_desc *r)
{
    dnnl_rnn_desc_t desc;
    const dnnl_memory_desc_t *state = rq_dnn_md(r->state);
    RQ_TRY(rq_dnn_check(
        dnnl_lstm_forward_desc_init(&desc, dnnl_forward_inference, direction_of(r->direction),
                                    rq_dnn_md(r->src), state, state, rq_dnn_md(r->weights),
                                    rq_dnn_md(r->weights_1), rq_dnn_md(r->bias), rq_dnn_md(r->dst),
                                    state, state, dnnl_rnn_flags_undef),
        "LSTM"));
    return rq_dnn_build_any(out, dnn, &desc);
}

static rq_status build_gru(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_recurrent_desc *r)
{
    dnnl_rnn_desc_t desc;
    const dnnl_memory_desc_t *state = rq_dnn_md(r->state);
    bool before = r->cell == RQ_DNN_GRU_LINEAR_BEFORE_RESET;
    dnnl_status_t status = (before ? dnnl_lbr_gru_forward_desc_init : dnnl_gru_forward_desc_init)(
        &desc, dnnl_forward_inference, direction_of(r->direction), rq_dnn_md(r->src), state,
        rq_dnn_md(r->weights), rq_dnn_md(r->weights_1), rq_dnn_md(r->bias), rq_dnn_md(r->dst),
        state, dnnl_rnn_flags_undef);
    RQ_TRY(rq_dnn_check(status, "GRU"));
    return rq_dnn_build_any(out, dnn, &desc);
}

rq_status rq_dnn_recurrent(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_recurrent_desc *desc)
{
    return desc->cell == RQ_DNN_LSTM ? build_lstm(out, dnn, desc) : build_gru(out, dnn, desc);
}
