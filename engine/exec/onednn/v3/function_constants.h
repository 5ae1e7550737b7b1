/* Constants of functions that only oneDNN 3 asks for. */
#ifndef RQ_EXEC_ONEDNN_V3_FUNCTION_CONSTANTS_H
#define RQ_EXEC_ONEDNN_V3_FUNCTION_CONSTANTS_H

#include "engine/base/dnnl_library.h"

/* Softplus is log(1 + exp(alpha x)) / alpha, hard swish x clip(alpha x + beta, 0, 1). */
static inline void rq_dnn_function_constants(dnnl_alg_kind_t function, float *alpha, float *beta)
{
    if (function == dnnl_eltwise_soft_relu) *alpha = 1.0f;
    if (function != dnnl_eltwise_hardswish) return;
    *alpha = 1.0f / 6.0f;
    *beta = 0.5f;
}

#endif
