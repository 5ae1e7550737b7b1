/* Scores of one image, their means, and the order that follows from them. */
#include "tests/unit/test.h"

#include "engine/workbench/sensitivity/sensitivity_order.h"
#include "engine/workbench/sensitivity/sensitivity_score.h"
#include "tests/unit/graph_builder.h"
#include "tests/unit/test_report_near.h"

/* -- scores ----------------------------------------------------------------------------------- */

typedef struct net {
    rq_graph *graph;
    rq_bound *bound;
} net;

/* Three classes: numbers, or what a Softmax makes of them. */
static net open_net(bool softmax)
{
    net n;
    assert_ok(rq_graph_create(&n.graph, "classes"));
    rq_id x = build_input(n.graph, "x", RQ_DT_F32, SHAPE(1, 3));
    build_result(n.graph, softmax ? build(n.graph, "p", "SoftMax", ATTRS("axis", "1"), INPUTS(x))
                                  : build_relu(n.graph, "y", x));
    assert_ok(rq_bind(&n.bound, n.graph, NULL, 0));
    return n;
}

static void close_net(net *n)
{
    rq_bound_destroy(&n->bound);
    rq_graph_destroy(&n->graph);
}

static rq_status score(rq_output_score *out, const net *n, float want[3], float got[3],
                       int64_t label)
{
    const rq_scoring scoring = {n->bound, &(double){1}, 0};
    double noise;
    const rq_tensor a = {RQ_DT_F32, SHAPE(1, 3), want}, b = {RQ_DT_F32, SHAPE(1, 3), got};
    return rq_output_score_make(out, &noise, &a, &b, &scoring, NULL, label);
}

static void test_a_score_by_hand(void **state)
{
    net n = open_net(false);
    rq_output_score s;
    (void)state;
    float want[] = {3, 0, 4}, near[] = {3, 0, 4.5f}, other[] = {4, 0, 3}, bad[] = {NAN, 0, 1};
    assert_ok(score(&s, &n, want, near, 2));
    assert_near(s.sqnr_db, 20, 1e-5); /* 1/4 of noise in 25 */
    assert_true(s.there && s.agrees && s.lost == 0);
    assert_ok(score(&s, &n, want, other, 2));
    assert_near(s.cosine, 24.0 / 25, 1e-6);
    assert_false(s.agrees);
    assert_int_equal(s.lost, 1);
    assert_ok(score(&s, &n, want, other, 0));
    assert_int_equal(s.lost, -1); /* what was wrong is right */
    assert_ok(score(&s, &n, want, other, -1));
    assert_int_equal(s.lost, 0);
    assert_ok(score(&s, &n, want, NULL, 2)); /* not affected: the same */
    assert_near(s.sqnr_db, RQ_SCORE_MAX_DB, 0);
    assert_fails(score(&s, &n, want, bad, -1), RQ_EFORMAT, "not finite");
    close_net(&n);
}

/* A layer that spoils one of two outputs alone, and the smaller at that, is not hidden by the
 * other, which stays exact. */
static void test_a_layer_that_reaches_one_output(void **state)
{
    rq_graph *graph;
    rq_bound *bound;
    (void)state;
    assert_ok(rq_graph_create(&graph, "two"));
    rq_id x = build_input(graph, "x", RQ_DT_F32, SHAPE(1, 3));
    build_result(graph, build_relu(graph, "large", x));
    build_result(graph, build_relu(graph, "small", x));
    assert_ok(rq_bind(&bound, graph, NULL, 0));
    const double weights[] = {1, 1};
    const rq_scoring scoring = {bound, weights, 2};
    float large[] = {300, 0, 400}, near_large[] = {300, 0, 405}; /* 40 dB */
    float small[] = {3, 0, 4}, near_small[] = {3, 0, 4.5f};      /* 20 dB */
    rq_tensor want[] = {{RQ_DT_F32, SHAPE(1, 3), large}, {RQ_DT_F32, SHAPE(1, 3), small}};
    rq_tensor both[] = {{RQ_DT_F32, SHAPE(1, 3), near_large}, {RQ_DT_F32, SHAPE(1, 3), near_small}};
    rq_tensor first[] = {both[0], want[1]}, second[] = {want[0], both[1]};
    rq_output_score s;
    double whole[2], noise[2];
    assert_ok(rq_output_score_make(&s, whole, want, both, &scoring, NULL, -1));
    assert_near(s.sqnr_db, 30, 1e-4);
    /* half of the noise of all outputs each: 3 dB less than the whole */
    assert_ok(rq_output_score_make(&s, noise, want, first, &scoring, whole, -1));
    assert_near(s.sqnr_db, 33.01, 1e-2);
    assert_ok(rq_output_score_make(&s, noise, want, second, &scoring, whole, -1));
    assert_near(s.sqnr_db, 33.01, 1e-2);
    rq_bound_destroy(&bound);
    rq_graph_destroy(&graph);
}

/* Probabilities near 0 hide what their logarithms show. */
static void test_softmax_is_compared_as_logits(void **state)
{
    net n = open_net(true);
    rq_output_score s;
    (void)state;
    float want[] = {1, expf(-10), expf(-20)}, got[] = {1, expf(-14), expf(-20)};
    assert_ok(score(&s, &n, want, got, -1));
    /* logits 10, 0, -10 and, less another mean, 34/3, -8/3, -26/3 */
    double noise = (16 + 64 + 16) / 9.0;
    assert_near(s.sqnr_db, 10 * log10(200 / noise), 1e-3);
    close_net(&n);
}

static void test_means_over_images(void **state)
{
    (void)state;
    const rq_output_score anchor[] = {{true, 10, 1, true, 0},
                                      {true, 20, 1, true, 0},
                                      {true, 60, 1, true, 0},
                                      {false, 0, 0, false, 0}};
    const rq_output_score scores[] = {{true, 13, 0.9f, true, 0},
                                      {true, 25, 0.7f, false, 1},
                                      {false, 0, 0, false, 0},
                                      {true, 99, 1, true, 0}};
    assert_near(rq_mean_sqnr(anchor, 4), 30, 1e-9);
    rq_effect e = rq_effect_of(scores, anchor, 30, 4, true, true);
    assert_int_equal(e.images, 2); /* those that both have */
    assert_near(e.sqnr_db, 34, 1e-6);
    assert_near(e.cosine, 0.8, 1e-6);
    assert_near(e.agreement, 50, 0);
    assert_near(e.drop, 50, 0);
    e = rq_effect_of(scores, anchor, 30, 4, false, false);
    assert_true(isnan(e.agreement) && isnan(e.drop));
    e = rq_effect_of(scores + 2, anchor + 2, 30, 2, true, true);
    assert_true(e.images == 0 && isnan(e.sqnr_db));
}

/* -- the order -------------------------------------------------------------------------------- */

#define IMAGES 8

/* Item 0 lies 30 above the whole, 1 at 2, 2 at 5; noise is of the images, not of the items. */
static void fill(rq_ranking *r, double noise)
{
    static const double means[] = {30, 2, 5};
    assert_ok(rq_ranking_open(r, 3, IMAGES));
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < IMAGES; k++)
            rq_ranking_set(
                r, i, k, means[i] + 4 * sin((double)k) + noise * sin(7.0 * (i + 1.0) * (double)k));
}

static void test_worst_first_and_sure(void **state)
{
    rq_ranking r;
    (void)state;
    fill(&r, 0.1);
    assert_int_equal(r.n_open, 3);
    assert_ok(rq_ranking_settle(&r, IMAGES));
    assert_int_equal(r.order[0], 1);
    assert_int_equal(r.order[1], 2);
    assert_int_equal(r.order[2], 0);
    assert_int_equal(r.n_open, 0);
    rq_ranking_close(&r);
}

static void test_not_sure(void **state)
{
    rq_ranking r;
    (void)state;
    fill(&r, 0.1);
    assert_ok(rq_ranking_settle(&r, 2)); /* two images say nothing */
    assert_int_equal(r.n_open, 3);
    rq_ranking_close(&r);
    fill(&r, 12);
    assert_ok(rq_ranking_settle(&r, IMAGES));
    assert_true(r.open[1] && r.open[2]); /* 3 dB apart, in 12 of noise */
    rq_ranking_close(&r);
}

/* Neighbours that surely differ by less than a decibel, or that matter nothing, are settled. */
static void test_equals_are_settled(void **state)
{
    rq_ranking r;
    (void)state;
    assert_ok(rq_ranking_open(&r, 4, IMAGES));
    for (size_t k = 0; k < IMAGES; k++) {
        double wave = sin((double)k);
        rq_ranking_set(&r, 0, k, 3.0 + wave);
        rq_ranking_set(&r, 1, k, 3.0 + wave + 0.2 * sin(5.0 * (double)k));
        rq_ranking_set(&r, 2, k, 50 + 9 * wave);
        rq_ranking_set(&r, 3, k, 50 - 9 * wave);
    }
    assert_ok(rq_ranking_settle(&r, IMAGES));
    assert_int_equal(r.n_open, 0);
    rq_ranking_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_score_by_hand),
        cmocka_unit_test(test_a_layer_that_reaches_one_output),
        cmocka_unit_test(test_softmax_is_compared_as_logits),
        cmocka_unit_test(test_means_over_images),
        cmocka_unit_test(test_worst_first_and_sure),
        cmocka_unit_test(test_not_sure),
        cmocka_unit_test(test_equals_are_settled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
