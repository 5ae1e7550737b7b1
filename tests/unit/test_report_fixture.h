/* A report as a run of `quantize` would fill it, of any number of layers. */
#ifndef RQ_TESTS_REPORT_FIXTURE_H
#define RQ_TESTS_REPORT_FIXTURE_H

#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "reports/fields.h"
#include "reports/writers/writer.h"

static inline void sample_models(rq_report *r)
{
    r->tool = (rq_report_tool){"0.1.0",
                               "requant quantize efficientnet-lite0.xml --data calib --val val "
                               "-o out",
                               "requant lint efficientnet-lite0.xml --data calib --val val", NULL,
                               "requant tune efficientnet-lite0.xml --data calib --val val "
                               "--output out-tuned"};
    r->machine = (rq_report_machine){"Example CPU @ 2.80GHz", "avx512_core", 2, 16e9};
    r->before = (rq_report_model){"efficientnet-lite0",
                                  "efficientnet-lite0.xml",
                                  "IR v11",
                                  "0123456789abcdef0123456789abcdef",
                                  "FP32",
                                  "images [1,224,224,3] f32",
                                  "Softmax [1,1000] f32",
                                  214,
                                  4652008,
                                  407e6,
                                  181000,
                                  18608032};
    r->after = r->before;
    r->after.name = "efficientnet-lite0-int8";
    r->after.path = "out/efficientnet-lite0-int8.xml";
    r->after.precision = "INT8";
    r->after.layers = 497;
    r->after.xml_bytes = 412000;
    r->after.bin_bytes = 4871000;
    r->data = (rq_report_data){"calib",
                               "val",
                               300,
                               500,
                               1,
                               1000,
                               true,
                               "resize 256, crop 224, mean 127, scale 128, rgb, nhwc",
                               "fedcba9876543210fedcba9876543210",
                               "0123456789abcdef0123456789abcdef",
                               NAN,
                               NAN};
    r->settings = (rq_report_settings){.precision = "int8",
                                       .float_precision = "fp32",
                                       .preset = "performance",
                                       .estimator = "auto",
                                       .overflow_fix = "auto",
                                       .equalize = "auto",
                                       .rounding = "adaptive",
                                       .rounding_work = 960,
                                       .bias_correction = "on",
                                       .target_isa = "any",
                                       .backend = "onednn"};
    r->resources.peak_memory_bytes = 96.4e6;
}

static inline void sample_accuracy(rq_report *r, rq_arena *arena)
{
    r->n_accuracy = 5;
    r->accuracy = rq_report_rows(arena, &rq_accuracy_type, r->n_accuracy);
    assert_non_null(r->accuracy);
    r->accuracy[0] = (rq_report_accuracy){"top-1",
                                          "%",
                                          "Images whose most likely class is the label.",
                                          NULL,
                                          false,
                                          true,
                                          {89.2, 86.2, 91.6},
                                          {88.4, 85.3, 90.9},
                                          {-0.8, -2.1, 0.5},
                                          0.34,
                                          8,
                                          4,
                                          500,
                                          NULL};
    r->accuracy[1] =
        (rq_report_accuracy){"top-5",
                             "%",
                             "Images whose label is among the five most likely classes.",
                             NULL,
                             false,
                             true,
                             {98.2, 96.6, 99.1},
                             {98.2, 96.6, 99.1},
                             {0, -0.9, 0.9},
                             1,
                             2,
                             2,
                             500,
                             NULL};
    r->accuracy[2] =
        (rq_report_accuracy){"agreement",
                             "%",
                             "Images whose most likely class is the same before and after.",
                             NULL,
                             true,
                             true,
                             RQ_NO_ESTIMATE,
                             {95.6, 93.4, 97.1},
                             RQ_NO_ESTIMATE,
                             NAN,
                             NAN,
                             NAN,
                             500,
                             NULL};
    r->accuracy[3] = (rq_report_accuracy){"SQNR",
                                          "dB",
                                          "Power of the output over power of its change.",
                                          "Softmax",
                                          true,
                                          true,
                                          RQ_NO_ESTIMATE,
                                          {19.64, 18.9, 20.4},
                                          RQ_NO_ESTIMATE,
                                          NAN,
                                          NAN,
                                          NAN,
                                          500,
                                          NULL};
    r->accuracy[4] =
        (rq_report_accuracy){"cosine",
                             "",
                             "Cosine of the angle between the outputs, mean over images.",
                             "Softmax",
                             true,
                             true,
                             RQ_NO_ESTIMATE,
                             {0.9934, 0.9911, 0.9951},
                             RQ_NO_ESTIMATE,
                             NAN,
                             NAN,
                             NAN,
                             500,
                             NULL};
}

static inline void sample_size_and_speed(rq_report *r, rq_arena *arena)
{
    static const rq_report_size sizes[] = {{"weights", "f32", 18608032, 184000},
                                           {"weights", "i8", 0, 4606000},
                                           {"weights", "i64", 1200, 1200},
                                           {"file", "xml", 181000, 412000},
                                           {"file", "bin", 18608032, 4871000}};
    static const rq_report_speed speeds[] = {
        {"onednn", "2.6, avx512_core", "f32", 1, 120, 13.42, 13.1, 14.9, 6.31, 6.12, 7.4, 2.1, 2.05,
         2.2, 0.01, NULL},
        {"openvino", "2026.4, avx512_core", "f32", 1, 120, 12.9, 12.5, 13.6, 6.7, 6.4, 7.1, 1.92,
         1.9, 1.97, 0.01, NULL}};
    static const rq_report_step steps[] = {
        {"decode", 3.1}, {"calibrate", 4.9}, {"decide", 0.21}, {"apply", 0.08}, {"measure", 7.7}};
    r->n_sizes = sizeof sizes / sizeof *sizes;
    r->n_speeds = sizeof speeds / sizeof *speeds;
    r->n_steps = sizeof steps / sizeof *steps;
    r->sizes = rq_arena_alloc(arena, 1, sizeof sizes);
    r->speeds = rq_arena_alloc(arena, 1, sizeof speeds);
    r->steps = rq_arena_alloc(arena, 1, sizeof steps);
    memcpy(r->sizes, sizes, sizeof sizes);
    memcpy(r->speeds, speeds, sizeof speeds);
    memcpy(r->steps, steps, sizeof steps);
}

static inline void sample_layer(rq_report_layer *layer, size_t i, rq_arena *arena, rq_rng *rng)
{
    static const char *const types[] = {"Convolution", "GroupConvolution", "Convolution", "Add"};
    bool is_float = i % 29 == 17;
    layer->order = (double)i;
    layer->type = types[i % 4];
    layer->name = rq_arena_printf(arena, "efficientnet-lite0/model/blocks_%zu/%s/%s_%zu", i / 4,
                                  i % 4 == 1 ? "depthwise_conv2d" : "conv2d", types[i % 4], i);
    layer->precision_before = "f32";
    layer->precision_after = is_float ? "f32" : "i8";
    layer->sqnr_db = 38 * exp(-(double)i / 90) + 3 * rq_rng_normal(rng) - (i % 41 == 11 ? 14 : 0);
    layer->cosine = 1 / sqrt(1 + pow(10, -layer->sqnr_db / 10));
    layer->noise_share = rq_rng_unit(rng) * rq_rng_unit(rng) * 0.04;
    layer->clipped_share = rq_rng_unit(rng) < 0.3 ? rq_rng_unit(rng) * 0.004 : 0;
    layer->high = 2 + 6 * rq_rng_unit(rng);
    layer->low = i % 3 ? 0 : -layer->high;
    layer->estimator = is_float ? NULL : "mse";
    layer->weight_min = -0.8 * rq_rng_unit(rng) - 0.1;
    layer->weight_max = 0.9 * rq_rng_unit(rng) + 0.1;
    layer->params = 1000 + floor(2e5 * rq_rng_unit(rng));
    layer->macs = layer->params * 196;
    layer->before_ms = 0.3 * rq_rng_unit(rng) + 0.05;
    layer->after_ms = layer->before_ms * (is_float ? 1 : 0.45);
    layer->error_alone = 1e-4 * (double)(1 + i % 7);
    layer->float_ms = 0.1;
    layer->excluded = is_float ? "yes" : NULL;
    layer->reason = is_float ? "stays in floating point: matched the ignored pattern of SE blocks"
                             : "input of a quantizable layer; mse gave the least error of 7 "
                               "estimators";
}

static inline void sample_histogram(rq_report_histogram *h, const rq_report_layer *layer,
                                    rq_arena *arena, rq_rng *rng)
{
    h->layer = layer->name;
    h->value = "input";
    h->low = layer->low;
    h->high = layer->high;
    h->clipped_share = layer->clipped_share;
    h->estimator = layer->estimator;
    double reach = layer->high * (1.1 + rq_rng_unit(rng));
    assert_ok(rq_report_histogram_begin(h, arena, layer->low < 0 ? -reach : 0, reach, 96));
    for (int k = 0; k < 4000; k++) {
        double x = layer->high / 3.5 * rq_rng_normal(rng);
        rq_report_histogram_add(h, layer->low < 0 ? x : fabs(x), layer->low < 0 ? x : fabs(x), 1e3);
    }
}

static inline void sample_layers(rq_report *r, rq_arena *arena, size_t n, size_t n_histograms)
{
    rq_rng rng;
    rq_rng_seed(&rng, 7);
    r->n_layers = n;
    r->layers = rq_report_rows(arena, &rq_layer_type, n);
    r->n_histograms = n_histograms;
    r->histograms = rq_report_rows(arena, &rq_histogram_type, n_histograms);
    assert_non_null(r->layers);
    assert_non_null(r->histograms);
    for (size_t i = 0; i < n; i++) sample_layer(&r->layers[i], i, arena, &rng);
    for (size_t i = 0; i < n_histograms; i++)
        sample_histogram(&r->histograms[i], &r->layers[i % n], arena, &rng);
}

static inline void sample_images(rq_report *r, rq_arena *arena, const uint8_t *jpeg, size_t size)
{
    static const char *const names[] = {"tench", "golden retriever", "church", "gas pump",
                                        "parachute"};
    r->n_images = 8;
    r->images = rq_report_rows(arena, &rq_image_type, r->n_images);
    for (size_t i = 0; i < r->n_images; i++) {
        bool wrong = i < 4;
        r->images[i] = (rq_report_image){
            .path = rq_arena_printf(arena, "val/n0%zu/ILSVRC2012_val_0000%zu.JPEG", i, 1234 + i),
            .label = (double)i,
            .label_name = names[i % 5],
            .before_class = (double)i,
            .after_class = (double)(i + wrong),
            .before_name = names[i % 5],
            .after_name = names[(i + wrong) % 5],
            .before_score = 0.41 + 0.05 * (double)i,
            .after_score = 0.38,
            .sqnr_db = 4.5 + 1.7 * (double)i,
            .before_value = NAN,
            .after_value = NAN,
            .newly_wrong = wrong,
            .jpeg = jpeg,
            .jpeg_size = size};
    }
}

/* `n` images, of which `wrong_before` and `wrong_after` at the front are not the label's. */
static inline void sample_validated(rq_report *r, rq_arena *arena, size_t n, size_t wrong_before,
                                    size_t wrong_after)
{
    rq_report_validated *v = &r->validated;
    v->paths = (rq_texts){rq_arena_alloc(arena, n, sizeof(char *)), n};
    rq_reals *columns[] = {&v->labels, &v->before_classes, &v->after_classes};
    for (size_t k = 0; k < 3; k++)
        *columns[k] = (rq_reals){rq_arena_alloc(arena, n, sizeof(double)), n};
    r->n_values = 1;
    r->values = rq_report_rows(arena, &rq_values_type, 1);
    r->values[0] = (rq_report_values){"top-1",
                                      NULL,
                                      {rq_arena_alloc(arena, n, sizeof(double)), n},
                                      {rq_arena_alloc(arena, n, sizeof(double)), n}};
    for (size_t i = 0; i < n; i++) {
        v->paths.values[i] = rq_arena_printf(arena, "val/%zu.jpg", i);
        v->labels.values[i] = (double)(i % 5);
        v->before_classes.values[i] = (double)(i % 5 + (i < wrong_before));
        v->after_classes.values[i] = (double)(i % 5 + (i < wrong_after));
        r->values[0].before.values[i] = i >= wrong_before;
        r->values[0].after.values[i] = i >= wrong_after;
    }
}

/* A residual network of the report's layers: every fourth value meets the one four layers before.
 */
static inline void sample_graph(rq_report *r, rq_arena *arena)
{
    r->graph = rq_report_rows(arena, &rq_node_type, 2 * r->n_layers + 1);
    r->graph[r->n_graph++] = (rq_report_node){"images", "Parameter", {NULL, 0}};
    size_t block = 0;
    for (size_t i = 0; i < r->n_layers; i++) {
        double *inputs = rq_arena_alloc(arena, 3, sizeof *inputs);
        inputs[0] = inputs[1] = (double)(r->n_graph - 1);
        r->graph[r->n_graph++] =
            (rq_report_node){r->layers[i].name, r->layers[i].type, {inputs, 1}};
        if (i % 4 != 3) continue;
        inputs[1] = (double)(r->n_graph - 1);
        inputs[2] = (double)block;
        block = r->n_graph;
        r->graph[r->n_graph++] = (rq_report_node){"join", "Add", {inputs + 1, 2}};
    }
}

static inline rq_reals sample_column(rq_arena *arena, size_t n, double from, double step)
{
    rq_reals column = {rq_arena_alloc(arena, n, sizeof(double)), n};
    for (size_t i = 0; i < n; i++) column.values[i] = from + step * (double)(i % 7);
    return column;
}

/* What a report of quantize says of graph, channels and operators. */
static inline void sample_network(rq_report *r, rq_arena *arena)
{
    static rq_report_type_time types[] = {{"Convolution", 50, 50, 8.1, 3.2, NULL},
                                          {"FakeQuantize", NAN, 30, NAN, 0.4, NULL}};
    sample_graph(r, arena);
    r->n_channels = r->n_layers;
    r->channels = rq_report_rows(arena, &rq_channels_type, r->n_channels);
    for (size_t i = 0; i < r->n_channels; i++)
        r->channels[i] = (rq_report_channels){r->layers[i].name,
                                              96,
                                              sample_column(arena, 32, -1, 0.1),
                                              sample_column(arena, 32, 1, -0.1),
                                              sample_column(arena, 32, -0.9, 0.1),
                                              sample_column(arena, 32, 0.9, -0.1)};
    r->types = types;
    r->n_types = 2;
}

static inline void sample_report(rq_report *r, rq_arena *arena, size_t n_layers,
                                 size_t n_histograms)
{
    rq_report_init(r);
    sample_models(r);
    sample_accuracy(r, arena);
    sample_size_and_speed(r, arena);
    sample_layers(r, arena, n_layers, n_histograms);
    sample_images(r, arena, NULL, 0);
    sample_validated(r, arena, 10, 1, 2);
    static const rq_report_note notes[] = {
        {true, "val/broken.jpg could not be read: premature end of file"},
        {false, "2 layers stay in floating point because of the ignored pattern"}};
    r->n_notes = 2;
    r->notes = rq_arena_alloc(arena, 1, sizeof notes);
    memcpy(r->notes, notes, sizeof notes);
    assert_ok(rq_report_advise(r, arena));
}

#endif
