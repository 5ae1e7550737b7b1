/* Dynamic in, dynamic out: arrays of several shapes calibrate one model, which stays dynamic. */
#include "tests/unit/toy_quantize.h"

#include "datasets/arrays/npy.h"
#include "engine/workbench/lint/lint.h"
#include "engine/workbench/sensitivity/sensitivity.h"
#include "engine/workbench/sensitivity/sensitivity_setup.h"

#define N_ARRAYS 6
#define WIDTHS 3
#define FIRST_ROUND 4 /* arrays that all of a layer's variants run on */

/* Arrays 1x3x8xW without the batch, W from 6 to 8, in "arrays". */
static void write_arrays(void **state)
{
    static float data[3 * 8 * 8];
    char name[64];
    toy_folder(state, "arrays");
    for (int i = 0; i < N_ARRAYS; i++) {
        rq_tensor t = {RQ_DT_F32, SHAPE(3, 8, 6 + i % WIDTHS), data};
        for (size_t k = 0; k < rq_tensor_count(&t); k++) data[k] = sinf((float)(k * 3 + (size_t)i));
        snprintf(name, sizeof name, "arrays/%d.npy", i);
        assert_ok(rq_npy_write(scratch_path(state, name), &t));
    }
}

static rq_graph *build_dynamic(void)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "dynamic"));
    g->path = "dynamic.xml";
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, 8, RQ_DYNAMIC));
    rq_node *parameter = rq_value_producer(g, x);
    assert_ok(rq_node_set_attr(g, parameter, "shape", "1,3,8,?"));
    assert_ok(rq_node_set_attr(g, parameter, "element_type", "f32"));
    rq_id relu =
        build_relu(g, "r", build_with_const(g, "b", "Add", build_conv(g, "c1", x, 6, 3, 3), 6));
    build_result(g, build_conv(g, "c2", relu, 4, 6, 1));
    return g;
}

static void open_job(toy_job *job, void **state, const char *output)
{
    memset(job, 0, sizeof *job);
    snprintf(job->data, sizeof job->data, "%s", scratch_path(state, "arrays"));
    snprintf(job->output, sizeof job->output, "%s", scratch_path(state, output));
    toy_settings(&job->workload, job->data);
    job->workload.request.tensors = true;
    job->workload.graph = build_dynamic();
    job->options = (rq_quantize_options){
        .decide.plan = toy_plan, .output = job->output, .command = "requant quantize dynamic.xml"};
    job->options.decide.plan.rounding = RQ_ROUNDING_ADAPTIVE;
    job->options.decide.rounding_work = 480.0;
    job->options.decide.plan.bias_correction = true;
}

static int64_t written_width(void **state, const char *xml)
{
    rq_graph *written;
    assert_ok(rq_ir_read(&written, scratch_path(state, xml)));
    const rq_node *x = rq_graph_find_parameter(written, "x");
    int64_t width = written->values[x->out[0]]->shape.d[3];
    rq_graph_destroy(&written);
    return width;
}

static void test_several_shapes(void **state)
{
    toy_job job;
    write_arrays(state);
    open_job(&job, state, "out");
    assert_ok(rq_quantize_open(&job.workload, &job.options));
    assert_int_equal(job.workload.exec.n_shapes, 1);
    assert_int_equal(job.workload.exec.shapes[0].shape.d[3], 6); /* of the first array */
    toy_job_run(&job);
    const rq_stats_value *x = rq_stats_find(job.q.decision.stats, "x");
    assert_int_equal(rq_stats_origin_of(job.q.decision.stats)->images_done, N_ARRAYS);
    assert_int_equal(x->n_images, N_ARRAYS);
    assert_int_equal(written_width(state, "out/dynamic-int8.xml"), RQ_DYNAMIC);
    assert_true(job.q.finished.report.accuracy[0].after.value > 30.0);
    toy_job_close(&job);
}

/* Rows of 12 numbers through one MatMul. */
static rq_graph *build_rows(void)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "rows"));
    g->path = "rows.xml";
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 12));
    rq_id w = build_weights(g, "w", SHAPE(12, 4));
    build_result(g, build(g, "fc", "MatMul", NO_ATTRS, INPUTS(x, w)));
    return g;
}

static void open_rows(toy_job *job, void **state, const char *output)
{
    open_job(job, state, output);
    rq_graph_destroy(&job->workload.graph);
    job->workload.graph = build_rows();
    job->options.decide.plan.rounding = RQ_ROUNDING_NEAREST;
    snprintf(job->data, sizeof job->data, "%s", scratch_path(state, "rows"));
}

/* Statistics of arrays need no arrays: they tell that no images are meant. */
static void test_statistics_of_arrays(void **state)
{
    static float data[12];
    char name[64], stats[4096];
    toy_job job;
    toy_folder(state, "rows");
    for (int i = 0; i < N_ARRAYS; i++) {
        rq_tensor t = {RQ_DT_F32, SHAPE(12), data};
        for (size_t k = 0; k < 12; k++) data[k] = sinf((float)(k * 3 + (size_t)i));
        snprintf(name, sizeof name, "rows/%d.npy", i);
        assert_ok(rq_npy_write(scratch_path(state, name), &t));
    }
    open_rows(&job, state, "seen");
    assert_ok(rq_quantize_open(&job.workload, &job.options));
    toy_job_run(&job);
    toy_job_close(&job);

    snprintf(stats, sizeof stats, "%s", scratch_path(state, "seen/stats.h5"));
    open_rows(&job, state, "blind");
    job.workload.data.name = NULL;
    job.workload.request.tensors = false;
    job.options.decide.given_stats = stats;
    assert_ok(rq_quantize_open(&job.workload, &job.options));
    assert_ok(rq_quantize_run(&job.q, &job.workload, &job.options));
    toy_job_close(&job);
}

/* Data that are not there are missing, whatever the model takes. */
static void test_missing_arrays(void **state)
{
    toy_job job;
    open_rows(&job, state, "out");
    job.workload.request.tensors = false; /* as nothing tells otherwise */
    assert_fails(rq_quantize_open(&job.workload, &job.options), RQ_EIO,
                 "rows: no such file or folder");
    toy_folder(state, "rows");
    assert_fails(rq_quantize_open(&job.workload, &job.options), RQ_EFORMAT,
                 "nor arrays (looked for .npy .npz");
    scratch_file(state, "rows/0.png", "", 0);
    assert_fails(rq_quantize_open(&job.workload, &job.options), RQ_EARG,
                 "the model has 'x' [1,12]: give arrays, --data FOLDER (or a list) of .npy, .npz");
    toy_job_close(&job);
}

/* Images 8 pixels high and 6 to 8 wide in "lines", after one that cannot be read. */
static void write_lines(void **state)
{
    rq_image image = {0};
    char name[64];
    toy_folder(state, "lines");
    scratch_file(state, "lines/0.jpg", "nothing", 7);
    for (int i = 0; i < N_ARRAYS; i++) {
        assert_ok(rq_image_reserve(&image, 12 + 2 * (i % WIDTHS), 16, 3));
        for (size_t k = 0; k < rq_image_stride(&image) * 16; k++)
            image.pixels[k] = (uint8_t)(k * 7 + (size_t)i * 50);
        snprintf(name, sizeof name, "lines/%d.jpg", i + 1);
        toy_write_image(state, name, &image);
    }
    rq_image_free(&image);
}

static void open_lines(toy_job *job, void **state, const char *resize)
{
    write_lines(state);
    open_job(job, state, "out");
    snprintf(job->data, sizeof job->data, "%s", scratch_path(state, "lines"));
    job->workload.request.tensors = false;
    job->workload.of_images.max_bad = 0.2;
    job->workload.request.preprocess.n_scale = 1;
    job->workload.request.preprocess.scale[0] = 255;
    if (resize)
        assert_ok(rq_preprocess_set(&job->workload.request.preprocess, "resize", resize, "resize"));
}

static void test_images_of_several_widths(void **state)
{
    toy_job job;
    open_lines(&job, state, "x8");
    job.workload.request.preprocess.fit = RQ_FIT_CORNER; /* of a configuration: nothing to fill */
    assert_ok(rq_quantize_open(&job.workload, &job.options));
    assert_int_equal(job.workload.exec.shapes[0].shape.d[3], 6); /* of the first that can be read */
    toy_job_run(&job);
    assert_int_equal(rq_stats_find(job.q.decision.stats, "x")->n_images, N_ARRAYS);
    assert_int_equal(written_width(state, "out/dynamic-int8.xml"), RQ_DYNAMIC);
    assert_true(job.q.finished.report.accuracy[0].after.value > 25.0);
    assert_non_null(strstr(rq_stats_origin_of(job.q.decision.stats)->preprocess, "resize=x8 "));
    toy_job_close(&job);
}

static void test_images_need_a_size(void **state)
{
    toy_job job;
    open_lines(&job, state, NULL);
    assert_fails(rq_quantize_open(&job.workload, &job.options), RQ_EARG, "--resize x8");
    toy_job_close(&job);
    open_lines(&job, state, "8x"); /* the height is the model's */
    assert_fails(rq_quantize_open(&job.workload, &job.options), RQ_EARG, "its height is fixed");
    toy_job_close(&job);
}

static rq_status lint(rq_workload *w)
{
    rq_lint found;
    assert_ok(rq_workload_fit(w));
    assert_ok(rq_workload_list(w, NULL));
    rq_status status = rq_lint_run(&found, w, &(rq_lint_options){.n_varied = N_ARRAYS});
    assert_int_equal(found.n_ran, 2); /* that have the first one's width */
    rq_lint_close(&found);
    return status;
}

/* Variants have room for inputs of the first one's width. */
static void test_lint_of_several_widths(void **state)
{
    toy_job job;
    open_lines(&job, state, "x8");
    assert_ok(lint(&job.workload));
    toy_job_close(&job);
}

/* Parts of the network, too, run at each array's own width. */
static void test_sensitivity_of_several_widths(void **state)
{
    toy_job job;
    rq_setup setup;
    rq_steps steps;
    rq_sensitivity found;
    write_arrays(state);
    open_job(&job, state, "out");
    assert_ok(rq_quantize_open(&job.workload, &job.options));
    rq_steps_begin(&steps, 4);
    assert_ok(rq_setup_open(&setup, &job.workload, &job.options.decide, &steps));
    const rq_sensitivity_options options = {.parts = setup.parts, .quantized = setup.quantized};
    assert_ok(rq_sensitivity_run(&found, &setup.decision.workload, &options));
    assert_int_equal(found.n_layers, 2);
    assert_int_equal(found.images_used, N_ARRAYS);
    assert_int_equal(found.whole.images, N_ARRAYS);
    for (size_t i = 0; i < found.n_layers; i++) {
        assert_int_equal(found.layers[i].of[RQ_VARIANT_WEIGHTS].images, FIRST_ROUND);
        assert_true(found.layers[i].of[RQ_VARIANT_BOTH].sqnr_db > found.whole.sqnr_db);
    }
    rq_sensitivity_close(&found);
    rq_setup_close(&setup);
    toy_job_close(&job);
}

/* A static model takes arrays of its shape only. */
static void test_static_is_asked_for(void **state)
{
    toy_job job;
    write_arrays(state);
    open_job(&job, state, "out");
    job.workload.make_static = true;
    assert_ok(rq_quantize_open(&job.workload, &job.options));
    assert_fails(rq_quantize_decide(&job.q, &job.workload, &job.options), RQ_EFORMAT,
                 "an array [3,8,7] for input 'x' [1,3,8,6]");
    toy_job_close(&job);
    open_job(&job, state, "out");
    job.workload.make_static = true;
    job.workload.subset = 1;
    assert_ok(rq_quantize_open(&job.workload, &job.options));
    int64_t width = job.workload.exec.shapes[0].shape.d[3];
    toy_job_run(&job);
    assert_int_equal(written_width(state, "out/dynamic-int8.xml"), width);
    toy_job_close(&job);
}

/* A static model has one width, which images can't choose. */
static void test_static_of_open_width(void **state)
{
    toy_job job;
    open_lines(&job, state, "x8");
    job.workload.make_static = true;
    assert_fails(rq_quantize_open(&job.workload, &job.options), RQ_EARG,
                 "input 'x': --static writes a model of one width, and --resize x8 leaves it to "
                 "each image; give --resize Wx8 with a number for W");
    toy_job_close(&job);
}

/* Weights need no data, but the result can be measured: shapes are those of what it is measured on.
 */
static void test_measured_on_arrays_only(void **state)
{
    static const rq_precision precisions[] = {RQ_PRECISION_INT8_WEIGHTS, RQ_PRECISION_FP16};
    write_arrays(state);
    for (size_t i = 0; i < 2; i++) {
        toy_job job;
        open_job(&job, state, "weights");
        job.workload.data.name = NULL;
        job.workload.request.tensors = false; /* as nothing tells otherwise */
        job.options.val = (rq_data_source){.name = job.data};
        job.options.decide.plan.precision = precisions[i];
        assert_ok(rq_quantize_open(&job.workload, &job.options));
        assert_null(job.workload.data.name);
        assert_ok(rq_quantize_run(&job.q, &job.workload, &job.options));
        assert_int_equal(job.q.val.dataset->n, N_ARRAYS);
        assert_true(job.q.finished.report.n_accuracy > 0);
        toy_job_close(&job);
    }
}

/* A shape that the user gives counts, and does not make the model static. */
static void test_given_shape(void **state)
{
    toy_job job;
    write_arrays(state);
    open_job(&job, state, "out");
    job.workload.shapes[0] = (rq_input_shape){"x", SHAPE(1, 3, 8, 8)};
    job.workload.exec.n_shapes = 1;
    assert_ok(rq_quantize_open(&job.workload, &job.options));
    assert_int_equal(job.workload.bound->values[0].shape.d[3], 8);
    toy_job_run(&job);
    assert_int_equal(written_width(state, "out/dynamic-int8.xml"), RQ_DYNAMIC);
    toy_job_close(&job);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_several_shapes),           TEST(test_statistics_of_arrays),
        TEST(test_images_of_several_widths), TEST(test_images_need_a_size),
        TEST(test_lint_of_several_widths),   TEST(test_sensitivity_of_several_widths),
        TEST(test_static_is_asked_for),      TEST(test_given_shape),
        TEST(test_measured_on_arrays_only),  TEST(test_missing_arrays),
        TEST(test_static_of_open_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
