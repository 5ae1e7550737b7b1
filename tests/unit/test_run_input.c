/* What reaches the inputs of a model: images, arrays, fixed tensors; and what the model does of the
 * preprocessing itself is not done twice. */
#include "tests/unit/test.h"

#include "datasets/arrays/npy.h"
#include "engine/base/callbacks.h"
#include "engine/run/array_values.h"
#include "engine/run/embedded_preprocessing.h"
#include "engine/run/seeded_session.h"
#include "engine/run/tensor_feed.h"
#include "tests/unit/graph_builder.h"
#include "tests/unit/scratch.h"

#include <math.h>

/* Inputs "scale" [1,3], whose tensor has a name of its own, and "image" of the shape given, in this
 * order. */
static rq_graph *two_inputs(rq_shape shape)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "inputs"));
    rq_id scale = build_input(g, "scale", RQ_DT_F32, SHAPE(1, 3));
    rq_id image = build_input(g, "image", RQ_DT_F32, shape);
    g->values[scale]->names = "scale_tensor";
    build_result(g, build_relu(g, "relu_scale", scale));
    build_result(g, build_relu(g, "relu_image", image));
    return g;
}

typedef struct net {
    rq_graph *graph;
    rq_model *model;
} net;

static net open_net(rq_shape shape)
{
    net n = {two_inputs(shape), NULL};
    assert_ok(rq_model_create(&n.model, n.graph, &(rq_exec_options){.backend = "reference"}));
    return n;
}

static void close_net(net *n)
{
    rq_model_destroy(&n->model);
    rq_graph_destroy(&n->graph);
}

/* -- fixed inputs ----------------------------------------------------------------------------- */

static rq_tensor three_numbers = {RQ_DT_F32, {.rank = 2, .d = {1, 3}}, (float[]){7, 8, 9}};

static void test_a_fixed_input_from_a_file(void **state)
{
    rq_arena *arena;
    rq_fixed_input fixed;
    char text[4200];
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_npy_write(scratch_path(state, "a.npy"), &three_numbers));
    snprintf(text, sizeof text, "in=put=%s",
             scratch_path(state, "a.npy")); /* a name may have one */
    assert_ok(rq_fixed_input_read(&fixed, text, arena));
    assert_string_equal(fixed.name, "in=put");
    assert_true(((float *)fixed.tensor.data)[2] == 9);
    free(fixed.tensor.data);
    assert_fails(rq_fixed_input_read(&fixed, "a.npy", arena), RQ_EARG, "expected NAME=FILE.npy");
    assert_fails(rq_fixed_input_read(&fixed, "=a.npy", arena), RQ_EARG, "expected NAME=FILE.npy");
    assert_fails(rq_fixed_input_read(&fixed, "a=nowhere.npy", arena), RQ_EIO, "nowhere.npy");
    rq_arena_destroy(&arena);
}

/* Files have floats or bytes for what NumPy has no type of. */
static void test_a_fixed_input_of_a_type_that_files_lack(void **state)
{
    rq_graph *g;
    rq_model *model;
    rq_fixed_input fixed = {"scale", {RQ_DT_F32, {1, {3}}, NULL}};
    size_t at = 9;
    (void)state;
    assert_ok(rq_graph_create(&g, "bf16"));
    build_result(g, build_relu(g, "relu", build_input(g, "scale", RQ_DT_BF16, SHAPE(3))));
    assert_ok(rq_model_create(&model, g, &(rq_exec_options){.backend = "reference"}));
    assert_ok(rq_calloc(&fixed.tensor.data, 3, sizeof(float), "numbers"));
    ((float *)fixed.tensor.data)[2] = -2;
    assert_ok(rq_fixed_input_find(&at, model, &fixed));
    assert_int_equal(at, 0);
    assert_int_equal(fixed.tensor.dtype, RQ_DT_BF16);
    assert_float_equal(rq_load_f64(fixed.tensor.data, RQ_DT_BF16, 2), -2, 0);
    free(fixed.tensor.data);
    rq_model_destroy(&model);
    rq_graph_destroy(&g);
}

static void test_the_image_goes_where_it_fits(void **state)
{
    net n = open_net(SHAPE(1, 3, 4, 4));
    rq_fixed_input fixed = {"scale", three_numbers};
    rq_image_request request = {.fixed = &fixed, .n_fixed = 1};
    rq_image_feed feed;
    (void)state;
    assert_ok(rq_image_feed_open(&feed, &request, n.model));
    assert_int_equal(feed.input, 1);
    assert_ptr_equal(feed.fixed[0].data, three_numbers.data);
    assert_int_equal(rq_image_plan_count(&feed.plan), 48);
    rq_image_feed_close(&feed);
    fixed.name = "scale_tensor";
    assert_ok(rq_image_feed_open(&feed, &request, n.model));
    assert_ptr_equal(feed.fixed[0].data, three_numbers.data);
    rq_image_feed_close(&feed);
    request.n_fixed = 0;
    assert_fails(rq_image_feed_open(&feed, &request, n.model), RQ_EARG, "'scale' takes no image");
    rq_image_feed_close(&feed);
    fixed.name = "other";
    request.n_fixed = 1;
    assert_fails(rq_image_feed_open(&feed, &request, n.model), RQ_EARG, "no such input");
    rq_image_feed_close(&feed);
    close_net(&n);

    n = open_net(SHAPE(2, 3, 4, 4));
    fixed.name = "scale";
    assert_fails(rq_image_feed_open(&feed, &request, n.model), RQ_EUNSUPPORTED, "2 images at once");
    rq_image_feed_close(&feed);
    close_net(&n);

    n = open_net(SHAPE(1, 5));
    assert_fails(rq_image_feed_open(&feed, &request, n.model), RQ_EUNSUPPORTED, "none of rank 4");
    rq_image_feed_close(&feed);
    close_net(&n);
}

static void test_a_fixed_input_is_of_numbers(void **state)
{
    net n = open_net(SHAPE(1, 3, 4, 4));
    float numbers[] = {1, INFINITY, 0};
    rq_fixed_input fixed = {"scale", {RQ_DT_F32, SHAPE(1, 3), numbers}};
    rq_image_request request = {.fixed = &fixed, .n_fixed = 1};
    rq_image_feed feed;
    (void)state;
    assert_fails(rq_image_feed_open(&feed, &request, n.model), RQ_EARG,
                 "--input scale: input 'scale': inf at [0,1], expected a finite number");
    rq_image_feed_close(&feed);
    close_net(&n);
}

static void test_several_images_at_once_are_run_as_one(void **state)
{
    rq_graph *graph = two_inputs(SHAPE(4, 3, 8, 6));
    rq_input_shape shapes[2];
    rq_image_request request = {0};
    size_t n = 0;
    (void)state;
    assert_ok(rq_image_request_fit(shapes, &n, &request, graph, &(rq_images){0}));
    assert_int_equal(n, 1);
    assert_string_equal(shapes[0].name, "image");
    assert_int_equal(shapes[0].shape.d[0], 1);
    assert_int_equal(shapes[0].shape.d[2], 8);
    shapes[0].shape.d[0] = 2;
    assert_ok(rq_image_request_fit(shapes, &n, &request, graph, &(rq_images){0}));
    assert_int_equal(n, 1);
    assert_int_equal(shapes[0].shape.d[0], 2); /* as it was given */
    rq_graph_destroy(&graph);
}

static void test_a_dynamic_shape_follows_from_the_size(void **state)
{
    rq_graph *graph = two_inputs(SHAPE(1, 3, RQ_DYNAMIC, RQ_DYNAMIC));
    rq_input_shape shapes[2];
    rq_image_request request = {0};
    size_t n = 0;
    (void)state;
    assert_fails(rq_image_request_fit(shapes, &n, &request, graph, &(rq_images){0}), RQ_EARG,
                 "--shape");
    request.preprocess.resize_width = 6;
    request.preprocess.resize_height = 4;
    assert_ok(rq_image_request_fit(shapes, &n, &request, graph, &(rq_images){0}));
    assert_int_equal(n, 1);
    assert_string_equal(shapes[0].name, "image");
    assert_int_equal(shapes[0].shape.d[2], 4);
    assert_int_equal(shapes[0].shape.d[3], 6);
    assert_ok(
        rq_image_request_fit(shapes, &n, &request, graph, &(rq_images){0})); /* it is given now */
    assert_int_equal(n, 1);
    rq_graph_destroy(&graph);
}

/* -- arrays ----------------------------------------------------------------------------------- */

typedef struct arrays {
    rq_image_feed feed;
    rq_tensor_feed tensors;
    rq_tensor inputs[2];
    rq_view view;
} arrays;

static void assert_open_size(const rq_graph *graph, const char *text, int width, int height)
{
    rq_input_shape shapes[2] = {{0}, {"image", {.rank = 4, .d = {1, 3, 48, RQ_DYNAMIC}}}};
    size_t n = 1;
    rq_arena *arena;
    rq_image_request request = {0};
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_input_shape_parse(&shapes[0], text, arena));
    assert_ok(rq_image_request_take_open(shapes, &n, &request, graph));
    assert_int_equal(n, 0);
    assert_int_equal(request.preprocess.resize_width, width);
    assert_int_equal(request.preprocess.resize_height, height);
    request.preprocess = (rq_preprocess){.resize_width = 7, .resize_height = 5};
    n = 1;
    assert_ok(rq_image_request_take_open(shapes + 1, &n, &request, graph));
    assert_int_equal(request.preprocess.resize_height, 5); /* what was asked for stays */
    rq_arena_destroy(&arena);
}

static rq_status take_shape(const rq_graph *graph, const char *text, rq_preprocess preprocess,
                            rq_arena *arena)
{
    rq_input_shape shape;
    rq_image_request request = {.preprocess = preprocess};
    size_t n = 1;
    assert_ok(rq_input_shape_parse(&shape, text, arena));
    return rq_image_request_take_open(&shape, &n, &request, graph);
}

static void test_shapes_may_leave_a_side_open(void **state)
{
    rq_graph *graph = two_inputs(SHAPE(RQ_DYNAMIC, 3, RQ_DYNAMIC, RQ_DYNAMIC));
    rq_input_shape shape;
    rq_arena *arena;
    (void)state;
    assert_open_size(graph, "image[1,3,48,?]", 0, 48);
    assert_open_size(graph, "image[?,3,32,320]", 320, 32);
    assert_open_size(graph, "image[1,?,320,3]", 320, 0);
    assert_ok(rq_arena_create(&arena));
    assert_fails(take_shape(graph, "image[1,3,?,?]", (rq_preprocess){0}, arena), RQ_EARG,
                 "--shape 'image[1,3,?,?]' leaves both sides of images open");
    assert_ok(take_shape(graph, "image[1,3,?,?]", (rq_preprocess){.resize_height = 48}, arena));
    assert_fails(take_shape(graph, "imag[1,3,?,?]", (rq_preprocess){0}, arena), RQ_EARG,
                 "--shape names 'imag', which is no input; did you mean 'image'?");
    assert_fails(take_shape(graph, "image[3,48,48]", (rq_preprocess){0}, arena), RQ_EARG,
                 "input 'image' is [?,3,?,?], of 4 dimensions, found [3,48,48]");
    assert_fails(rq_input_shape_parse(&shape, "image[1,4?]", arena), RQ_EARG, "or ?");
    assert_fails(rq_input_shape_parse(&shape, "image[1,-1,3]", arena), RQ_EARG, "found [1,-1,3]");
    assert_fails(rq_input_shape_parse(&shape, "image[2,..]", arena), RQ_EARG, "found [2,..]");
    assert_fails(rq_input_shape_parse(&shape, "image[0]", arena), RQ_EARG, "sizes from 1 on");
    assert_fails(rq_input_shape_parse(&shape, "image[1,?,?,?,?,?,?,?,?,?,?,?]", arena), RQ_EARG,
                 "or ?");
    rq_arena_destroy(&arena);
    rq_graph_destroy(&graph);
}

static void open_arrays(arrays *a, const net *n, rq_fixed_input *fixed)
{
    const rq_image_request request = {.tensors = true, .fixed = fixed, .n_fixed = fixed ? 1 : 0};
    memset(a, 0, sizeof *a);
    assert_ok(rq_image_feed_open(&a->feed, &request, n->model));
}

static rq_status read_array(arrays *a, void **state, const rq_tensor *tensor)
{
    const char *path = scratch_path(state, "sample.npy");
    assert_ok(rq_npy_write(path, tensor));
    return rq_tensor_feed_read(&a->tensors, a->inputs, &a->view, &a->feed,
                               &(rq_sample){.path = path});
}

static void close_arrays(arrays *a)
{
    rq_tensor_feed_free(&a->tensors);
    rq_image_feed_close(&a->feed);
}

static void test_the_only_array_for_the_only_input(void **state)
{
    net n = open_net(SHAPE(1, 3, 2, 5));
    rq_fixed_input fixed = {"scale", three_numbers};
    arrays a;
    int64_t wide[30];
    for (int i = 0; i < 30; i++) wide[i] = i - 10;
    open_arrays(&a, &n, &fixed);
    assert_int_equal(a.feed.input, 1);
    /* Other numbers, and without the batch. */
    assert_ok(read_array(&a, state, &(rq_tensor){RQ_DT_I64, SHAPE(3, 2, 5), wide}));
    assert_null(a.inputs[0].data);
    assert_int_equal(a.inputs[1].dtype, RQ_DT_F32);
    assert_int_equal(a.inputs[1].shape.rank, 4);
    for (int i = 0; i < 30; i++) assert_true(((float *)a.inputs[1].data)[i] == (float)(i - 10));
    assert_int_equal(a.view.width, 5);
    assert_int_equal(a.view.height, 2);
    assert_fails(read_array(&a, state, &(rq_tensor){RQ_DT_I64, SHAPE(3, 5, 2), wide}), RQ_EARG,
                 "[3,5,2]");
    close_arrays(&a);
    close_net(&n);
}

static void test_two_inputs_need_two_arrays(void **state)
{
    net n = open_net(SHAPE(1, 3, 2, 5));
    rq_fixed_input fixed = {"scale", three_numbers};
    arrays a;
    float numbers[30] = {0};
    open_arrays(&a, &n, NULL);
    assert_fails(read_array(&a, state, &(rq_tensor){RQ_DT_F32, SHAPE(1, 3, 2, 5), numbers}),
                 RQ_EARG, "no array for input 'scale'");
    close_arrays(&a);
    close_net(&n);

    rq_graph *only;
    rq_model *model;
    rq_image_feed feed;
    const rq_image_request request = {.tensors = true, .fixed = &fixed, .n_fixed = 1};
    assert_ok(rq_graph_create(&only, "one"));
    build_result(only,
                 build_relu(only, "relu", build_input(only, "scale", RQ_DT_F32, SHAPE(1, 3))));
    assert_ok(rq_model_create(&model, only, &(rq_exec_options){.backend = "reference"}));
    assert_fails(rq_image_feed_open(&feed, &request, model), RQ_EARG, "nothing is left for --data");
    rq_image_feed_close(&feed);
    rq_model_destroy(&model);
    rq_graph_destroy(&only);
}

/* Those of the file are "a" [2,3] and "input 1" [2]. */
static void test_arrays_by_the_names_of_tensors(void **state)
{
    (void)state;
    net n;
    arrays a;
    assert_ok(rq_graph_create(&n.graph, "by tensor"));
    rq_id x = build_input(n.graph, "x", RQ_DT_I64, SHAPE(2));
    rq_id y = build_input(n.graph, "y", RQ_DT_F32, SHAPE(2, 3));
    n.graph->values[x]->names = "other,input 1";
    n.graph->values[y]->names = "a";
    build_result(n.graph, x);
    build_result(n.graph, y);
    assert_ok(rq_model_create(&n.model, n.graph, &(rq_exec_options){.backend = "reference"}));
    open_arrays(&a, &n, NULL);
    assert_ok(rq_tensor_feed_read(&a.tensors, a.inputs, &a.view, &a.feed,
                                  &(rq_sample){.path = "tests/data/npz/stored.npz"}));
    assert_int_equal(((int64_t *)a.inputs[0].data)[1], -8);
    assert_true(((float *)a.inputs[1].data)[5] == 5);
    close_arrays(&a);
    close_net(&n);
}

/* Ids [1,4], converted and as a row, pick out of a table of 6 rows: as `opset` says. */
static net open_table(const char *opset)
{
    net n;
    assert_ok(rq_graph_create(&n.graph, "table"));
    rq_graph *g = n.graph;
    rq_id ids = build_input(g, "ids", RQ_DT_I64, SHAPE(1, 4));
    rq_id narrow = build(g, "narrow", "Convert", ATTRS("destination_type", "i32"), INPUTS(ids));
    rq_id row = build(g, "row", "Reshape", ATTRS("special_zero", "false"),
                      INPUTS(narrow, build_i64(g, "row/shape", SHAPE(1), (const int64_t[]){4})));
    rq_id axis = build_i64(g, "axis", SHAPE(1), (const int64_t[]){0});
    rq_id table = build_weights(g, "table", SHAPE(6, 2));
    build_result(g, build_node(g, "words", "Gather", opset, ATTRS("batch_dims", "0"),
                               INPUTS(table, row, axis), 1)
                        ->out[0]);
    assert_ok(rq_model_create(&n.model, g, &(rq_exec_options){.backend = "reference"}));
    return n;
}

static void assert_ids(void **state, const char *opset, float id, const char *expected)
{
    net n = open_table(opset);
    arrays a;
    float data[4] = {0, 5, 0, id};
    open_arrays(&a, &n, NULL);
    const rq_tensor ids = {RQ_DT_F32, SHAPE(1, 4), data};
    if (expected)
        assert_fails(read_array(&a, state, &ids), RQ_EFORMAT, expected);
    else
        assert_ok(read_array(&a, state, &ids));
    close_arrays(&a);
    close_net(&n);
}

static void test_ids_are_rows_of_a_table(void **state)
{
    assert_ids(state, "opset8", 3, NULL);
    assert_ids(state, "opset8", -6, NULL); /* the first, counted from the end */
    assert_ids(state, "opset8", 6,
               "input 'ids': 6 at [0,3], expected -6 to 5, the rows that 'words' picks from");
    assert_ids(state, "opset8", -7, "-7 at [0,3]");
    assert_ids(state, "opset7", -1, "expected 0 to 5");
    assert_ids(state, "opset8", 1.5f, "1.5 at [0,3], expected an integer that fits into i64");
    assert_ids(state, "opset8", NAN, "input 'ids': nan at [0,3], expected an integer");
}

static void test_arrays_are_of_numbers(void **state)
{
    float data[4] = {0, -INFINITY, 0, 0};
    const rq_tensor array = {RQ_DT_F32, SHAPE(2, 2), data};
    const rq_id_range any = {.picker = NULL};
    (void)state;
    assert_ok(rq_array_values_check(&array, RQ_DT_F32, &any, "x")); /* a mask */
    data[2] = 1;
    assert_fails(rq_array_values_check(&array, RQ_DT_F32, &any, "x"), RQ_EFORMAT,
                 "input 'x': -inf at [0,1], expected a finite number");
    data[1] = NAN;
    assert_fails(rq_array_values_check(&array, RQ_DT_F32, &any, "x"), RQ_EFORMAT,
                 "input 'x': nan at [0,1], expected a finite number");
    data[1] = 256;
    assert_ok(rq_array_values_check(&array, RQ_DT_F32, &any, "x"));
    assert_fails(rq_array_values_check(&array, RQ_DT_U8, &any, "x"), RQ_EFORMAT,
                 "256 at [0,1], expected an integer that fits into u8");
    data[1] = 255;
    assert_ok(rq_array_values_check(&array, RQ_DT_U8, &any, "x"));
    assert_fails(rq_array_values_check(&array, RQ_DT_BOOL, &any, "x"), RQ_EFORMAT, "boolean");
}

/* -- what the model does itself --------------------------------------------------------------- */

static void count_log(void *ctx, const char *text)
{
    (void)text;
    ++*(int *)ctx;
}

/* The preprocessing that is left when the model's rt_info says `value` at `path`. */
static rq_preprocess left(const char *path, const char *value, rq_channels channels, int *said)
{
    rq_graph *g = two_inputs(SHAPE(1, 3, 4, 4));
    rq_preprocess p = {.n_mean = 3, .n_scale = 1, .channels = channels};
    const rq_callbacks callbacks = {.ctx = said, .log = count_log};
    *said = 0;
    assert_ok(rq_graph_set_rt_info(g, path, value));
    rq_callbacks_install(&callbacks);
    rq_embedded_preprocessing_drop(&p, g);
    rq_callbacks_install(NULL);
    rq_graph_destroy(&g);
    return p;
}

static void test_nothing_is_done_twice(void **state)
{
    int said;
    (void)state;
    rq_preprocess p = left("requant/preprocessing/mean_values", "1,2,3", RQ_CHANNELS_RGB, &said);
    assert_true(p.n_mean == 0 && p.n_scale == 1 && p.channels == RQ_CHANNELS_RGB && said == 1);
    p = left("conversion_parameters/scale", "255", RQ_CHANNELS_RGB, &said);
    assert_true(p.n_mean == 3 && p.n_scale == 0 && said == 1);
    p = left("conversion_parameters/reverse_input_channels", "True", RQ_CHANNELS_AUTO, &said);
    assert_true(p.channels == RQ_CHANNELS_BGR && p.n_mean == 3 && said == 1);
    p = left("conversion_parameters/reverse_input_channels", "True", RQ_CHANNELS_BGR, &said);
    assert_true(p.channels == RQ_CHANNELS_RGB);
    p = left("conversion_parameters/reverse_input_channels", "True", RQ_CHANNELS_GRAY, &said);
    assert_true(p.channels == RQ_CHANNELS_GRAY && said == 0);
}

static void test_what_the_model_does_not_do_is_done(void **state)
{
    static const char *const none[] = {"", "[]", "()", "False", "None"};
    int said;
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        rq_preprocess p =
            left("conversion_parameters/mean_values", none[i], RQ_CHANNELS_RGB, &said);
        assert_true(p.n_mean == 3 && said == 0);
        p = left("conversion_parameters/reverse_input_channels", none[i], RQ_CHANNELS_RGB, &said);
        assert_true(p.channels == RQ_CHANNELS_RGB && said == 0);
    }
}

/* -- seeded sessions -------------------------------------------------------------------------- */

static void test_seeded_numbers(void **state)
{
    net n = open_net(SHAPE(1, 3, 4, 4));
    rq_seeded_session a = {0}, b = {0}, c = {0};
    (void)state;
    assert_ok(rq_seeded_session_open(&a, n.model, 5));
    assert_ok(rq_seeded_session_open(&b, n.model, 5));
    assert_ok(rq_seeded_session_open(&c, n.model, 6));
    assert_int_equal(a.n_inputs, 2);
    const float *x = a.inputs[1].data;
    for (size_t i = 0; i < 48; i++) assert_true(x[i] >= 0 && x[i] < 1);
    assert_memory_equal(x, b.inputs[1].data, 48 * sizeof *x);
    assert_memory_not_equal(x, c.inputs[1].data, 48 * sizeof *x);
    assert_ok(rq_seeded_session_run(&a));
    assert_memory_equal(rq_session_output(a.session, 1)->data, x, 48 * sizeof *x);
    rq_seeded_session_close(&a);
    rq_seeded_session_close(&b);
    rq_seeded_session_close(&c);
    close_net(&n);
}

static void sequences_want_arrays(void **state)
{
    rq_graph *graph;
    rq_input_shape shapes[1];
    size_t n = 0;
    rq_image_request request = {0};
    (void)state;
    assert_ok(rq_graph_create(&graph, "sequences"));
    build_result(graph, build_input(graph, "x", RQ_DT_F32, SHAPE(RQ_DYNAMIC, 5)));
    assert_fails(rq_image_request_fit(shapes, &n, &request, graph, &(rq_images){0}), RQ_EARG,
                 "the model has 'x' [?,5]: give arrays, --data FOLDER (or a list) of .npy");
    build_result(graph, build_input(graph, "ids", RQ_DT_I64, SHAPE(1, 5)));
    assert_fails(rq_image_request_fit(shapes, &n, &request, graph, &(rq_images){0}), RQ_EARG,
                 "'x' [?,5], 'ids' [1,5]: give arrays, --data FOLDER (or a list) of "
                 ".npz or HDF5 files");
    request.tensors = true;
    assert_ok(rq_image_request_fit(shapes, &n, &request, graph, &(rq_images){0}));
    rq_graph_destroy(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_want_arrays),
        cmocka_unit_test(test_a_fixed_input_from_a_file),
        cmocka_unit_test(test_a_fixed_input_of_a_type_that_files_lack),
        cmocka_unit_test(test_the_image_goes_where_it_fits),
        cmocka_unit_test(test_a_fixed_input_is_of_numbers),
        cmocka_unit_test(test_several_images_at_once_are_run_as_one),
        cmocka_unit_test(test_a_dynamic_shape_follows_from_the_size),
        cmocka_unit_test(test_shapes_may_leave_a_side_open),
        cmocka_unit_test(test_the_only_array_for_the_only_input),
        cmocka_unit_test(test_two_inputs_need_two_arrays),
        cmocka_unit_test(test_arrays_by_the_names_of_tensors),
        cmocka_unit_test(test_ids_are_rows_of_a_table),
        cmocka_unit_test(test_arrays_are_of_numbers),
        cmocka_unit_test(test_nothing_is_done_twice),
        cmocka_unit_test(test_what_the_model_does_not_do_is_done),
        cmocka_unit_test(test_seeded_numbers),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
