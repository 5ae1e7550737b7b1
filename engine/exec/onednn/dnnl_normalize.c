/* Primitives that normalise. */
#include "engine/exec/onednn/dnnl_private.h"

rq_status rq_dnn_layer_norm(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout,
                            float epsilon)
{
    dnnl_layer_normalization_desc_t desc;
    RQ_TRY(rq_dnn_check(dnnl_layer_normalization_forward_desc_init(&desc, dnnl_forward_inference,
                                                                   &layout->md, NULL, epsilon, 0),
                        "layer normalization"));
    return rq_dnn_build(out, dnn, &desc, NULL);
}

rq_status rq_dnn_batch_norm(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout,
                            float epsilon)
{
    dnnl_batch_normalization_desc_t desc;
    RQ_TRY(rq_dnn_check(dnnl_batch_normalization_forward_desc_init(
                            &desc, dnnl_forward_inference, &layout->md, epsilon,
                            dnnl_use_global_stats | dnnl_use_scale | dnnl_use_shift),
                        "batch normalization"));
    return rq_dnn_build(out, dnn, &desc, NULL);
}

rq_status rq_dnn_lrn(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout,
                     bool across_channels, int64_t size, float alpha, float beta, float bias)
{
    dnnl_lrn_desc_t desc;
    RQ_TRY(rq_dnn_check(dnnl_lrn_forward_desc_init(&desc, dnnl_forward_inference,
                                                   across_channels ? dnnl_lrn_across_channels
                                                                   : dnnl_lrn_within_channel,
                                                   &layout->md, size, alpha, beta, bias),
                        "local response normalization"));
    return rq_dnn_build(out, dnn, &desc, NULL);
}
