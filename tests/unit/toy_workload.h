/* A small network over small images, as a workload: what tests of engine/workbench and engine/run
 * start from.
 *
 * The network takes 1x3xSxS pixels of 0..1 through three convolutions of four channels, and ends in
 * the values of the last, or in a mean over the image and a layer of classes. Its channels hear
 * red, green, blue and brightness, so that an image of mostly one colour is of that class. */
#ifndef RQ_TESTS_TOY_WORKLOAD_H
#define RQ_TESTS_TOY_WORKLOAD_H

#include "tests/unit/test.h"

#include "datasets/image/encode.h"
#include "engine/run/workload.h"
#include "engine/workbench/calibrate/calibrate.h"
#include "quant/plan_options.h"
#include "tests/unit/loud_inputs.h"
#include "tests/unit/scratch.h"

#define TOY_SIDE 16
#define TOY_CLASSES 3
#define TOY_GENERATED "generated:16:1"

static inline rq_id toy_constant(rq_graph *g, const char *name, rq_shape shape, const float *data)
{
    rq_node *node;
    assert_ok(rq_graph_add_const(&node, g, name, RQ_DT_F32, &shape, data));
    return node->out[0];
}

/* -- the network ------------------------------------------------------------------------------ */

typedef struct toy_net {
    float loud;   /* the last channel of "conv1" is so many times as large; "conv2" takes it back */
    bool classes; /* it ends in "classes" [1,3]; else in "conv3" [1,4,S,S] */
    bool bias;    /* each convolution has one */
} toy_net;

static inline rq_id toy_layer(rq_graph *g, const char *name, rq_id x, int64_t in, const float *data,
                              bool bias)
{
    char part[32];
    snprintf(part, sizeof part, "%s/w", name);
    rq_id w = toy_constant(g, part, SHAPE(4, in, 1, 1), data);
    rq_id y = build(g, name, "Convolution", ATTRS(WINDOW), INPUTS(x, w));
    snprintf(part, sizeof part, "%s/b", name);
    return bias ? build_with_const(g, part, "Add", y, 4) : y;
}

static inline rq_id toy_classes(rq_graph *g, rq_id x)
{
    static const float to_classes[TOY_CLASSES * 4] = {9,  -4,  -4, .1f, -4, 9,
                                                      -4, .1f, -4, -4,  9,  .1f};
    rq_id axes = build_i64(g, "axes", SHAPE(2), (const int64_t[]){2, 3});
    rq_id mean = build(g, "mean", "ReduceMean", ATTRS("keep_dims", "false"), INPUTS(x, axes));
    rq_id w = toy_constant(g, "classes/w", SHAPE(TOY_CLASSES, 4), to_classes);
    return build(g, "classes", "MatMul", ATTRS("transpose_a", "false", "transpose_b", "true"),
                 INPUTS(mean, w));
}

/* The error text's file is "toy.xml". */
static inline rq_graph *toy_graph(const toy_net *net)
{
    float first[12] = {1, -.5f, -.5f, -.5f, 1, -.5f, -.5f, -.5f, 1, .3f, .3f, .3f};
    float second[16] = {1, -.1f, 0, .02f, -.1f, 1, .1f, 0, 0, .1f, 1, -.02f, .1f, .1f, .1f, 1};
    static const float third[16] = {1, .1f, -.1f, .1f, .1f, 1, 0, .1f, -.1f, 0, 1, .1f, 0, 0, 0, 1};
    rq_graph *g;
    for (size_t i = 0; i < 3; i++) first[9 + i] *= net->loud;
    for (size_t i = 0; i < 4; i++) second[4 * i + 3] /= net->loud;
    assert_ok(rq_graph_create(&g, "toy"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE));
    rq_id y = build_relu(g, "relu1", toy_layer(g, "conv1", x, 3, first, net->bias));
    y = build_relu(g, "relu2", toy_layer(g, "conv2", y, 4, second, net->bias));
    y = toy_layer(g, "conv3", y, 4, third, net->bias);
    build_result(g, net->classes ? toy_classes(g, y) : y);
    return g;
}

/* With a bias that is not 0. */
static inline rq_id toy_product(rq_graph *g, const char *name, rq_id x, int64_t in, int64_t out)
{
    char part[32];
    x = build_product(g, name, x, in, out);
    const float *data = rq_value_producer(g, rq_value_producer(g, x)->in[1])->data;
    snprintf(part, sizeof part, "%s/b", name);
    return build(g, part, "Add", NO_ATTRS, INPUTS(x, toy_constant(g, part, SHAPE(out), data)));
}

/* MatMuls "a" (192 to 128), behind a gain per channel, "b" (to 64), behind GELU, and "last",
 * of 4 rows. Some inputs of "a" and "b" are far larger than the others. */
static inline rq_graph *toy_loud_inputs(void)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "toy"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE));
    rq_id shape = build_i64(g, "to", SHAPE(2), (const int64_t[]){4, 192});
    x = build(g, "rows", "Reshape", ATTRS("special_zero", "false"), INPUTS(x, shape));
    x = toy_product(g, "a", build_uneven(g, "gain", x, 192, 6), 192, 128);
    x = build_uneven(g, "uneven", x, 128, 6);
    x = build_node(g, "gelu", "Gelu", "opset7", ATTRS("approximation_mode", "ERF"), &x, 1, 1)
            ->out[0];
    build_result(g, toy_product(g, "last", toy_product(g, "b", x, 128, 64), 64, 32));
    return g;
}

/* -- images ----------------------------------------------------------------------------------- */

/* Mostly of one colour, which stands out by `contrast` of 255; no two are the same. */
static inline void toy_paint(rq_image *image, size_t colour, size_t number, int contrast)
{
    assert_ok(rq_image_reserve(image, TOY_SIDE, TOY_SIDE, 3));
    for (size_t i = 0; i < (size_t)TOY_SIDE * TOY_SIDE; i++)
        for (size_t c = 0; c < 3; c++) {
            int wave = (int)((i / TOY_SIDE * (number + 3) + i % TOY_SIDE * (2 * number + 1)) % 23);
            image->pixels[3 * i + c] =
                (uint8_t)(60 + (int)(7 * number % 40) + 3 * wave + (c == colour ? contrast : 0));
        }
}

static inline const char *toy_folder(void **state, const char *name)
{
    const char *path = scratch_path(state, name);
    mkdir(path, 0700);
    return path;
}

static inline void toy_write_image(void **state, const char *name, const rq_image *image)
{
    uint8_t *data;
    size_t size;
    assert_ok(rq_encode_jpeg(&data, &size, image, 100));
    scratch_file(state, name, data, size);
    free(data);
}

/* A folder of n images, one class after the other, in sub-folders "a_red", "b_green", "c_blue". */
static inline void toy_write_images(void **state, const char *folder, size_t n, int contrast)
{
    static const char *const colours[TOY_CLASSES] = {"a_red", "b_green", "c_blue"};
    rq_image image = {0};
    char name[128];
    toy_folder(state, folder);
    for (size_t i = 0; i < TOY_CLASSES; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, colours[i]);
        toy_folder(state, name);
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s/%s/%02zu.jpg", folder, colours[i % TOY_CLASSES], i);
        toy_paint(&image, i % TOY_CLASSES, i, contrast);
        toy_write_image(state, name, &image);
    }
    rq_image_free(&image);
}

/* -- the workload ----------------------------------------------------------------------------- */

/* Everything but the model; `data` is borrowed, NULL: none. */
static inline void toy_settings(rq_workload *w, const char *data)
{
    assert_ok(rq_workload_open(w));
    w->exec.backend = "reference";
    w->threads = 2;
    w->data.name = data;
    assert_ok(rq_preprocess_set(&w->request.preprocess, "scale", "255", "scale"));
}

/* Bound and listed; takes the graph. */
static inline void toy_open(rq_workload *w, rq_graph *graph, const char *data)
{
    toy_settings(w, data);
    w->graph = graph;
    assert_ok(rq_workload_bind(w));
    assert_ok(rq_workload_list(w, NULL));
}

static inline rq_stats *toy_stats(const rq_workload *w)
{
    rq_calibration calibration;
    assert_ok(rq_calibrate_run(&calibration, w, &(rq_calibrate_options){.path = NULL}));
    return calibration.stats;
}

/* Least and largest value decide ranges, weights are rounded to the nearest: nothing is searched.
 */
static const rq_plan_options toy_plan = {.preset = RQ_PRESET_PERFORMANCE, .range = "minmax"};

/* The same with weights in 4 bits, in groups of 32 or so, and floating-point activations. */
static const rq_plan_options toy_plan_of_4_bits = {.precision = RQ_PRECISION_INT4_WEIGHTS,
                                                   .preset = RQ_PRESET_AUTO,
                                                   .range = "minmax",
                                                   .group_size = 32,
                                                   .ratio = 1.0,
                                                   .bias_correction = true};

/* For the setup of a group: a scratch folder, with n images in "images". */
static inline int toy_images_setup(void **state, size_t n, int contrast)
{
    if (scratch_setup(state) != 0) return -1;
    toy_write_images(state, "images", n, contrast);
    return 0;
}

#endif
