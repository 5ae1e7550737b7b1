#include "engine/exec/onednn/dnnl_private.h"

dnnl_status_t rq_dnn_describe_layer_norm(rq_dnn_description *d, rq_dnn_md md, float epsilon)
{
    return dnnl_layer_normalization_forward_primitive_desc_create(
        &d->pd, d->engine, dnnl_forward_inference, md, md, NULL, epsilon, 0, d->attr);
}

dnnl_status_t rq_dnn_describe_batch_norm(rq_dnn_description *d, rq_dnn_md md, float epsilon,
                                         unsigned flags)
{
    return dnnl_batch_normalization_forward_primitive_desc_create(
        &d->pd, d->engine, dnnl_forward_inference, md, md, epsilon, flags, d->attr);
}

dnnl_status_t rq_dnn_describe_lrn(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md md,
                                  int64_t size, float alpha, float beta, float bias)
{
    return dnnl_lrn_forward_primitive_desc_create(&d->pd, d->engine, dnnl_forward_inference, kind,
                                                  md, md, size, alpha, beta, bias, d->attr);
}
