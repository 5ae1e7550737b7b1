/* Attributes of oneDNN 2: scales and zero points are fixed with the primitive. */
#include "engine/exec/onednn/dnnl_private.h"

dnnl_status_t rq_dnn_append_function(dnnl_post_ops_t posts, dnnl_alg_kind_t function, float alpha,
                                     float beta)
{
    return dnnl_post_ops_append_eltwise(posts, 1.0f, function, alpha, beta);
}

dnnl_status_t rq_dnn_append_sum(dnnl_post_ops_t posts, float scale, int32_t zero_point)
{
    return dnnl_post_ops_append_sum_v3(posts, scale, zero_point, dnnl_data_type_undef);
}

dnnl_status_t rq_dnn_set_source_codes(dnnl_primitive_attr_t attr, const rq_dnn_attr *from)
{
    static const int args[2] = {DNNL_ARG_SRC_0, DNNL_ARG_SRC_1};
    dnnl_status_t status = dnnl_success;
    for (int i = 0; status == dnnl_success && i < 2; i++)
        if (from->source_scales[i] != 0.0f)
            status = dnnl_primitive_attr_set_scales(attr, args[i], 1, 0, &from->source_scales[i]);
    if (status == dnnl_success && from->source_zero_point)
        status =
            dnnl_primitive_attr_set_zero_points(attr, DNNL_ARG_SRC, 1, 0, &from->source_zero_point);
    return status;
}

bool rq_dnn_scales_bias(void)
{
    return true;
}

size_t rq_dnn_attr_constants(rq_dnn_constant out[RQ_DNN_MAX_CONSTANTS], const rq_dnn_attr *attr)
{
    (void)out;
    (void)attr;
    return 0;
}
