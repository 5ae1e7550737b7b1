/* What quantize records of its images in a model, taken where nothing else is asked. */
#include "tests/unit/test.h"

#include "engine/base/callbacks.h"
#include "engine/run/recorded_request.h"
#include "engine/run/tensor_shapes.h"
#include "engine/run/workload.h"
#include "tests/unit/graph_builder.h"

static rq_graph *new_model(void)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "model"));
    g->path = "model.xml";
    build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, 48, RQ_DYNAMIC));
    return g;
}

static rq_preprocess of_lines(void)
{
    rq_preprocess p = {.resize_height = 48, .n_mean = 3, .mean = {127.5, 0.1, 3}, .n_scale = 1};
    p.scale[0] = 60;
    p.channels = RQ_CHANNELS_BGR;
    p.layout = RQ_LAYOUT_NCHW;
    p.filter = rq_filter_find("bicubic");
    p.ignore_orientation = p.full_decode = true;
    return p;
}

static rq_image_request take(const rq_graph *g, rq_preprocess asked, rq_arena *arena)
{
    rq_image_request request = {.preprocess = asked};
    assert_ok(rq_recorded_request_take(&request, g, false, arena));
    return request;
}

static void all_comes_back(void **state)
{
    (void)state;
    rq_graph *g = new_model();
    const rq_image_request lines = {.preprocess = of_lines(), .adapter = "ctc:blank=0"};
    assert_false(rq_recorded_request_is_there(g));
    assert_ok(rq_recorded_request_set(g, &lines));
    assert_true(rq_recorded_request_is_there(g));
    rq_image_request got = take(g, (rq_preprocess){0}, g->arena);
    assert_string_equal(got.adapter, "ctc:blank=0");
    assert_int_equal(got.preprocess.resize_height, 48);
    assert_int_equal(got.preprocess.resize_width, 0);
    assert_int_equal(got.preprocess.n_mean, 3);
    assert_memory_equal(got.preprocess.mean, lines.preprocess.mean, sizeof got.preprocess.mean);
    assert_true(got.preprocess.n_scale == 1 && got.preprocess.scale[0] == 60);
    assert_int_equal(got.preprocess.channels, RQ_CHANNELS_BGR);
    assert_int_equal(got.preprocess.layout, RQ_LAYOUT_NCHW);
    assert_ptr_equal(got.preprocess.filter, lines.preprocess.filter);
    assert_true(got.preprocess.ignore_orientation && got.preprocess.full_decode);

    const rq_preprocess photos = {.resize_shorter = 256, .crop_width = 224, .crop_height = 200};
    rq_graph *other = new_model();
    assert_ok(rq_recorded_request_set(other, &(rq_image_request){.preprocess = photos}));
    got = take(other, (rq_preprocess){0}, other->arena);
    got.preprocess.asked = 0;
    assert_memory_equal(&got.preprocess, &photos, sizeof photos);
    rq_graph_destroy(&other);
    rq_graph_destroy(&g);
}

static void what_is_asked_wins(void **state)
{
    (void)state;
    rq_graph *g = new_model();
    rq_image_request lines = {.preprocess = of_lines()};
    assert_ok(rq_recorded_request_set(g, &lines));
    rq_image_request got = take(g, (rq_preprocess){.crop_width = 32, .crop_height = 32}, g->arena);
    assert_int_equal(got.preprocess.resize_height, 0); /* sizes belong together */
    assert_int_equal(got.preprocess.n_mean, 3);
    got = take(g, (rq_preprocess){.n_mean = 1, .channels = RQ_CHANNELS_RGB}, g->arena);
    assert_int_equal(got.preprocess.n_mean, 1);
    assert_true(got.preprocess.n_scale == 1 && got.preprocess.scale[0] == 60); /* these do not */
    assert_int_equal(got.preprocess.channels, RQ_CHANNELS_RGB);
    assert_int_equal(got.preprocess.resize_height, 48);
    rq_image_request arrays = {.tensors = true};
    assert_ok(rq_recorded_request_take(&arrays, g, false, g->arena));
    assert_int_equal(arrays.preprocess.n_mean, 0);
    assert_ok(rq_graph_set_rt_info(g, "requant/images/resize", "huge"));
    assert_ok(rq_recorded_request_take(&lines, g, false, g->arena)); /* asked: not looked at */
    lines = (rq_image_request){0};
    assert_fails(rq_recorded_request_take(&lines, g, false, g->arena), RQ_EFORMAT, "resize");
    rq_graph_destroy(&g);
}

static void keep_line(void *ctx, const char *line)
{
    rq_buf_append(ctx, line);
}

/* A crop is one of the size that the images had. */
static void sizes_left_out_are_told(void **state)
{
    (void)state;
    rq_graph *g = new_model();
    rq_buf log = {0};
    const rq_image_request photos = {.preprocess = {.resize_shorter = 256,
                                                    .crop_width = 224,
                                                    .crop_height = 224,
                                                    .n_pad = 1,
                                                    .pad = {114}}};
    assert_ok(rq_recorded_request_set(g, &photos));
    rq_image_request request = {0};
    assert_ok(rq_preprocess_set(&request.preprocess, "resize", "128", "--resize"));
    const rq_callbacks callbacks = {.ctx = &log, .log = keep_line},
                       *before = rq_callbacks_install(&callbacks);
    assert_ok(rq_recorded_request_take(&request, g, true, g->arena));
    rq_callbacks_install(before);
    assert_int_equal(request.preprocess.resize_shorter, 128);
    assert_int_equal(request.preprocess.crop_width, 0);
    assert_true(request.preprocess.n_pad == 1 && request.preprocess.pad[0] == 114);
    assert_non_null(strstr(log.data, "calibrated with --crop 224x224: not used"));
    rq_buf_free(&log);
    rq_graph_destroy(&g);
}

/* What is asked wins where it is what holds anyway, too. */
static void defaults_that_are_asked_win(void **state)
{
    (void)state;
    static const char *const asked[][2] = {
        {"fit", "stretch"}, {"channels", "auto"}, {"layout", "auto"}, {"orientation", "exif"}};
    rq_graph *g = new_model();
    rq_image_request request = {.preprocess = of_lines()};
    request.preprocess.fit = RQ_FIT_LETTERBOX;
    assert_ok(rq_recorded_request_set(g, &request));
    request = (rq_image_request){0};
    for (size_t i = 0; i < 4; i++)
        assert_ok(rq_preprocess_set(&request.preprocess, asked[i][0], asked[i][1], asked[i][0]));
    assert_ok(rq_recorded_request_take(&request, g, false, g->arena));
    assert_int_equal(request.preprocess.fit, RQ_FIT_STRETCH);
    assert_int_equal(request.preprocess.channels, RQ_CHANNELS_AUTO);
    assert_int_equal(request.preprocess.layout, RQ_LAYOUT_AUTO);
    assert_false(request.preprocess.ignore_orientation);
    assert_true(request.preprocess.full_decode);
    rq_graph_destroy(&g);
}

static void a_model_folded_in_its_own(void **state)
{
    (void)state;
    rq_graph *g = new_model();
    const rq_image_request lines = {.preprocess = of_lines()};
    assert_ok(rq_recorded_request_set(g, &lines));
    assert_ok(rq_graph_set_rt_info(g, "requant/preprocessing/mean_values", "1 2 3"));
    rq_image_request got = take(g, (rq_preprocess){0}, g->arena);
    assert_int_equal(got.preprocess.n_mean + got.preprocess.n_scale, 0);
    assert_int_equal(got.preprocess.channels, RQ_CHANNELS_AUTO);
    assert_int_equal(got.preprocess.resize_height, 48);
    rq_graph_destroy(&g);
}

static void shapes_of_dynamic_inputs(void **state)
{
    (void)state;
    rq_graph *g = new_model();
    build_input(g, "fixed", RQ_DT_F32, SHAPE(1, 2));
    rq_input_shape got[4] = {{"x", SHAPE(1, 3, 48, 96)}, {"fixed", SHAPE(1, 2)}};
    size_t n = 0;
    assert_false(rq_recorded_request_is_there(g));
    assert_ok(rq_recorded_shapes_set(g, got, 2));
    assert_true(rq_recorded_request_is_there(g));
    got[0] = (rq_input_shape){0};
    assert_ok(rq_recorded_shapes_take(got, &n, 4, g, g, false, g->arena));
    assert_int_equal(n, 1);
    assert_string_equal(got[0].name, "x");
    assert_int_equal(got[0].shape.d[3], 96);
    got[0].shape.d[3] = 64; /* given: stays */
    assert_ok(rq_recorded_shapes_take(got, &n, 4, g, g, false, g->arena));
    assert_true(n == 1 && got[0].shape.d[3] == 64);
    n = 0;
    assert_ok(rq_graph_set_rt_info(g, "requant/shapes/input_0", "x[1,"));
    assert_fails(rq_recorded_shapes_take(got, &n, 4, g, g, false, g->arena), RQ_EFORMAT, "input_0");
    rq_graph_destroy(&g);
}

static rq_graph *one_input(const char *name, rq_shape shape)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "other"));
    build_input(g, name, RQ_DT_F32, shape);
    return g;
}

static rq_graph *two_inputs(void)
{
    rq_graph *g = one_input("y", SHAPE(1, 3, 48, RQ_DYNAMIC));
    build_input(g, "z", RQ_DT_F32, SHAPE(1));
    return g;
}

/* What one model records is for another, as far as that has such an input, or an only one that can
 * be so, and it is dynamic. */
static void shapes_of_another_model(void **state)
{
    (void)state;
    const rq_input_shape given[] = {{"x", SHAPE(1, 3, 48, 96)}};
    rq_graph *recorded = new_model();
    struct {
        rq_graph *graph;
        const char *takes; /* name of the input; NULL: none */
    } others[] = {{new_model(), "x"},
                  {one_input("x", SHAPE(1, 3, 48, 64)), NULL},
                  {one_input("y", SHAPE(1, 3, 48, RQ_DYNAMIC)), "y"},
                  {one_input("y", SHAPE(1, 48, RQ_DYNAMIC, 3)), NULL},
                  {one_input("y", SHAPE(1, 1, 3, 48, RQ_DYNAMIC)), NULL},
                  {two_inputs(), NULL}};
    assert_ok(rq_recorded_shapes_set(recorded, given, 1));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        rq_graph *g = others[i].graph;
        rq_input_shape got[4];
        size_t n = 0;
        assert_ok(rq_recorded_shapes_take(got, &n, 4, recorded, g, false, recorded->arena));
        assert_int_equal(n, others[i].takes != NULL);
        if (n) assert_string_equal(got[0].name, others[i].takes);
        rq_graph_destroy(&others[i].graph);
    }
    rq_graph_destroy(&recorded);
}

/* A pair of models runs on the same inputs, whatever each calls them. */
static void shapes_of_a_pair(void **state)
{
    (void)state;
    const rq_input_shape given[] = {{"x", SHAPE(1, 3, 48, 96)}};
    rq_graph *dynamic = new_model(), *fixed = one_input("y", SHAPE(1, 3, 48, 64));
    rq_graph *renamed = one_input("y", SHAPE(1, 3, 48, RQ_DYNAMIC)), *two = two_inputs();
    rq_input_shape got[2];
    assert_int_equal(rq_tensor_shapes_for(got, 2, dynamic, given, 1, dynamic), 1);
    assert_true(!strcmp(got[0].name, "x") && got[0].shape.d[3] == 96);
    assert_int_equal(rq_tensor_shapes_for(got, 2, renamed, given, 1, dynamic), 1);
    assert_true(!strcmp(got[0].name, "y") && got[0].shape.d[3] == 96);
    assert_int_equal(rq_tensor_shapes_for(got, 2, dynamic, NULL, 0, fixed), 1);
    assert_true(!strcmp(got[0].name, "x") && got[0].shape.d[3] == 64);
    assert_int_equal(rq_tensor_shapes_for(got, 2, two, given, 1, dynamic), 0);
    assert_int_equal(rq_tensor_shapes_for(got, 0, renamed, given, 1, dynamic), 0);
    rq_graph_destroy(&two);
    rq_graph_destroy(&renamed);
    rq_graph_destroy(&fixed);
    rq_graph_destroy(&dynamic);
}

static void a_shape_that_does_not_fit_is_told(void **state)
{
    (void)state;
    rq_graph *fixed = one_input("y", SHAPE(1, 3, 4, 4)), *dynamic;
    assert_ok(rq_graph_create(&dynamic, "pool"));
    dynamic->path = "pool.xml";
    fixed->path = "fixed.xml";
    rq_id x = build_input(dynamic, "x", RQ_DT_F32, SHAPE(1, 3, RQ_DYNAMIC, RQ_DYNAMIC));
    build_result(dynamic, build(dynamic, "mean", "AvgPool",
                                ATTRS(WINDOW, "kernel", "8,8", "exclude-pad", "true"), INPUTS(x)));
    const rq_workload w = {.graph = fixed};
    const rq_exec_options options = {.backend = "reference"};
    rq_model *model;
    assert_fails(rq_workload_create_model(&model, &w, dynamic, &options), RQ_EFORMAT,
                 "x[1,3,4,4] as in fixed.xml (--shape gives another): ");
    rq_graph_destroy(&dynamic);
    rq_graph_destroy(&fixed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_comes_back),
        cmocka_unit_test(what_is_asked_wins),
        cmocka_unit_test(sizes_left_out_are_told),
        cmocka_unit_test(defaults_that_are_asked_win),
        cmocka_unit_test(a_model_folded_in_its_own),
        cmocka_unit_test(shapes_of_dynamic_inputs),
        cmocka_unit_test(shapes_of_another_model),
        cmocka_unit_test(shapes_of_a_pair),
        cmocka_unit_test(a_shape_that_does_not_fit_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
