/* Descriptions of primitives by oneDNN 2: an operation descriptor first. */
#include "engine/exec/onednn/dnnl_private.h"
#include "engine/exec/onednn/v2/operation.h"

#include <stdlib.h>

dnnl_status_t rq_dnn_describe_operation(rq_dnn_description *d, dnnl_status_t initialised,
                                        const_dnnl_op_desc_t operation)
{
    if (initialised != dnnl_success) return initialised;
    return dnnl_primitive_desc_create(&d->pd, operation, d->attr, d->engine, NULL);
}

/* One for all, or one per channel, which is dim 1 of the result. */
static dnnl_status_t set_scales(rq_dnn_description *d)
{
    if (!d->from || !d->from->scales) return dnnl_success;
    return dnnl_primitive_attr_set_output_scales(d->attr, (dnnl_dim_t)d->from->n_scales,
                                                 d->from->n_scales > 1 ? 1 << 1 : 0,
                                                 d->from->scales);
}

dnnl_status_t rq_dnn_describe_convolution(rq_dnn_description *d, const rq_dnn_window *w,
                                          const rq_dnn_window_dims *dims)
{
    dnnl_convolution_desc_t desc;
    dnnl_status_t status = set_scales(d);
    if (status == dnnl_success)
        status = dnnl_dilated_convolution_forward_desc_init(
            &desc, dnnl_forward_inference, dnnl_convolution_direct, w->src->md, w->weights->md,
            rq_dnn_layout_md(w->bias), w->dst->md, dims->stride, dims->dilation, dims->begin,
            dims->end);
    return rq_dnn_describe_operation(d, status, &desc);
}

dnnl_status_t rq_dnn_describe_deconvolution(rq_dnn_description *d, const rq_dnn_window *w,
                                            const rq_dnn_window_dims *dims)
{
    dnnl_deconvolution_desc_t desc;
    dnnl_status_t status = set_scales(d);
    if (status == dnnl_success)
        status = dnnl_dilated_deconvolution_forward_desc_init(
            &desc, dnnl_forward_inference, dnnl_deconvolution_direct, w->src->md, w->weights->md,
            rq_dnn_layout_md(w->bias), w->dst->md, dims->stride, dims->dilation, dims->begin,
            dims->end);
    return rq_dnn_describe_operation(d, status, &desc);
}

dnnl_status_t rq_dnn_describe_pool(rq_dnn_description *d, const rq_dnn_window *w,
                                   const rq_dnn_window_dims *dims, dnnl_alg_kind_t kind)
{
    dnnl_pooling_v2_desc_t desc;
    dnnl_status_t status = dnnl_pooling_v2_forward_desc_init(
        &desc, dnnl_forward_inference, kind, w->src->md, w->dst->md, dims->stride, dims->kernel,
        dims->dilation, dims->begin, dims->end);
    return rq_dnn_describe_operation(d, status, &desc);
}

dnnl_status_t rq_dnn_describe_matmul(rq_dnn_description *d, rq_dnn_md src, rq_dnn_md weights,
                                     rq_dnn_md bias, rq_dnn_md dst)
{
    dnnl_matmul_desc_t desc;
    dnnl_status_t status = set_scales(d);
    if (status == dnnl_success) status = dnnl_matmul_desc_init(&desc, src, weights, bias, dst);
    return rq_dnn_describe_operation(d, status, &desc);
}

dnnl_status_t rq_dnn_describe_binary(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md a,
                                     rq_dnn_md b, rq_dnn_md dst)
{
    dnnl_binary_desc_t desc;
    return rq_dnn_describe_operation(d, dnnl_binary_desc_init(&desc, kind, a, b, dst), &desc);
}

dnnl_status_t rq_dnn_describe_eltwise(rq_dnn_description *d, const rq_dnn_post *eltwise,
                                      rq_dnn_md md)
{
    dnnl_eltwise_desc_t desc;
    dnnl_status_t status = dnnl_eltwise_forward_desc_init(&desc, dnnl_forward_inference,
                                                          rq_dnn_eltwise_alg(eltwise->eltwise), md,
                                                          eltwise->alpha, eltwise->beta);
    return rq_dnn_describe_operation(d, status, &desc);
}

dnnl_status_t rq_dnn_describe_softmax(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md md,
                                      int axis)
{
    dnnl_softmax_v2_desc_t desc;
    dnnl_status_t status =
        dnnl_softmax_v2_forward_desc_init(&desc, dnnl_forward_inference, kind, md, md, axis);
    return rq_dnn_describe_operation(d, status, &desc);
}

dnnl_status_t rq_dnn_describe_resample(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md src,
                                       rq_dnn_md dst)
{
    dnnl_resampling_desc_t desc;
    dnnl_status_t status =
        dnnl_resampling_forward_desc_init(&desc, dnnl_forward_inference, kind, NULL, src, dst);
    return rq_dnn_describe_operation(d, status, &desc);
}

dnnl_status_t rq_dnn_describe_reduce(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md src,
                                     rq_dnn_md dst, float power)
{
    dnnl_reduction_desc_t desc;
    dnnl_status_t status = dnnl_reduction_desc_init(&desc, kind, src, dst, power, 0.0f);
    return rq_dnn_describe_operation(d, status, &desc);
}

dnnl_status_t rq_dnn_describe_concat(rq_dnn_description *d, const rq_dnn_layout *const *parts,
                                     size_t n, int axis, rq_dnn_md dst)
{
    dnnl_memory_desc_t *mds = calloc(n, sizeof *mds);
    if (!mds) return dnnl_out_of_memory;
    for (size_t i = 0; i < n; i++) mds[i] = *parts[i]->md;
    dnnl_status_t status =
        dnnl_concat_primitive_desc_create(&d->pd, dst, (int)n, axis, mds, d->attr, d->engine);
    free(mds);
    return status;
}
