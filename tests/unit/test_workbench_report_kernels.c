/* What the deployment's runtime ran, beside what the plan says. */
#include "tests/unit/test.h"

#include "engine/workbench/bench/deployed_kernels.h"
#include "engine/workbench/report/report_build.h"
#include "tests/unit/graph_builder.h"

static void precision_is_the_end_of_a_name(void **state)
{
    (void)state;
    assert_string_equal(rq_deployed_kernel_precision("brgconv_avx512_amx_1x1_I8"), "i8");
    assert_string_equal(rq_deployed_kernel_precision("jit_avx2_u8"), "i8");
    assert_string_equal(rq_deployed_kernel_precision("jit_gemm_FP32_f32"), "f32");
    assert_string_equal(rq_deployed_kernel_precision("brgemm_avx512_bf16"), "bf16");
    assert_null(rq_deployed_kernel_precision("undef"));
    assert_null(rq_deployed_kernel_precision("jit_avx512_i32"));
}

static void what_ran_in_float_is_a_warning(void **state)
{
    (void)state;
    static const char *const names[] = {NULL, "ref_i8", "ref_f32", "ref_f32"};
    rq_report_layer layers[] = {{.name = "a", .precision_after = "i8", .reason = "planned"},
                                {.name = "b", .precision_after = "i8", .reason = "planned"},
                                {.name = "c", .precision_after = "f32", .reason = "excluded"},
                                {.name = "gone", .precision_after = "i8"}};
    rq_report_note notes[4];
    rq_report report = {.layers = layers, .n_layers = 4, .notes = notes};
    rq_graph *g;
    rq_arena *arena;
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_graph_create(&g, "net"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 2));
    x = build_relu(g, "a", x);
    x = build_relu(g, "b", x);
    build_result(g, build_relu(g, "c", x));
    const rq_deployment_check check = {.runtime = "OpenVINO 2026", .kernels = names};
    const rq_report_facts facts = {.after = g, .deployment = &check};
    assert_ok(rq_report_build_kernels(&report, &facts, arena));
    assert_string_equal(layers[0].kernel, "ref_i8");
    assert_string_equal(layers[0].precision_after, "i8");
    assert_string_equal(layers[0].reason, "planned");
    assert_string_equal(layers[1].precision_after, "f32");
    assert_string_equal(layers[1].reason, "planned in i8, but OpenVINO 2026 ran ref_f32");
    assert_string_equal(layers[2].reason, "excluded");
    assert_null(layers[3].kernel);
    assert_int_equal(report.n_notes, 1);
    assert_true(notes[0].warning);
    assert_string_equal(notes[0].text, "1 layer that the plan quantizes ran in floating point in "
                                       "OpenVINO 2026: 'b'.");
    rq_graph_destroy(&g);
    rq_arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(precision_is_the_end_of_a_name),
        cmocka_unit_test(what_ran_in_float_is_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
