/* Primitives that normalise. */
#include "engine/exec/onednn/dnnl_private.h"

rq_status rq_dnn_layer_norm(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout,
                            float epsilon)
{
    rq_dnn_description d;
    RQ_TRY(rq_dnn_describe(&d, dnn, NULL));
    return rq_dnn_build(out, dnn, &d, rq_dnn_describe_layer_norm(&d, layout->md, epsilon),
                        "layer normalization");
}

rq_status rq_dnn_batch_norm(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout,
                            float epsilon)
{
    rq_dnn_description d;
    RQ_TRY(rq_dnn_describe(&d, dnn, NULL));
    dnnl_status_t described = rq_dnn_describe_batch_norm(
        &d, layout->md, epsilon, dnnl_use_global_stats | dnnl_use_scale | dnnl_use_shift);
    return rq_dnn_build(out, dnn, &d, described, "batch normalization");
}

rq_status rq_dnn_lrn(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout,
                     bool across_channels, int64_t size, float alpha, float beta, float bias)
{
    rq_dnn_description d;
    RQ_TRY(rq_dnn_describe(&d, dnn, NULL));
    dnnl_status_t described = rq_dnn_describe_lrn(
        &d, across_channels ? dnnl_lrn_across_channels : dnnl_lrn_within_channel, layout->md, size,
        alpha, beta, bias);
    return rq_dnn_build(out, dnn, &d, described, "local response normalization");
}
