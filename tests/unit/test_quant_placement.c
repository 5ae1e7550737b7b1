/* Where quantization goes, on small graphs whose answer is known by hand. */
#include "tests/unit/test.h"

#include "quant/placement/quantizer_placement.h"
#include "tests/unit/graph_builder.h"

typedef struct fixture {
    rq_graph *g;
    rq_bound *bound;
    rq_placement *placement;
    rq_id x; /* 1x4x8x8, f32 */
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (!f || rq_graph_create(&f->g, "test") != RQ_OK) return -1;
    f->x = build_input(f->g, "x", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    rq_placement_destroy(&f->placement);
    rq_bound_destroy(&f->bound);
    rq_graph_destroy(&f->g);
    free(f);
    return 0;
}

static void place_for(fixture *f, rq_int8_isa isa)
{
    assert_ok(rq_bind(&f->bound, f->g, NULL, 0));
    assert_ok(rq_placement_create(&f->placement, f->bound, RQ_PRECISION_INT8, isa, NULL));
}

static void place(fixture *f)
{
    place_for(f, RQ_INT8_VNNI);
}

static rq_status place_scoped(fixture *f, const rq_ignored_scope *scope)
{
    assert_ok(rq_bind(&f->bound, f->g, NULL, 0));
    return rq_placement_create(&f->placement, f->bound, RQ_PRECISION_INT8, RQ_INT8_VNNI, scope);
}

/* The point of a value, or NULL. */
static const rq_point *point_of(const fixture *f, rq_id value)
{
    const rq_point *found = NULL;
    for (size_t i = 0; i < f->placement->n_points; i++) {
        if (f->placement->points[i].value != value) continue;
        assert_null(found); /* one point per value */
        found = &f->placement->points[i];
    }
    return found;
}

static const rq_point *expect_point(const fixture *f, rq_id value, size_t n_uses, bool at_output,
                                    int axis)
{
    const rq_point *p = point_of(f, value);
    if (!p) fail_msg("no point at '%s'", rq_value_producer(f->g, value)->name);
    assert_int_equal(p->n_uses, n_uses);
    assert_int_equal(p->at_output, at_output);
    assert_int_equal(p->axis, axis);
    assert_non_null(p->reason);
    return p;
}

static void expect_count(const fixture *f, size_t points, size_t weights)
{
    assert_int_equal(f->placement->n_points, points);
    assert_int_equal(f->placement->n_weights, weights);
}

/* The reason why the producer of `value` stays in floating point contains `text`. */
static void expect_kept(const fixture *f, rq_id value, const char *text)
{
    const rq_node *node = rq_value_producer(f->g, value);
    const char *reason = f->placement->ignored[node->id];
    if (!reason || !strstr(reason, text))
        fail_msg("'%s' kept because '%s', expected '%s'", node->name, reason ? reason : "(not)",
                 text);
}

static const rq_weight_point *weight_of(const fixture *f, rq_id layer)
{
    for (size_t i = 0; i < f->placement->n_weights; i++)
        if (f->placement->weights[i].node == f->g->values[layer]->producer)
            return &f->placement->weights[i];
    fail_msg("'%s' has no weights", rq_value_producer(f->g, layer)->name);
    return NULL;
}

/* -- propagation ----------------------------------------------------------------------------- */

static void test_conv_bias_relu_conv(void **state)
{
    fixture *f = *state;
    rq_id conv = build_conv(f->g, "c1", f->x, 6, 4, 3);
    rq_id bias = build_with_const(f->g, "b1", "Add", conv, 6);
    rq_id relu = build_relu(f->g, "r1", bias);
    rq_id last = build_conv(f->g, "c2", relu, 5, 6, 1);
    build_result(f->g, last);
    place(f);
    expect_count(f, 2, 2);
    const rq_point *first = expect_point(f, f->x, 1, true, -1);
    assert_int_equal(first->uses[0].node, f->g->values[conv]->producer);
    assert_int_equal(first->uses[0].port, 0);
    assert_non_null(strstr(first->reason, "Convolution 'c1'"));
    expect_point(f, relu, 1, true, -1);
    assert_int_equal(weight_of(f, conv)->port, 1);
    assert_int_equal(weight_of(f, conv)->axis, 0);
    assert_int_equal(weight_of(f, conv)->n_axes, 1);
}

static void test_points_in_topological_order(void **state)
{
    fixture *f = *state;
    rq_id a = build_conv(f->g, "c1", f->x, 4, 4, 1);
    rq_id b = build_conv(f->g, "c2", a, 4, 4, 1);
    build_result(f->g, build_conv(f->g, "c3", b, 4, 4, 1));
    place(f);
    const rq_id want[] = {f->x, a, b};
    expect_count(f, 3, 3);
    for (size_t i = 0; i < 3; i++) assert_int_equal(f->placement->points[i].value, want[i]);
}

/* x -> Relu -> c1; c1 and c2(c1), with whatever is done to them, are added. */
static rq_id residual(fixture *f, rq_id *relu, rq_id *branch)
{
    *relu = build_relu(f->g, "r1", build_conv(f->g, "c1", f->x, 4, 4, 1));
    *branch = build_conv(f->g, "c2", *relu, 4, 4, 1);
    return build(f->g, "sum", "Add", NO_ATTRS, INPUTS(*branch, *relu));
}

static void test_sum_of_a_convolution_reads_codes(void **state)
{
    fixture *f = *state;
    rq_id relu, branch, sum = residual(f, &relu, &branch), last = build_relu(f->g, "r2", sum);
    build_result(f->g, build_conv(f->g, "c3", last, 4, 4, 1));
    place(f);
    expect_count(f, 4, 3);
    expect_point(f, relu, 2, true, -1);
    expect_point(f, branch, 1, true, -1);
    expect_point(f, last, 1, true, -1);
    assert_int_not_equal(point_of(f, relu)->group, point_of(f, branch)->group);
}

static void test_sum_read_in_float_reads_floats(void **state)
{
    fixture *f = *state;
    rq_id relu, branch, sum = residual(f, &relu, &branch);
    build_result(f->g, build_relu(f->g, "r2", sum));
    place(f);
    expect_kept(f, sum, "not the sum of an INT8 convolution");
    expect_count(f, 2, 2);
    expect_point(f, relu, 1, false, -1);
}

static rq_id build_mean(fixture *f, rq_id x)
{
    return build(f->g, "mean", "AvgPool", ATTRS(WINDOW, "kernel", "2,2", "exclude-pad", "true"),
                 INPUTS(x));
}

/* A pool of the sum, before a layer that asks, asks for the sum. */
static void test_pooled_sum_reads_codes(void **state)
{
    fixture *f = *state;
    rq_id relu, branch, sum = residual(f, &relu, &branch), last = build_relu(f->g, "r2", sum);
    rq_id mean = build_mean(f, last);
    build_result(f->g, build_conv(f->g, "c3", mean, 4, 4, 1));
    place(f);
    expect_count(f, 5, 3); /* x, relu, branch, last, mean */
    expect_point(f, relu, 2, true, -1);
    expect_point(f, branch, 1, true, -1);
    expect_point(f, last, 1, true, -1);
    expect_point(f, mean, 1, true, -1);
}

static void test_sum_pooled_and_read_in_float_reads_floats(void **state)
{
    fixture *f = *state;
    rq_id relu, branch, sum = residual(f, &relu, &branch), last = build_relu(f->g, "r2", sum);
    rq_id mean = build_mean(f, last);
    build_result(f->g, build_relu(f->g, "r3", last));
    build_result(f->g, build_conv(f->g, "c3", mean, 4, 4, 1));
    place(f);
    expect_kept(f, sum, "not the sum of an INT8 convolution");
    expect_count(f, 3, 3); /* x, relu, mean */
}

/* c1(x) + c2 with an activation behind it, which c3 reads. */
static rq_id sum_behind(fixture *f, rq_id x, const char *type, rq_id *activation)
{
    rq_id first = build_conv(f->g, "c1", x, 4, 4, 1);
    rq_id conv = build_with_const(f->g, "b", "Add", build_conv(f->g, "c2", first, 4, 4, 1), 4);
    if (strcmp(type, "Sigmoid") == 0) { /* x * sigmoid(x) is one activation */
        rq_id gate = build(f->g, "s", type, NO_ATTRS, INPUTS(conv));
        *activation = build(f->g, "m", "Multiply", NO_ATTRS, INPUTS(conv, gate));
    } else {
        *activation = build(f->g, "m", type, NO_ATTRS, INPUTS(conv));
    }
    rq_id sum = build(f->g, "sum", "Add", NO_ATTRS, INPUTS(first, *activation));
    build_result(f->g, build_conv(f->g, "c3", sum, 4, 4, 1));
    place(f);
    return sum;
}

/* Codes from 0 on are added in the convolution's kernel. */
static void test_sum_behind_relu(void **state)
{
    fixture *f = *state;
    rq_id relu, sum = sum_behind(f, f->x, "ReLU", &relu);
    expect_count(f, 4, 3); /* x, first, relu, sum */
    expect_point(f, relu, 1, true, -1);
    expect_point(f, sum, 1, true, -1);
}

static void test_sum_behind_swish_stays_in_float(void **state)
{
    fixture *f = *state;
    rq_id swish, sum = sum_behind(f, f->x, "Sigmoid", &swish);
    expect_kept(f, sum, "zero point");
    expect_count(f, 3, 3); /* x, first, sum */
}

/* What does not fit the cache is read in a quarter of the time. */
static void test_large_sum_behind_swish_reads_codes(void **state)
{
    fixture *f = *state;
    rq_id large = build_input(f->g, "large", RQ_DT_F32, SHAPE(1, 4, 512, 512));
    rq_id swish, sum = sum_behind(f, large, "Sigmoid", &swish);
    expect_count(f, 4, 3); /* large, first, swish, sum */
    expect_point(f, swish, 1, true, -1);
    expect_point(f, sum, 1, true, -1);
}

/* A sum is read by a sum. */
static void test_sum_of_a_sum(void **state)
{
    fixture *f = *state;
    rq_id first = build_conv(f->g, "c1", f->x, 4, 4, 1),
          second = build_conv(f->g, "c2", first, 4, 4, 1);
    rq_id sum = build(f->g, "sum", "Add", NO_ATTRS, INPUTS(first, second));
    rq_id other = build_conv(f->g, "c3", sum, 4, 4, 1);
    rq_id again = build(f->g, "again", "Subtract", NO_ATTRS, INPUTS(sum, other));
    build_result(f->g, build_conv(f->g, "c4", again, 4, 4, 1));
    place(f);
    expect_count(f, 6, 4); /* x, first, second, sum, other, again */
    expect_point(f, second, 1, true, -1);
    expect_point(f, first, 2, true, -1);
    expect_point(f, sum, 2, true, -1);
    expect_point(f, other, 1, true, -1);
}

/* Neither operand ends a convolution; or one has to be stretched over the other. */
static void test_sums_that_no_convolution_takes_over(void **state)
{
    fixture *f = *state;
    rq_id conv = build_conv(f->g, "c1", f->x, 4, 4, 1),
          exp = build(f->g, "e", "Sqrt", NO_ATTRS, INPUTS(conv));
    rq_id abs = build(f->g, "a", "Abs", NO_ATTRS, INPUTS(f->x));
    rq_id sum = build(f->g, "sum", "Add", NO_ATTRS, INPUTS(exp, abs));
    rq_id small = build_input(f->g, "s", RQ_DT_F32, SHAPE(1, 4, 1, 1));
    rq_id c2 = build_conv(f->g, "c2", sum, 4, 4, 1);
    rq_id wide = build(f->g, "wide", "Add", NO_ATTRS, INPUTS(c2, small));
    build_result(f->g, build_conv(f->g, "c3", wide, 4, 4, 1));
    place(f);
    expect_kept(f, sum, "not the sum");
    expect_kept(f, wide, "not the sum");
    expect_count(f, 3, 3); /* x, sum, wide */
}

static void test_sum_without_vnni_reads_floats(void **state)
{
    fixture *f = *state;
    rq_id relu, branch, sum = residual(f, &relu, &branch);
    build_result(f->g, build_conv(f->g, "c3", sum, 4, 4, 1));
    place_for(f, RQ_INT8_AVX2);
    expect_kept(f, sum, "without VNNI");
    expect_count(f, 3, 3);
}

static void test_concat_asks_its_inputs_with_one_range(void **state)
{
    fixture *f = *state;
    rq_id a = build_conv(f->g, "a", f->x, 4, 4, 1), b = build_conv(f->g, "b", f->x, 2, 4, 1);
    rq_id both = build(f->g, "cat", "Concat", ATTRS("axis", "1"), INPUTS(a, b));
    build_result(f->g, build_conv(f->g, "c", both, 3, 6, 1));
    place(f);
    expect_count(f, 3, 3); /* x, a, b; not the Concat */
    expect_point(f, f->x, 2, true, -1);
    const rq_point *pa = expect_point(f, a, 1, true, -1), *pb = expect_point(f, b, 1, true, -1);
    assert_int_equal(pa->group, pb->group);
    assert_int_not_equal(pa->group, point_of(f, f->x)->group);
    assert_non_null(strstr(pa->reason, "Concat 'cat'"));
}

static void test_concat_read_in_float_asks_nothing(void **state)
{
    fixture *f = *state;
    rq_id a = build_conv(f->g, "a", f->x, 4, 4, 1), b = build_conv(f->g, "b", f->x, 2, 4, 1);
    build_result(f->g, build(f->g, "cat", "Concat", ATTRS("axis", "1"), INPUTS(a, b)));
    place(f);
    expect_count(f, 1, 2);
    expect_point(f, f->x, 2, true, -1);
}

static void test_max_pool_passes_through(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", build_conv(f->g, "c1", f->x, 4, 4, 1));
    rq_id pool = build(f->g, "pool", "MaxPool", ATTRS(WINDOW, "kernel", "2,2"), INPUTS(relu));
    build_result(f->g, build_conv(f->g, "c2", pool, 4, 4, 1));
    place(f);
    expect_count(f, 2, 2);
    const rq_point *p = expect_point(f, relu, 1, true, -1);
    assert_int_equal(p->uses[0].node, f->g->values[pool]->producer);
    assert_null(point_of(f, pool));
}

static rq_node *build_split(fixture *f, rq_id x)
{
    rq_id axis = build_i64(f->g, "axis", RQ_SHAPE_SCALAR, (const int64_t[]){1});
    return build_node(f->g, "split", "Split", "opset1", ATTRS("num_splits", "2"), INPUTS(x, axis),
                      2);
}

static void test_split_passes_when_all_outputs_agree(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", f->x);
    rq_node *split = build_split(f, relu);
    build_result(f->g, build_conv(f->g, "a", split->out[0], 2, 2, 1));
    build_result(f->g, build_conv(f->g, "b", split->out[1], 2, 2, 1));
    place(f);
    expect_count(f, 1, 2);
    expect_point(f, relu, 1, true, -1);
}

static void test_split_stays_when_an_output_is_read_in_float(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", f->x);
    rq_node *split = build_split(f, relu);
    build_result(f->g, build_conv(f->g, "a", split->out[0], 2, 2, 1));
    build_result(f->g, build(f->g, "s", "Sigmoid", NO_ATTRS, INPUTS(split->out[1])));
    place(f);
    expect_count(f, 1, 1);
    expect_point(f, split->out[0], 1, true, -1);
}

static void test_split_ignores_an_output_nobody_reads(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", f->x);
    rq_node *split = build_split(f, relu);
    build_result(f->g, build_conv(f->g, "a", split->out[0], 2, 2, 1));
    place(f);
    expect_count(f, 1, 1);
    expect_point(f, relu, 1, true, -1);
}

/* -- per channel ------------------------------------------------------------------------------ */

static rq_id build_depthwise(fixture *f, const char *name, rq_id x)
{
    char weights[64];
    snprintf(weights, sizeof weights, "%s/w", name);
    rq_id w = build_weights(f->g, weights, SHAPE(4, 1, 1, 3, 3));
    return build(f->g, name, "GroupConvolution", ATTRS(WINDOW), INPUTS(x, w));
}

static void test_depthwise_reader_is_per_channel(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", f->x), layer = build_depthwise(f, "dw", relu);
    build_result(f->g, layer);
    place(f);
    expect_count(f, 1, 1);
    expect_point(f, relu, 1, true, 1);
    assert_int_equal(weight_of(f, layer)->n_axes, 2);
    assert_int_equal(weight_of(f, layer)->axis, 1);
}

static void test_mixed_readers_are_per_tensor(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", f->x);
    build_result(f->g, build_depthwise(f, "dw", relu));
    build_result(f->g, build_conv(f->g, "c", relu, 4, 4, 1));
    place(f);
    expect_count(f, 1, 2);
    expect_point(f, relu, 2, true, -1);
}

static void test_depthwise_behind_max_pool_is_per_channel(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", f->x);
    rq_id pool = build(f->g, "pool", "MaxPool", ATTRS(WINDOW, "kernel", "2,2"), INPUTS(relu));
    build_result(f->g, build_depthwise(f, "dw", pool));
    place(f);
    expect_count(f, 1, 1);
    expect_point(f, relu, 1, true, 1);
}

static void test_depthwise_behind_concat_is_per_tensor(void **state)
{
    fixture *f = *state;
    rq_id a = build_conv(f->g, "a", f->x, 1, 4, 1), b = build_conv(f->g, "b", f->x, 3, 4, 1);
    rq_id both = build(f->g, "cat", "Concat", ATTRS("axis", "1"), INPUTS(a, b));
    build_result(f->g, build_depthwise(f, "dw", both));
    place(f);
    expect_count(f, 3, 3);
    expect_point(f, a, 1, true, -1);
    expect_point(f, b, 1, true, -1);
}

/* -- what stays ------------------------------------------------------------------------------- */

static void test_float_reader_keeps_its_edge(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", f->x), conv = build_conv(f->g, "c", relu, 4, 4, 1);
    build_result(f->g, conv);
    build_result(f->g, build(f->g, "s", "Sigmoid", NO_ATTRS, INPUTS(relu)));
    place(f);
    expect_count(f, 1, 1);
    const rq_point *p = expect_point(f, relu, 1, false, -1);
    assert_int_equal(p->uses[0].node, f->g->values[conv]->producer);
    assert_non_null(strstr(p->reason, "floating point"));
}

static void test_squeeze_excitation_is_kept(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", build_conv(f->g, "c1", f->x, 4, 4, 1));
    rq_id axes = build_i64(f->g, "axes", SHAPE(2), (const int64_t[]){2, 3});
    rq_id mean = build(f->g, "mean", "ReduceMean", ATTRS("keep_dims", "true"), INPUTS(relu, axes));
    rq_id inner = build_conv(f->g, "inner", mean, 2, 4, 1);
    rq_id act = build_relu(f->g, "act", build_with_const(f->g, "ib", "Add", inner, 2));
    rq_id outer = build_conv(f->g, "outer", act, 4, 2, 1);
    rq_id gate = build(f->g, "gate", "Sigmoid", NO_ATTRS, INPUTS(outer));
    rq_id scaled = build(f->g, "scaled", "Multiply", NO_ATTRS, INPUTS(relu, gate));
    build_result(f->g, build_conv(f->g, "c2", scaled, 4, 4, 1));
    place(f);
    expect_kept(f, inner, "squeeze-and-excitation");
    expect_kept(f, outer, "squeeze-and-excitation");
    expect_kept(f, scaled, "element-wise");
    expect_count(f, 2, 2); /* x, scaled; c1, c2 */
    expect_point(f, scaled, 1, true, -1);
}

static void test_swish_written_out_is_one_activation(void **state)
{
    fixture *f = *state;
    rq_id conv = build_conv(f->g, "c1", f->x, 4, 4, 1);
    rq_id gate = build(f->g, "s", "Sigmoid", NO_ATTRS, INPUTS(conv));
    rq_id swish = build(f->g, "m", "Multiply", NO_ATTRS, INPUTS(conv, gate));
    build_result(f->g, build_conv(f->g, "c2", swish, 4, 4, 1));
    place(f);
    expect_kept(f, swish, "Swish");
    expect_count(f, 2, 2);
    expect_point(f, f->x, 1, true, -1);
    expect_point(f, swish, 1, true, -1);
}

static void test_hswish_written_out_is_one_activation(void **state)
{
    fixture *f = *state;
    rq_id conv = build_conv(f->g, "c1", f->x, 4, 4, 1);
    rq_id shifted = build_with_const(f->g, "plus3", "Add", conv, 1);
    rq_id clamp = build(f->g, "clamp", "Clamp", ATTRS("min", "0", "max", "6"), INPUTS(shifted));
    rq_id gate = build_with_const(f->g, "sixth", "Multiply", clamp, 1);
    rq_id hswish = build(f->g, "m", "Multiply", NO_ATTRS, INPUTS(gate, conv));
    build_result(f->g, build_conv(f->g, "c2", hswish, 4, 4, 1));
    place(f);
    expect_kept(f, hswish, "HSwish");
    expect_count(f, 2, 2);
}

static void test_post_processing_is_kept(void **state)
{
    fixture *f = *state;
    rq_id conv = build_conv(f->g, "c", f->x, 4, 4, 1);
    rq_id twice = build(f->g, "twice", "Add", NO_ATTRS, INPUTS(conv, conv));
    rq_id k = build_i64(f->g, "k", RQ_SHAPE_SCALAR, (const int64_t[]){2});
    rq_node *top =
        build_node(f->g, "top", "TopK", "opset3",
                   ATTRS("axis", "1", "mode", "max", "sort", "value"), INPUTS(twice, k), 2);
    build_result(f->g, top->out[0]);
    place(f);
    expect_kept(f, twice, "post-processing");
    expect_count(f, 1, 1); /* the convolution itself is quantized */
    expect_point(f, f->x, 1, true, -1);
}

static void test_constant_operand_is_not_quantized(void **state)
{
    fixture *f = *state;
    build_result(f->g, build_with_const(f->g, "m", "Multiply", f->x, 4));
    place(f);
    expect_count(f, 0, 0);
}

/* A Multiply that leads to a kernel rides along on what others ask for; one that does not reads
 * floats. */
static void test_constant_operand_reads_what_others_ask_for(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", f->x);
    rq_id led = build_with_const(f->g, "m", "Multiply", relu, 4);
    build_result(f->g, build_with_const(f->g, "n", "Multiply", relu, 4));
    build_result(f->g, build_conv(f->g, "c2", led, 4, 4, 1));
    build_result(f->g, build_conv(f->g, "c", relu, 4, 4, 1));
    place(f);
    expect_count(f, 2, 2);
    expect_point(f, relu, 1, false, -1);
    expect_point(f, led, 1, true, -1);
}

static void test_pooling_reads_what_others_ask_for(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", f->x), other = build_relu(f->g, "o", relu);
    rq_id pool = build(f->g, "pool", "AvgPool",
                       ATTRS(WINDOW, "kernel", "2,2", "exclude-pad", "true"), INPUTS(relu));
    rq_id alone = build(f->g, "alone", "AvgPool",
                        ATTRS(WINDOW, "kernel", "2,2", "exclude-pad", "true"), INPUTS(other));
    build_result(f->g, build_conv(f->g, "c", relu, 4, 4, 1));
    build_result(f->g, pool);
    build_result(f->g, build_conv(f->g, "d", alone, 4, 4, 1));
    (void)other;
    place(f);
    expect_count(f, 2, 2);
    expect_point(f, alone, 1, true, -1);
}

static void test_integer_input_is_not_quantized(void **state)
{
    fixture *f = *state;
    rq_id i = build_input(f->g, "i", RQ_DT_I32, SHAPE(1, 4, 8, 8));
    build_result(f->g, build(f->g, "sum", "Add", NO_ATTRS, INPUTS(i, i)));
    rq_id data = build(f->g, "cvt", "Convert", ATTRS("destination_type", "f32"), INPUTS(i));
    build_result(f->g, build_conv(f->g, "c", data, 4, 4, 1));
    build_result(f->g, f->x);
    place(f);
    expect_count(f, 1, 1);
    expect_point(f, data, 1, true, -1);
}

static void test_shape_of_is_no_reader(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", f->x);
    build_result(f->g, build_conv(f->g, "c", relu, 4, 4, 1));
    build_result(f->g, build(f->g, "shape", "ShapeOf", NO_ATTRS, INPUTS(relu)));
    place(f);
    expect_count(f, 1, 1);
    expect_point(f, relu, 1, true, -1);
}

static rq_id upsample(fixture *f, const char *name, const char *mode, rq_id x)
{
    char scales_name[64];
    rq_node *scales;
    rq_shape four = SHAPE(4);
    snprintf(scales_name, sizeof scales_name, "%s/scales", name);
    assert_ok(rq_graph_add_const(&scales, f->g, scales_name, RQ_DT_F32, &four,
                                 (const float[]){1.0f, 1.0f, 2.0f, 2.0f}));
    return build_node(f->g, name, "Interpolate", "opset11",
                      ATTRS("mode", mode, "shape_calculation_mode", "scales"),
                      INPUTS(x, scales->out[0]), 1)
        ->out[0];
}

/* Scales of Interpolate-11 are a float constant, yet it is no element-wise operator. */
static void test_nearest_neighbours_move_codes(void **state)
{
    fixture *f = *state;
    rq_id a = build_relu(f->g, "a", f->x), b = build_relu(f->g, "b", f->x);
    rq_id nearest = upsample(f, "near", "nearest", a);
    rq_id linear = upsample(f, "linear", "linear_onnx", b);
    build_result(f->g, build_conv(f->g, "c1", nearest, 4, 4, 1));
    build_result(f->g, build_conv(f->g, "c2", linear, 4, 4, 1));
    place(f);
    expect_kept(f, linear, "floating point");
    expect_count(f, 2, 2);
    expect_point(f, a, 1, true, -1);
    expect_point(f, linear, 1, true, -1);
}

/* Codes that are there for another reader are enlarged; for itself, what enlarges asks for none. */
static void test_nearest_neighbours_take_codes(void **state)
{
    fixture *f = *state;
    rq_id a = build_relu(f->g, "a", f->x), b = build_relu(f->g, "b", f->x);
    rq_id c = build_relu(f->g, "c", f->x);
    build_result(f->g, build_conv(f->g, "c1", a, 4, 4, 1));
    build_result(f->g, build_conv(f->g, "c2", c, 4, 4, 1));
    build_result(f->g, build_relu(f->g, "p", upsample(f, "near", "nearest", a)));
    build_result(f->g, build_relu(f->g, "q", upsample(f, "alone", "nearest", b)));
    build_result(f->g, build_relu(f->g, "r", upsample(f, "linear", "linear_onnx", c)));
    place(f);
    expect_count(f, 2, 2);
    expect_point(f, a, 2, true, -1);
    expect_point(f, c, 1, false, -1);
}

static rq_id pad(fixture *f, const char *name, rq_id x, const char *mode, float with)
{
    char text[64];
    rq_node *value;
    rq_shape scalar = RQ_SHAPE_SCALAR;
    snprintf(text, sizeof text, "%s/ends", name);
    rq_id ends = build_i64(f->g, text, SHAPE(4), (const int64_t[]){0, 0, 1, 1});
    snprintf(text, sizeof text, "%s/value", name);
    assert_ok(rq_graph_add_const(&value, f->g, text, RQ_DT_F32, &scalar, &with));
    return build(f->g, name, "Pad", ATTRS("pad_mode", mode), INPUTS(x, ends, ends, value->out[0]));
}

/* Zeros of one convolution are its padding; all other constants are put in in floating point, and
 * codes stand behind them. */
static void test_codes_stand_behind_a_pad(void **state)
{
    fixture *f = *state;
    rq_id zeros = pad(f, "zeros", build_relu(f->g, "a", f->x), "constant", 0.0f);
    rq_id ones = pad(f, "ones", build_relu(f->g, "b", f->x), "constant", 1.0f);
    rq_id edges = pad(f, "edges", build_relu(f->g, "c", f->x), "edge", 0.0f);
    rq_id turned = pad(f, "turned", build_relu(f->g, "d", f->x), "constant", 0.0f);
    rq_id order = build_i64(f->g, "order", SHAPE(4), (const int64_t[]){0, 1, 3, 2});
    rq_id flipped = build(f->g, "flip", "Transpose", NO_ATTRS, INPUTS(turned, order));
    build_result(f->g, build_conv(f->g, "c1", zeros, 4, 4, 1));
    build_result(f->g, build_conv(f->g, "c2", ones, 4, 4, 1));
    build_result(f->g, build_conv(f->g, "c3", edges, 4, 4, 1));
    build_result(f->g, build_conv(f->g, "c4", flipped, 4, 4, 1));
    place(f);
    expect_count(f, 4, 4);
    assert_null(point_of(f, zeros));
    assert_null(point_of(f, edges));
    expect_point(f, ones, 1, true, -1);
    expect_point(f, turned, 1, true, -1); /* before the Transpose, which moves codes */
    expect_kept(f, ones, "padded in floating point");
}

static void test_tiles_are_moved_in_floating_point(void **state)
{
    fixture *f = *state;
    rq_id relu = build_relu(f->g, "r", f->x);
    rq_id twice = build_i64(f->g, "twice", SHAPE(4), (const int64_t[]){1, 2, 1, 1});
    rq_id tile = build(f->g, "tile", "Tile", NO_ATTRS, INPUTS(relu, twice));
    build_result(f->g, build_conv(f->g, "c", tile, 4, 8, 1));
    place(f);
    expect_kept(f, tile, "moves its values in floating point");
    expect_count(f, 1, 1);
    expect_point(f, tile, 1, true, -1);
}

/* -- the user's rules ------------------------------------------------------------------------- */

static void build_two_convs(fixture *f, rq_id *first, rq_id *second)
{
    *first = build_conv(f->g, "net/conv1", f->x, 4, 4, 1);
    *second = build_conv(f->g, "net/conv2", *first, 4, 4, 1);
    build_result(f->g, *second);
}

static void test_ignored_name(void **state)
{
    fixture *f = *state;
    rq_id a, b;
    build_two_convs(f, &a, &b);
    const char *const names[] = {"net/conv1"};
    assert_ok(place_scoped(f, &(rq_ignored_scope){.names = names, .n_names = 1}));
    expect_kept(f, a, "ignored name 'net/conv1'");
    expect_count(f, 1, 1);
    expect_point(f, a, 1, true, -1);
    assert_int_equal(weight_of(f, b)->port, 1);
}

/* A layer of no channels beside others: not what stops the network's quantization. */
static void test_empty_weights(void **state)
{
    fixture *f = *state;
    rq_id a = build_conv(f->g, "c1", f->x, 4, 4, 1), none = build_conv(f->g, "c2", a, 0, 4, 1);
    build_result(f->g, none);
    place(f);
    expect_kept(f, none, "there is nothing to multiply");
    assert_int_equal(weight_of(f, a)->port, 1);
}

/* "net/b0/dw/Conv" is shown as "b0/dw"; an Add beside it has no weights, and is not meant. */
static void test_ignored_name_as_tables_show_it(void **state)
{
    fixture *f = *state;
    rq_id a = build_conv(f->g, "net/b0/dw/Conv", f->x, 4, 4, 1);
    rq_id b = build_conv(f->g, "net/b1/dw/Conv", build_relu(f->g, "net/b0/dw/Relu", a), 4, 4, 1);
    build_result(f->g, b);
    const char *const names[] = {"b0/dw"}, *const ends[] = {"b1/dw/Conv"}, *const two[] = {"dw"},
                      *const part[] = {"0/dw"};
    rq_placement *more = NULL;
    assert_ok(place_scoped(f, &(rq_ignored_scope){.names = names, .n_names = 1}));
    expect_kept(f, a, "ignored name 'b0/dw'");
    expect_count(f, 1, 1);
    assert_ok(rq_placement_create(&more, f->bound, RQ_PRECISION_INT8, RQ_INT8_VNNI,
                                  &(rq_ignored_scope){.names = ends, .n_names = 1}));
    assert_int_equal(more->n_weights, 1);
    rq_placement_destroy(&more);
    assert_fails(rq_placement_create(&more, f->bound, RQ_PRECISION_INT8, RQ_INT8_VNNI,
                                     &(rq_ignored_scope){.names = two, .n_names = 1}),
                 RQ_EARG, "any of 2 layers of ");
    assert_non_null(strstr(rq_error_text(), "'net/b0/dw/Conv', 'net/b1/dw/Conv'"));
    assert_fails(rq_placement_create(&more, f->bound, RQ_PRECISION_INT8, RQ_INT8_VNNI,
                                     &(rq_ignored_scope){.names = part, .n_names = 1}),
                 RQ_EARG, "no layer of ");
}

static void test_ignored_pattern_matches_from_the_start(void **state)
{
    fixture *f = *state;
    rq_id a, b;
    build_two_convs(f, &a, &b);
    const char *const patterns[] = {"net/.*2"}, *const inside[] = {"conv2"};
    assert_ok(place_scoped(f, &(rq_ignored_scope){.patterns = patterns, .n_patterns = 1}));
    expect_kept(f, b, "ignored pattern 'net/.*2'");
    expect_count(f, 1, 1);
    rq_placement *none;
    assert_fails(rq_placement_create(&none, f->bound, RQ_PRECISION_INT8, RQ_INT8_VNNI,
                                     &(rq_ignored_scope){.patterns = inside, .n_patterns = 1}),
                 RQ_EARG, "ignored pattern 'conv2'");
    assert_null(none);
}

static void test_ignored_type(void **state)
{
    fixture *f = *state;
    rq_id a, b;
    build_two_convs(f, &a, &b);
    const char *const types[] = {"Convolution"};
    assert_ok(place_scoped(f, &(rq_ignored_scope){.types = types, .n_types = 1}));
    expect_kept(f, a, "ignored type 'Convolution'");
    expect_kept(f, b, "ignored type 'Convolution'");
    expect_count(f, 0, 0);
}

static void test_rules_without_a_match_suggest_one(void **state)
{
    fixture *f = *state;
    rq_id a, b;
    build_two_convs(f, &a, &b);
    const char *const names[] = {"net/cnov1"}, *const types[] = {"Convolutoin"},
                      *const broken[] = {"net/(conv"};
    assert_fails(place_scoped(f, &(rq_ignored_scope){.names = names, .n_names = 1}), RQ_EARG,
                 "did you mean 'net/conv1'");
    assert_null(f->placement);
    rq_placement *none;
    assert_fails(rq_placement_create(&none, f->bound, RQ_PRECISION_INT8, RQ_INT8_VNNI,
                                     &(rq_ignored_scope){.types = types, .n_types = 1}),
                 RQ_EARG, "did you mean 'Convolution'");
    assert_fails(rq_placement_create(&none, f->bound, RQ_PRECISION_INT8, RQ_INT8_VNNI,
                                     &(rq_ignored_scope){.patterns = broken, .n_patterns = 1}),
                 RQ_EARG, "ignored pattern 'net/(conv'");
}

/* -- weights ---------------------------------------------------------------------------------- */

static void test_mat_mul_weight_axis(void **state)
{
    fixture *f = *state;
    rq_id x = build_input(f->g, "m", RQ_DT_F32, SHAPE(2, 4));
    rq_id kn = build_weights(f->g, "kn", SHAPE(4, 3)), nk = build_weights(f->g, "nk", SHAPE(3, 4)),
          wide = build_weights(f->g, "wide", SHAPE(5, 2));
    rq_id plain = build(f->g, "plain", "MatMul", NO_ATTRS, INPUTS(x, kn));
    rq_id flipped = build(f->g, "flipped", "MatMul", ATTRS("transpose_b", "true"), INPUTS(x, nk));
    rq_id left = build(f->g, "left", "MatMul", NO_ATTRS, INPUTS(wide, x));
    build_result(f->g, plain);
    build_result(f->g, flipped);
    build_result(f->g, left);
    build_result(f->g, f->x);
    place(f);
    expect_count(f, 1, 3);
    expect_point(f, x, 3, true, -1);
    assert_int_equal(weight_of(f, plain)->axis, 1);
    assert_int_equal(weight_of(f, flipped)->axis, 0);
    assert_int_equal(weight_of(f, left)->axis, 0);
    assert_int_equal(weight_of(f, left)->port, 0);
}

static void test_mat_mul_of_activations_has_no_weights(void **state)
{
    fixture *f = *state;
    rq_id a = build_relu(f->g, "a", f->x), b = build_relu(f->g, "b", f->x);
    build_result(f->g, build(f->g, "mm", "MatMul", NO_ATTRS, INPUTS(a, b)));
    place(f);
    expect_count(f, 2, 0);
    assert_int_equal(expect_point(f, a, 1, true, -1)->codes, RQ_CODES_SYMMETRIC);
    assert_int_equal(expect_point(f, b, 1, true, -1)->codes, RQ_CODES_SIGNED);
}

static void test_backprop_weight_axes(void **state)
{
    fixture *f = *state;
    rq_id w = build_weights(f->g, "w", SHAPE(4, 3, 2, 2)),
          gw = build_weights(f->g, "gw", SHAPE(2, 2, 5, 2, 2));
    rq_id up = build(f->g, "up", "ConvolutionBackpropData", ATTRS(WINDOW), INPUTS(f->x, w));
    rq_id grouped =
        build(f->g, "gup", "GroupConvolutionBackpropData", ATTRS(WINDOW), INPUTS(f->x, gw));
    build_result(f->g, up);
    build_result(f->g, grouped);
    assert_ok(rq_bind(&f->bound, f->g, NULL, 0));
    assert_ok(rq_placement_create(&f->placement, f->bound, RQ_PRECISION_INT8_WEIGHTS, RQ_INT8_VNNI,
                                  NULL));
    assert_int_equal(weight_of(f, up)->axis, 1);
    assert_int_equal(weight_of(f, up)->n_axes, 1);
    assert_int_equal(weight_of(f, grouped)->axis, 2);
    assert_int_equal(weight_of(f, grouped)->n_axes, 2);
}

static void test_computed_weights_are_refused(void **state)
{
    fixture *f = *state;
    rq_id w = build_input(f->g, "w", RQ_DT_F32, SHAPE(4, 4, 1, 1));
    rq_id conv = build(f->g, "c", "Convolution", ATTRS(WINDOW), INPUTS(f->x, w));
    build_result(f->g, conv);
    place(f);
    expect_kept(f, conv, "not constant");
    expect_count(f, 0, 0);
}

static void test_transposed_convolutions(void **state)
{
    fixture *f = *state;
    rq_id w = build_weights(f->g, "w", SHAPE(4, 3, 2, 2)),
          gw = build_weights(f->g, "gw", SHAPE(2, 2, 5, 2, 2));
    rq_id relu = build_relu(f->g, "r", f->x);
    rq_id up = build(f->g, "up", "ConvolutionBackpropData", ATTRS(WINDOW), INPUTS(relu, w));
    rq_id grouped =
        build(f->g, "gup", "GroupConvolutionBackpropData", ATTRS(WINDOW), INPUTS(f->x, gw));
    build_result(f->g, up);
    build_result(f->g, grouped);
    place(f);
    expect_kept(f, grouped, "no INT8 kernel");
    expect_count(f, 1, 1);
    assert_int_equal(expect_point(f, relu, 1, true, -1)->codes, RQ_CODES_SYMMETRIC);
    rq_placement_destroy(&f->placement);
    assert_ok(rq_placement_create(&f->placement, f->bound, RQ_PRECISION_INT8, RQ_INT8_AVX2, NULL));
    expect_kept(f, up, "without VNNI");
    expect_count(f, 0, 0);
}

static void test_attention_in_one_operator_reads_floats(void **state)
{
    fixture *f = *state;
    rq_id k = build_input(f->g, "k", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    rq_id v = build_input(f->g, "v", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    rq_id y = build_node(f->g, "attention", "ScaledDotProductAttention", "opset13",
                         ATTRS("causal", "false"), INPUTS(f->x, k, v), 1)
                  ->out[0];
    build_result(f->g, y);
    place(f);
    expect_kept(f, y, "no faster");
    expect_count(f, 0, 0);
}

static rq_id slice_of(fixture *f, const char *name, rq_id x, rq_id begin, rq_id end, rq_id step)
{
    return build_node(f->g, name, "Slice", "opset8", NO_ATTRS, INPUTS(x, begin, end, step), 1)
        ->out[0];
}

/* One half goes into a convolution, the other is read in floating point: the half alone. */
static void test_slices_stop_requests_where_others_read_floats(void **state)
{
    fixture *f = *state;
    rq_id zero = build_i64(f->g, "0", SHAPE(2), (const int64_t[]){0, 0});
    rq_id half = build_i64(f->g, "half", SHAPE(2), (const int64_t[]){1, 2});
    rq_id end = build_i64(f->g, "end", SHAPE(2), (const int64_t[]){1, 4});
    rq_id ones = build_i64(f->g, "ones", SHAPE(2), (const int64_t[]){1, 1});
    rq_id low = slice_of(f, "low", f->x, zero, half, ones);
    rq_id high = slice_of(f, "high", f->x, half, end, ones);
    build_result(f->g, build_conv(f->g, "conv", low, 3, 2, 1));
    build_result(f->g, build(f->g, "exp", "Exp", NO_ATTRS, INPUTS(high)));
    place(f);
    expect_point(f, low, 1, true, -1);
    expect_count(f, 1, 1);
}

static rq_id layer_norm(fixture *f, const char *name, rq_id x, int64_t axis)
{
    char buffer[64];
    snprintf(buffer, sizeof buffer, "%s/axes", name);
    rq_id axes = build_i64(f->g, buffer, SHAPE(1), &axis);
    return build_node(f->g, name, "MVN", "opset6",
                      ATTRS("normalize_variance", "true", "eps", "1e-5", "eps_mode", "inside_sqrt"),
                      INPUTS(x, axes), 1)
        ->out[0];
}

static void test_layer_norm_and_its_sum_stay_in_floating_point(void **state)
{
    fixture *f = *state;
    rq_id y = build_input(f->g, "y", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    rq_id sum = build(f->g, "sum", "Add", NO_ATTRS, INPUTS(f->x, y));
    rq_id norm = layer_norm(f, "norm", sum, -1);
    build_result(f->g, build_conv(f->g, "conv", norm, 3, 4, 1));
    place(f);
    expect_kept(f, sum, "not the sum");
    expect_kept(f, norm, "normalization");
    expect_point(f, norm, 1, true, -1);
    expect_count(f, 1, 1);
}

/* Constants have no inputs: nothing is read where they would be. */
static void test_constants_have_no_inputs(void **state)
{
    fixture *f = *state;
    rq_id elsewhere[2] = {1u << 30, 1u << 30};
    rq_id y = build_conv(f->g, "conv", f->x, 4, 4, 3);
    build_result(f->g, y);
    for (rq_id i = 0; i < f->g->n_nodes; i++)
        if (f->g->nodes[i]->n_in == 0) f->g->nodes[i]->in = elsewhere;
    place(f);
    assert_non_null(point_of(f, f->x));
}

/* (x - mean) / sqrt(mean of squares), scaled and shifted: nothing of it reads codes, and the layer
 * behind it alone asks for them. */
static void test_layer_norm_spelled_out_stays_in_floating_point(void **state)
{
    fixture *f = *state;
    rq_id axes = build_i64(f->g, "axes", SHAPE(1), (const int64_t[]){3});
    rq_id mean = build(f->g, "mean", "ReduceMean", ATTRS("keep_dims", "true"), INPUTS(f->x, axes));
    rq_id centred = build(f->g, "sub", "Subtract", NO_ATTRS, INPUTS(f->x, mean));
    rq_id square = build(f->g, "sq", "Multiply", NO_ATTRS, INPUTS(centred, centred));
    rq_id var = build(f->g, "var", "ReduceMean", ATTRS("keep_dims", "true"), INPUTS(square, axes));
    rq_id root = build(f->g, "root", "Sqrt", NO_ATTRS, INPUTS(var));
    rq_id norm = build(f->g, "div", "Divide", NO_ATTRS, INPUTS(centred, root));
    rq_id scaled = build_with_const(f->g, "scale", "Multiply", norm, 4);
    build_result(f->g, build_conv(f->g, "conv", scaled, 4, 4, 1));
    place(f);
    expect_kept(f, mean, "reduction");
    expect_kept(f, square, "element-wise");
    expect_kept(f, norm, "element-wise");
    expect_count(f, 1, 1);
    expect_point(f, scaled, 1, true, -1);
}

static void test_product_behind_softmax_stays_in_floating_point(void **state)
{
    fixture *f = *state;
    rq_id k = build_input(f->g, "k", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    rq_id v = build_input(f->g, "v", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    rq_id scores = build(f->g, "scores", "MatMul", NO_ATTRS, INPUTS(f->x, k));
    rq_id share = build(f->g, "share", "SoftMax", ATTRS("axis", "3"), INPUTS(scores));
    rq_id y = build(f->g, "mix", "MatMul", NO_ATTRS, INPUTS(share, v));
    build_result(f->g, y);
    place(f);
    expect_kept(f, y, "Softmax");
    expect_point(f, f->x, 1, true, -1);
    expect_point(f, k, 1, true, -1);
    expect_count(f, 2, 0);
}

static void test_every_role_has_a_kernel(void **state)
{
    (void)state;
    for (size_t i = 0; i < rq_op_count(); i++) {
        const rq_op *op = rq_op_at(i);
        bool none = op->role == RQ_ROLE_FLOAT || op->role == RQ_ROLE_SHAPE;
        const rq_int8_kernel *kernel = rq_int8_kernel_of(op, false);
        if (none != !kernel)
            fail_msg("%s: %s in int8_kernels.def", op->type, kernel ? "superfluous" : "absent");
        if (kernel && kernel->use == RQ_KERNEL_FLOATS) assert_non_null(kernel->reason);
    }
    for (size_t i = 0; i < rq_int8_kernel_count(); i++)
        assert_non_null(rq_op_find(rq_int8_kernel_at(i)->type));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_conv_bias_relu_conv),
        TEST(test_points_in_topological_order),
        TEST(test_sum_of_a_convolution_reads_codes),
        TEST(test_sum_read_in_float_reads_floats),
        TEST(test_pooled_sum_reads_codes),
        TEST(test_sum_pooled_and_read_in_float_reads_floats),
        TEST(test_sum_behind_relu),
        TEST(test_sum_behind_swish_stays_in_float),
        TEST(test_large_sum_behind_swish_reads_codes),
        TEST(test_sum_of_a_sum),
        TEST(test_sums_that_no_convolution_takes_over),
        TEST(test_sum_without_vnni_reads_floats),
        TEST(test_attention_in_one_operator_reads_floats),
        TEST(test_slices_stop_requests_where_others_read_floats),
        TEST(test_layer_norm_and_its_sum_stay_in_floating_point),
        TEST(test_layer_norm_spelled_out_stays_in_floating_point),
        TEST(test_product_behind_softmax_stays_in_floating_point),
        TEST(test_concat_asks_its_inputs_with_one_range),
        TEST(test_concat_read_in_float_asks_nothing),
        TEST(test_max_pool_passes_through),
        TEST(test_split_passes_when_all_outputs_agree),
        TEST(test_split_stays_when_an_output_is_read_in_float),
        TEST(test_split_ignores_an_output_nobody_reads),
        TEST(test_depthwise_reader_is_per_channel),
        TEST(test_mixed_readers_are_per_tensor),
        TEST(test_depthwise_behind_max_pool_is_per_channel),
        TEST(test_depthwise_behind_concat_is_per_tensor),
        TEST(test_float_reader_keeps_its_edge),
        TEST(test_squeeze_excitation_is_kept),
        TEST(test_swish_written_out_is_one_activation),
        TEST(test_hswish_written_out_is_one_activation),
        TEST(test_post_processing_is_kept),
        TEST(test_constant_operand_is_not_quantized),
        TEST(test_constant_operand_reads_what_others_ask_for),
        TEST(test_pooling_reads_what_others_ask_for),
        TEST(test_integer_input_is_not_quantized),
        TEST(test_shape_of_is_no_reader),
        TEST(test_nearest_neighbours_move_codes),
        TEST(test_nearest_neighbours_take_codes),
        TEST(test_codes_stand_behind_a_pad),
        TEST(test_tiles_are_moved_in_floating_point),
        TEST(test_empty_weights),
        TEST(test_ignored_name),
        TEST(test_ignored_name_as_tables_show_it),
        TEST(test_ignored_pattern_matches_from_the_start),
        TEST(test_ignored_type),
        TEST(test_rules_without_a_match_suggest_one),
        TEST(test_mat_mul_weight_axis),
        TEST(test_mat_mul_of_activations_has_no_weights),
        TEST(test_backprop_weight_axes),
        TEST(test_computed_weights_are_refused),
        TEST(test_transposed_convolutions),
        TEST(test_constants_have_no_inputs),
        TEST(test_every_role_has_a_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
