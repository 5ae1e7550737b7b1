/* The limit of instructions: what it lets kernels use, and that it does not change under them. */
#include "tests/unit/test.h"

#include "engine/base/cpu.h"
#include "engine/base/dnnl_library.h"

static void test_limit_holds_for_all_kernels(void **state)
{
    (void)state;
    if (!rq_cpu_has(RQ_ISA_AVX2)) skip();
    setenv("ONEDNN_MAX_CPU_ISA", "SSE41", 1);
    assert_int_equal(rq_cpu_limit(RQ_ISA_AVX2), RQ_OK);
    assert_true(rq_cpu_has(RQ_ISA_AVX2));
    assert_false(rq_cpu_has(RQ_ISA_AVX512));
    assert_false(rq_cpu_has(RQ_ISA_VNNI));
    assert_int_equal(rq_dnn_isa(), dnnl_cpu_isa_avx2);
    assert_int_equal(rq_cpu_settle(), RQ_ISA_AVX2);
}

static void test_limit_stays_under_kernels(void **state)
{
    (void)state;
    if (!rq_cpu_has(RQ_ISA_AVX2)) skip();
    assert_fails(rq_cpu_limit(RQ_ISA_SSE41), RQ_EARG, "chosen for AVX2");
    assert_int_equal(rq_cpu_limit(RQ_ISA_AVX2), RQ_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_holds_for_all_kernels),
        cmocka_unit_test(test_limit_stays_under_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
