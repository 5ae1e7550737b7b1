/* Descriptions of primitives by oneDNN 3. */
#include "engine/exec/onednn/dnnl_private.h"
#include "engine/exec/onednn/v3/function_constants.h"

#include <stdlib.h>

/* One for all, or one per output channel: of weights the first dim, or the first two, by group. */
static dnnl_status_t set_scales(rq_dnn_description *d, const rq_dnn_window *w)
{
    if (!d->from || !d->from->scales) return dnnl_success;
    bool grouped = rq_dnn_md_read(w->weights->md).rank > rq_dnn_md_read(w->src->md).rank;
    int channels = grouped ? 1 << 0 | 1 << 1 : 1 << 0;
    return dnnl_primitive_attr_set_scales_mask(d->attr, DNNL_ARG_WEIGHTS,
                                               d->from->n_scales > 1 ? channels : 0);
}

dnnl_status_t rq_dnn_describe_convolution(rq_dnn_description *d, const rq_dnn_window *w,
                                          const rq_dnn_window_dims *dims)
{
    dnnl_status_t status = set_scales(d, w);
    if (status != dnnl_success) return status;
    return dnnl_convolution_forward_primitive_desc_create(
        &d->pd, d->engine, dnnl_forward_inference, dnnl_convolution_direct, w->src->md,
        w->weights->md, rq_dnn_layout_md(w->bias), w->dst->md, dims->stride, dims->dilation,
        dims->begin, dims->end, d->attr);
}

dnnl_status_t rq_dnn_describe_deconvolution(rq_dnn_description *d, const rq_dnn_window *w,
                                            const rq_dnn_window_dims *dims)
{
    dnnl_status_t status = set_scales(d, w);
    if (status != dnnl_success) return status;
    return dnnl_deconvolution_forward_primitive_desc_create(
        &d->pd, d->engine, dnnl_forward_inference, dnnl_deconvolution_direct, w->src->md,
        w->weights->md, rq_dnn_layout_md(w->bias), w->dst->md, dims->stride, dims->dilation,
        dims->begin, dims->end, d->attr);
}

dnnl_status_t rq_dnn_describe_pool(rq_dnn_description *d, const rq_dnn_window *w,
                                   const rq_dnn_window_dims *dims, dnnl_alg_kind_t kind)
{
    return dnnl_pooling_forward_primitive_desc_create(
        &d->pd, d->engine, dnnl_forward_inference, kind, w->src->md, w->dst->md, dims->stride,
        dims->kernel, dims->dilation, dims->begin, dims->end, d->attr);
}

dnnl_status_t rq_dnn_describe_matmul(rq_dnn_description *d, rq_dnn_md src, rq_dnn_md weights,
                                     rq_dnn_md bias, rq_dnn_md dst)
{
    if (d->from && d->from->scales) {
        dnnl_status_t status = dnnl_primitive_attr_set_scales_mask(d->attr, DNNL_ARG_WEIGHTS, 0);
        if (status != dnnl_success) return status;
    }
    return dnnl_matmul_primitive_desc_create(&d->pd, d->engine, src, weights, bias, dst, d->attr);
}

dnnl_status_t rq_dnn_describe_binary(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md a,
                                     rq_dnn_md b, rq_dnn_md dst)
{
    return dnnl_binary_primitive_desc_create(&d->pd, d->engine, kind, a, b, dst, d->attr);
}

dnnl_status_t rq_dnn_describe_eltwise(rq_dnn_description *d, const rq_dnn_post *eltwise,
                                      rq_dnn_md md)
{
    dnnl_alg_kind_t function = rq_dnn_eltwise_alg(eltwise->eltwise);
    float alpha = eltwise->alpha, beta = eltwise->beta;
    rq_dnn_function_constants(function, &alpha, &beta);
    return dnnl_eltwise_forward_primitive_desc_create(&d->pd, d->engine, dnnl_forward_inference,
                                                      function, md, md, alpha, beta, d->attr);
}

dnnl_status_t rq_dnn_describe_softmax(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md md,
                                      int axis)
{
    return dnnl_softmax_forward_primitive_desc_create(&d->pd, d->engine, dnnl_forward_inference,
                                                      kind, md, md, axis, d->attr);
}

dnnl_status_t rq_dnn_describe_resample(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md src,
                                       rq_dnn_md dst)
{
    return dnnl_resampling_forward_primitive_desc_create(&d->pd, d->engine, dnnl_forward_inference,
                                                         kind, NULL, src, dst, d->attr);
}

dnnl_status_t rq_dnn_describe_reduce(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md src,
                                     rq_dnn_md dst, float power)
{
    return dnnl_reduction_primitive_desc_create(&d->pd, d->engine, kind, src, dst, power, 0.0f,
                                                d->attr);
}

dnnl_status_t rq_dnn_describe_concat(rq_dnn_description *d, const rq_dnn_layout *const *parts,
                                     size_t n, int axis, rq_dnn_md dst)
{
    rq_dnn_md *mds = calloc(n, sizeof *mds);
    if (!mds) return dnnl_out_of_memory;
    for (size_t i = 0; i < n; i++) mds[i] = parts[i]->md;
    dnnl_status_t status =
        dnnl_concat_primitive_desc_create(&d->pd, d->engine, dst, (int)n, axis, mds, d->attr);
    free(mds);
    return status;
}
