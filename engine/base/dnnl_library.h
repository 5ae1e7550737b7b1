/* The only door to oneDNN: engine/exec/onednn runs its primitives, engine/ops/common/blas.c its
 * matrix product. */
#ifndef RQ_BASE_DNNL_LIBRARY_H
#define RQ_BASE_DNNL_LIBRARY_H

#include <oneapi/dnnl/dnnl.h>
#include <omp.h>

/* The instruction set of its kernels, which is settled by the first call: to be called before there
 * are any. */
dnnl_cpu_isa_t rq_dnn_isa(void);

#endif
