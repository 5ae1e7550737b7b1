/* Operators for the tests: one that works, and others that answer what they must not. */
#include "engine/ops/requant_extension.h"

static int same(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                rq_x_tensor *out)
{
    (void)attrs, (void)n_in;
    for (size_t i = 0; i < n_out; i++) out[i] = in[0];
    return 0;
}

static int later(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                 rq_x_tensor *out)
{
    same(attrs, n_in, in, n_out, out);
    return RQ_X_LATER;
}

static int code(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                rq_x_tensor *out)
{
    (void)attrs, (void)n_in, (void)in, (void)n_out, (void)out;
    return 7;
}

static const char *explain(int number)
{
    return number == 7 ? "seven" : NULL;
}

static int nothing(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                   rq_x_tensor *out)
{
    (void)attrs, (void)n_in, (void)in, (void)n_out, (void)out;
    return 0;
}

static int rank_99(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                   rq_x_tensor *out)
{
    same(attrs, n_in, in, n_out, out);
    out[0].rank = 99;
    return 0;
}

static int huge(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                rq_x_tensor *out)
{
    same(attrs, n_in, in, n_out, out);
    out[0].rank = 3;
    out[0].dims[0] = out[0].dims[1] = out[0].dims[2] = INT64_C(1) << 40;
    return 0;
}

static int negative(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                    rq_x_tensor *out)
{
    same(attrs, n_in, in, n_out, out);
    out[0].dims[0] = -3;
    return 0;
}

static int type_77(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                   rq_x_tensor *out)
{
    same(attrs, n_in, in, n_out, out);
    out[0].type = 77;
    return 0;
}

/* y = factor * x + the sum of `offsets`. */
static int scale(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                 rq_x_tensor *out)
{
    const float *x = in[0].data;
    float *y = out[0].data;
    double offset = 0;
    (void)n_in, (void)n_out;
    for (size_t i = 0; i < attrs[1].floats.n; i++) offset += attrs[1].floats.v[i];
    for (int64_t i = 0; i < rq_x_count(&in[0]); i++) y[i] = (float)(attrs[0].f * x[i] + offset);
    return 0;
}

/* As many zeros as the input, a scalar of i64, says. */
static int count_zeros(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                       rq_x_tensor *out)
{
    (void)attrs, (void)n_in, (void)n_out;
    out[0].type = RQ_X_F32;
    if (!in[0].data) return RQ_X_LATER;
    out[0].rank = 1;
    out[0].dims[0] = *(const int64_t *)in[0].data;
    return 0;
}

static int put_zeros(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                     rq_x_tensor *out)
{
    float *y = out[0].data;
    (void)attrs, (void)n_in, (void)n_out, (void)in;
    for (int64_t i = 0; i < out[0].dims[0]; i++) y[i] = 0;
    return 0;
}

static const rq_x_attr attrs[] = {
    {"factor", "alpha", RQ_X_FLOAT, "2"},
    {"offsets", NULL, RQ_X_FLOATS, ""},
};
static const char *const from[] = {"onnx:com.example:TestScale", "tf:TestScale", "caffe:TestScale",
                                   NULL};

#define ONE_TO_ONE(type_, infer_, run_)                                                            \
    {                                                                                              \
        .type = type_, .opset = "extension", .min_in = 1, .max_in = 1, .n_out = 1,                 \
        .infer = infer_, .run = run_                                                               \
    }
static const rq_x_op ops[] = {
    {.type = "TestScale",
     .opset = "extension",
     .from = from,
     .attrs = attrs,
     .n_attrs = 2,
     .min_in = 1,
     .max_in = 1,
     .n_out = 1,
     .infer = same,
     .run = scale},
    ONE_TO_ONE("TestZeros", count_zeros, put_zeros),
    ONE_TO_ONE("TestLater", later, nothing),
    ONE_TO_ONE("TestCode", code, nothing),
    ONE_TO_ONE("TestNothing", nothing, nothing),
    ONE_TO_ONE("TestRank", rank_99, nothing),
    ONE_TO_ONE("TestHuge", huge, nothing),
    ONE_TO_ONE("TestNegative", negative, nothing),
    ONE_TO_ONE("TestType", type_77, nothing),
    ONE_TO_ONE("TestRunCode", same, code),
};

const rq_x_library *rq_extension(void)
{
    static const rq_x_library library = {
        .abi = RQ_X_ABI, .n_ops = sizeof ops / sizeof *ops, .ops = ops, .explain = explain};
    return &library;
}
