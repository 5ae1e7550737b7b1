/* Placements as targets want them, on small graphs whose answer is known by hand. */
#include "tests/unit/test.h"

#include "quant/placement/target_placement.h"
#include "tests/unit/graph_builder.h"

typedef struct fixture {
    rq_graph *g;
    rq_bound *bound;
    rq_placement *placement;
} fixture;

static void place(fixture *f, rq_target target)
{
    rq_ignored_scope scope = {0};
    assert_ok(rq_bind(&f->bound, f->g, NULL, 0));
    assert_ok(rq_target_scope(&scope, f->bound, target, f->g->arena));
    assert_ok(
        rq_placement_create(&f->placement, f->bound, RQ_PRECISION_INT8, RQ_INT8_VNNI, &scope));
    assert_ok(rq_target_fit_placement(f->placement, f->bound, NULL, target));
}

static void close_fixture(fixture *f)
{
    rq_placement_destroy(&f->placement);
    rq_bound_destroy(&f->bound);
    rq_graph_destroy(&f->g);
}

static const rq_point *point_of(const fixture *f, rq_id value)
{
    for (size_t i = 0; i < f->placement->n_points; i++)
        if (f->placement->points[i].value == value) return &f->placement->points[i];
    fail_msg("no point");
    return NULL;
}

/* A depthwise convolution, whose input may have a range per channel. */
static rq_id build_depthwise(fixture *f)
{
    assert_ok(rq_graph_create(&f->g, "test"));
    rq_id x = build_input(f->g, "x", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    rq_id w = build_weights(f->g, "w", SHAPE(4, 1, 1, 3, 3));
    build_result(f->g, build(f->g, "dw", "GroupConvolution", ATTRS(WINDOW), INPUTS(x, w)));
    return x;
}

static void gpu_takes_ranges_per_tensor(void **state)
{
    (void)state;
    const rq_target targets[] = {RQ_TARGET_CPU, RQ_TARGET_GPU, RQ_TARGET_NPU};
    const int axes[] = {1, -1, 1};
    for (size_t i = 0; i < 3; i++) {
        fixture f = {0};
        rq_id x = build_depthwise(&f);
        place(&f, targets[i]);
        assert_int_equal(point_of(&f, x)->axis, axes[i]);
        close_fixture(&f);
    }
}

/* Two convolutions, added, and a third that reads the sum. */
static void npu_joins_operands(void **state)
{
    (void)state;
    for (int npu = 0; npu < 2; npu++) {
        fixture f = {0};
        assert_ok(rq_graph_create(&f.g, "test"));
        rq_id x = build_input(f.g, "x", RQ_DT_F32, SHAPE(1, 4, 8, 8));
        rq_id a = build_conv(f.g, "a", x, 4, 4, 1), b = build_conv(f.g, "b", x, 4, 4, 1);
        rq_id sum = build(f.g, "sum", "Add", NO_ATTRS, INPUTS(a, b));
        build_result(f.g, build_conv(f.g, "conv", sum, 4, 4, 1));
        place(&f, npu ? RQ_TARGET_NPU : RQ_TARGET_CPU);
        bool joint = point_of(&f, a)->group == point_of(&f, b)->group;
        assert_int_equal(joint, npu);
        close_fixture(&f);
    }
}

/* Input channels in fours, output channels in sixteens, and no zero point. */
static void gpu_has_few_transposed_convolutions(void **state)
{
    (void)state;
    for (int64_t outputs = 8; outputs <= 16; outputs += 8) {
        fixture f = {0};
        assert_ok(rq_graph_create(&f.g, "test"));
        rq_id x = build_input(f.g, "x", RQ_DT_F32, SHAPE(1, 4, 8, 8));
        rq_id w = build_weights(f.g, "w", SHAPE(4, outputs, 2, 2));
        rq_id y = build(f.g, "up", "ConvolutionBackpropData", ATTRS(WINDOW), INPUTS(x, w));
        build_result(f.g, y);
        place(&f, RQ_TARGET_GPU);
        const char *reason = f.placement->ignored[f.g->values[y]->producer];
        assert_int_equal(reason != NULL, outputs == 8);
        if (reason)
            assert_non_null(strstr(reason, "GPU"));
        else
            assert_int_equal(point_of(&f, x)->codes, RQ_CODES_SYMMETRIC);
        close_fixture(&f);
    }
}

static void npu_wants_static_shapes(void **state)
{
    (void)state;
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "test"));
    build_input(g, "x", RQ_DT_F32, SHAPE(RQ_DYNAMIC, 4));
    assert_ok(rq_target_check_shapes(g, RQ_TARGET_CPU, NULL, 0));
    assert_fails(rq_target_check_shapes(g, RQ_TARGET_NPU, NULL, 0), RQ_EARG,
                 "add --static and a size, for images such as --static --resize 224x224");
    const rq_input_shape known = {"x", SHAPE(1, 8)};
    assert_fails(rq_target_check_shapes(g, RQ_TARGET_NPU, &known, 1), RQ_EARG,
                 "add --static, which makes it [1,8]");
    rq_graph_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gpu_takes_ranges_per_tensor),
        cmocka_unit_test(npu_joins_operands),
        cmocka_unit_test(gpu_has_few_transposed_convolutions),
        cmocka_unit_test(npu_wants_static_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
