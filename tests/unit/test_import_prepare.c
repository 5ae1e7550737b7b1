/* Preprocessing folded into a model: layouts, mean images, channels named by a layout; and layers
 * that are not to be fused. */
#include "tests/unit/import_run.h"
#include "tests/unit/wire.h"

#include "engine/import/caffe/caffe.h"

#define C 3
#define H 2
#define W 4

/* y = 2 x for x [1,C,H,W], as Caffe or [1,H,W,C] as TensorFlow. */
static const char caffe_net[] =
    "input: 'data' input_shape { dim: 1 dim: 3 dim: 2 dim: 4 }\n"
    "layer { name: 'twice' type: 'Power' bottom: 'data' top: 'y' power_param { scale: 2 } }\n";

static float input[C * H * W];

static rq_status open_with(void **state, import_run *r, const char *name, const char *text,
                           const rq_import_options *options)
{
    rq_import_result result = {0};
    *r = (import_run){0};
    const char *path = scratch_file(state, name, text, strlen(text));
    assert_ok(rq_import_open(&r->source, &(rq_import_files){.model = path}));
    rq_status status = rq_import_graph(&result, r->source, options);
    r->graph = result.graph;
    if (status == RQ_OK) import_run_graph(r);
    import_fill(input, sizeof input / sizeof *input, 5);
    return status;
}

static void assert_refused(void **state, const rq_import_options *options, const char *message)
{
    import_run r;
    assert_fails(open_with(state, &r, "net.prototxt", caffe_net, options), RQ_EARG, message);
    import_close(&r);
}

/* -- layouts --------------------------------------------------------------------------------- */

static void assert_nhwc(void **state, const rq_prepare *prepare)
{
    import_run r;
    float want[C * H * W];
    assert_ok(
        open_with(state, &r, "net.prototxt", caffe_net, &(rq_import_options){.prepare = *prepare}));
    rq_shape shape = rq_shape_make(4, (int64_t[]){1, H, W, C});
    assert_true(rq_shape_equal(&rq_model_input(r.model, 0)->shape, &shape));
    for (int c = 0; c < C; c++)
        for (int i = 0; i < H * W; i++) want[c * H * W + i] = 2 * input[i * C + c];
    assert_near_f32(import_compute(&r, input)->data, want, C * H * W, 0, 0);
    import_close(&r);
}

static void test_layouts(void **state)
{
    assert_nhwc(state, &(rq_prepare){.layout = "nchw->nhwc"});
    assert_nhwc(state, &(rq_prepare){.source_layout = "nchw", .target_layout = "NHWC"});
    assert_nhwc(state, &(rq_prepare){.source_layout = "data(nchw)", .target_layout = "[nhwc]"});
    assert_nhwc(state, &(rq_prepare){.layout = "data([n,c,h,w]->[n,h,w,c])"});
    assert_nhwc(state, &(rq_prepare){.layout = "[N,C,H,W]->[N,H,W,C]"});
    assert_nhwc(state, &(rq_prepare){.layout = "nc...->n...c"});
    assert_nhwc(state, &(rq_prepare){.source_layout = "other(nc),data[nchw]",
                                     .target_layout = "data(nhwc)"});
}

static void test_bad_layouts(void **state)
{
    static const rq_prepare bad[] = {
        {.target_layout = "nhw"},
        {.source_layout = "n...c...", .target_layout = "nchw"},
        {.layout = "nhw->nchw"},
        {.source_layout = "nchw", .target_layout = "nchz"},
        {.source_layout = "nchw", .target_layout = "nchwd"},
        {.source_layout = "nccw", .target_layout = "nchw"},
        {.layout = "nc"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(state, &(rq_import_options){.prepare = bad[i]}, "a letter for each axis");
}

/* [1,3,2,3] could be either; the layout says that the last axis are the channels. */
static void test_layout_names_the_channels(void **state)
{
    static const char text[] =
        "input: 'data' input_shape { dim: 1 dim: 3 dim: 2 dim: 3 }\n"
        "layer { name: 't' type: 'Power' bottom: 'data' top: 'y' power_param { scale: 1 } }\n";
    static const float mean[] = {1, 20, 300};
    import_run r;
    float want[18];
    rq_import_options options = {.prepare = {.mean_values = "(1,20,300)"}};
    for (int last = 0; last < 2; last++) {
        options.prepare.source_layout = last ? "nhwc" : NULL;
        assert_ok(open_with(state, &r, "net.prototxt", text, &options));
        for (int i = 0; i < 18; i++) want[i] = input[i] - mean[last ? i % 3 : i / 6];
        assert_near_f32(import_compute(&r, input)->data, want, 18, 1e-4f, 0);
        import_close(&r);
    }
}

/* -- inputs of whole numbers ----------------------------------------------------------------- */

/* Bytes [1,H,W,C], `middle` and turned to [1,C,H,W], as TensorFlow's graphs of images begin. */
#define TF_BYTES(middle, input, type)                                                              \
    "node { name: 'data' op: 'Placeholder' attr { key: 'dtype' value { type: DT_UINT8 } }"         \
    " attr { key: 'shape' value { shape { dim { size: 1 } dim { size: 2 } dim { size: 4 }"         \
    " dim { size: 3 } } } } }\n" middle                                                            \
    "node { name: 'order' op: 'Const' attr { key: 'dtype' value { type: DT_INT32 } }"              \
    " attr { key: 'value' value { tensor { dtype: DT_INT32 tensor_shape { dim { size: 4 } }"       \
    " int_val: 0 int_val: 3 int_val: 1 int_val: 2 } } } }\n"                                       \
    "node { name: 'y' op: 'Transpose' input: '" input "' input: 'order'"                           \
    " attr { key: 'T' value { type: " type " } } }\n"

static const char converted_bytes[] = TF_BYTES("node { name: 'floats' op: 'Cast' input: 'data'"
                                               " attr { key: 'SrcT' value { type: DT_UINT8 } }"
                                               " attr { key: 'DstT' value { type: DT_FLOAT } } }\n",
                                               "floats", "DT_FLOAT");
static const char kept_bytes[] = TF_BYTES("", "data", "DT_UINT8");

static void test_bytes_are_converted_first(void **state)
{
    static const float mean[] = {10, 20, 30};
    unsigned char bytes[C * H * W];
    float want[C * H * W];
    import_run r;
    rq_import_options options = {.prepare = {.mean_values = "(10,20,30)", .scale = 4}};
    assert_ok(open_with(state, &r, "bytes.pbtxt", converted_bytes, &options));
    for (int i = 0; i < C * H * W; i++) bytes[i] = (unsigned char)(i * 10);
    for (int i = 0; i < C * H * W; i++)
        want[i % C * H * W + i / C] = ((float)bytes[i] - mean[i % C]) / 4;
    rq_tensor in = *rq_model_input(r.model, 0);
    assert_int_equal(in.dtype, RQ_DT_U8);
    in.data = bytes;
    assert_ok(rq_session_run(r.session, &in, NULL, NULL));
    assert_near_f32(rq_session_output(r.session, 0)->data, want, C * H * W, 1e-5f, 0);
    import_close(&r);
}

static void test_bytes_that_stay_bytes(void **state)
{
    static const rq_prepare bad[] = {{.mean_values = "(10,20,30)"}, {.scale = 4}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        import_run r;
        assert_fails(open_with(state, &r, "bytes.pbtxt", kept_bytes,
                               &(rq_import_options){.prepare = bad[i]}),
                     RQ_EARG, "for input 'data', which the model reads as u8; expected floats");
        import_close(&r);
    }
}

/* -- lists for several inputs ---------------------------------------------------------------- */

/* y = a + b, from which a list each is subtracted. */
static const char two_inputs[] =
    "input: 'a' input_shape { dim: 1 dim: 3 dim: 2 dim: 4 }\n"
    "input: 'b' input_shape { dim: 1 dim: 3 dim: 2 dim: 4 }\n"
    "layer { name: 's' type: 'Eltwise' bottom: 'a' bottom: 'b' top: 'y' }\n";

static void test_lists_go_to_the_inputs_in_order(void **state)
{
    static const float mean[2][C] = {{1, 20, 300}, {4000, 5, 60}};
    static const char *const same[] = {"(1,20,300),(4000,5,60)", "b(4000,5,60),a[1,20,300]",
                                       "b(4000,5,60),(1,20,300)"};
    for (size_t k = 0; k < sizeof same / sizeof *same; k++) {
        import_run r;
        float want[C * H * W];
        rq_import_options options = {.prepare = {.mean_values = same[k]}};
        assert_ok(open_with(state, &r, "net.prototxt", two_inputs, &options));
        rq_tensor in[2] = {*rq_model_input(r.model, 0), *rq_model_input(r.model, 1)};
        in[0].data = in[1].data = input;
        assert_ok(rq_session_run(r.session, in, NULL, NULL));
        for (int i = 0; i < C * H * W; i++)
            want[i] = 2 * input[i] - mean[0][i / (H * W)] - mean[1][i / (H * W)];
        assert_near_f32(rq_session_output(r.session, 0)->data, want, C * H * W, 1e-3f, 0);
        import_close(&r);
    }
}

static void test_lists_that_no_input_is_for(void **state)
{
    static const rq_prepare bad[] = {
        {.mean_values = "(1,2,3),(4,5,6)"},
        {.scale_values = "[1,2,3],[4,5,6],[7,8,9]"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(state, &(rq_import_options){.prepare = bad[i]}, "lists without names for 1");
    assert_refused(state, &(rq_import_options){.prepare = {.scale_values = "[nan]"}}, "nan");
}

/* -- mean images ----------------------------------------------------------------------------- */

enum { MH = 4, MW = 6 };

static float image_at(int c, int y, int x)
{
    return (float)(100 * c + 10 * y + x);
}

static const char *write_mean(void **state, int channels, int height, int width)
{
    rq_buf blob = {0}, data = {0};
    wire_int(&blob, 1, 1);
    wire_int(&blob, 2, channels);
    wire_int(&blob, 3, height);
    wire_int(&blob, 4, width);
    for (int i = 0; i < channels * height * width; i++) {
        float v = image_at(i / (height * width), i / width % height, i % width);
        rq_buf_append_n(&data, (const char *)&v, sizeof v);
    }
    wire_message(&blob, 5, &data);
    const char *path = scratch_file(state, "mean.binaryproto", blob.data, blob.length);
    rq_buf_free(&blob);
    return path;
}

static void test_mean_image(void **state)
{
    rq_arena *arena;
    rq_tensor mean;
    import_run r;
    float want[C * H * W];
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_caffe_read_mean(&mean, arena, write_mean(state, C, MH, MW)));
    assert_int_equal(mean.shape.rank, 3);
    rq_import_options options = {.prepare = {.mean_file = "mean.binaryproto", .mean_image = &mean}};
    for (int given = 0; given < 2; given++) { /* in the middle; at column 2, row 0 */
        options.prepare.has_offsets = given;
        options.prepare.mean_offset[0] = 2;
        int top = given ? 0 : 1, left = given ? 2 : 1;
        assert_ok(open_with(state, &r, "net.prototxt", caffe_net, &options));
        for (int i = 0; i < C * H * W; i++)
            want[i] = 2 * (input[i] - image_at(i / (H * W), i / W % H + top, i % W + left));
        assert_near_f32(import_compute(&r, input)->data, want, C * H * W, 1e-4f, 0);
        assert_string_equal(rq_graph_rt_info(r.graph, "requant/preprocessing/mean_file"),
                            "mean.binaryproto");
        import_close(&r);
    }
    options.prepare.mean_offset[0] = 3;
    assert_refused(state, &options, "a mean image of shape [3,4,6]");
    rq_arena_destroy(&arena);
}

static void test_mean_image_of_another_size(void **state)
{
    static const int sizes[][3] = {{C, H, W - 1}, {C, H - 1, W}, {1, H, W}};
    rq_arena *arena;
    rq_tensor mean;
    assert_ok(rq_arena_create(&arena));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const char *path = write_mean(state, sizes[i][0], sizes[i][1], sizes[i][2]);
        assert_ok(rq_caffe_read_mean(&mean, arena, path));
        assert_refused(state, &(rq_import_options){.prepare = {.mean_image = &mean}},
                       "a mean image of shape");
    }
    assert_fails(rq_caffe_read_mean(&mean, arena, scratch_path(state, "gone")), RQ_EIO, "gone");
    assert_fails(rq_caffe_read_mean(&mean, arena, scratch_file(state, "cut", "\x2a\xff", 2)),
                 RQ_EFORMAT, "cut");
    rq_arena_destroy(&arena);
}

/* -- what is not fused ----------------------------------------------------------------------- */

static const char chain[] =
    "input: 'data' input_shape { dim: 1 dim: 3 dim: 2 dim: 4 }\n"
    "layer { name: 'a' type: 'Power' bottom: 'data' top: 'a' power_param { scale: 2 } }\n"
    "layer { name: 'b' type: 'Power' bottom: 'a' top: 'b' power_param { scale: 3 } }\n"
    "layer { name: 'c' type: 'Power' bottom: 'b' top: 'c' power_param { scale: 5 } }\n";

static size_t count_products(void **state, const char *keep)
{
    import_run r;
    float want[C * H * W];
    assert_ok(open_with(state, &r, "net.prototxt", chain, &(rq_import_options){.keep = keep}));
    for (int i = 0; i < C * H * W; i++) want[i] = 30 * input[i];
    assert_near_f32(import_compute(&r, input)->data, want, C * H * W, 1e-4f, 0);
    size_t n = import_count(&r, "Multiply");
    import_close(&r);
    return n;
}

static void test_layers_that_are_kept(void **state)
{
    assert_int_equal(count_products(state, NULL), 1);
    assert_int_equal(count_products(state, "b"), 3);
    assert_int_equal(count_products(state, "z,c"), 2);
    assert_int_equal(count_products(state, "[abc]$"), 3);
    import_run r;
    assert_fails(open_with(state, &r, "net.prototxt", chain, &(rq_import_options){.keep = "a(b"}),
                 RQ_EARG, "no regular expression");
    import_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
        TEST(test_layouts),
        TEST(test_bad_layouts),
        TEST(test_layout_names_the_channels),
        TEST(test_bytes_are_converted_first),
        TEST(test_bytes_that_stay_bytes),
        TEST(test_lists_go_to_the_inputs_in_order),
        TEST(test_lists_that_no_input_is_for),
        TEST(test_mean_image),
        TEST(test_mean_image_of_another_size),
        TEST(test_layers_that_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
