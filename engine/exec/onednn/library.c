#include "engine/exec/onednn/library.h"

#include <oneapi/dnnl/dnnl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rq_dnn_layout {
    dnnl_memory_desc_t md;
};

struct rq_dnn {
    dnnl_engine_t engine;
    rq_arena *arena;
    unsigned threads;
    rq_dnn_primitive **primitives;
    size_t n_primitives, capacity_primitives;
};

struct rq_dnn_stream {
    dnnl_stream_t stream;
    unsigned threads;
};

struct rq_dnn_call {
    dnnl_primitive_t primitive;
    size_t n;              /* arguments, the scratch area included */
    dnnl_exec_arg_t *args; /* the caller's first, in their order */
};

static const char *status_text(dnnl_status_t status)
{
    switch (status) {
    case dnnl_out_of_memory:
        return "out of memory";
    case dnnl_invalid_arguments:
        return "invalid arguments";
    case dnnl_unimplemented:
        return "not implemented";
    case dnnl_runtime_error:
        return "run-time error";
    default:
        return "failed";
    }
}

static rq_status check(dnnl_status_t status, const char *what)
{
    if (status == dnnl_success) return RQ_OK;
    rq_status code = status == dnnl_out_of_memory ? RQ_ENOMEM : RQ_EUNSUPPORTED;
    return rq_fail(code, "oneDNN: %s: %s", what, status_text(status));
}

rq_status rq_dnn_create(rq_dnn **out, unsigned threads)
{
    rq_dnn *dnn;
    RQ_TRY(rq_calloc(&dnn, 1, sizeof *dnn, "oneDNN's engine"));
    dnn->threads = threads ? threads : 1;
    rq_status status = rq_arena_create(&dnn->arena);
    if (status == RQ_OK)
        status = check(dnnl_engine_create(&dnn->engine, dnnl_cpu, 0), "creating an engine");
    if (status != RQ_OK) rq_dnn_destroy(&dnn);
    *out = dnn;
    return status;
}

void rq_dnn_destroy(rq_dnn **dnn)
{
    rq_dnn *d = *dnn;
    if (!d) return;
    for (size_t i = 0; i < d->n_primitives; i++) dnnl_primitive_destroy(d->primitives[i]->handle);
    free(d->primitives);
    if (d->engine) dnnl_engine_destroy(d->engine);
    rq_arena_destroy(&d->arena);
    free(d);
    *dnn = NULL;
}

bool rq_dnn_pairs_saturate(void)
{
    static const dnnl_cpu_isa_t exact[] = {
        dnnl_cpu_isa_avx512_core_vnni,
        dnnl_cpu_isa_avx512_core_bf16,
        dnnl_cpu_isa_avx512_core_amx,
        dnnl_cpu_isa_avx2_vnni,
    };
    dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++)
        if (isa == exact[i]) return false;
    return true;
}

const char *rq_dnn_version(void)
{
    static _Thread_local char text[32];
    const dnnl_version_t *v = dnnl_version();
    snprintf(text, sizeof text, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
    return text;
}

/* -- layouts ------------------------------------------------------------------------------- */

static const struct {
    rq_dtype dtype;
    dnnl_data_type_t type;
} types[] = {{RQ_DT_F32, dnnl_f32}, {RQ_DT_F16, dnnl_f16}, {RQ_DT_BF16, dnnl_bf16},
             {RQ_DT_I32, dnnl_s32}, {RQ_DT_I8, dnnl_s8},   {RQ_DT_U8, dnnl_u8}};
#define N_TYPES (sizeof types / sizeof types[0])

static dnnl_data_type_t type_of(rq_dtype dtype)
{
    for (size_t i = 0; i < N_TYPES; i++)
        if (types[i].dtype == dtype) return types[i].type;
    return dnnl_data_type_undef;
}

static rq_dnn_layout *new_layout(rq_dnn *dnn)
{
    return rq_arena_alloc(dnn->arena, 1, sizeof(rq_dnn_layout));
}

/* `order[i]`: the logical dim that comes i-th in memory, outermost first; NULL: any layout. A
 * scalar is a vector of one element. */
static const rq_dnn_layout *strided(rq_dnn *dnn, rq_dtype dtype, const rq_shape *shape,
                                    const int *order)
{
    int rank = shape->rank > 0 ? shape->rank : 1;
    dnnl_dims_t dims, strides;
    if (type_of(dtype) == dnnl_data_type_undef || shape->rank < 0 || rank > RQ_DNN_MAX_RANK)
        return NULL;
    for (int i = 0; i < rank; i++) {
        dims[i] = shape->rank ? shape->d[i] : 1;
        if (dims[i] < 1) return NULL;
    }
    rq_dnn_layout *layout = new_layout(dnn);
    if (!layout) return NULL;
    dnnl_dim_t stride = 1;
    for (int i = rank; order && i-- > 0;) {
        strides[order[i]] = stride;
        stride *= dims[order[i]];
    }
    dnnl_status_t status =
        order ? dnnl_memory_desc_init_by_strides(&layout->md, rank, dims, type_of(dtype), strides)
              : dnnl_memory_desc_init_by_tag(&layout->md, rank, dims, type_of(dtype),
                                             dnnl_format_tag_any);
    return status == dnnl_success ? layout : NULL;
}

const rq_dnn_layout *rq_dnn_layout_dense(rq_dnn *dnn, rq_dtype dtype, const rq_shape *shape)
{
    static const int order[] = {0, 1, 2, 3, 4, 5};
    return strided(dnn, dtype, shape, order);
}

const rq_dnn_layout *rq_dnn_layout_channels_last(rq_dnn *dnn, rq_dtype dtype, const rq_shape *shape)
{
    int order[RQ_DNN_MAX_RANK] = {0};
    for (int i = 1; i + 1 < shape->rank && i < RQ_DNN_MAX_RANK - 1; i++) order[i] = i + 1;
    if (shape->rank > 1 && shape->rank <= RQ_DNN_MAX_RANK) order[shape->rank - 1] = 1;
    return strided(dnn, dtype, shape, order);
}

const rq_dnn_layout *rq_dnn_layout_any(rq_dnn *dnn, rq_dtype dtype, const rq_shape *shape)
{
    return strided(dnn, dtype, shape, NULL);
}

const rq_dnn_layout *rq_dnn_layout_retyped(rq_dnn *dnn, const rq_dnn_layout *layout, rq_dtype dtype)
{
    rq_dnn_layout *out = new_layout(dnn);
    if (!out) return NULL;
    out->md = layout->md;
    out->md.data_type = type_of(dtype);
    memset(&out->md.extra, 0, sizeof out->md.extra);
    return out;
}

const rq_dnn_layout *rq_dnn_layout_permuted(rq_dnn *dnn, const rq_dnn_layout *layout,
                                            const int *order)
{
    int to[RQ_DNN_MAX_RANK];
    rq_dnn_layout *out = new_layout(dnn);
    if (!out) return NULL;
    for (int i = 0; i < layout->md.ndims; i++) to[order[i]] = i;
    return dnnl_memory_desc_permute_axes(&out->md, &layout->md, to) == dnnl_success ? out : NULL;
}

/* The library's arrays of dims are longer than ours. */
static void copy_dims(dnnl_dims_t to, const int64_t *from, int n)
{
    memset(to, 0, sizeof(dnnl_dims_t));
    for (int i = 0; i < n; i++) to[i] = from[i];
}

const rq_dnn_layout *rq_dnn_layout_reshaped(rq_dnn *dnn, const rq_dnn_layout *layout,
                                            const rq_shape *shape)
{
    dnnl_dims_t dims;
    if (shape->rank < 1 || shape->rank > RQ_DNN_MAX_RANK) return NULL;
    rq_dnn_layout *out = new_layout(dnn);
    if (!out) return NULL;
    copy_dims(dims, shape->d, shape->rank);
    dnnl_status_t status = dnnl_memory_desc_reshape(&out->md, &layout->md, shape->rank, dims);
    return status == dnnl_success ? out : NULL;
}

bool rq_dnn_layout_equal(const rq_dnn_layout *a, const rq_dnn_layout *b)
{
    return a == b || dnnl_memory_desc_equal(&a->md, &b->md);
}

bool rq_dnn_layout_is_dense(const rq_dnn_layout *layout)
{
    const dnnl_memory_desc_t *md = &layout->md;
    if (md->format_kind != dnnl_blocked || md->format_desc.blocking.inner_nblks) return false;
    dnnl_dim_t stride = 1;
    for (int i = md->ndims; i-- > 0;) {
        if (md->dims[i] != 1 && md->format_desc.blocking.strides[i] != stride) return false;
        stride *= md->dims[i];
    }
    return md->offset0 == 0;
}

size_t rq_dnn_layout_channel_block(const rq_dnn_layout *layout)
{
    const dnnl_memory_desc_t *md = &layout->md;
    const dnnl_blocking_desc_t *blocks = &md->format_desc.blocking;
    if (md->format_kind != dnnl_blocked || blocks->inner_nblks != 1 || blocks->inner_idxs[0] != 1)
        return 0;
    dnnl_dim_t stride = blocks->inner_blks[0];
    for (int i = md->ndims; i-- > 0;) {
        if (blocks->strides[i] != stride && md->padded_dims[i] != 1) return 0;
        stride *= i == 1 ? md->padded_dims[1] / blocks->inner_blks[0] : md->padded_dims[i];
    }
    return (size_t)blocks->inner_blks[0];
}

rq_dtype rq_dnn_layout_dtype(const rq_dnn_layout *layout)
{
    for (size_t i = 0; i < N_TYPES; i++)
        if (types[i].type == layout->md.data_type) return types[i].dtype;
    return RQ_DT_UNDEFINED;
}

size_t rq_dnn_layout_bytes(const rq_dnn_layout *layout)
{
    return dnnl_memory_desc_get_size(&layout->md);
}

size_t rq_dnn_layout_elements(const rq_dnn_layout *layout)
{
    size_t n = 1;
    for (int i = 0; i < layout->md.ndims; i++) n *= (size_t)layout->md.padded_dims[i];
    return n;
}

/* -- attributes ---------------------------------------------------------------------------- */

static const dnnl_alg_kind_t functions[RQ_DNN_FUNCTION_COUNT] = {
    [RQ_DNN_RELU] = dnnl_eltwise_relu,
    [RQ_DNN_CLIP] = dnnl_eltwise_clip,
    [RQ_DNN_SIGMOID] = dnnl_eltwise_logistic,
    [RQ_DNN_TANH] = dnnl_eltwise_tanh,
    [RQ_DNN_ELU] = dnnl_eltwise_elu,
    [RQ_DNN_HSWISH] = dnnl_eltwise_hardswish,
    [RQ_DNN_SWISH] = dnnl_eltwise_swish,
    [RQ_DNN_GELU_ERF] = dnnl_eltwise_gelu_erf,
    [RQ_DNN_GELU_TANH] = dnnl_eltwise_gelu_tanh,
    [RQ_DNN_MISH] = dnnl_eltwise_mish,
    [RQ_DNN_SOFTPLUS] = dnnl_eltwise_soft_relu,
    [RQ_DNN_EXP] = dnnl_eltwise_exp,
    [RQ_DNN_LOG] = dnnl_eltwise_log,
    [RQ_DNN_ABS] = dnnl_eltwise_abs,
    [RQ_DNN_SQRT] = dnnl_eltwise_sqrt,
    [RQ_DNN_SQUARE] = dnnl_eltwise_square,
    [RQ_DNN_POWER] = dnnl_eltwise_pow,
    [RQ_DNN_LINEAR] = dnnl_eltwise_linear,
    [RQ_DNN_ROUND] = dnnl_eltwise_round,
};

static const dnnl_alg_kind_t binaries[] = {
    [RQ_DNN_ADD] = dnnl_binary_add, [RQ_DNN_SUB] = dnnl_binary_sub, [RQ_DNN_MUL] = dnnl_binary_mul,
    [RQ_DNN_DIV] = dnnl_binary_div, [RQ_DNN_MAX] = dnnl_binary_max, [RQ_DNN_MIN] = dnnl_binary_min,
};

static dnnl_status_t append_post(dnnl_post_ops_t posts, const rq_dnn_post *post)
{
    switch (post->kind) {
    case RQ_DNN_POST_FUNCTION:
        return dnnl_post_ops_append_eltwise(posts, post->scale, functions[post->function],
                                            post->alpha, post->beta);
    case RQ_DNN_POST_BINARY:
        return dnnl_post_ops_append_binary(posts, binaries[post->binary], &post->operand->md);
    default:
        return dnnl_post_ops_append_sum_v3(posts, post->scale, post->zero_point,
                                           dnnl_data_type_undef);
    }
}

/* The JIT keeps one set of parameters per function (seen in 2.6.3): a second use of the same
 * function with others would compute the wrong thing. */
static bool repeats_function(const rq_dnn_attr *attr)
{
    for (size_t i = 0; i < attr->n_posts; i++)
        for (size_t k = 0; k < i; k++) {
            const rq_dnn_post *a = &attr->posts[i], *b = &attr->posts[k];
            if (a->kind != RQ_DNN_POST_FUNCTION || b->kind != RQ_DNN_POST_FUNCTION) continue;
            if (a->function == b->function &&
                (a->alpha != b->alpha || a->beta != b->beta || a->scale != b->scale))
                return true;
        }
    return false;
}

/* Below AVX2, compiling some kernels with posts crashes inside the library (seen in 2.6.3): pools
 * with any, others with the operand of a post. */
static bool is_old_cpu(void)
{
    dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    return isa == dnnl_cpu_isa_sse41 || isa == dnnl_cpu_isa_avx;
}

static bool lacks_operands(const rq_dnn_attr *attr)
{
    for (size_t i = 0; i < attr->n_posts; i++)
        if (attr->posts[i].kind == RQ_DNN_POST_BINARY) return is_old_cpu();
    return false;
}

static dnnl_status_t set_posts(dnnl_primitive_attr_t attr, const rq_dnn_attr *from)
{
    dnnl_post_ops_t posts;
    if (repeats_function(from) || lacks_operands(from)) return dnnl_unimplemented;
    dnnl_status_t status = dnnl_post_ops_create(&posts);
    if (status != dnnl_success) return status;
    for (size_t i = 0; status == dnnl_success && i < from->n_posts; i++)
        status = append_post(posts, &from->posts[i]);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attr, posts);
    dnnl_post_ops_destroy(posts);
    return status;
}

static dnnl_status_t set_scales(dnnl_primitive_attr_t attr, const rq_dnn_attr *from)
{
    static const int args[2] = {DNNL_ARG_SRC_0, DNNL_ARG_SRC_1};
    dnnl_status_t status = dnnl_success;
    if (from->scales)
        status = dnnl_primitive_attr_set_output_scales(
            attr, (dnnl_dim_t)from->n_scales, from->n_scales > 1 ? 1 << from->scale_axis : 0,
            from->scales);
    for (int i = 0; status == dnnl_success && i < 2; i++)
        if (from->source_scales[i] != 0.0f)
            status = dnnl_primitive_attr_set_scales(attr, args[i], 1, 0, &from->source_scales[i]);
    if (status == dnnl_success && from->source_zero_point)
        status =
            dnnl_primitive_attr_set_zero_points(attr, DNNL_ARG_SRC, 1, 0, &from->source_zero_point);
    return status;
}

static rq_status make_attr(dnnl_primitive_attr_t *out, const rq_dnn_attr *from)
{
    RQ_TRY(check(dnnl_primitive_attr_create(out), "creating attributes"));
    dnnl_status_t status = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && from) status = set_scales(*out, from);
    if (status == dnnl_success && from && from->n_posts) status = set_posts(*out, from);
    if (status == dnnl_success) return RQ_OK;
    dnnl_primitive_attr_destroy(*out);
    return check(status, "setting attributes");
}

/* -- primitives ---------------------------------------------------------------------------- */

static const rq_dnn_layout *chosen(rq_dnn *dnn, const_dnnl_primitive_desc_t pd, dnnl_query_t what,
                                   int index)
{
    const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(pd, what, index);
    if (!md || !md->ndims) return NULL;
    rq_dnn_layout *layout = new_layout(dnn);
    if (layout) layout->md = *md;
    return layout;
}

static rq_status describe(rq_dnn_primitive *p, rq_dnn *dnn, const_dnnl_primitive_desc_t pd,
                          const rq_dnn_attr *attr)
{
    const char *kernel = NULL;
    const dnnl_memory_desc_t *scratch =
        dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    p->src = chosen(dnn, pd, dnnl_query_src_md, 0);
    p->src_1 = chosen(dnn, pd, dnnl_query_src_md, 1);
    p->weights = chosen(dnn, pd, dnnl_query_weights_md, 0);
    p->bias = chosen(dnn, pd, dnnl_query_weights_md, 1);
    p->dst = chosen(dnn, pd, dnnl_query_dst_md, 0);
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
    if (status == RQ_OK) status = check(dnnl_primitive_create(&handle, pd), "compiling");
    dnnl_primitive_desc_destroy(pd);
    if (status != RQ_OK) return status;
    p->handle = handle;
    status = remember(dnn, p);
    if (status != RQ_OK) dnnl_primitive_destroy(handle);
    *out = p;
    return status;
}

static rq_status build(rq_dnn_primitive **out, rq_dnn *dnn, const_dnnl_op_desc_t desc,
                       const rq_dnn_attr *from)
{
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd = NULL;
    omp_set_num_threads((int)dnn->threads); /* blocking follows the number of threads */
    RQ_TRY(make_attr(&attr, from));
    dnnl_status_t made = dnnl_primitive_desc_create(&pd, desc, attr, dnn->engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    RQ_TRY(check(made, "describing a primitive"));
    return compile(out, dnn, pd, from, false);
}

static const dnnl_memory_desc_t *md_of(const rq_dnn_layout *layout)
{
    return layout ? &layout->md : NULL;
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
    RQ_TRY(check(dnnl_dilated_convolution_forward_desc_init(
                     &desc, dnnl_forward_inference, dnnl_convolution_direct, md_of(w->src),
                     md_of(w->weights), md_of(w->bias), md_of(w->dst), d.stride, d.dilation,
                     d.begin, d.end),
                 "convolution"));
    return build(out, dnn, &desc, attr);
}

rq_status rq_dnn_deconvolution(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_window *w,
                               const rq_dnn_attr *attr)
{
    dnnl_deconvolution_desc_t desc;
    window_dims d = dims_of(w, NULL);
    RQ_TRY(check(dnnl_dilated_deconvolution_forward_desc_init(
                     &desc, dnnl_forward_inference, dnnl_deconvolution_direct, md_of(w->src),
                     md_of(w->weights), md_of(w->bias), md_of(w->dst), d.stride, d.dilation,
                     d.begin, d.end),
                 "deconvolution"));
    return build(out, dnn, &desc, attr);
}

rq_status rq_dnn_pool(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_window *w,
                      const int64_t *kernel, rq_dnn_pool_kind kind, const rq_dnn_attr *attr)
{
    static const dnnl_alg_kind_t kinds[] = {dnnl_pooling_max, dnnl_pooling_avg_exclude_padding,
                                            dnnl_pooling_avg_include_padding};
    dnnl_pooling_v2_desc_t desc;
    if (attr && attr->n_posts && is_old_cpu()) return RQ_EUNSUPPORTED;
    window_dims d = dims_of(w, kernel);
    RQ_TRY(check(dnnl_pooling_v2_forward_desc_init(&desc, dnnl_forward_inference, kinds[kind],
                                                   md_of(w->src), md_of(w->dst), d.stride, d.kernel,
                                                   d.dilation, d.begin, d.end),
                 "pooling"));
    return build(out, dnn, &desc, attr);
}

rq_status rq_dnn_matmul(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                        const rq_dnn_layout *weights, const rq_dnn_layout *bias,
                        const rq_dnn_layout *dst, const rq_dnn_attr *attr)
{
    dnnl_matmul_desc_t desc;
    RQ_TRY(check(dnnl_matmul_desc_init(&desc, md_of(src), md_of(weights), md_of(bias), md_of(dst)),
                 "matmul"));
    return build(out, dnn, &desc, attr);
}

rq_status rq_dnn_binary(rq_dnn_primitive **out, rq_dnn *dnn, rq_dnn_binary_kind kind,
                        const rq_dnn_layout *a, const rq_dnn_layout *b, const rq_dnn_layout *dst,
                        const rq_dnn_attr *attr)
{
    dnnl_binary_desc_t desc;
    RQ_TRY(check(dnnl_binary_desc_init(&desc, binaries[kind], md_of(a), md_of(b), md_of(dst)),
                 "binary"));
    return build(out, dnn, &desc, attr);
}

rq_status rq_dnn_eltwise(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_post *function,
                         const rq_dnn_layout *layout, const rq_dnn_attr *attr)
{
    dnnl_eltwise_desc_t desc;
    RQ_TRY(check(dnnl_eltwise_forward_desc_init(&desc, dnnl_forward_inference,
                                                functions[function->function], md_of(layout),
                                                function->alpha, function->beta),
                 "eltwise"));
    return build(out, dnn, &desc, attr);
}

rq_status rq_dnn_softmax(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout, int axis,
                         bool log)
{
    dnnl_softmax_v2_desc_t desc;
    RQ_TRY(check(dnnl_softmax_v2_forward_desc_init(&desc, dnnl_forward_inference,
                                                   log ? dnnl_softmax_log : dnnl_softmax_accurate,
                                                   md_of(layout), md_of(layout), axis),
                 "softmax"));
    return build(out, dnn, &desc, NULL);
}

rq_status rq_dnn_resample(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                          const rq_dnn_layout *dst, bool linear, const rq_dnn_attr *attr)
{
    dnnl_resampling_desc_t desc;
    RQ_TRY(check(
        dnnl_resampling_forward_desc_init(&desc, dnnl_forward_inference,
                                          linear ? dnnl_resampling_linear : dnnl_resampling_nearest,
                                          NULL, md_of(src), md_of(dst)),
        "resampling"));
    return build(out, dnn, &desc, attr);
}

rq_status rq_dnn_reduce(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                        const rq_dnn_layout *dst, bool mean, const rq_dnn_attr *attr)
{
    dnnl_reduction_desc_t desc;
    RQ_TRY(check(dnnl_reduction_desc_init(&desc, mean ? dnnl_reduction_mean : dnnl_reduction_sum,
                                          md_of(src), md_of(dst), 0.0f, 0.0f),
                 "reduction"));
    return build(out, dnn, &desc, attr);
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
    RQ_TRY(make_attr(&attr, NULL));
    dnnl_status_t made =
        dnnl_concat_primitive_desc_create(&pd, md_of(dst), (int)n, axis, mds, attr, dnn->engine);
    dnnl_primitive_attr_destroy(attr);
    RQ_TRY(check(made, "concat"));
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
    RQ_TRY(make_attr(&attr, NULL));
    dnnl_status_t made =
        dnnl_reorder_primitive_desc_create(&pd, &src->md, dnn->engine, &dst->md, dnn->engine, attr);
    dnnl_primitive_attr_destroy(attr);
    RQ_TRY(check(made, "reorder"));
    return compile(out, dnn, pd, NULL, true);
}

/* -- running ------------------------------------------------------------------------------- */

rq_status rq_dnn_stream_create(rq_dnn_stream **out, rq_dnn *dnn)
{
    rq_dnn_stream *s;
    RQ_TRY(rq_calloc(&s, 1, sizeof *s, "a stream"));
    s->threads = dnn->threads;
    rq_status status =
        check(dnnl_stream_create(&s->stream, dnn->engine, dnnl_stream_default_flags), "a stream");
    if (status != RQ_OK) {
        free(s);
        s = NULL;
    }
    *out = s;
    return status;
}

void rq_dnn_stream_destroy(rq_dnn_stream **stream)
{
    if (!*stream) return;
    dnnl_stream_destroy((*stream)->stream);
    free(*stream);
    *stream = NULL;
}

void rq_dnn_stream_enter(const rq_dnn_stream *stream)
{
    omp_set_num_threads((int)stream->threads);
}

static int library_role(int role)
{
    static const int plain[] = {
        [RQ_DNN_SRC] = DNNL_ARG_SRC,         [RQ_DNN_SRC_1] = DNNL_ARG_SRC_1,
        [RQ_DNN_WEIGHTS] = DNNL_ARG_WEIGHTS, [RQ_DNN_BIAS] = DNNL_ARG_BIAS,
        [RQ_DNN_DST] = DNNL_ARG_DST,
    };
    if (role < RQ_DNN_POST_0) return plain[role];
    if (role < RQ_DNN_PART_0)
        return DNNL_ARG_ATTR_MULTIPLE_POST_OP(role - RQ_DNN_POST_0) | DNNL_ARG_SRC_1;
    return DNNL_ARG_MULTIPLE_SRC + (role - RQ_DNN_PART_0);
}

static const dnnl_memory_desc_t *role_layout(const rq_dnn_primitive *p, int role)
{
    switch (role) {
    case RQ_DNN_SRC:
        return md_of(p->src);
    case RQ_DNN_SRC_1:
        return md_of(p->src_1);
    case RQ_DNN_WEIGHTS:
        return md_of(p->weights);
    case RQ_DNN_BIAS:
        return md_of(p->bias);
    case RQ_DNN_DST:
        return md_of(p->dst);
    default:
        break;
    }
    if (role < RQ_DNN_PART_0) return md_of(p->attr->posts[role - RQ_DNN_POST_0].operand);
    return md_of(p->parts[role - RQ_DNN_PART_0]);
}

static rq_status add_arg(rq_dnn_call *call, rq_dnn *dnn, int arg, const dnnl_memory_desc_t *md,
                         void *data)
{
    dnnl_memory_t memory;
    if (!md) return rq_fail(RQ_EARG, "oneDNN: argument %d has no layout", arg);
    RQ_TRY(check(dnnl_memory_create(&memory, md, dnn->engine, data), "a memory object"));
    call->args[call->n++] = (dnnl_exec_arg_t){arg, memory};
    return RQ_OK;
}

rq_status rq_dnn_call_create(rq_dnn_call **out, rq_dnn *dnn, const rq_dnn_primitive *primitive,
                             const rq_dnn_arg *args, size_t n, void *scratch)
{
    rq_dnn_call *call;
    RQ_TRY(rq_calloc(&call, 1, sizeof *call, "a call"));
    *out = call;
    call->primitive = primitive->handle;
    RQ_TRY(rq_calloc(&call->args, n + 1, sizeof *call->args, "a call"));
    for (size_t i = 0; i < n; i++)
        RQ_TRY(add_arg(call, dnn, library_role(args[i].role), role_layout(primitive, args[i].role),
                       args[i].data));
    if (!primitive->scratch) return RQ_OK;
    const_dnnl_primitive_desc_t pd;
    RQ_TRY(check(dnnl_primitive_get_primitive_desc(primitive->handle, &pd), "a primitive"));
    return add_arg(call, dnn, DNNL_ARG_SCRATCHPAD,
                   dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0), scratch);
}

void rq_dnn_call_destroy(rq_dnn_call **call)
{
    rq_dnn_call *c = *call;
    if (!c) return;
    for (size_t i = 0; i < c->n; i++) dnnl_memory_destroy(c->args[i].memory);
    free(c->args);
    free(c);
    *call = NULL;
}

void rq_dnn_call_set(rq_dnn_call *call, size_t i, void *data)
{
    dnnl_memory_set_data_handle(call->args[i].memory, data);
}

rq_status rq_dnn_call_run(const rq_dnn_call *call, const rq_dnn_stream *stream)
{
    return check(dnnl_primitive_execute(call->primitive, stream->stream, (int)call->n, call->args),
                 "running a primitive");
}

rq_status rq_dnn_reorder_now(rq_dnn *dnn, const rq_dnn_layout *from, const void *src,
                             const rq_dnn_layout *to, void *dst)
{
    rq_dnn_primitive *primitive;
    rq_dnn_call *call = NULL;
    rq_dnn_stream *stream = NULL;
    void *scratch = NULL;
    rq_status status;
    RQ_TRY(rq_dnn_reorder(&primitive, dnn, from, to));
    rq_dnn_arg args[] = {{RQ_DNN_SRC, (void *)(uintptr_t)src}, {RQ_DNN_DST, dst}};
    RQ_TRY_GOTO(rq_alloc_aligned(&scratch, primitive->scratch + 1, "scratch"), done);
    RQ_TRY_GOTO(rq_dnn_stream_create(&stream, dnn), done);
    RQ_TRY_GOTO(rq_dnn_call_create(&call, dnn, primitive, args, 2, scratch), done);
    status = rq_dnn_call_run(call, stream);
done:
    rq_dnn_call_destroy(&call);
    rq_dnn_stream_destroy(&stream);
    free(scratch);
    return status;
}
