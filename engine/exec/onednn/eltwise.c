/* Element-wise operators in oneDNN's terms. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/attrs.h"
#include "engine/ops/common/gelu.h"

#include <float.h>

typedef struct entry {
    const rq_op *op;
    rq_dnn_eltwise_kind eltwise;
    float alpha, beta;
    const char *alpha_attr, *beta_attr; /* read from the node */
} entry;

static const entry entries[] = {
    {&rq_op_ReLU, RQ_DNN_RELU, 0, 0, NULL, NULL},
    {&rq_op_Clamp, RQ_DNN_CLIP, 0, 0, "min", "max"},
    {&rq_op_Sigmoid, RQ_DNN_SIGMOID, 0, 0, NULL, NULL},
    {&rq_op_Tanh, RQ_DNN_TANH, 0, 0, NULL, NULL},
    {&rq_op_Elu, RQ_DNN_ELU, 0, 0, "alpha", NULL},
    {&rq_op_HSwish, RQ_DNN_HSWISH, 0, 0, NULL, NULL},
    {&rq_op_Mish, RQ_DNN_MISH, 0, 0, NULL, NULL},
    {&rq_op_SoftPlus, RQ_DNN_SOFTPLUS, 0, 0, NULL, NULL},
    {&rq_op_Exp, RQ_DNN_EXP, 0, 0, NULL, NULL},
    {&rq_op_Abs, RQ_DNN_ABS, 0, 0, NULL, NULL},
    {&rq_op_Sqrt, RQ_DNN_SQRT, 0, 0, NULL, NULL},
    {&rq_op_Negative, RQ_DNN_LINEAR, -1, 0, NULL, NULL},
};

static const struct {
    const rq_op *op;
    rq_dnn_binary_kind kind;
} binaries[] = {
    {&rq_op_Add, RQ_DNN_ADD},    {&rq_op_Subtract, RQ_DNN_SUB}, {&rq_op_Multiply, RQ_DNN_MUL},
    {&rq_op_Divide, RQ_DNN_DIV}, {&rq_op_Maximum, RQ_DNN_MAX},  {&rq_op_Minimum, RQ_DNN_MIN},
};

bool rq_is_binary(const rq_lower *l, const rq_node *node, rq_dnn_binary_kind *kind)
{
    const rq_op *op = rq_lower_op(l, node);
    for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++)
        if (op == binaries[i].op) {
            *kind = binaries[i].kind;
            return true;
        }
    return false;
}

static rq_dnn_post post_of(rq_dnn_eltwise_kind eltwise, double alpha, double beta)
{
    return (rq_dnn_post){.kind = RQ_DNN_POST_ELTWISE,
                         .eltwise = eltwise,
                         .alpha = (float)alpha,
                         .beta = (float)beta};
}

/* min(max(alpha x + beta, 0), 1) */
static size_t hard_sigmoid(rq_dnn_post posts[RQ_MAX_ELTWISE_POSTS], double alpha, double beta)
{
    posts[0] = post_of(RQ_DNN_LINEAR, alpha, beta);
    posts[1] = post_of(RQ_DNN_CLIP, 0.0, 1.0);
    return 2;
}

static bool scalar(const rq_lower *l, const rq_node *node, uint32_t input, float *out)
{
    size_t n;
    if (input >= node->n_in || node->in[input] == RQ_NONE) return false;
    const float *data = rq_lower_floats(l, node->in[input], &n);
    if (!data || n != 1) return false;
    *out = data[0];
    return true;
}

/* y = x op c, or c op x. */
static size_t with_scalar(const rq_lower *l, const rq_node *node, rq_dnn_post posts[])
{
    rq_dnn_binary_kind kind;
    float c = 0.0f;
    if (!rq_is_binary(l, node, &kind) || node->n_in != 2) return 0;
    bool left = scalar(l, node, 0, &c);
    if (!left && !scalar(l, node, 1, &c)) return 0;
    if (rq_lower_value(l, node->in[left ? 0 : 1])->shape.rank >
        rq_lower_value(l, node->out[0])->shape.rank)
        return 0;
    switch (kind) {
    case RQ_DNN_ADD:
        posts[0] = post_of(RQ_DNN_LINEAR, 1.0, c);
        return 1;
    case RQ_DNN_SUB:
        posts[0] = left ? post_of(RQ_DNN_LINEAR, -1.0, c) : post_of(RQ_DNN_LINEAR, 1.0, -c);
        return 1;
    case RQ_DNN_MUL:
        posts[0] = post_of(RQ_DNN_LINEAR, c, 0.0);
        return 1;
    case RQ_DNN_DIV:
        if (left) return 0;
        posts[0] = post_of(RQ_DNN_LINEAR, 1.0 / c, 0.0);
        return 1;
    case RQ_DNN_MAX:
        posts[0] = post_of(RQ_DNN_CLIP, c, FLT_MAX);
        return 1;
    default:
        posts[0] = post_of(RQ_DNN_CLIP, -FLT_MAX, c);
        return 1;
    }
}

/* Functions whose parameters are inputs or words. */
static size_t special(const rq_lower *l, const rq_node *node, rq_dnn_post posts[])
{
    const rq_op *op = rq_lower_op(l, node);
    float a = 1.0f, b = 0.0f;
    if (op == &rq_op_HSigmoid) return hard_sigmoid(posts, 1.0 / 6.0, 0.5);
    if (op == &rq_op_HardSigmoid)
        return scalar(l, node, 1, &a) && scalar(l, node, 2, &b) ? hard_sigmoid(posts, a, b) : 0;
    if (op == &rq_op_PReLU && scalar(l, node, 1, &a)) {
        posts[0] = post_of(RQ_DNN_RELU, a, 0.0);
        return 1;
    }
    if (op == &rq_op_Swish) {
        if (node->n_in > 1 && !scalar(l, node, 1, &a)) return 0;
        posts[0] = post_of(RQ_DNN_SWISH, a, 0.0);
        return 1;
    }
    if (op == &rq_op_Power && scalar(l, node, 1, &a) && a == 2.0f) {
        posts[0] = post_of(RQ_DNN_SQUARE, 0.0, 0.0);
        return 1;
    }
    if (op == &rq_op_Gelu) {
        int64_t mode = rq_attrs_int(op, rq_lower_attrs(l, node), "approximation_mode");
        posts[0] = post_of(mode == RQ_GELU_TANH ? RQ_DNN_GELU_TANH : RQ_DNN_GELU_ERF, 0.0, 0.0);
        return 1;
    }
    return with_scalar(l, node, posts);
}

static float parameter(const rq_lower *l, const rq_node *node, const char *attr, float fixed)
{
    return attr ? (float)rq_attrs_float(rq_lower_op(l, node), rq_lower_attrs(l, node), attr)
                : fixed;
}

size_t rq_eltwise_posts(const rq_lower *l, const rq_node *node,
                        rq_dnn_post posts[RQ_MAX_ELTWISE_POSTS])
{
    if (node->n_out != 1 || rq_lower_value(l, node->out[0])->dtype != RQ_DT_F32) return 0;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        const entry *e = &entries[i];
        if (rq_lower_op(l, node) != e->op) continue;
        posts[0] = post_of(e->eltwise, parameter(l, node, e->alpha_attr, e->alpha),
                           parameter(l, node, e->beta_attr, e->beta));
        return 1;
    }
    return special(l, node, posts);
}

bool rq_is_eltwise(const rq_lower *l, const rq_node *node)
{
    rq_dnn_post posts[RQ_MAX_ELTWISE_POSTS];
    return rq_eltwise_posts(l, node, posts) > 0;
}
