/* Every pass keeps the function: models as imported and with their layers fused give the same on
 * random input, and the layers that are to go are gone. */
#include "tests/unit/test.h"

#include "tests/unit/framework_model_builder.h"
#include "tests/unit/layer_names.h"

#include "engine/import/cut.h"

typedef struct pass_case {
    const char *name;
    void (*build)(rq_framework_model *s); /* input "x", output "y" */
    const char *gone;                     /* types that no layer has any more, blank-separated */
    const char *made;                     /* a type that one layer has; NULL */
} pass_case;

static void input4(rq_framework_model *s)
{
    source_input(s, "x", DIMS(1, 4, 6, 6));
}

static void conv(rq_framework_model *s, const char *out, const char *in, int64_t groups,
                 int64_t pad)
{
    char text[64];
    source_weights(s, groups == 1 ? "w" : "wg", groups == 1 ? DIMS(4, 4, 3, 3) : DIMS(4, 1, 3, 3),
                   3, false);
    snprintf(text, sizeof text, "%s %s", in, groups == 1 ? "w" : "wg");
    rq_framework_node *node = source_node(s, out, "Conv", text);
    SOURCE_LIST(s, node, "pads", pad, pad, pad, pad);
    assert_ok(rq_framework_model_add_int(s, node, "group", groups));
}

static void batch_norm(rq_framework_model *s, const char *out, const char *in)
{
    char text[64];
    source_weights(s, "gamma", DIMS(4), 11, false);
    source_weights(s, "beta", DIMS(4), 12, false);
    source_weights(s, "mean", DIMS(4), 13, false);
    source_weights(s, "variance", DIMS(4), 14, true);
    snprintf(text, sizeof text, "%s gamma beta mean variance", in);
    source_node(s, out, "BatchNormalization", text);
}

static void conv_bn(rq_framework_model *s)
{
    input4(s);
    conv(s, "c", "x", 1, 1);
    batch_norm(s, "y", "c");
}

static void group_conv_bn(rq_framework_model *s)
{
    input4(s);
    conv(s, "c", "x", 4, 1);
    batch_norm(s, "y", "c");
}

static void bn_conv(rq_framework_model *s)
{
    input4(s);
    batch_norm(s, "n", "x");
    conv(s, "y", "n", 1, 0);
}

static void scaled_group_conv(rq_framework_model *s)
{
    input4(s);
    source_weights(s, "k", DIMS(1, 4, 1, 1), 5, true);
    source_node(s, "m", "Mul", "x k");
    conv(s, "y", "m", 4, 1);
}

/* Two readers of the convolution: its weights must stay. */
static void shared_conv(rq_framework_model *s)
{
    input4(s);
    conv(s, "c", "x", 1, 1);
    source_weights(s, "k", DIMS(1, 4, 1, 1), 5, true);
    source_node(s, "m", "Mul", "c k");
    source_node(s, "y", "Add", "m c");
}

static void deconv_scale(rq_framework_model *s)
{
    input4(s);
    source_weights(s, "w", DIMS(4, 3, 2, 2), 3, false);
    source_weights(s, "k", DIMS(3, 1, 1), 5, true);
    rq_framework_node *node = source_node(s, "c", "ConvTranspose", "x w");
    SOURCE_LIST(s, node, "strides", 2, 2);
    source_node(s, "y", "Mul", "c k");
}

static void mat_mul_scale(rq_framework_model *s)
{
    source_input(s, "x", DIMS(3, 5));
    source_weights(s, "w", DIMS(5, 4), 3, false);
    source_weights(s, "k", DIMS(4), 5, true);
    source_node(s, "m", "MatMul", "x w");
    source_node(s, "y", "Mul", "m k");
}

/* A factor per row is no factor per column. */
static void mat_mul_rows(rq_framework_model *s)
{
    source_input(s, "x", DIMS(4, 5));
    source_weights(s, "w", DIMS(5, 4), 3, false);
    source_weights(s, "k", DIMS(4, 1), 5, true);
    source_node(s, "m", "MatMul", "x w");
    source_node(s, "y", "Mul", "m k");
}

static void chain(rq_framework_model *s)
{
    input4(s);
    source_weights(s, "a", DIMS(1, 4, 1, 1), 5, true);
    source_weights(s, "b", DIMS(1, 4, 1, 1), 6, false);
    source_weights(s, "c", DIMS(4, 1, 1), 7, true);
    source_scalar(s, "d", 0.75f);
    source_node(s, "m", "Mul", "x a");
    source_node(s, "n", "Sub", "m b");
    source_node(s, "o", "Div", "n c");
    source_node(s, "y", "Add", "o d");
}

static void padded_conv(rq_framework_model *s)
{
    input4(s);
    SOURCE_INTS(s, "pads", 0, 0, 1, 0, 0, 0, 2, 1);
    source_node(s, "p", "Pad", "x pads");
    conv(s, "y", "p", 1, 1);
}

/* Pads of something else than zeros stay. */
static void padded_with_ones(rq_framework_model *s)
{
    input4(s);
    SOURCE_INTS(s, "pads", 0, 0, 1, 0, 0, 0, 2, 1);
    source_scalar(s, "one", 1.0f);
    source_node(s, "p", "Pad", "x pads one");
    conv(s, "y", "p", 1, 1);
}

static void swish(rq_framework_model *s)
{
    input4(s);
    source_node(s, "g", "Sigmoid", "x");
    source_node(s, "y", "Mul", "x g");
}

static void hswish(rq_framework_model *s)
{
    input4(s);
    source_scalar(s, "three", 3.0f);
    source_scalar(s, "zero", 0.0f);
    source_scalar(s, "six", 6.0f);
    source_node(s, "a", "Add", "x three");
    source_node(s, "c", "Clip", "a zero six");
    source_node(s, "m", "Mul", "x c");
    source_node(s, "y", "Div", "m six");
}

/* Nearly one, but with 5 for 6. */
static void not_hswish(rq_framework_model *s)
{
    input4(s);
    source_scalar(s, "three", 3.0f);
    source_scalar(s, "zero", 0.0f);
    source_scalar(s, "five", 5.0f);
    source_node(s, "a", "Add", "x three");
    source_node(s, "c", "Clip", "a zero five");
    source_node(s, "m", "Mul", "x c");
    source_node(s, "y", "Div", "m five");
}

static void mish(rq_framework_model *s)
{
    input4(s);
    source_node(s, "p", "Softplus", "x");
    source_node(s, "t", "Tanh", "p");
    source_node(s, "y", "Mul", "x t");
}

static void gelu(rq_framework_model *s)
{
    input4(s);
    source_scalar(s, "root", 1.4142135f);
    source_scalar(s, "one", 1.0f);
    source_scalar(s, "half", 0.5f);
    source_node(s, "d", "Div", "x root");
    source_node(s, "e", "Erf", "d");
    source_node(s, "a", "Add", "e one");
    source_node(s, "m", "Mul", "x a");
    source_node(s, "y", "Mul", "m half");
}

/* relu(x) - slope * relu(-x), as Keras has it. */
static void keras_prelu(rq_framework_model *s)
{
    input4(s);
    source_weights(s, "slope", DIMS(4, 1, 1), 5, false);
    source_node(s, "p", "Relu", "x");
    source_node(s, "m", "Neg", "x");
    source_node(s, "n", "Relu", "m");
    source_node(s, "k", "Neg", "slope");
    source_node(s, "t", "Mul", "k n");
    source_node(s, "y", "Add", "p t");
}

/* relu(x) + slope * (x - |x|) / 2, one slope per last index. */
static void halved_prelu(rq_framework_model *s)
{
    source_input(s, "x", DIMS(2, 3, 4, 3));
    source_weights(s, "slope", DIMS(3), 5, false);
    source_scalar(s, "half", 0.5f);
    source_node(s, "p", "Relu", "x");
    source_node(s, "a", "Abs", "x");
    source_node(s, "d", "Sub", "x a");
    source_node(s, "m", "Mul", "slope d");
    source_node(s, "t", "Mul", "m half");
    source_node(s, "y", "Add", "t p");
}

/* max(x, 0) - -slope * min(x, 0) */
static void bounded_prelu(rq_framework_model *s)
{
    input4(s);
    source_scalar(s, "zero", 0.0f);
    source_scalar(s, "slope", -0.3f);
    source_node(s, "p", "Max", "x zero");
    source_node(s, "n", "Min", "zero x");
    source_node(s, "t", "Mul", "n slope");
    source_node(s, "y", "Sub", "p t");
}

static void greater_of_two(rq_framework_model *s, float slope)
{
    input4(s);
    source_scalar(s, "slope", slope);
    source_node(s, "m", "Mul", "x slope");
    source_node(s, "y", "Max", "m x");
}

static void leaky(rq_framework_model *s)
{
    greater_of_two(s, 0.2f);
}

/* max(x, 2 x) is no PReLU of slope 2. */
static void steep(rq_framework_model *s)
{
    greater_of_two(s, 2.0f);
}

/* The negative half of something else. */
static void not_prelu(rq_framework_model *s)
{
    input4(s);
    source_scalar(s, "slope", 0.3f);
    source_node(s, "o", "Exp", "x");
    source_node(s, "p", "Relu", "x");
    source_node(s, "m", "Neg", "o");
    source_node(s, "n", "Relu", "m");
    source_node(s, "t", "Mul", "n slope");
    source_node(s, "y", "Sub", "p t");
}

/* Slopes that make the output larger than x. */
static void stretching_prelu(rq_framework_model *s)
{
    source_input(s, "x", DIMS(1, 4, 1));
    source_weights(s, "slope", DIMS(1, 1, 3), 5, false);
    source_node(s, "p", "Relu", "x");
    source_node(s, "m", "Neg", "x");
    source_node(s, "n", "Relu", "m");
    source_node(s, "t", "Mul", "n slope");
    source_node(s, "y", "Sub", "p t");
}

/* -- lengths --------------------------------------------------------------------------------- */

static void sum_of_squares(rq_framework_model *s)
{
    SOURCE_INTS(s, "axes", 1);
    source_node(s, "q", "Mul", "x x");
    source_node(s, "s", "ReduceSum", "q axes");
}

/* x / sqrt(sum(x^2) + eps) */
static void l2_norm(rq_framework_model *s)
{
    input4(s);
    sum_of_squares(s);
    source_scalar(s, "epsilon", 1e-3f);
    source_node(s, "e", "Add", "s epsilon");
    source_node(s, "r", "Sqrt", "e");
    source_node(s, "y", "Div", "x r");
}

/* x * (1 / sqrt(max(sum(x^2), eps))), the bound large enough to count */
static void l2_norm_inverse(rq_framework_model *s)
{
    input4(s);
    sum_of_squares(s);
    source_scalar(s, "epsilon", 0.9f);
    source_node(s, "e", "Max", "s epsilon");
    source_node(s, "r", "Sqrt", "e");
    source_node(s, "i", "Reciprocal", "r");
    source_node(s, "y", "Mul", "i x");
}

/* x / expand(clip(|x|, min)), as PyTorch exports it */
static void l2_norm_clipped(rq_framework_model *s)
{
    source_input(s, "x", DIMS(5, 3));
    source_scalar(s, "least", 0.8f);
    SOURCE_LIST(s, source_node(s, "n", "ReduceL2", "x"), "axes", -1);
    source_node(s, "c", "Clip", "n least");
    source_node(s, "z", "Shape", "x");
    source_node(s, "b", "Expand", "c z");
    source_node(s, "y", "Div", "x b");
}

/* Nothing keeps the divisor from 0; another value is divided. */
static void not_l2_norm(rq_framework_model *s)
{
    input4(s);
    sum_of_squares(s);
    source_node(s, "r", "Sqrt", "s");
    source_node(s, "d", "Div", "x r");
    source_scalar(s, "epsilon", 1e-3f);
    source_node(s, "e", "Add", "s epsilon");
    source_node(s, "w", "Sqrt", "e");
    source_node(s, "o", "Exp", "x");
    source_node(s, "f", "Div", "o w");
    source_node(s, "y", "Add", "d f");
}

static void layer_norm(rq_framework_model *s)
{
    source_input(s, "x", DIMS(2, 3, 8));
    source_scalar(s, "two", 2.0f);
    source_scalar(s, "epsilon", 1e-5f);
    rq_framework_node *mean = source_node(s, "m", "ReduceMean", "x");
    SOURCE_LIST(s, mean, "axes", -1);
    source_node(s, "d", "Sub", "x m");
    source_node(s, "q", "Pow", "d two");
    rq_framework_node *variance = source_node(s, "v", "ReduceMean", "q");
    SOURCE_LIST(s, variance, "axes", -1);
    source_node(s, "e", "Add", "v epsilon");
    source_node(s, "r", "Sqrt", "e");
    source_node(s, "y", "Div", "d r");
}

/* m, v: x's mean and variance along its last axis; r: gamma / sqrt(v + epsilon). */
static void moments(rq_framework_model *s, int64_t variance_axis)
{
    source_input(s, "x", DIMS(2, 3, 8));
    source_weights(s, "gamma", DIMS(8), 4, true);
    source_weights(s, "beta", DIMS(8), 5, false);
    source_scalar(s, "epsilon", 1e-3f);
    source_scalar(s, "root", -0.5f);
    rq_framework_node *mean = source_node(s, "m", "ReduceMean", "x");
    SOURCE_LIST(s, mean, "axes", -1);
    source_node(s, "d", "Sub", "x m");
    source_node(s, "q", "Mul", "d d");
    rq_framework_node *variance = source_node(s, "v", "ReduceMean", "q");
    SOURCE_LIST(s, variance, "axes", variance_axis);
    source_node(s, "e", "Add", "v epsilon");
    source_node(s, "i", "Pow", "e root");
    source_node(s, "r", "Mul", "i gamma");
    source_node(s, "xr", "Mul", "x r");
}

/* Keras' layer: x r + - m r + beta */
static void keras_layer_norm(rq_framework_model *s)
{
    moments(s, -1);
    source_node(s, "n", "Neg", "m");
    source_node(s, "nr", "Mul", "r n");
    source_node(s, "a", "Add", "xr nr");
    source_node(s, "y", "Add", "a beta");
}

/* tf.nn.batch_normalization: x r + (beta - m r) */
static void tf_layer_norm(rq_framework_model *s)
{
    moments(s, -1);
    source_node(s, "mr", "Mul", "m r");
    source_node(s, "t", "Sub", "beta mr");
    source_node(s, "y", "Add", "xr t");
}

/* (x - m) r */
static void centred_layer_norm(rq_framework_model *s)
{
    moments(s, -1);
    source_node(s, "y", "Mul", "d r");
}

/* The variance is not of the axis that the mean is of. */
static void not_layer_norm(rq_framework_model *s)
{
    moments(s, 1);
    source_node(s, "mr", "Mul", "m r");
    source_node(s, "y", "Sub", "xr mr");
}

/* x r + m r */
static void plus_mean(rq_framework_model *s)
{
    moments(s, -1);
    source_node(s, "mr", "Mul", "m r");
    source_node(s, "y", "Add", "xr mr");
}

/* x / 2 (1 - erf(- x / sqrt 2)) */
static void gelu_of_complement(rq_framework_model *s)
{
    input4(s);
    source_scalar(s, "root", 0.70710678f);
    source_scalar(s, "one", 1.0f);
    source_scalar(s, "half", 0.5f);
    source_node(s, "n", "Neg", "x");
    source_node(s, "d", "Mul", "n root");
    source_node(s, "e", "Erf", "d");
    source_node(s, "a", "Sub", "one e");
    source_node(s, "h", "Mul", "x half");
    source_node(s, "y", "Mul", "h a");
}

/* Rows of [2, 6, 4] and back. */
static void product_of_rows(rq_framework_model *s)
{
    source_input(s, "x", DIMS(2, 6, 4));
    source_weights(s, "w", DIMS(4, 5), 3, false);
    SOURCE_INTS(s, "rows", -1, 4);
    SOURCE_INTS(s, "back", 2, 6, 5);
    source_node(s, "r", "Reshape", "x rows");
    source_node(s, "p", "MatMul", "r w");
    source_node(s, "y", "Reshape", "p back");
}

/* Behind the product rows are put together in another way. */
static void product_of_other_rows(rq_framework_model *s)
{
    source_input(s, "x", DIMS(2, 6, 4));
    source_weights(s, "w", DIMS(4, 5), 3, false);
    SOURCE_INTS(s, "rows", -1, 4);
    SOURCE_INTS(s, "back", 3, 4, 5);
    source_node(s, "r", "Reshape", "x rows");
    source_node(s, "p", "MatMul", "r w");
    source_node(s, "y", "Reshape", "p back");
}

static void mean_put_back(rq_framework_model *s)
{
    input4(s);
    rq_framework_node *mean = source_node(s, "m", "ReduceMean", "x");
    SOURCE_LIST(s, mean, "axes", 2, -1);
    assert_ok(rq_framework_model_add_int(s, mean, "keepdims", 0));
    SOURCE_INTS(s, "first", 1, 1, 1, 4);
    SOURCE_INTS(s, "second", 0, 4, 1, 1);
    source_node(s, "a", "Reshape", "m first");
    source_node(s, "b", "Reshape", "a second");
    source_node(s, "y", "Sigmoid", "b");
}

static void concats(rq_framework_model *s)
{
    input4(s);
    source_node(s, "e", "Exp", "x");
    rq_framework_node *inner = source_node(s, "c", "Concat", "x e");
    assert_ok(rq_framework_model_add_int(s, inner, "axis", 1));
    rq_framework_node *outer = source_node(s, "y", "Concat", "e c x");
    assert_ok(rq_framework_model_add_int(s, outer, "axis", 1));
}

static void attention(rq_framework_model *s)
{
    source_input(s, "x", DIMS(2, 3, 5, 4));
    source_scalar(s, "scale", 0.5f);
    source_node(s, "q", "Tanh", "x");
    source_node(s, "k", "Sin", "x");
    rq_framework_node *turned = source_node(s, "kt", "Transpose", "k");
    SOURCE_LIST(s, turned, "perm", 0, 1, 3, 2);
    source_node(s, "p", "MatMul", "q kt");
    source_node(s, "m", "Mul", "p scale");
    source_node(s, "a", "Softmax", "m");
    source_node(s, "y", "MatMul", "a x");
}

/* Two groups of two channels, each with weights and a bias of its own. */
static void split_convs(rq_framework_model *s)
{
    rq_framework_node *split = NULL;
    input4(s);
    source_weights(s, "w0", DIMS(3, 2, 3, 3), 3, false);
    source_weights(s, "w1", DIMS(3, 2, 3, 3), 4, false);
    source_weights(s, "b0", DIMS(3), 5, false);
    source_weights(s, "b1", DIMS(3), 6, false);
    assert_ok(rq_framework_model_add_node(&split, s, "split", "Split", 1, 2));
    split->domain = "";
    split->in[0] = "x";
    split->out[0] = "p";
    split->out[1] = "q";
    assert_ok(rq_framework_model_add_int(s, split, "axis", 1));
    source_node(s, "c", "Conv", "p w0 b0");
    source_node(s, "d", "Conv", "q w1 b1");
    assert_ok(rq_framework_model_add_int(s, source_node(s, "y", "Concat", "c d"), "axis", 1));
}

static void strided(rq_framework_model *s)
{
    input4(s);
    conv(s, "c", "x", 1, 1);
    source_node(s, "r", "Relu", "c");
    source_weights(s, "v", DIMS(5, 4, 1, 1), 8, false);
    rq_framework_node *node = source_node(s, "y", "Conv", "r v");
    SOURCE_LIST(s, node, "strides", 2, 2);
}

static void turned_product(rq_framework_model *s)
{
    source_input(s, "x", DIMS(2, 5, 4));
    source_weights(s, "w", DIMS(5, 3), 3, false);
    rq_framework_node *node = source_node(s, "t", "Transpose", "x");
    SOURCE_LIST(s, node, "perm", 0, 2, 1);
    source_node(s, "y", "MatMul", "t w");
}

static void transposes(rq_framework_model *s)
{
    input4(s);
    rq_framework_node *first = source_node(s, "a", "Transpose", "x");
    SOURCE_LIST(s, first, "perm", 0, 2, 3, 1);
    rq_framework_node *second = source_node(s, "b", "Transpose", "a");
    SOURCE_LIST(s, second, "perm", 0, 3, 1, 2);
    source_node(s, "y", "Relu", "b");
}

static void reshapes(rq_framework_model *s)
{
    input4(s);
    SOURCE_INTS(s, "first", 2, 72);
    SOURCE_INTS(s, "second", 1, 4, 6, 6);
    source_node(s, "a", "Reshape", "x first");
    source_node(s, "b", "Reshape", "a second");
    source_node(s, "y", "Relu", "b");
}

static void neutral(rq_framework_model *s)
{
    input4(s);
    source_scalar(s, "one", 1.0f);
    source_scalar(s, "zero", 0.0f);
    source_node(s, "a", "Mul", "x one");
    source_node(s, "b", "Add", "a zero");
    source_node(s, "y", "Relu", "b");
}

/* A slice backwards has the same shape, but is not the same. */
static void backwards(rq_framework_model *s)
{
    input4(s);
    SOURCE_INTS(s, "start", -1);
    SOURCE_INTS(s, "end", INT64_MIN);
    SOURCE_INTS(s, "axis", 2);
    SOURCE_INTS(s, "step", -1);
    source_node(s, "b", "Slice", "x start end axis step");
    source_node(s, "y", "Relu", "b");
}

static void twins(rq_framework_model *s)
{
    input4(s);
    source_node(s, "a", "Exp", "x");
    source_node(s, "b", "Exp", "x");
    source_node(s, "y", "Mul", "a b");
}

/* Layers in channels-last order between convolutions, as converters leave them. */
static void turn(rq_framework_model *s, const char *out, const char *in, bool last)
{
    rq_framework_node *node = source_node(s, out, "Transpose", in);
    if (last)
        SOURCE_LIST(s, node, "perm", 0, 2, 3, 1);
    else
        SOURCE_LIST(s, node, "perm", 0, 3, 1, 2);
}

static void turned_bn(rq_framework_model *s)
{
    input4(s);
    conv(s, "c", "x", 1, 1);
    turn(s, "l", "c", true);
    source_weights(s, "k", DIMS(1, 1, 1, 4), 5, true);
    source_weights(s, "b", DIMS(4), 6, false);
    source_node(s, "m", "Mul", "l k");
    source_node(s, "a", "Add", "m b");
    turn(s, "y", "a", false);
}

/* Both branches of a sum, one of them through a pad and two joined halves. */
static void turned_block(rq_framework_model *s)
{
    input4(s);
    conv(s, "c", "x", 1, 0);
    turn(s, "l", "c", true);
    SOURCE_INTS(s, "pads", 0, 1, 0, 0, 0, 1, 2, 0);
    source_node(s, "p", "Pad", "l pads");
    turn(s, "t", "x", true);
    source_node(s, "e", "Exp", "t");
    source_node(s, "q", "Sigmoid", "p");
    rq_framework_node *joined = source_node(s, "j", "Concat", "q q");
    assert_ok(rq_framework_model_add_int(s, joined, "axis", 1));
    rq_framework_node *both = source_node(s, "k", "Concat", "e e");
    assert_ok(rq_framework_model_add_int(s, both, "axis", -3));
    SOURCE_INTS(s, "more", 0, 0, 0, 0, 0, -4, 0, 0);
    source_node(s, "s", "Pad", "k more");
    source_node(s, "r", "Pad", "j more");
    source_node(s, "a", "Add", "r s");
    turn(s, "y", "a", false);
}

static void turned_mean(rq_framework_model *s)
{
    input4(s);
    conv(s, "c", "x", 1, 1);
    turn(s, "l", "c", true);
    source_node(s, "r", "Exp", "l");
    rq_framework_node *node = source_node(s, "y", "ReduceMean", "r");
    SOURCE_LIST(s, node, "axes", 1, 2);
    assert_ok(rq_framework_model_add_int(s, node, "keepdims", 0));
}

/* An image, channels last, that is scaled, shifted and padded in that order before a convolution.
 */
static void turned_input(rq_framework_model *s)
{
    source_input(s, "x", DIMS(1, 6, 6, 4));
    source_weights(s, "k", DIMS(4), 5, true);
    source_weights(s, "b", DIMS(1, 1, 4), 6, false);
    SOURCE_INTS(s, "pads", 0, 1, 0, 0, 0, 1, 2, 0);
    source_node(s, "q", "Pad", "x pads");
    source_node(s, "m", "Mul", "q k");
    source_node(s, "a", "Add", "m b");
    turn(s, "t", "a", false);
    conv(s, "y", "t", 1, 0);
}

/* Halves of an image, channels last, with a convolution each. */
static void turned_halves(rq_framework_model *s)
{
    source_input(s, "x", DIMS(1, 6, 6, 8));
    rq_framework_node *split = NULL;
    assert_ok(rq_framework_model_add_node(&split, s, "s", "Split", 1, 2));
    split->in[0] = "x";
    split->out[0] = "p";
    split->out[1] = "q";
    assert_ok(rq_framework_model_add_int(s, split, "axis", -1));
    turn(s, "pt", "p", false);
    turn(s, "qt", "q", false);
    source_weights(s, "w0", DIMS(4, 4, 3, 3), 3, false);
    source_weights(s, "w1", DIMS(4, 4, 3, 3), 4, false);
    source_node(s, "c", "Conv", "pt w0");
    source_node(s, "d", "Conv", "qt w1");
    assert_ok(rq_framework_model_add_int(s, source_node(s, "y", "Concat", "c d"), "axis", 1));
}

/* What is added is read in its own order, too: it stays. */
static void turned_beside(rq_framework_model *s)
{
    source_input(s, "x", DIMS(1, 6, 6, 4));
    source_node(s, "a", "Exp", "x");
    turn(s, "t", "a", false);
    conv(s, "c", "t", 1, 1);
    turn(s, "l", "c", true);
    source_node(s, "e", "Softmax", "a");
    source_node(s, "y", "Add", "e l");
}

/* No other Transpose is to come: nothing is gained by moving it. */
static void turned_end(rq_framework_model *s)
{
    input4(s);
    turn(s, "l", "x", true);
    source_node(s, "y", "Exp", "l");
}

static void sum_along(rq_framework_model *s, const char *out, const char *in, int64_t axis)
{
    SOURCE_INTS(s, "axes", axis);
    rq_framework_node *node = source_node(s, out, "ReduceSum", in);
    assert_ok(rq_framework_model_add_int(s, node, "keepdims", 0));
}

/* Sums of a column that become a row before or behind them: OpenVINO would leave a column. */
static void row_of_sums(rq_framework_model *s)
{
    source_input(s, "x", DIMS(2, 3, 1));
    SOURCE_LIST(s, source_node(s, "t", "Transpose", "x"), "perm", 2, 1, 0);
    sum_along(s, "y", "t axes", -1);
}

static void sums_as_row(rq_framework_model *s)
{
    source_input(s, "x", DIMS(2, 3, 1));
    sum_along(s, "r", "x axes", 0);
    SOURCE_INTS(s, "row", 1, 3);
    source_node(s, "y", "Reshape", "r row");
}

static void sums_transposed(rq_framework_model *s)
{
    source_input(s, "x", DIMS(2, 3, 1, 4));
    sum_along(s, "r", "x axes", 0);
    SOURCE_LIST(s, source_node(s, "y", "Transpose", "r"), "perm", 1, 0, 2);
}

/* Elements change their places. */
static void sums_of_turned(rq_framework_model *s)
{
    source_input(s, "x", DIMS(2, 3, 4));
    SOURCE_LIST(s, source_node(s, "t", "Transpose", "x"), "perm", 2, 1, 0);
    sum_along(s, "y", "t axes", -1);
}

static const pass_case cases[] = {
    {"convolution and batch normalisation", conv_bn, "Multiply", "Add"},
    {"grouped convolution and batch normalisation", group_conv_bn, "Multiply", "Add"},
    {"batch normalisation and convolution", bn_conv, "Multiply", "Add"},
    {"factor before a grouped convolution", scaled_group_conv, "Multiply", NULL},
    {"convolution with two readers", shared_conv, "", "Multiply"},
    {"transposed convolution and factor", deconv_scale, "Multiply", NULL},
    {"product and factor per column", mat_mul_scale, "Multiply", NULL},
    {"product and factor per row", mat_mul_rows, "", "Multiply"},
    {"chain of four", chain, "Subtract Divide", "Multiply"},
    {"pad and convolution", padded_conv, "Pad", NULL},
    {"pad with ones and convolution", padded_with_ones, "", "Pad"},
    {"Swish", swish, "Sigmoid Multiply", "Swish"},
    {"HSwish", hswish, "Clamp Multiply Divide Add", "HSwish"},
    {"no HSwish", not_hswish, "HSwish", "Clamp"},
    {"Mish", mish, "Tanh SoftPlus Multiply", "Mish"},
    {"Gelu", gelu, "Erf Multiply Divide Add", "Gelu"},
    {"PReLU of Keras", keras_prelu, "ReLU Negative Multiply Add", "PReLU"},
    {"PReLU of halves", halved_prelu, "ReLU Abs Multiply Subtract Add", "PReLU"},
    {"PReLU of bounds", bounded_prelu, "Maximum Minimum Multiply Subtract", "PReLU"},
    {"the greater of x and a part of it", leaky, "Maximum Multiply", "PReLU"},
    {"the greater of x and its double", steep, "PReLU", "Maximum"},
    {"no PReLU", not_prelu, "PReLU", "Exp"},
    {"slopes that stretch", stretching_prelu, "PReLU", "Negative"},
    {"NormalizeL2", l2_norm, "ReduceSum Sqrt Multiply Divide Add", "NormalizeL2"},
    {"NormalizeL2, inverse", l2_norm_inverse, "ReduceSum Sqrt Multiply Divide Maximum",
     "NormalizeL2"},
    {"NormalizeL2, clipped", l2_norm_clipped, "ReduceL2 Clamp Maximum Divide Broadcast",
     "NormalizeL2"},
    {"no NormalizeL2", not_l2_norm, "NormalizeL2", "Exp"},
    {"MVN", layer_norm, "ReduceMean Sqrt Power", "MVN"},
    {"MVN of Keras", keras_layer_norm, "ReduceMean Power Negative", "MVN"},
    {"MVN of TensorFlow", tf_layer_norm, "ReduceMean Power Subtract", "MVN"},
    {"MVN of what is centred", centred_layer_norm, "ReduceMean Power Subtract", "MVN"},
    {"no MVN: other axes", not_layer_norm, "MVN", "Power"},
    {"no MVN: mean added", plus_mean, "MVN", "Power"},
    {"Gelu of the complement", gelu_of_complement, "Erf Multiply Subtract Negative", "Gelu"},
    {"product of rows", product_of_rows, "Reshape", "MatMul"},
    {"product of other rows", product_of_other_rows, "", "MatMul"},
    {"mean, dimensions put back", mean_put_back, "Reshape", "ReduceMean"},
    {"two concats", concats, "", "Concat"},
    {"image turned behind scale and pad", turned_input, "Multiply", "Transpose"},
    {"halves turned", turned_halves, "Split Concat", "Transpose"},
    {"image turned beside", turned_beside, "", "Exp"},
    {"attention", attention, "SoftMax MatMul Transpose", "ScaledDotProductAttention"},
    {"split, convolutions, concat", split_convs, "Split Concat Convolution", "GroupConvolution"},
    {"stride of a 1x1 convolution", strided, "", "ReLU"},
    {"transpose and product", turned_product, "Transpose", "MatMul"},
    {"two transposes", transposes, "Transpose", NULL},
    {"batch normalization between transposes", turned_bn, "Transpose Multiply", "Add"},
    {"a sum between transposes", turned_block, "Transpose", "Add"},
    {"a mean behind a transpose", turned_mean, "Transpose", "ReduceMean"},
    {"a transpose that stays", turned_end, "", "Transpose"},
    {"a row of sums", row_of_sums, "", "Squeeze"},
    {"sums as a row", sums_as_row, "", "Squeeze"},
    {"sums transposed", sums_transposed, "", "Squeeze"},
    {"sums of what is turned", sums_of_turned, "Squeeze", "ReduceSum"},
    {"two reshapes", reshapes, "Reshape", NULL},
    {"times 1, plus 0", neutral, "Multiply Add", NULL},
    {"slice backwards", backwards, "", "Slice"},
    {"equal layers", twins, "", "Exp"},
};

static void import_case(import_run *r, const pass_case *c, bool disable_fusing)
{
    const rq_import_options options = {.disable_fusing = disable_fusing};
    rq_import_result result;
    *r = (import_run){.source = source_begin(13)};
    c->build(r->source);
    assert_ok(rq_framework_model_add_output(r->source, "y"));
    assert_ok(rq_import_graph(&result, r->source, &options));
    assert_int_equal(result.n_unmapped, 0);
    r->graph = result.graph;
    import_run_graph(r);
}

static void check_types(const import_run *r, const pass_case *c)
{
    char gone[128], *rest = NULL;
    snprintf(gone, sizeof gone, "%s", c->gone);
    for (char *type = strtok_r(gone, " ", &rest); type; type = strtok_r(NULL, " ", &rest))
        if (import_count(r, type)) fail_msg("%s: there is a %s", c->name, type);
    if (c->made && import_count(r, c->made) != 1)
        fail_msg("%s: there are %zu layers %s", c->name, import_count(r, c->made), c->made);
}

/* Sums are taken in another order, in f32: some units in the last place of the largest terms. */
#define TOLERANCE 2e-5

static void test_passes_keep_the_function(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        import_run plain, fused;
        float x[1024];
        import_case(&plain, &cases[i], true);
        import_case(&fused, &cases[i], false);
        check_types(&fused, &cases[i]);
        check_layer_names(fused.graph, fused.source, cases[i].name);
        for (uint32_t seed = 1; seed <= 4; seed++) {
            import_fill(x, 1024, seed);
            for (size_t k = 0; k < 1024; k++) x[k] *= (float)seed;
            const rq_tensor *want = import_compute(&plain, x), *got = import_compute(&fused, x);
            assert_true(rq_shape_equal(&want->shape, &got->shape));
            assert_near_f32(got->data, want->data, rq_tensor_count(want), TOLERANCE, TOLERANCE);
        }
        import_close(&plain);
        import_close(&fused);
    }
}

/* The fused layer has the name, and its output the tensor names, of what it does the work of. */
static void test_names_survive(void **state)
{
    import_run r;
    (void)state;
    import_case(&r, &(pass_case){.build = conv_bn}, false);
    assert_non_null(rq_graph_find(r.graph, "y"));
    assert_int_not_equal(rq_graph_find_value(r.graph, "y"), RQ_NONE);
    assert_string_equal(rq_graph_find(r.graph, "y")->type, "Add");
    import_close(&r);
}

/* "conv=Convolution": of each pass, what bears which of the framework's names afterwards. */
static void test_names_of_each_pass(void **state)
{
    static const struct {
        const char *pass;
        void (*build)(rq_framework_model *s);
        const char *name, *type;
    } rows[] = {
        {"linear", conv_bn, "c", "Convolution"},
        {"linear", group_conv_bn, "c", "GroupConvolution"},
        {"linear", deconv_scale, "c", "ConvolutionBackpropData"},
        {"linear", mat_mul_scale, "m", "MatMul"},
        {"linear_form", chain, "y", "Add"},
        {"forward", bn_conv, "y", "Convolution"},
        {"forward", scaled_group_conv, "y", "GroupConvolution"},
        {"pad", padded_conv, "y", "Convolution"},
        {"activation", hswish, "y", "HSwish"},
        {"prelu", keras_prelu, "y", "PReLU"},
        {"normalize", l2_norm, "y", "NormalizeL2"},
        {"norm", layer_norm, "y", "MVN"},
        {"moments", keras_layer_norm, "y", "Add"},
        {"product", product_of_rows, "p", "MatMul"},
        {"rise", turned_input, "y", "Convolution"},
        {"attention", attention, "y", "ScaledDotProductAttention"},
        {"group", split_convs, "c", "GroupConvolution"},
        {"stride", strided, "c", "Convolution"},
        {"transpose", turned_product, "y", "MatMul"},
        {"sink", turned_bn, "c", "Convolution"},
        {"sink", turned_mean, "r", "Exp"},
        {"turned", row_of_sums, "y", "ReduceSum"},
        {"share", twins, "y", "Multiply"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        import_run r;
        import_case(&r, &(pass_case){.build = rows[i].build}, false);
        const rq_node *node = rq_graph_find(r.graph, rows[i].name);
        if (!node || strcmp(node->type, rows[i].type) != 0)
            fail_msg("%s: '%s' is %s, not %s", rows[i].pass, rows[i].name,
                     node ? node->type : "gone", rows[i].type);
        import_close(&r);
    }
}

/* [1,C,1,1], where programs that correct biases look for it. */
static void test_bias_has_all_axes(void **state)
{
    static const int64_t want[] = {1, 4, 1, 1};
    import_run r;
    (void)state;
    import_case(&r, &(pass_case){.build = conv_bn}, false);
    const rq_node *add = rq_graph_find(r.graph, "y");
    const rq_shape *bias = &r.graph->values[add->in[1]]->shape;
    assert_int_equal(bias->rank, 4);
    assert_memory_equal(bias->d, want, sizeof want);
    import_close(&r);
}

/* The stride is where the work is. */
static void test_stride_moves_up(void **state)
{
    import_run r;
    (void)state;
    import_case(&r, &(pass_case){.build = strided}, false);
    const rq_node *last = rq_graph_find(r.graph, "y"), *first = rq_graph_find(r.graph, "c");
    assert_string_equal(rq_node_attr(last, "strides"), "1,1");
    assert_string_equal(rq_node_attr(first, "strides"), "2,2");
    assert_int_equal(r.graph->values[first->out[0]]->shape.d[2], 3);
    import_close(&r);
}

/* -- preprocessing --------------------------------------------------------------------------- */

static void three_channels(rq_framework_model *s, bool padded)
{
    source_input(s, "x", DIMS(1, 3, 5, 5));
    source_weights(s, "w", DIMS(4, 3, 3, 3), 3, false);
    rq_framework_node *node = source_node(s, "y", "Conv", "x w");
    if (padded) SOURCE_LIST(s, node, "pads", 1, 1, 1, 1);
    assert_ok(rq_framework_model_add_output(s, "y"));
}

static void import_prepared(import_run *r, bool padded, const rq_prepare *prepare)
{
    const rq_import_options options = {.prepare = *prepare};
    rq_import_result result;
    *r = (import_run){.source = source_begin(13)};
    three_channels(r->source, padded);
    assert_ok(rq_import_graph(&result, r->source, &options));
    r->graph = result.graph;
    import_run_graph(r);
}

/* Reversed first, then the mean, then the scale, numbers in the order of the model's channels. */
static void test_preprocessing_in_order(void **state)
{
    static const float mean[] = {10.0f, 20.0f, 30.0f}, scale[] = {2.0f, 4.0f, 5.0f};
    const rq_prepare prepare = {
        .mean_values = "(10,20,30)", .scale_values = "x(2,4,5)", .reverse_input_channels = true};
    float x[75], y[75];
    (void)state;
    import_fill(x, 75, 9);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 25; i++) y[c * 25 + i] = (x[(2 - c) * 25 + i] - mean[c]) / scale[c];
    for (int padded = 0; padded < 2; padded++) {
        import_run plain, prepared;
        import_prepared(&plain, padded, &(rq_prepare){0});
        import_prepared(&prepared, padded, &prepare);
        assert_int_equal(import_count(&prepared, "Gather"), 0);
        assert_int_equal(import_count(&prepared, "Multiply"), 0);
        const rq_tensor *want = import_compute(&plain, y), *got = import_compute(&prepared, x);
        assert_near_f32(got->data, want->data, rq_tensor_count(want), TOLERANCE, TOLERANCE);
        assert_string_equal(rq_graph_rt_info(prepared.graph, "requant/preprocessing/mean_values"),
                            "(10,20,30)");
        import_close(&plain);
        import_close(&prepared);
    }
}

/* Bytes are fed to a model of floats: converted first, then prepared. */
static void test_fed_type(void **state)
{
    const rq_import_options options = {.prepare = {.mean_values = "(10,20,30)", .scale = 2.0}};
    rq_import_result result;
    rq_cut_list cuts;
    uint8_t bytes[75];
    float x[75];
    import_run plain, fed = {.source = source_begin(13)};
    (void)state;
    import_fill(x, 75, 9);
    for (int i = 0; i < 75; i++) x[i] = bytes[i] = (uint8_t)(127.0f + 127.0f * x[i]);
    import_prepared(&plain, true, &options.prepare);
    three_channels(fed.source, true);
    assert_ok(rq_cut_parse(&cuts, fed.source->arena, "x{u8}"));
    assert_ok(rq_cut_inputs(fed.source, &cuts));
    assert_ok(rq_import_graph(&result, fed.source, &options));
    fed.graph = result.graph;
    import_run_graph(&fed);
    assert_int_equal(rq_model_input(fed.model, 0)->dtype, RQ_DT_U8);
    const rq_tensor *want = import_compute(&plain, x);
    const rq_tensor *got = import_compute(&fed, (const float *)(void *)bytes);
    assert_near_f32(got->data, want->data, rq_tensor_count(want), TOLERANCE, TOLERANCE);
    import_close(&plain);
    import_close(&fed);
}

static void assert_refused(const rq_prepare *prepare, const char *why)
{
    rq_import_result result;
    rq_framework_model *s = source_begin(13);
    three_channels(s, false);
    const rq_import_options options = {.prepare = *prepare};
    assert_fails(rq_import_graph(&result, s, &options), RQ_EARG, why);
    rq_framework_model_destroy(&s);
}

static void test_preprocessing_refused(void **state)
{
    (void)state;
    assert_refused(&(rq_prepare){.mean_values = "(1,2)"}, "2 numbers for input 'x'");
    assert_refused(&(rq_prepare){.mean_values = "z(1,2,3)"}, "no input 'z'");
    assert_refused(&(rq_prepare){.mean_values = "1,2"}, "2 numbers for input 'x'");
    assert_refused(&(rq_prepare){.mean_values = "x(1,2,3"}, "in brackets");
    assert_refused(&(rq_prepare){.mean_values = "1,2,a"}, "mean_values '1,2,a': expected");
    assert_refused(&(rq_prepare){.scale_values = "(1,0,3)"}, "a scale of 0");
    assert_refused(&(rq_prepare){.scale_values = "(1,1e-39,3)"}, "scale_values: a scale of 1e-39");
    assert_refused(&(rq_prepare){.scale_values = "(1e308)"}, "scale_values '(1e308)': expected");
    assert_refused(&(rq_prepare){.mean_values = "(1,2,1e308)"}, "mean_values '(1,2,1e308)'");
    assert_refused(&(rq_prepare){.layout = "nhw->nwh"}, "layout");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes_keep_the_function),
        cmocka_unit_test(test_names_survive),
        cmocka_unit_test(test_names_of_each_pass),
        cmocka_unit_test(test_bias_has_all_axes),
        cmocka_unit_test(test_stride_moves_up),
        cmocka_unit_test(test_preprocessing_in_order),
        cmocka_unit_test(test_fed_type),
        cmocka_unit_test(test_preprocessing_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
