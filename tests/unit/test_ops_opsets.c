/* Which form of an operator a layer of an opset is. */
#include "tests/unit/test.h"

#include "engine/ops/op.h"

static rq_node layer(const char *type, const char *version)
{
    return (rq_node){.type = type, .version = version};
}

static void later_opsets_have_the_operator(void **state)
{
    (void)state;
    static const struct {
        const char *type, *version;
        int form; /* 0: none */
    } cases[] = {
        {"ReLU", "opset1", 1},      {"ReLU", "opset13", 1},    {"TopK", "opset2", 1},
        {"TopK", "opset5", 3},      {"MVN", "opset16", 6},     {"Swish", "opset4", 4},
        {"Swish", "opset15", 4},    {"Swish", "opset3", 0},    {"AvgPool", "opset13", 1},
        {"AvgPool", "opset15", 14}, {"AvgPool", "opset16", 0}, {"ReLU", "opset18", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_node node = layer(cases[i].type, cases[i].version);
        assert_int_equal(rq_node_op(&node) != NULL, cases[i].form != 0);
        if (cases[i].form) assert_int_equal(rq_node_version(&node), cases[i].form);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(later_opsets_have_the_operator)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
