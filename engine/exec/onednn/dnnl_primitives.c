/* Describing and compiling primitives. */
#include "engine/exec/onednn/dnnl_private.h"

#include <pthread.h>
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
    rq_dnn_md md =
        dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md, rq_dnn_library_role(role));
    if (!md || !rq_dnn_md_read(md).rank) return RQ_OK;
    *out = rq_dnn_layout_of(dnn, rq_dnn_md_copy(md));
    return *out ? RQ_OK : RQ_ENOMEM;
}

/* A call reads the scales, and the layouts of posts' operands. */
static rq_status keep_attr(rq_dnn_primitive *p, rq_dnn *dnn, const rq_dnn_attr *attr)
{
    rq_dnn_attr *copy = rq_arena_alloc(dnn->arena, 1, sizeof *copy);
    float *scales = rq_arena_alloc(dnn->arena, attr->n_scales, sizeof *scales);
    if (!copy || !scales) return RQ_ENOMEM;
    *copy = *attr;
    if (attr->n_scales) memcpy(scales, attr->scales, attr->n_scales * sizeof *scales);
    copy->scales = attr->n_scales ? scales : NULL;
    p->attr = copy;
    return RQ_OK;
}

static rq_status read_description(rq_dnn_primitive *p, rq_dnn *dnn, const rq_dnn_description *d)
{
    const char *kernel = NULL;
    rq_dnn_md scratch = dnnl_primitive_desc_query_md(d->pd, dnnl_query_scratchpad_md, 0);
    for (int role = 0; role < RQ_DNN_POST_0; role++)
        RQ_TRY(copy_chosen_layout(&p->layouts[role], dnn, d->pd, (rq_dnn_role)role));
    p->scratch = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
    dnnl_primitive_desc_query(d->pd, dnnl_query_impl_info_str, 0, &kernel);
    p->kernel = rq_arena_strdup(dnn->arena, kernel ? kernel : "oneDNN");
    if (!p->kernel) return RQ_ENOMEM;
    return d->from ? keep_attr(p, dnn, d->from) : RQ_OK;
}

static bool is_slow(const char *kernel)
{
    return !strncmp(kernel, "ref", 3);
}

/* Convolutions of codes for AVX2 take the operand of a post from the wrong channels where these do
 * not fill the last block (seen in 2.6.3). */
static bool is_wrong(const char *kernel, const rq_dnn_attr *attr)
{
    if (!attr || strncmp(kernel, "jit_uni_int8", 12) != 0) return false;
    for (size_t i = 0; i < attr->n_posts; i++)
        if (attr->posts[i].kind == RQ_DNN_POST_BINARY) return true;
    return false;
}

static rq_status remember(rq_dnn *dnn, rq_dnn_primitive *p)
{
    RQ_TRY(rq_grow(&dnn->primitives, &dnn->capacity_primitives, dnn->n_primitives,
                   sizeof *dnn->primitives, "primitives"));
    dnn->primitives[dnn->n_primitives++] = p;
    return RQ_OK;
}

static rq_status compile(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_description *d,
                         bool slow_allowed)
{
    dnnl_primitive_t handle = NULL;
    rq_dnn_primitive *p = rq_arena_alloc(dnn->arena, 1, sizeof *p);
    if (!p) return RQ_ENOMEM;
    RQ_TRY(read_description(p, dnn, d));
    if (!slow_allowed && (is_slow(p->kernel) || is_wrong(p->kernel, d->from)))
        return rq_fail(RQ_EUNSUPPORTED, "oneDNN: no fast kernel");
    RQ_TRY(rq_dnn_check(dnnl_primitive_create(&handle, d->pd), "compiling"));
    p->handle = handle;
    rq_status status = remember(dnn, p);
    if (status != RQ_OK) dnnl_primitive_destroy(handle);
    *out = p;
    return status;
}

/* From describing a primitive until it is compiled no other thread may do either. oneDNN 2.6 and
 * 2.7 keep the block of input channels of whatever convolution is being described, 1 for f32 and 4
 * for codes, in a variable of all threads: a wrong one reads beside images of 3 channels. And where
 * the library's cache drops a primitive whose description it has just handed out, that is compiled
 * again without its posts, which 2.6 left in memory that is free. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

rq_status rq_dnn_describe(rq_dnn_description *out, rq_dnn *dnn, const rq_dnn_attr *attr)
{
    *out = (rq_dnn_description){.engine = dnn->engine, .from = attr};
    omp_set_num_threads((int)dnn->threads); /* blocking follows the number of threads */
    pthread_mutex_lock(&turn);
    rq_status status = rq_dnn_attr_make(&out->attr, attr);
    if (status != RQ_OK) pthread_mutex_unlock(&turn);
    return status;
}

static rq_status build(rq_dnn_primitive **out, rq_dnn *dnn, rq_dnn_description *d,
                       dnnl_status_t described, const char *what, bool slow_allowed)
{
    rq_status status = rq_dnn_check(described, what);
    if (status == RQ_OK) status = compile(out, dnn, d, slow_allowed);
    if (d->pd) dnnl_primitive_desc_destroy(d->pd);
    dnnl_primitive_attr_destroy(d->attr);
    pthread_mutex_unlock(&turn);
    return status;
}

rq_status rq_dnn_build(rq_dnn_primitive **out, rq_dnn *dnn, rq_dnn_description *d,
                       dnnl_status_t described, const char *what)
{
    return build(out, dnn, d, described, what, false);
}

rq_status rq_dnn_build_any(rq_dnn_primitive **out, rq_dnn *dnn, rq_dnn_description *d,
                           dnnl_status_t described, const char *what)
{
    return build(out, dnn, d, described, what, true);
}

static rq_dnn_window_dims dims_of(const rq_dnn_window *w, const int64_t *kernel)
{
    rq_dnn_window_dims d;
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
    rq_dnn_description d;
    rq_dnn_window_dims dims = dims_of(w, NULL);
    RQ_TRY(rq_dnn_describe(&d, dnn, attr));
    return rq_dnn_build(out, dnn, &d, rq_dnn_describe_convolution(&d, w, &dims), "convolution");
}

rq_status rq_dnn_deconvolution(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_window *w,
                               const rq_dnn_attr *attr)
{
    rq_dnn_description d;
    rq_dnn_window_dims dims = dims_of(w, NULL);
    RQ_TRY(rq_dnn_describe(&d, dnn, attr));
    return rq_dnn_build(out, dnn, &d, rq_dnn_describe_deconvolution(&d, w, &dims), "deconvolution");
}

rq_status rq_dnn_pool(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_window *w,
                      const int64_t *kernel, rq_dnn_pool_kind kind, const rq_dnn_attr *attr)
{
    static const dnnl_alg_kind_t kinds[] = {dnnl_pooling_max, dnnl_pooling_avg_exclude_padding,
                                            dnnl_pooling_avg_include_padding};
    rq_dnn_description d;
    rq_dnn_window_dims dims = dims_of(w, kernel);
    if (attr && attr->n_posts && rq_dnn_is_old_cpu()) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_dnn_describe(&d, dnn, attr));
    return rq_dnn_build(out, dnn, &d, rq_dnn_describe_pool(&d, w, &dims, kinds[kind]), "pooling");
}

rq_status rq_dnn_matmul(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                        const rq_dnn_layout *weights, const rq_dnn_layout *bias,
                        const rq_dnn_layout *dst, const rq_dnn_attr *attr)
{
    rq_dnn_description d;
    RQ_TRY(rq_dnn_describe(&d, dnn, attr));
    return rq_dnn_build(
        out, dnn, &d,
        rq_dnn_describe_matmul(&d, src->md, weights->md, rq_dnn_layout_md(bias), dst->md),
        "matmul");
}

rq_status rq_dnn_binary(rq_dnn_primitive **out, rq_dnn *dnn, rq_dnn_binary_kind kind,
                        const rq_dnn_layout *a, const rq_dnn_layout *b, const rq_dnn_layout *dst,
                        const rq_dnn_attr *attr)
{
    rq_dnn_description d;
    RQ_TRY(rq_dnn_describe(&d, dnn, attr));
    return rq_dnn_build(out, dnn, &d,
                        rq_dnn_describe_binary(&d, rq_dnn_binary_alg(kind), a->md, b->md, dst->md),
                        "binary");
}

rq_status rq_dnn_eltwise(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_post *eltwise,
                         const rq_dnn_layout *layout, const rq_dnn_attr *attr)
{
    rq_dnn_description d;
    RQ_TRY(rq_dnn_describe(&d, dnn, attr));
    return rq_dnn_build(out, dnn, &d, rq_dnn_describe_eltwise(&d, eltwise, layout->md), "eltwise");
}

rq_status rq_dnn_softmax(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout, int axis,
                         bool log)
{
    rq_dnn_description d;
    RQ_TRY(rq_dnn_describe(&d, dnn, NULL));
    dnnl_status_t described = rq_dnn_describe_softmax(
        &d, log ? dnnl_softmax_log : dnnl_softmax_accurate, layout->md, axis);
    return rq_dnn_build(out, dnn, &d, described, "softmax");
}

rq_status rq_dnn_resample(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                          const rq_dnn_layout *dst, bool linear, const rq_dnn_attr *attr)
{
    rq_dnn_description d;
    RQ_TRY(rq_dnn_describe(&d, dnn, attr));
    dnnl_status_t described = rq_dnn_describe_resample(
        &d, linear ? dnnl_resampling_linear : dnnl_resampling_nearest, src->md, dst->md);
    return rq_dnn_build(out, dnn, &d, described, "resampling");
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
    rq_dnn_description d;
    float power = kind == RQ_DNN_REDUCE_L1 ? 1.0f : 2.0f;
    RQ_TRY(rq_dnn_describe(&d, dnn, NULL));
    return rq_dnn_build(out, dnn, &d,
                        rq_dnn_describe_reduce(&d, kinds[kind], src->md, dst->md, power),
                        "reduction");
}

rq_status rq_dnn_concat(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *const *parts,
                        size_t n, int axis, const rq_dnn_layout *dst)
{
    rq_dnn_description d;
    const rq_dnn_layout **copy = rq_arena_alloc(dnn->arena, n, sizeof *copy);
    if (!copy) return RQ_ENOMEM;
    memcpy(copy, parts, n * sizeof *copy);
    RQ_TRY(rq_dnn_describe(&d, dnn, NULL));
    RQ_TRY(
        rq_dnn_build(out, dnn, &d, rq_dnn_describe_concat(&d, parts, n, axis, dst->md), "concat"));
    (*out)->parts = copy;
    return RQ_OK;
}

rq_status rq_dnn_reorder(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                         const rq_dnn_layout *dst)
{
    rq_dnn_description d;
    RQ_TRY(rq_dnn_describe(&d, dnn, NULL));
    dnnl_status_t described =
        dnnl_reorder_primitive_desc_create(&d.pd, src->md, d.engine, dst->md, d.engine, d.attr);
    return rq_dnn_build_any(out, dnn, &d, described, "reorder");
}
