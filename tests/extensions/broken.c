/* A library whose table is wrong, in the way that BROKEN numbers: tests/unit/test_ops_extension.c.
 */
#include "engine/ops/requant_extension.h"

static int none(const rq_x_value *attrs, size_t n_in, const rq_x_tensor *in, size_t n_out,
                rq_x_tensor *out)
{
    (void)attrs, (void)n_in, (void)in, (void)n_out, (void)out;
    return 0;
}

#if BROKEN == 5
static const rq_x_attr of_no_kind[] = {{"a", NULL, 99, NULL}};
#endif

#define OP(type_, opset_, ...)                                                                     \
    {                                                                                              \
        .type = type_, .opset = opset_, .min_in = 1, .max_in = 1, .n_out = 1, .infer = none,       \
        .run = none, __VA_ARGS__                                                                   \
    }
extern const rq_x_op ops[];
const rq_x_op ops[] = {
#if BROKEN == 3
    OP("ReLU", "extension", .n_attrs = 0),
#elif BROKEN == 4
    OP("TestBroken", "opset8", .n_attrs = 0),
#elif BROKEN == 5
    OP("TestBroken", "extension", .n_attrs = 1, .attrs = of_no_kind),
#elif BROKEN == 6
    {.type = "TestBroken", .opset = "extension", .n_out = 1, .infer = none},
#elif BROKEN == 7
    {.type = "TestBroken",
     .opset = "extension",
     .max_in = 1000,
     .n_out = 1,
     .infer = none,
     .run = none},
#elif BROKEN == 8
    OP("TestBroken", "extension", .n_attrs = 0),
    OP("TestBroken", "extension", .n_attrs = 0),
#elif BROKEN == 9
    OP("Test/Broken", "extension", .n_attrs = 0),
#elif BROKEN == 10
    OP("TestScale", "extension", .n_attrs = 0), /* of sample.c */
#else
    OP("TestBroken", "extension", .n_attrs = 0),
#endif
};

#if BROKEN != 0
const rq_x_library *rq_extension(void)
{
    static const rq_x_library library = {.abi = BROKEN == 1 ? RQ_X_ABI + 1 : RQ_X_ABI,
                                         .n_ops =
                                             BROKEN == 2 ? 0 : (uint32_t)(sizeof ops / sizeof *ops),
                                         .ops = ops};
    return &library;
}
#endif
