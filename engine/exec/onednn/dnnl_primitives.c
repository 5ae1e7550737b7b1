/* Describing and compiling primitives. */
#include "engine/exec/onednn/dnnl_private.h"

#include <string.h>

int rq_dnn_library_role(rq_dnn_role role)
{
    static const int args[RQ_DNN_POST_0] = {
        [RQ_DNN_SRC] = DNNL_ARG_SRC,
        [RQ_DNN_SRC_1] = DNNL_ARG_SRC_1,
        [RQ_DNN_SRC_2] = DNNL_ARG_SRC_2,
        [RQ_DNN_WEIGHTS] = DNNL_ARG_WEIGHTS,
        [RQ_DNN_WEIGHTS_1] = DNNL_ARG_WEIGHTS_1,
        [RQ_DNN_BIAS] = DNNL_ARG_BIAS,
        [RQ_DNN_MEAN] = DNNL_ARG_MEAN,
        [RQ_DNN_VARIANCE] = DNNL_ARG_VARIANCE,
        [RQ_DNN_SCALE] = DNNL_ARG_SCALE,
        [RQ_DNN_SHIFT] = DNNL_ARG_SHIFT,
        [RQ_DNN_DST] = DNNL_ARG_DST,
        [RQ_DNN_DST_1] = DNNL_ARG_DST_1,
        [RQ_DNN_DST_2] = DNNL_ARG_DST_2,
    };
    return args[role];
}

/* The layout that oneDNN chose. `pd` may be shared: oneDNN's cache hands out what another thread
 * made (tests/tsan.supp names this function for that). */
static rq_status copy_chosen_layout(const rq_dnn_layout **out, rq_dnn *dnn,
                                    const_dnnl_primitive_desc_t pd, rq_dnn_role role)
{
    const dnnl_memory_desc_t *md =
        dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md, rq_dnn_library_role(role));
    if (!md || !md->ndims) return RQ_OK;
    rq_dnn_layout *layout = rq_dnn_layout_new(dnn);
    if (layout) layout->md = *md;
    *out = layout;
    return layout ? RQ_OK : RQ_ENOMEM;
}

static rq_status describe(rq_dnn_primitive *p, rq_dnn *dnn, const_dnnl_primitive_desc_t pd,
                          const rq_dnn_attr *attr)
{
    const char *kernel = NULL;
    const dnnl_memory_desc_t *scratch =
        dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    for (int role = 0; role < RQ_DNN_POST_0; role++)
        RQ_TRY(copy_chosen_layout(&p->layouts[role], dnn, pd, (rq_dnn_role)role));
    p->scratch = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
    dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &kernel);
    p->kernel = rq_arena_strdup(dnn->arena, kernel ? kernel : "oneDNN");
    if (attr) {
        rq_dnn_attr *copy = rq_arena_alloc(dnn->arena, 1, sizeof *copy);
        if (copy) *copy = *attr;
        p->attr = copy;
    }
    return p->kernel && (!attr || p->attr) ? RQ_OK : RQ_ENOMEM;
}

static bool is_slow(const char *kernel)
{
    return !strncmp(kernel, "ref", 3);
}

static rq_status remember(rq_dnn *dnn, rq_dnn_primitive *p)
{
    RQ_TRY(rq_grow(&dnn->primitives, &dnn->capacity_primitives, dnn->n_primitives,
                   sizeof *dnn->primitives, "primitives"));
    dnn->primitives[dnn->n_primitives++] = p;
    return RQ_OK;
}

/* Compiles `pd`, which is destroyed. */
static rq_status compile(rq_dnn_primitive **out, rq_dnn *dnn, dnnl_primitive_desc_t pd,
                         const rq_dnn_attr *attr, bool slow_allowed)
{
    dnnl_primitive_t handle = NULL;
    rq_dnn_primitive *p = rq_arena_alloc(dnn->arena, 1, sizeof *p);
    rq_status status = p ? describe(p, dnn, pd, attr) : RQ_ENOMEM;
    if (status == RQ_OK && !slow_allowed && is_slow(p->kernel))
        status = rq_fail(RQ_EUNSUPPORTED, "oneDNN: no fast kernel");
    if (status == RQ_OK) status = rq_dnn_check(dnnl_primitive_create(&handle, pd), "compiling");
    dnnl_primitive_desc_destroy(pd);
    if (status != RQ_OK) return status;
    p->handle = handle;
    status = remember(dnn, p);
    if (status != RQ_OK) dnnl_primitive_destroy(handle);
    *out = p;
    return status;
}

static rq_status build(rq_dnn_primitive **out, rq_dnn *dnn, const_dnnl_op_desc_t desc,
                       const rq_dnn_attr *from, bool slow_allowed)
{
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd = NULL;
    omp_set_num_threads((int)dnn->threads); /* blocking follows the number of threads */
    RQ_TRY(rq_dnn_attr_make(&attr, dnn, from));
    dnnl_status_t made = dnnl_primitive_desc_create(&pd, desc, attr, dnn->engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    RQ_TRY(rq_dnn_check(made, "describing a primitive"));
    return compile(out, dnn, pd, from, slow_allowed);
}

rq_status rq_dnn_build(rq_dnn_primitive **out, rq_dnn *dnn, const_dnnl_op_desc_t desc,
                       const rq_dnn_attr *attr)
{
    return build(out, dnn, desc, attr, false);
}

rq_status rq_dnn_build_any(rq_dnn_primitive **out, rq_dnn *dnn, const_dnnl_op_desc_t desc)
{
    return build(out, dnn, desc, NULL, true);
}

typedef struct window_dims {
    dnnl_dims_t stride, dilation, begin, end, kernel;
} window_dims;

/* oneDNN counts dilation from 0. */
static window_dims dims_of(const rq_dnn_window *w, const int64_t *kernel)
{
    window_dims d;
    for (int i = 0; i < w->n_spatial; i++) {
        d.stride[i] = w->stride[i];
        d.dilation[i] = w->dilation[i] - 1;
        d.begin[i] = w->pad_begin[i];
        d.end[i] = w->pad_end[i];
        d.kernel[i] = kernel ? kernel[i] : 0;
    }
    return d;
}

rq_status rq_dnn_convolution(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_window *w,
                             const rq_dnn_attr *attr)
{
    dnnl_convolution_desc_t desc;
    window_dims d = dims_of(w, NULL);
    RQ_TRY(rq_dnn_check(dnnl_dilated_convolution_forward_desc_init(
                            &desc, dnnl_forward_inference, dnnl_convolution_direct,
                            rq_dnn_md(w->src), rq_dnn_md(w->weights), rq_dnn_md(w->bias),
                            rq_dnn_md(w->dst), d.stride, d.dilation, d.begin, d.end),
                        "convolution"));
    return rq_dnn_build(out, dnn, &desc, attr);
}

rq_status rq_dnn_deconvolution(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_window *w,
                               const rq_dnn_attr *attr)
{
    dnnl_deconvolution_desc_t desc;
    window_dims d = dims_of(w, NULL);
    RQ_TRY(rq_dnn_check(dnnl_dilated_deconvolution_forward_desc_init(
                            &desc, dnnl_forward_inference, dnnl_deconvolution_direct,
                            rq_dnn_md(w->src), rq_dnn_md(w->weights), rq_dnn_md(w->bias),
                            rq_dnn_md(w->dst), d.stride, d.dilation, d.begin, d.end),
                        "deconvolution"));
    return rq_dnn_build(out, dnn, &desc, attr);
}

rq_status rq_dnn_pool(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_window *w,
                      const int64_t *kernel, rq_dnn_pool_kind kind, const rq_dnn_attr *attr)
{
    static const dnnl_alg_kind_t kinds[] = {dnnl_pooling_max, dnnl_pooling_avg_exclude_padding,
                                            dnnl_pooling_avg_include_padding};
    dnnl_pooling_v2_desc_t desc;
    if (attr && attr->n_posts && rq_dnn_is_old_cpu()) return RQ_EUNSUPPORTED;
    window_dims d = dims_of(w, kernel);
    RQ_TRY(rq_dnn_check(dnnl_pooling_v2_forward_desc_init(
                            &desc, dnnl_forward_inference, kinds[kind], rq_dnn_md(w->src),
                            rq_dnn_md(w->dst), d.stride, d.kernel, d.dilation, d.begin, d.end),
                        "pooling"));
    return rq_dnn_build(out, dnn, &desc, attr);
}

rq_status rq_dnn_matmul(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                        const rq_dnn_layout *weights, const rq_dnn_layout *bias,
                        const rq_dnn_layout *dst, const rq_dnn_attr *attr)
{
    dnnl_matmul_desc_t desc;
    RQ_TRY(rq_dnn_check(dnnl_matmul_desc_init(&desc, rq_dnn_md(src), rq_dnn_md(weights),
                                              rq_dnn_md(bias), rq_dnn_md(dst)),
                        "matmul"));
    return rq_dnn_build(out, dnn, &desc, attr);
}

rq_status rq_dnn_binary(rq_dnn_primitive **out, rq_dnn *dnn, rq_dnn_binary_kind kind,
                        const rq_dnn_layout *a, const rq_dnn_layout *b, const rq_dnn_layout *dst,
                        const rq_dnn_attr *attr)
{
    dnnl_binary_desc_t desc;
    RQ_TRY(rq_dnn_check(dnnl_binary_desc_init(&desc, rq_dnn_binary_alg(kind), rq_dnn_md(a),
                                              rq_dnn_md(b), rq_dnn_md(dst)),
                        "binary"));
    return rq_dnn_build(out, dnn, &desc, attr);
}

rq_status rq_dnn_eltwise(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_post *eltwise,
                         const rq_dnn_layout *layout, const rq_dnn_attr *attr)
{
    dnnl_eltwise_desc_t desc;
    RQ_TRY(rq_dnn_check(dnnl_eltwise_forward_desc_init(
                            &desc, dnnl_forward_inference, rq_dnn_eltwise_alg(eltwise->eltwise),
                            rq_dnn_md(layout), eltwise->alpha, eltwise->beta),
                        "eltwise"));
    return rq_dnn_build(out, dnn, &desc, attr);
}

rq_status rq_dnn_softmax(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout, int axis,
                         bool log)
{
    dnnl_softmax_v2_desc_t desc;
    RQ_TRY(rq_dnn_check(
        dnnl_softmax_v2_forward_desc_init(&desc, dnnl_forward_inference,
                                          log ? dnnl_softmax_log : dnnl_softmax_accurate,
                                          rq_dnn_md(layout), rq_dnn_md(layout), axis),
        "softmax"));
    return rq_dnn_build(out, dnn, &desc, NULL);
}

rq_status rq_dnn_resample(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                          const rq_dnn_layout *dst, bool linear, const rq_dnn_attr *attr)
{
    dnnl_resampling_desc_t desc;
    RQ_TRY(rq_dnn_check(
        dnnl_resampling_forward_desc_init(&desc, dnnl_forward_inference,
                                          linear ? dnnl_resampling_linear : dnnl_resampling_nearest,
                                          NULL, rq_dnn_md(src), rq_dnn_md(dst)),
        "resampling"));
    return rq_dnn_build(out, dnn, &desc, attr);
}

rq_status rq_dnn_reduce(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                        const rq_dnn_layout *dst, rq_dnn_reduce_kind kind)
{
    static const dnnl_alg_kind_t kinds[] = {
        [RQ_DNN_REDUCE_SUM] = dnnl_reduction_sum,
        [RQ_DNN_REDUCE_MEAN] = dnnl_reduction_mean,
        [RQ_DNN_REDUCE_MAX] = dnnl_reduction_max,
        [RQ_DNN_REDUCE_MIN] = dnnl_reduction_min,
        [RQ_DNN_REDUCE_PROD] = dnnl_reduction_mul,
        [RQ_DNN_REDUCE_L1] = dnnl_reduction_norm_lp_sum,
        [RQ_DNN_REDUCE_L2] = dnnl_reduction_norm_lp_max,
    };
    dnnl_reduction_desc_t desc;
    float power = kind == RQ_DNN_REDUCE_L1 ? 1.0f : 2.0f;
    RQ_TRY(rq_dnn_check(
        dnnl_reduction_desc_init(&desc, kinds[kind], rq_dnn_md(src), rq_dnn_md(dst), power, 0.0f),
        "reduction"));
    return rq_dnn_build(out, dnn, &desc, NULL);
}

rq_status rq_dnn_concat(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *const *parts,
                        size_t n, int axis, const rq_dnn_layout *dst)
{
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_memory_desc_t *mds = rq_arena_alloc(dnn->arena, n, sizeof *mds);
    const rq_dnn_layout **copy = rq_arena_alloc(dnn->arena, n, sizeof *copy);
    if (!mds || !copy) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        mds[i] = parts[i]->md;
        copy[i] = parts[i];
    }
    omp_set_num_threads((int)dnn->threads);
    RQ_TRY(rq_dnn_attr_make(&attr, dnn, NULL));
    dnnl_status_t made = dnnl_concat_primitive_desc_create(&pd, rq_dnn_md(dst), (int)n, axis, mds,
                                                           attr, dnn->engine);
    dnnl_primitive_attr_destroy(attr);
    RQ_TRY(rq_dnn_check(made, "concat"));
    RQ_TRY(compile(out, dnn, pd, NULL, false));
    (*out)->parts = copy;
    return RQ_OK;
}

rq_status rq_dnn_reorder(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                         const rq_dnn_layout *dst)
{
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd = NULL;
    omp_set_num_threads((int)dnn->threads);
    RQ_TRY(rq_dnn_attr_make(&attr, dnn, NULL));
    dnnl_status_t made =
        dnnl_reorder_primitive_desc_create(&pd, &src->md, dnn->engine, &dst->md, dnn->engine, attr);
    dnnl_primitive_attr_destroy(attr);
    RQ_TRY(rq_dnn_check(made, "reorder"));
    return compile(out, dnn, pd, NULL, true);
}
