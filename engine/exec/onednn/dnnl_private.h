/* What the library's files share: oneDNN's own types. Only library*.c include this. */
#ifndef RQ_EXEC_ONEDNN_DNNL_PRIVATE_H
#define RQ_EXEC_ONEDNN_DNNL_PRIVATE_H

#include "engine/base/dnnl_library.h"
#include "engine/exec/onednn/dnnl.h"

struct rq_dnn_layout {
    dnnl_memory_desc_t md;
};

struct rq_dnn {
    dnnl_engine_t engine;
    rq_arena *arena;
    unsigned threads;
    bool bf16;
    rq_dnn_primitive **primitives;
    size_t n_primitives, capacity_primitives;
};

/* RQ_EUNSUPPORTED for whatever the library refuses, but for want of memory. */
rq_status rq_dnn_check(dnnl_status_t status, const char *what);

/* -- dnnl_layout.c */

static inline const dnnl_memory_desc_t *rq_dnn_md(const rq_dnn_layout *layout)
{
    return layout ? &layout->md : NULL;
}
/* In the arena; NULL when memory is short. */
rq_dnn_layout *rq_dnn_layout_new(rq_dnn *dnn);

/* -- dnnl_attr.c */

dnnl_alg_kind_t rq_dnn_eltwise_alg(rq_dnn_eltwise_kind eltwise);
dnnl_alg_kind_t rq_dnn_binary_alg(rq_dnn_binary_kind kind);
/* To be destroyed; `from` may be NULL. */
rq_status rq_dnn_attr_make(dnnl_primitive_attr_t *out, const rq_dnn *dnn, const rq_dnn_attr *from);
/* Below AVX2, compiling some kernels with posts crashes inside the library (seen in 2.6.3): pools
 * with any, others with the operand of a post. */
bool rq_dnn_is_old_cpu(void);

/* -- dnnl_primitives.c */

/* The library's name of an argument. */
int rq_dnn_library_role(rq_dnn_role role);

/* Compiles what `desc` describes; RQ_EUNSUPPORTED where the library has no fast kernel. */
rq_status rq_dnn_build(rq_dnn_primitive **out, rq_dnn *dnn, const_dnnl_op_desc_t desc,
                       const rq_dnn_attr *attr);
/* The library's general kernels too. */
rq_status rq_dnn_build_any(rq_dnn_primitive **out, rq_dnn *dnn, const_dnnl_op_desc_t desc);

#endif
