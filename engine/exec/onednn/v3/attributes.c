/* Attributes of oneDNN 3: a primitive knows that there are scales and zero points; the numbers are
 * arguments of a run. */
#include "engine/exec/onednn/dnnl_private.h"

#include "engine/exec/onednn/v3/function_constants.h"

static const int sources[2] = {DNNL_ARG_SRC_0, DNNL_ARG_SRC_1};

dnnl_status_t rq_dnn_append_function(dnnl_post_ops_t posts, dnnl_alg_kind_t function, float alpha,
                                     float beta)
{
    rq_dnn_function_constants(function, &alpha, &beta);
    return dnnl_post_ops_append_eltwise(posts, function, alpha, beta);
}

dnnl_status_t rq_dnn_append_sum(dnnl_post_ops_t posts, float scale, int32_t zero_point)
{
    return dnnl_post_ops_append_sum(posts, scale, zero_point, dnnl_data_type_undef);
}

dnnl_status_t rq_dnn_set_source_codes(dnnl_primitive_attr_t attr, const rq_dnn_attr *from)
{
    dnnl_status_t status = dnnl_success;
    for (int i = 0; status == dnnl_success && i < 2; i++)
        if (from->source_scales[i] != 0.0f)
            status = dnnl_primitive_attr_set_scales_mask(attr, sources[i], 0);
    if (status == dnnl_success && from->source_zero_point)
        status = dnnl_primitive_attr_set_zero_points_mask(attr, DNNL_ARG_SRC, 0);
    return status;
}

bool rq_dnn_scales_bias(void)
{
    return false;
}

size_t rq_dnn_attr_constants(rq_dnn_constant out[RQ_DNN_MAX_CONSTANTS], const rq_dnn_attr *attr)
{
    size_t n = 0;
    if (attr->scales)
        out[n++] = (rq_dnn_constant){DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, dnnl_f32,
                                     attr->n_scales, attr->scales};
    for (int i = 0; i < 2; i++)
        if (attr->source_scales[i] != 0.0f)
            out[n++] = (rq_dnn_constant){DNNL_ARG_ATTR_SCALES | sources[i], dnnl_f32, 1,
                                         &attr->source_scales[i]};
    if (attr->source_zero_point)
        out[n++] = (rq_dnn_constant){DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_SRC, dnnl_s32, 1,
                                     &attr->source_zero_point};
    return n;
}
