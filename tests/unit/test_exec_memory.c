/* Buffers of the reference backend: nothing overlaps while it is alive, on random graphs; sessions,
 * observers, values sized at run time. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "engine/exec/exec.h"
#include "engine/exec/memory_plan.h"
#include "tests/unit/graph_builder.h"

#define LENGTH 12 /* of the Parameter; values are lists */
#define MAX_STEPS 48
#define MAX_VALUES 256 /* values of a graph */
#define GRAPHS 200

/* -- random graphs --------------------------------------------------------------------------- */

typedef struct random_graph {
    rq_graph *g;
    rq_rng rng;
    rq_id values[MAX_VALUES];
    int64_t lengths[MAX_VALUES];
    size_t n;
} random_graph;

static void add_value(random_graph *r, rq_id value, int64_t length)
{
    r->values[r->n] = value;
    r->lengths[r->n++] = length;
}

static size_t pick(random_graph *r)
{
    return (size_t)rq_rng_below(&r->rng, r->n);
}

/* Another value as long as `i`, or `i` itself. */
static size_t pick_like(random_graph *r, size_t i)
{
    for (int tries = 0; tries < 8; tries++) {
        size_t j = pick(r);
        if (r->lengths[j] == r->lengths[i]) return j;
    }
    return i;
}

static void add_random_node(random_graph *r)
{
    size_t i = pick(r), j = pick_like(r, i), k = pick(r);
    rq_id x = r->values[i];
    int64_t length = r->lengths[i];
    switch (rq_rng_below(&r->rng, 5)) {
    case 0: /* in place */
        add_value(r, build(r->g, "relu", "ReLU", NO_ATTRS, INPUTS(x)), length);
        break;
    case 1: /* in place, two inputs that may be one */
        add_value(r, build(r->g, "sub", "Subtract", NO_ATTRS, INPUTS(x, r->values[j])), length);
        break;
    case 2: { /* a view */
        rq_id shape = build_i64(r->g, "shape", SHAPE(1), (const int64_t[]){-1});
        add_value(r,
                  build(r->g, "view", "Reshape", ATTRS("special_zero", "false"), INPUTS(x, shape)),
                  length);
        break;
    }
    case 3:
        if (length + r->lengths[k] > MAX_STEPS) break;
        add_value(r, build(r->g, "cat", "Concat", ATTRS("axis", "0"), INPUTS(x, r->values[k])),
                  length + r->lengths[k]);
        break;
    default:
        if (length % 2) break;
        rq_id axis = build_i64(r->g, "axis", RQ_SHAPE_SCALAR, (const int64_t[]){0});
        rq_node *split = build_node(r->g, "split", "Split", "opset1", ATTRS("num_splits", "2"),
                                    INPUTS(x, axis), 2);
        for (uint32_t o = 0; o < 2; o++) add_value(r, split->out[o], length / 2);
    }
}

/* The same for the same seed, but for the Results: a few, or one on every value. */
static void open_random(random_graph *r, uint64_t seed, bool all_results)
{
    memset(r, 0, sizeof *r);
    rq_rng_seed(&r->rng, seed);
    assert_ok(rq_graph_create(&r->g, "test"));
    add_value(r, build_input(r->g, "x", RQ_DT_F32, SHAPE(LENGTH)), LENGTH);
    size_t n_nodes = 3 + (size_t)rq_rng_below(&r->rng, 40);
    for (size_t i = 0; i < n_nodes; i++) add_random_node(r);
    if (all_results)
        for (size_t i = 0; i < r->n; i++) build_result(r->g, r->values[i]);
    else
        for (size_t i = 0; i < 3; i++) build_result(r->g, r->values[pick(r)]);
}

/* -- the plan against brute force ------------------------------------------------------------- */

typedef struct life {
    size_t born, dies;
} life;

static size_t list_steps(rq_id *steps, const rq_bound *bound)
{
    size_t n = 0;
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        if (!bound->nodes[node->id].folded && strcmp(node->type, "Parameter") != 0 &&
            strcmp(node->type, "Result") != 0)
            steps[n++] = node->id;
    }
    return n;
}

/* From the first value in a piece of memory to the last consumer of any. */
static void find_lives(life *lives, const rq_bound *bound, const rq_memory_plan *plan,
                       const rq_id *steps, size_t n_steps)
{
    const rq_graph *g = bound->graph;
    for (size_t v = 0; v < g->n_values; v++) lives[v] = (life){SIZE_MAX, 0};
    for (size_t s = 0; s < n_steps; s++) {
        const rq_node *node = g->nodes[steps[s]];
        for (uint32_t o = 0; o < node->n_out; o++) {
            life *l = &lives[plan->root[node->out[o]]];
            if (s < l->born) l->born = s;
            if (s > l->dies) l->dies = s;
        }
        for (uint32_t i = 0; i < node->n_in; i++)
            if (s > lives[plan->root[node->in[i]]].dies) lives[plan->root[node->in[i]]].dies = s;
    }
    for (size_t r = 0; r < bound->n_results; r++)
        lives[plan->root[g->nodes[bound->results[r]]->in[0]]].dies = SIZE_MAX;
}

static void check_overlaps(const rq_bound *bound, const rq_memory_plan *plan, const life *lives)
{
    for (rq_id a = 0; a < bound->graph->n_values; a++) {
        if (plan->root[a] != a || plan->offset[a] == RQ_NO_OFFSET) continue;
        size_t end_a = plan->offset[a] + rq_tensor_bytes(&bound->values[a]);
        assert_int_equal(plan->offset[a] % RQ_ALIGN, 0);
        assert_true(end_a <= plan->scratch && plan->scratch <= plan->bytes);
        for (rq_id b = 0; b < a; b++) {
            if (plan->root[b] != b || plan->offset[b] == RQ_NO_OFFSET) continue;
            size_t end_b = plan->offset[b] + rq_tensor_bytes(&bound->values[b]);
            bool together = lives[a].born <= lives[b].dies && lives[b].born <= lives[a].dies;
            if (together && plan->offset[a] < end_b && plan->offset[b] < end_a)
                fail_msg("values %u and %u overlap", a, b);
        }
    }
}

static void check_views(const rq_bound *bound, const rq_memory_plan *plan, const rq_id *steps,
                        size_t n_steps)
{
    for (size_t s = 0; s < n_steps; s++) {
        const rq_node *node = bound->graph->nodes[steps[s]];
        if (!strcmp(node->type, "Reshape"))
            assert_int_equal(plan->root[node->out[0]], plan->root[node->in[0]]);
        for (uint32_t o = 0; o < node->n_out; o++) /* all but Parameters have memory */
            if (plan->offset[plan->root[node->out[o]]] == RQ_NO_OFFSET)
                assert_string_equal(rq_value_producer(bound->graph, plan->root[node->out[o]])->type,
                                    "Parameter");
    }
}

static void test_nothing_alive_overlaps(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < GRAPHS; seed++) {
        random_graph r;
        rq_bound *bound;
        rq_memory_plan plan;
        rq_id steps[MAX_VALUES];
        life lives[2 * MAX_VALUES];
        open_random(&r, seed, false);
        assert_ok(rq_bind(&bound, r.g, NULL, 0));
        assert_in_range(r.g->n_values, 1, MAX_VALUES);
        size_t n_steps = list_steps(steps, bound);
        assert_ok(rq_memory_plan_create(&plan, bound, steps, n_steps));
        find_lives(lives, bound, &plan, steps, n_steps);
        check_overlaps(bound, &plan, lives);
        check_views(bound, &plan, steps, n_steps);
        rq_memory_plan_free(&plan);
        rq_bound_destroy(&bound);
        rq_graph_destroy(&r.g);
    }
}

/* Operators that need another buffer for their output: two buffers, however long the chain. */
static void test_a_chain_needs_two_buffers(void **state)
{
    (void)state;
    rq_graph *g;
    rq_bound *bound;
    rq_memory_plan plan;
    rq_id steps[MAX_VALUES];
    assert_ok(rq_graph_create(&g, "test"));
    rq_id value = build_input(g, "x", RQ_DT_F32, SHAPE(15, 16));
    rq_id order = build_i64(g, "order", SHAPE(2), (const int64_t[]){1, 0});
    for (int i = 0; i < 20; i++) value = build(g, "t", "Transpose", NO_ATTRS, INPUTS(value, order));
    build_result(g, value);
    assert_ok(rq_bind(&bound, g, NULL, 0));
    size_t n_steps = list_steps(steps, bound);
    assert_int_equal(n_steps, 20);
    assert_ok(rq_memory_plan_create(&plan, bound, steps, n_steps));
    size_t one = 15 * 16 * sizeof(float);
    assert_in_range(plan.scratch, 2 * one, 2 * (one + RQ_ALIGN));
    rq_memory_plan_free(&plan);
    rq_bound_destroy(&bound);
    rq_graph_destroy(&g);
}

/* -- running --------------------------------------------------------------------------------- */

typedef struct running {
    rq_model *model;
    rq_session *session;
} running;

static void open_running(running *r, const rq_graph *g, const uint8_t *observed)
{
    const rq_exec_options options = {.backend = "reference", .observed = observed};
    assert_ok(rq_model_create(&r->model, g, &options));
    assert_ok(rq_session_create(&r->session, r->model));
}

static void close_running(running *r)
{
    rq_session_destroy(&r->session);
    rq_model_destroy(&r->model);
}

static rq_tensor ramp(float *data, float step)
{
    for (int i = 0; i < LENGTH; i++) data[i] = (float)i * step - 3.0f;
    return (rq_tensor){RQ_DT_F32, SHAPE(LENGTH), data};
}

typedef struct record {
    float data[MAX_VALUES][MAX_STEPS];
    size_t n_seen[MAX_VALUES];
    rq_id order[MAX_VALUES];
    size_t n;
} record;

static rq_status observe(void *ctx, rq_id value, const rq_tensor *t, bool channels_last)
{
    (void)channels_last;
    record *seen = ctx;
    if (t->dtype != RQ_DT_F32 || rq_tensor_count(t) > MAX_STEPS) return RQ_EUNSUPPORTED;
    memcpy(seen->data[value], t->data, rq_tensor_bytes(t));
    seen->n_seen[value]++;
    seen->order[seen->n++] = value;
    return RQ_OK;
}

/* With a Result on every value no memory is used again: the truth. */
static void test_reuse_changes_no_bit(void **state)
{
    (void)state;
    record *seen = calloc(1, sizeof *seen);
    assert_non_null(seen);
    for (uint64_t seed = 0; seed < GRAPHS; seed++) {
        random_graph few, all;
        running a, b;
        float data[LENGTH];
        rq_tensor in = ramp(data, 0.75f);
        open_random(&few, seed, false);
        open_random(&all, seed, true);
        open_running(&a, few.g, NULL);
        open_running(&b, all.g, NULL);
        memset(seen, 0, sizeof *seen);
        assert_ok(rq_session_run(a.session, &in, observe, seen));
        assert_ok(rq_session_run(b.session, &in, NULL, NULL));
        for (size_t i = 0; i < few.n; i++) {
            const rq_tensor *want = rq_session_output(b.session, i);
            assert_int_equal(seen->n_seen[few.values[i]], 1);
            assert_memory_equal(seen->data[few.values[i]], want->data, rq_tensor_bytes(want));
        }
        for (size_t i = 0; i < 3; i++) { /* results live to the end */
            const rq_tensor *got = rq_session_output(a.session, i);
            rq_id value = rq_model_output_node(a.model, i)->in[0];
            assert_memory_equal(got->data, seen->data[value], rq_tensor_bytes(got));
        }
        close_running(&a);
        close_running(&b);
        rq_graph_destroy(&few.g);
        rq_graph_destroy(&all.g);
    }
    free(seen);
}

static void test_repeats_give_the_same_bits(void **state)
{
    (void)state;
    random_graph r;
    running a, other;
    float data[LENGTH], data2[LENGTH], first[3][MAX_STEPS];
    rq_tensor in = ramp(data, 0.3f), in2 = ramp(data2, -7.0f);
    open_random(&r, 7, false);
    open_running(&a, r.g, NULL);
    assert_ok(rq_session_create(&other.session, a.model));
    for (int repeat = 0; repeat < 3; repeat++) {
        assert_ok(rq_session_run(a.session, &in, NULL, NULL));
        assert_ok(rq_session_run(other.session, &in2, NULL, NULL)); /* has buffers of its own */
        for (size_t i = 0; i < 3; i++) {
            const rq_tensor *out = rq_session_output(a.session, i);
            if (repeat == 0)
                memcpy(first[i], out->data, rq_tensor_bytes(out));
            else
                assert_memory_equal(first[i], out->data, rq_tensor_bytes(out));
        }
        assert_ok(rq_session_run(a.session, &in2, NULL, NULL));
    }
    rq_session_destroy(&other.session);
    close_running(&a);
    rq_graph_destroy(&r.g);
}

static rq_status refuse(void *ctx, rq_id value, const rq_tensor *t, bool channels_last)
{
    (void)channels_last;
    (void)t;
    return rq_fail(RQ_ECANCELLED, "%s %u", (const char *)ctx, value);
}

static void test_observer_sees_what_it_asked_for(void **state)
{
    (void)state;
    running a;
    rq_graph *g;
    float data[LENGTH];
    rq_tensor in = ramp(data, 1.0f);
    record *seen = calloc(1, sizeof *seen);
    assert_non_null(seen);
    assert_ok(rq_graph_create(&g, "test"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(LENGTH));
    rq_id r1 = build_relu(g, "r1", x), r2 = build_relu(g, "r2", r1), r3 = build_relu(g, "r3", r2);
    build_result(g, r3);
    uint8_t observed[MAX_VALUES] = {0};
    observed[x] = observed[r2] = 1;
    open_running(&a, g, observed);
    assert_ok(rq_session_run(a.session, &in, observe, seen));
    assert_int_equal(seen->n, 2);
    assert_int_equal(seen->order[0], x);
    assert_int_equal(seen->order[1], r2);
    for (int i = 0; i < LENGTH; i++)
        assert_true(seen->data[r2][i] == (data[i] > 0.0f ? data[i] : 0.0f));
    assert_fails(rq_session_run(a.session, &in, refuse, (void *)(uintptr_t) "stopped at"),
                 RQ_ECANCELLED, "stopped at");
    assert_ok(rq_session_run(a.session, &in, NULL, NULL)); /* and can go on */
    close_running(&a);
    rq_graph_destroy(&g);
    free(seen);
}

/* Results that no operator computes: an input, a view of it, a constant. */
static void test_results_without_steps(void **state)
{
    (void)state;
    running a;
    rq_graph *g;
    float data[LENGTH];
    rq_tensor in = ramp(data, 1.0f);
    assert_ok(rq_graph_create(&g, "test"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(LENGTH));
    rq_id shape = build_i64(g, "shape", SHAPE(2), (const int64_t[]){3, 4});
    rq_id view = build(g, "v", "Reshape", ATTRS("special_zero", "false"), INPUTS(x, shape));
    build_result(g, x);
    build_result(g, view);
    build_result(g, shape);
    open_running(&a, g, NULL);
    for (int repeat = 0; repeat < 2; repeat++) {
        in = ramp(data, 1.0f + (float)repeat);
        assert_ok(rq_session_run(a.session, &in, NULL, NULL));
        assert_memory_equal(rq_session_output(a.session, 0)->data, data, sizeof data);
        assert_memory_equal(rq_session_output(a.session, 1)->data, data, sizeof data);
        assert_int_equal(rq_session_output(a.session, 1)->shape.rank, 2);
        assert_int_equal(((const int64_t *)rq_session_output(a.session, 2)->data)[1], 4);
    }
    close_running(&a);
    rq_graph_destroy(&g);
}

/* NonZero: as many columns as there are nonzero elements, other ones in every run. */
static void test_shapes_known_at_run_time(void **state)
{
    (void)state;
    running a;
    rq_graph *g;
    float data[LENGTH] = {0};
    rq_tensor in = {RQ_DT_F32, SHAPE(LENGTH), data};
    assert_ok(rq_graph_create(&g, "test"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(LENGTH));
    rq_id where = build_node(g, "nz", "NonZero", "opset3", NO_ATTRS, INPUTS(x), 1)->out[0];
    rq_id as_float = build(g, "cvt", "Convert", ATTRS("destination_type", "f32"), INPUTS(where));
    rq_id flat = build_i64(g, "flat", SHAPE(1), (const int64_t[]){-1});
    rq_id list =
        build(g, "list", "Reshape", ATTRS("special_zero", "false"), INPUTS(as_float, flat));
    rq_id twice = build(g, "twice", "Add", NO_ATTRS, INPUTS(list, as_float));
    build_result(g, twice);
    build_result(g, list);
    open_running(&a, g, NULL);
    assert_int_equal(rq_model_output(a.model, 0)->shape.rank, -1);
    static const int counts[] = {3, 0, 12, 1, 3};
    for (size_t run = 0; run < sizeof counts / sizeof counts[0]; run++) {
        for (int i = 0; i < LENGTH; i++) data[i] = i >= LENGTH - counts[run] ? -1.0f : 0.0f;
        assert_ok(rq_session_run(a.session, &in, NULL, NULL));
        const rq_tensor *both = rq_session_output(a.session, 0),
                        *one = rq_session_output(a.session, 1);
        const rq_shape want = SHAPE(1, counts[run]), want_list = SHAPE(counts[run]);
        assert_true(rq_shape_equal(&both->shape, &want));
        assert_true(rq_shape_equal(&one->shape, &want_list));
        for (int i = 0; i < counts[run]; i++) {
            assert_true(((const float *)one->data)[i] == (float)(LENGTH - counts[run] + i));
            assert_true(((const float *)both->data)[i] == 2.0f * (float)(LENGTH - counts[run] + i));
        }
    }
    close_running(&a);
    rq_graph_destroy(&g);
}

/* Input and weights are a few bytes; the output has as many elements as the input says. */
static void test_run_time_shapes_are_bounded(void **state)
{
    (void)state;
    running a;
    rq_graph *g;
    int64_t asked = 5;
    rq_tensor in = {RQ_DT_I64, SHAPE(1), &asked};
    assert_ok(rq_graph_create(&g, "test"));
    rq_id x = build_input(g, "x", RQ_DT_I64, SHAPE(1));
    rq_id seven = build_i64(g, "seven", SHAPE(1), (const int64_t[]){7});
    rq_id wide =
        build_node(g, "wide", "Broadcast", "opset3", ATTRS("mode", "numpy"), INPUTS(seven, x), 1)
            ->out[0];
    build_result(g, wide);
    open_running(&a, g, NULL);
    assert_ok(rq_session_run(a.session, &in, NULL, NULL));
    asked = INT64_C(1) << 32;
    assert_fails(rq_session_run(a.session, &in, NULL, NULL), RQ_EUNSUPPORTED,
                 "'wide' (Broadcast): the size of its output depends on the data, and is 34.4 GB");
    asked = 3;
    assert_ok(rq_session_run(a.session, &in, NULL, NULL));
    close_running(&a);
    rq_graph_destroy(&g);
}

static void test_wrong_input_is_named(void **state)
{
    (void)state;
    random_graph r;
    running a;
    float data[LENGTH + 1] = {0};
    rq_tensor in = {RQ_DT_F32, SHAPE(LENGTH + 1), data};
    open_random(&r, 3, false);
    open_running(&a, r.g, NULL);
    assert_fails(rq_session_run(a.session, &in, NULL, NULL), RQ_EARG, "input 'x' is f32 [13]");
    assert_non_null(strstr(rq_error_text(), "expected f32 [12]"));
    in = (rq_tensor){RQ_DT_I32, SHAPE(LENGTH), data};
    assert_fails(rq_session_run(a.session, &in, NULL, NULL), RQ_EARG, "i32 [12], expected f32");
    close_running(&a);
    rq_graph_destroy(&r.g);
}

static void test_unknown_backend_lists_those_there_are(void **state)
{
    (void)state;
    random_graph r;
    rq_model *model;
    open_random(&r, 3, false);
    assert_fails(rq_model_create(&model, r.g, &(rq_exec_options){.backend = "abacus"}), RQ_EARG,
                 "'abacus' is unknown; there are onednn, reference");
    assert_null(model);
    rq_graph_destroy(&r.g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_alive_overlaps),
        cmocka_unit_test(test_a_chain_needs_two_buffers),
        cmocka_unit_test(test_reuse_changes_no_bit),
        cmocka_unit_test(test_repeats_give_the_same_bits),
        cmocka_unit_test(test_observer_sees_what_it_asked_for),
        cmocka_unit_test(test_results_without_steps),
        cmocka_unit_test(test_shapes_known_at_run_time),
        cmocka_unit_test(test_run_time_shapes_are_bounded),
        cmocka_unit_test(test_wrong_input_is_named),
        cmocka_unit_test(test_unknown_backend_lists_those_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
