#include "engine/exec/onednn/v2/operation.h"

dnnl_status_t rq_dnn_describe_layer_norm(rq_dnn_description *d, rq_dnn_md md, float epsilon)
{
    dnnl_layer_normalization_desc_t desc;
    dnnl_status_t status = dnnl_layer_normalization_forward_desc_init(&desc, dnnl_forward_inference,
                                                                      md, NULL, epsilon, 0);
    return rq_dnn_describe_operation(d, status, &desc);
}

dnnl_status_t rq_dnn_describe_batch_norm(rq_dnn_description *d, rq_dnn_md md, float epsilon,
                                         unsigned flags)
{
    dnnl_batch_normalization_desc_t desc;
    dnnl_status_t status = dnnl_batch_normalization_forward_desc_init(&desc, dnnl_forward_inference,
                                                                      md, epsilon, flags);
    return rq_dnn_describe_operation(d, status, &desc);
}

dnnl_status_t rq_dnn_describe_lrn(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md md,
                                  int64_t size, float alpha, float beta, float bias)
{
    dnnl_lrn_desc_t desc;
    dnnl_status_t status = dnnl_lrn_forward_desc_init(&desc, dnnl_forward_inference, kind, md, size,
                                                      alpha, beta, bias);
    return rq_dnn_describe_operation(d, status, &desc);
}
