/* Gelu's attribute. */
#ifndef RQ_OPS_COMMON_GELU_H
#define RQ_OPS_COMMON_GELU_H

/* approximation_mode: the normal distribution by erf, exactly, or by tanh. */
typedef enum rq_gelu_mode { RQ_GELU_ERF, RQ_GELU_TANH } rq_gelu_mode;

#endif
