#include "engine/exec/onednn/dnnl_private.h"

dnnl_status_t rq_dnn_describe_lstm(rq_dnn_description *d, const rq_dnn_recurrent_desc *r,
                                   dnnl_rnn_direction_t direction)
{
    rq_dnn_md state = r->state->md;
    return dnnl_lstm_forward_primitive_desc_create(
        &d->pd, d->engine, dnnl_forward_inference, direction, r->src->md, state, state,
        r->weights->md, r->weights_1->md, NULL, NULL, r->bias->md, r->dst->md, state, state,
        dnnl_rnn_flags_undef, d->attr);
}

/* A GRU of one state is wrong by some thousandths, whatever the CPU from AVX-512 on (seen in
 * 3.7.2). */
dnnl_status_t rq_dnn_describe_gru(rq_dnn_description *d, const rq_dnn_recurrent_desc *r,
                                  dnnl_rnn_direction_t direction)
{
    rq_dnn_md state = r->state->md;
    bool before = r->cell == RQ_DNN_GRU_LINEAR_BEFORE_RESET;
    if (!before && rq_dnn_md_read(state).dims[3] == 1) return dnnl_unimplemented;
    return (before ? dnnl_lbr_gru_forward_primitive_desc_create
                   : dnnl_gru_forward_primitive_desc_create)(
        &d->pd, d->engine, dnnl_forward_inference, direction, r->src->md, state, r->weights->md,
        r->weights_1->md, r->bias->md, r->dst->md, state, dnnl_rnn_flags_undef, d->attr);
}
