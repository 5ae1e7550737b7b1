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

/* What is said of outputs goes by how near they are. */
static void outputs_of_a_deployment_are_as_near_as_they_are(void **state)
{
    (void)state;
    static const struct {
        double between, quantization;
        const char *said;
    } cases[] = {{30, 20, "nearly the same outputs as requant: SQNR 30.0 dB"},
                 {30, NAN, "nearly the same outputs as requant: SQNR 30.0 dB"},
                 {30, 28, "about as much as quantizing changed them (28.0 dB): SQNR 30.0 dB"},
                 {11.9, 7.6, "outputs that differ from requant's about as much"},
                 {13.4, 3.1, "less than half as much as quantizing changed them (3.1 dB)"},
                 {11.9, 40, "other outputs than requant: SQNR 11.9 dB"},
                 {INFINITY, 20, "the same outputs as requant"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_report_note notes[1];
        rq_report_deployment row = {.runtime = "OpenVINO 2026",
                                    .output = "y",
                                    .images = 8,
                                    .sqnr_db = cases[i].between,
                                    .quantization_sqnr_db = cases[i].quantization};
        rq_report report = {.deployment = &row, .n_deployment = 1, .notes = notes};
        rq_arena *arena;
        assert_ok(rq_arena_create(&arena));
        assert_ok(rq_report_note_deployment(&report, arena));
        assert_int_equal(report.n_notes, 1);
        assert_non_null(strstr(notes[0].text, cases[i].said));
        rq_arena_destroy(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(precision_is_the_end_of_a_name),
        cmocka_unit_test(what_ran_in_float_is_a_warning),
        cmocka_unit_test(outputs_of_a_deployment_are_as_near_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
