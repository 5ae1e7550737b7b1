/* What the library's files share: oneDNN's own types, and what differs between its releases. Only
 * dnnl*.c and the folders v2 and v3 include this. */
#ifndef RQ_EXEC_ONEDNN_DNNL_PRIVATE_H
#define RQ_EXEC_ONEDNN_DNNL_PRIVATE_H

#include "engine/base/dnnl_library.h"
#include "engine/exec/onednn/dnnl.h"

/* A memory descriptor, owned by its layout. */
#if DNNL_VERSION_MAJOR < 3
typedef const dnnl_memory_desc_t *rq_dnn_md;
#else
typedef const_dnnl_memory_desc_t rq_dnn_md;
#endif

struct rq_dnn_layout {
    rq_dnn_md md;
    rq_dnn_layout *next; /* of all layouts of one rq_dnn */
};

struct rq_dnn {
    dnnl_engine_t engine;
    rq_arena *arena;
    unsigned threads;
    rq_dnn_layout *layouts;
    rq_dnn_primitive **primitives;
    size_t n_primitives, capacity_primitives;
};

/* RQ_EUNSUPPORTED for whatever the library refuses, but for want of memory. */
rq_status rq_dnn_check(dnnl_status_t status, const char *what);

/* -- dnnl_layout.c */

static inline rq_dnn_md rq_dnn_layout_md(const rq_dnn_layout *layout)
{
    return layout ? layout->md : NULL;
}
/* The layout of a descriptor, which it owns from now on; NULL for NULL and when memory is short. */
const rq_dnn_layout *rq_dnn_layout_of(rq_dnn *dnn, rq_dnn_md md);
void rq_dnn_layouts_destroy(rq_dnn *dnn);

/* -- dnnl_attr.c */

dnnl_alg_kind_t rq_dnn_eltwise_alg(rq_dnn_eltwise_kind eltwise);
dnnl_alg_kind_t rq_dnn_binary_alg(rq_dnn_binary_kind kind);
/* To be destroyed; `from` may be NULL. */
rq_status rq_dnn_attr_make(dnnl_primitive_attr_t *out, const rq_dnn_attr *from);
/* Below AVX2, compiling some kernels with posts crashes inside the library (seen in 2.6.3): pools
 * with any, others with the operand of a post. */
bool rq_dnn_is_old_cpu(void);

/* -- dnnl_primitives.c */

/* The library's name of an argument. */
int rq_dnn_library_role(rq_dnn_role role);

/* A primitive while it is described. */
typedef struct rq_dnn_description {
    dnnl_engine_t engine;
    dnnl_primitive_attr_t attr;
    const rq_dnn_attr *from; /* NULL: nothing beside the computation */
    dnnl_primitive_desc_t pd;
} rq_dnn_description;

/* Between these a function of v2 or v3 describes the primitive, and its status is given to the
 * second, which destroys the description: one thread of the process at a time. RQ_EUNSUPPORTED
 * where the library has no fast kernel; rq_dnn_build_any takes its general kernels, too. */
rq_status rq_dnn_describe(rq_dnn_description *out, rq_dnn *dnn, const rq_dnn_attr *attr);
rq_status rq_dnn_build(rq_dnn_primitive **out, rq_dnn *dnn, rq_dnn_description *d,
                       dnnl_status_t described, const char *what);
rq_status rq_dnn_build_any(rq_dnn_primitive **out, rq_dnn *dnn, rq_dnn_description *d,
                           dnnl_status_t described, const char *what);

/* -- v2 and v3: the same functions by each release's interface, of which one folder is compiled */

/* layout.c. What returns a descriptor: NULL where the library refuses or memory is short. */

/* strides NULL: any layout. */
rq_dnn_md rq_dnn_md_strided(int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                            const dnnl_dim_t *strides);
rq_dnn_md rq_dnn_md_copy(rq_dnn_md md);
rq_dnn_md rq_dnn_md_retyped(rq_dnn_md md, dnnl_data_type_t type);
/* to[d]: where dim d comes to lie. */
rq_dnn_md rq_dnn_md_permuted(rq_dnn_md md, const int *to);
rq_dnn_md rq_dnn_md_reshaped(rq_dnn_md md, int rank, const dnnl_dims_t dims);
void rq_dnn_md_destroy(rq_dnn_md md);

/* What a descriptor says; arrays are its own. */
typedef struct rq_dnn_md_fields {
    int rank; /* 0: of no tensor */
    dnnl_data_type_t type;
    bool blocked; /* what follows is known */
    dnnl_dim_t offset;
    const dnnl_dim_t *dims, *padded_dims, *strides;
    int n_blocks; /* inner ones */
    const dnnl_dim_t *blocks, *block_dims;
} rq_dnn_md_fields;
rq_dnn_md_fields rq_dnn_md_read(rq_dnn_md md);

/* attributes.c */

dnnl_status_t rq_dnn_append_function(dnnl_post_ops_t posts, dnnl_alg_kind_t function, float alpha,
                                     float beta);
dnnl_status_t rq_dnn_append_sum(dnnl_post_ops_t posts, float scale, int32_t zero_point);
/* The scales and the zero point of sources. */
dnnl_status_t rq_dnn_set_source_codes(dnnl_primitive_attr_t attr, const rq_dnn_attr *from);
/* Arguments that attributes need at each run beside the caller's. */
#define RQ_DNN_MAX_CONSTANTS 4
typedef struct rq_dnn_constant {
    int arg;
    dnnl_data_type_t type;
    size_t n;
    const void *data; /* in `attr` or what it refers to */
} rq_dnn_constant;
size_t rq_dnn_attr_constants(rq_dnn_constant out[RQ_DNN_MAX_CONSTANTS], const rq_dnn_attr *attr);

/* describe.c, describe_normalize.c, describe_recurrent.c: they fill d->pd. */

/* Of a window, as oneDNN has it: it counts dilation from 0. */
typedef struct rq_dnn_window_dims {
    dnnl_dims_t stride, dilation, begin, end, kernel;
} rq_dnn_window_dims;

dnnl_status_t rq_dnn_describe_convolution(rq_dnn_description *d, const rq_dnn_window *w,
                                          const rq_dnn_window_dims *dims);
dnnl_status_t rq_dnn_describe_deconvolution(rq_dnn_description *d, const rq_dnn_window *w,
                                            const rq_dnn_window_dims *dims);
dnnl_status_t rq_dnn_describe_pool(rq_dnn_description *d, const rq_dnn_window *w,
                                   const rq_dnn_window_dims *dims, dnnl_alg_kind_t kind);
dnnl_status_t rq_dnn_describe_matmul(rq_dnn_description *d, rq_dnn_md src, rq_dnn_md weights,
                                     rq_dnn_md bias, rq_dnn_md dst);
dnnl_status_t rq_dnn_describe_binary(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md a,
                                     rq_dnn_md b, rq_dnn_md dst);
dnnl_status_t rq_dnn_describe_eltwise(rq_dnn_description *d, const rq_dnn_post *eltwise,
                                      rq_dnn_md md);
dnnl_status_t rq_dnn_describe_softmax(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md md,
                                      int axis);
dnnl_status_t rq_dnn_describe_resample(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md src,
                                       rq_dnn_md dst);
dnnl_status_t rq_dnn_describe_reduce(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md src,
                                     rq_dnn_md dst, float power);
dnnl_status_t rq_dnn_describe_concat(rq_dnn_description *d, const rq_dnn_layout *const *parts,
                                     size_t n, int axis, rq_dnn_md dst);
dnnl_status_t rq_dnn_describe_layer_norm(rq_dnn_description *d, rq_dnn_md md, float epsilon);
dnnl_status_t rq_dnn_describe_batch_norm(rq_dnn_description *d, rq_dnn_md md, float epsilon,
                                         unsigned flags);
dnnl_status_t rq_dnn_describe_lrn(rq_dnn_description *d, dnnl_alg_kind_t kind, rq_dnn_md md,
                                  int64_t size, float alpha, float beta, float bias);
dnnl_status_t rq_dnn_describe_lstm(rq_dnn_description *d, const rq_dnn_recurrent_desc *r,
                                   dnnl_rnn_direction_t direction);
dnnl_status_t rq_dnn_describe_gru(rq_dnn_description *d, const rq_dnn_recurrent_desc *r,
                                  dnnl_rnn_direction_t direction);

#endif
