/* Which activations get a zero point: with the preset auto those that reach far to one side. */
#include "tests/unit/test.h"

#include "engine/exec/exec.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_performance_is_symmetric),
        cmocka_unit_test(test_auto_follows_the_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
