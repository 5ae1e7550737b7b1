#include "engine/exec/onednn/v2/operation.h"

dnnl_status_t rq_dnn_describe_lstm(rq_dnn_description *d, const rq_dnn_recurrent_desc *r,
                                   dnnl_rnn_direction_t direction)
{
    dnnl_rnn_desc_t desc;
    rq_dnn_md state = r->state->md;
    dnnl_status_t status = dnnl_lstm_forward_desc_init(
        &desc, dnnl_forward_inference, direction, r->src->md, state, state, r->weights->md,
        r->weights_1->md, r->bias->md, r->dst->md, state, state, dnnl_rnn_flags_undef);
    return rq_dnn_describe_operation(d, status, &desc);
}

dnnl_status_t rq_dnn_describe_gru(rq_dnn_description *d, const rq_dnn_recurrent_desc *r,
                                  dnnl_rnn_direction_t direction)
{
    dnnl_rnn_desc_t desc;
    rq_dnn_md state = r->state->md;
    bool before = r->cell == RQ_DNN_GRU_LINEAR_BEFORE_RESET;
    dnnl_status_t status = (before ? dnnl_lbr_gru_forward_desc_init : dnnl_gru_forward_desc_init)(
        &desc, dnnl_forward_inference, direction, r->src->md, state, r->weights->md,
        r->weights_1->md, r->bias->md, r->dst->md, state, dnnl_rnn_flags_undef);
    return rq_dnn_describe_operation(d, status, &desc);
}
