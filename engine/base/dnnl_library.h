/* The only door to oneDNN: engine/exec/onednn runs its primitives, engine/ops/common/blas.c its
 * matrix product. */
#ifndef RQ_BASE_DNNL_LIBRARY_H
#define RQ_BASE_DNNL_LIBRARY_H

#include "engine/base/status.h"

#include <oneapi/dnnl/dnnl.h>

/* Of OpenMP, whose threads are oneDNN's. Any compiler's omp.h has them, but clang's is in a package
 * of its own. */
void omp_set_num_threads(int threads);
int omp_get_max_threads(void);
int omp_get_num_threads(void);
int omp_get_thread_num(void);

/* The instruction set of its kernels, which is settled by the first call: to be called before there
 * are any. */
dnnl_cpu_isa_t rq_dnn_isa(void);

/* RQ_ENOMEM where there is less memory than oneDNN may need for one of the calls that it does not
 * survive without: std::bad_alloc goes through its C interface, or it goes on with NULL.
 * To be asked before each of
 *
 * - dnnl_primitive_create, and the first dnnl_sgemm: kernels are compiled into memory of their own,
 * and where mmap gives none the process ends by SIGSEGV
 * - dnnl_primitive_desc_create, dnnl_reorder_primitive_desc_create,
 * dnnl_concat_primitive_desc_create, dnnl_primitive_attr_create, dnnl_post_ops_create: new that
 * throws
 * - dnnl_memory_create (writes to what new (nothrow) gave), dnnl_stream_create, dnnl_engine_create
 * - of 3, dnnl_memory_desc_create_*, _clone, _reshape, _permute_axes: new that throws
 *
 * dnnl_primitive_execute takes nothing: scratch areas are ours. Others may take the memory
 * meanwhile: this makes the bad end rare, not impossible. */
rq_status rq_dnn_check_memory(void);

#endif
