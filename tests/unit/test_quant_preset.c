/* Which activations get a zero point: with the preset auto those that gain more by it than the
 * deployment's kernels lose. */
#include "tests/unit/test.h"

#include "engine/exec/exec.h"
#include "engine/ops/work.h"
#include "tests/unit/graph_builder.h"
#include "tests/unit/quant_stats.h"

typedef struct ranges {
    float x[2], swish[2], relu[2]; /* low and high of the input, of HSwish and of ReLU */
} ranges;

static void copy_range(float to[2], const rq_quant_plan *plan, const rq_graph *g, const char *type)
{
    for (size_t i = 0; i < plan->n_activations; i++) {
        const rq_plan_activation *a = &plan->activations[i];
        if (strcmp(rq_value_producer(g, a->point.value)->type, type) != 0) continue;
        to[0] = a->low[0];
        to[1] = a->high[0];
        return;
    }
    fail_msg("no range behind %s", type);
}

/* The input lies between -1 and 3; what goes into HSwish is eight times as large. */
static ranges decide(rq_preset preset)
{
    rq_graph *g;
    rq_bound *bound;
    rq_stats *stats;
    rq_quant_plan *plan;
    ranges out;
    rq_node *eight;
    const float factor = 8.0f;
    assert_ok(rq_graph_create(&g, "test"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    rq_shape one = SHAPE(1, 1, 1, 1);
    assert_ok(rq_graph_add_const(&eight, g, "eight", RQ_DT_F32, &one, &factor));
    rq_id a = build_conv(g, "a", x, 4, 4, 1);
    a = build(g, "times", "Multiply", NO_ATTRS, INPUTS(a, eight->out[0]));
    a = build_node(g, "swish", "HSwish", "opset4", NO_ATTRS, INPUTS(a), 1)->out[0];
    rq_id b = build_relu(g, "relu", build_conv(g, "b", a, 4, 4, 1));
    build_result(g, build_conv(g, "c", b, 4, 4, 1));
    gather_stats(&stats, g);
    assert_ok(rq_bind(&bound, g, NULL, 0));
    assert_ok(
        rq_quant_plan_create(&plan, bound, stats, &(rq_plan_options){.preset = preset}, NULL));
    copy_range(out.x, plan, g, "Parameter");
    copy_range(out.swish, plan, g, "HSwish");
    copy_range(out.relu, plan, g, "ReLU");
    rq_quant_plan_destroy(&plan);
    rq_stats_destroy(&stats);
    rq_bound_destroy(&bound);
    rq_graph_destroy(&g);
    return out;
}

static bool is_symmetric(const float range[2])
{
    return fabsf(range[0] + range[1]) < 0.02f * range[1];
}

static void test_performance_is_symmetric(void **state)
{
    (void)state;
    ranges r = decide(RQ_PRESET_PERFORMANCE);
    assert_true(is_symmetric(r.x) && is_symmetric(r.swish));
    assert_true(r.relu[0] == 0.0f);
}

static void test_auto_follows_the_values(void **state)
{
    (void)state;
    ranges r = decide(RQ_PRESET_AUTO), symmetric = decide(RQ_PRESET_PERFORMANCE);
    assert_true(r.swish[0] < 0.0f && -r.swish[0] < 0.5f * r.swish[1]);
    assert_true(r.swish[1] - r.swish[0] < 0.75f * (symmetric.swish[1] - symmetric.swish[0]));
    assert_true(r.x[0] < -0.9f && r.x[0] > -1.1f); /* -1 to 3: a third to the short side */
    assert_true(r.relu[0] == 0.0f && r.relu[1] == symmetric.relu[1]);
}

/* -- what zero points cost ------------------------------------------------------------------- */

typedef struct shifted {
    rq_graph *g;
    rq_bound *bound;
    rq_stats *stats;
    rq_quant_plan *plan;
} shifted;

/* Two convolutions read values from -1.7 to 2.3, one of them behind a pooling: a zero point would
 * make the step 1.2 dB smaller. */
static void open_shifted(shifted *s, rq_zero_point_isa isa)
{
    rq_node *less;
    const float shift = -0.7f;
    assert_ok(rq_graph_create(&s->g, "test"));
    rq_id x = build_input(s->g, "x", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    rq_shape one = SHAPE(1, 1, 1, 1);
    assert_ok(rq_graph_add_const(&less, s->g, "less", RQ_DT_F32, &one, &shift));
    rq_id y = build(s->g, "shift", "Add", NO_ATTRS, INPUTS(x, less->out[0]));
    build_result(s->g, build_conv(s->g, "window", y, 4, 4, 3));
    rq_id pool = build(s->g, "pool", "MaxPool", ATTRS(WINDOW, "kernel", "2,2"), INPUTS(y));
    build_result(s->g, build_conv(s->g, "pointwise", pool, 4, 4, 1));
    gather_stats(&s->stats, s->g);
    assert_ok(rq_bind(&s->bound, s->g, NULL, 0));
    const rq_plan_options options = {.preset = RQ_PRESET_AUTO, .zero_points = isa};
    assert_ok(rq_quant_plan_create(&s->plan, s->bound, s->stats, &options, NULL));
}

static void close_shifted(shifted *s)
{
    rq_quant_plan_destroy(&s->plan);
    rq_stats_destroy(&s->stats);
    rq_bound_destroy(&s->bound);
    rq_graph_destroy(&s->g);
}

static bool is_shifted_symmetric(rq_zero_point_isa isa)
{
    shifted s;
    float range[2] = {0.0f, 0.0f};
    open_shifted(&s, isa);
    copy_range(range, s.plan, s.g, "Add");
    close_shifted(&s);
    return is_symmetric(range);
}

static void test_auto_weighs_the_time(void **state)
{
    (void)state;
    assert_false(is_shifted_symmetric(RQ_ZERO_POINT_VNNI));
    assert_false(is_shifted_symmetric(RQ_ZERO_POINT_AVX2));
    assert_false(is_shifted_symmetric(RQ_ZERO_POINT_ANY));
    assert_true(is_shifted_symmetric(RQ_ZERO_POINT_AMX));
    assert_true(is_shifted_symmetric(RQ_ZERO_POINT_OTHER));
}

/* Readers count by their work: 36 and 4 multiply-accumulates per element that they write. */
static void test_costs_of_readers(void **state)
{
    (void)state;
    shifted s;
    rq_zero_point_cost *costs;
    open_shifted(&s, RQ_ZERO_POINT_AMX);
    double work[2], percent[2];
    const char *const names[] = {"window", "pointwise"};
    for (int i = 0; i < 2; i++) {
        const rq_node *node = rq_graph_find(s.g, names[i]);
        work[i] = rq_work_flops_of(s.bound, node->id);
        percent[i] = rq_zero_point_layer_cost(s.bound, node, RQ_ZERO_POINT_AMX);
    }
    assert_true(percent[0] > percent[1]);
    double mean = (work[0] * percent[0] + work[1] * percent[1]) / (work[0] + work[1]);
    assert_ok(rq_zero_point_costs(&costs, s.bound, s.plan->placement, RQ_ZERO_POINT_AMX));
    assert_int_equal(s.plan->placement->n_points, 1);
    assert_float_equal(costs[0].readers, mean, 1e-9);
    assert_float_equal(costs[0].network, mean, 1e-9); /* there are no others */
    free(costs);
    close_shifted(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_performance_is_symmetric),
        cmocka_unit_test(test_auto_follows_the_values),
        cmocka_unit_test(test_auto_weighs_the_time),
        cmocka_unit_test(test_costs_of_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
