/* What primitives do beside their main computation. */
#include "engine/exec/onednn/dnnl_private.h"

static const dnnl_alg_kind_t functions[RQ_DNN_ELTWISE_COUNT] = {
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

dnnl_alg_kind_t rq_dnn_eltwise_alg(rq_dnn_eltwise_kind eltwise)
{
    return functions[eltwise];
}

dnnl_alg_kind_t rq_dnn_binary_alg(rq_dnn_binary_kind kind)
{
    return binaries[kind];
}

static dnnl_status_t append_post(dnnl_post_ops_t posts, const rq_dnn_post *post)
{
    switch (post->kind) {
    case RQ_DNN_POST_ELTWISE:
        return rq_dnn_append_function(posts, functions[post->eltwise], post->alpha, post->beta);
    case RQ_DNN_POST_BINARY:
        return dnnl_post_ops_append_binary(posts, binaries[post->binary], post->operand->md);
    default:
        return rq_dnn_append_sum(posts, post->scale, post->zero_point);
    }
}

/* The JIT keeps one set of parameters per function (seen in 2.6.3): a second use of the same
 * function with others would compute the wrong thing. */
static bool repeats_function(const rq_dnn_attr *attr)
{
    for (size_t i = 0; i < attr->n_posts; i++)
        for (size_t k = 0; k < i; k++) {
            const rq_dnn_post *a = &attr->posts[i], *b = &attr->posts[k];
            if (a->kind != RQ_DNN_POST_ELTWISE || b->kind != RQ_DNN_POST_ELTWISE) continue;
            if (a->eltwise == b->eltwise && (a->alpha != b->alpha || a->beta != b->beta))
                return true;
        }
    return false;
}

bool rq_dnn_is_old_cpu(void)
{
    dnnl_cpu_isa_t isa = rq_dnn_isa();
    return isa == dnnl_cpu_isa_sse41 || isa == dnnl_cpu_isa_avx;
}

static bool lacks_operands(const rq_dnn_attr *attr)
{
    for (size_t i = 0; i < attr->n_posts; i++)
        if (attr->posts[i].kind == RQ_DNN_POST_BINARY) return rq_dnn_is_old_cpu();
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

rq_status rq_dnn_attr_make(dnnl_primitive_attr_t *out, const rq_dnn_attr *from)
{
    RQ_TRY(rq_dnn_check_memory());
    RQ_TRY(rq_dnn_check(dnnl_primitive_attr_create(out), "creating attributes"));
    dnnl_status_t status = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && from) status = rq_dnn_set_source_codes(*out, from);
    if (status == dnnl_success && from && from->n_posts) status = set_posts(*out, from);
    if (status == dnnl_success) return RQ_OK;
    dnnl_primitive_attr_destroy(*out);
    return rq_dnn_check(status, "setting attributes");
}
