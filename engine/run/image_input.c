#include "engine/run/image_input.h"

#include "datasets/config.h"
#include "datasets/arrays/npy.h"
#include "engine/run/embedded_preprocessing.h"
#include "engine/base/callbacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const rq_option rq_preprocess_options[] = {
    {"config", "NAME|FILE", "preprocessing from YAML: imagenet, cifar10, ssd, yolo, ocr, face, ...",
     false},
    {"resize", "N|WxH", "shorter side to N pixels, or exactly W x H", false},
    {"crop", "N|WxH", "crop from the centre", false},
    {"crop-rect", "x,y,w,h", "cut this part of the original image first", false},
    {"fit", "HOW", "stretch (default), letterbox or corner: ratio kept and padded", false},
    {"pad", "a,b,c", "colour of padding, 0..255 (default 0)", false},
    {"mean", "a,b,c", "subtracted, in pixel units 0..255", false},
    {"scale", "a,b,c", "divided by, after the mean", false},
    {"channels", "ORDER", "rgb, bgr or gray", false},
    {"layout", "LAYOUT", "nchw or nhwc; told by the model's input by default", false},
    {"filter", "NAME", "of resizing; bilinear (antialiased) by default", false},
    {"input", "NAME=FILE.npy", "a fixed tensor for an input that takes no image", true},
    {"format", "NAME", "of the data: voc, coco, yolo, masks, csv, ...; told by what is there",
     false},
    {"split", "NAME", "part of a data set that has several: val, train, ...", false},
    {"map-classes", "A=B,...", "truth's classes to the model's: 1=0,5=ignore,*=7", false},
    {"shuffle", NULL, "take images in an order drawn by --seed", false},
    {"adapter", "NAME[:K=V...]", "how to read outputs: ssd, yolov8, segmentation, ctc, ...; none",
     false},
    {"max-bad", "PERCENT", "unreadable images allowed (default 1)", false},
    RQ_OPTIONS_END,
};

rq_status rq_image_request_read(rq_image_request *out, const rq_args *args)
{
    memset(out, 0, sizeof *out);
    const char *config = rq_args_get(args, "config", NULL);
    if (config) {
        char *path;
        RQ_TRY(rq_config_find(&path, config));
        rq_status status = rq_preprocess_load(&out->preprocess, path);
        free(path);
        RQ_TRY(status);
    }
    const rq_preprocess_key *key;
    for (size_t i = 0; (key = rq_preprocess_key_at(i)); i++) {
        const char *value = rq_args_get(args, key->name, NULL);
        char where[64];
        snprintf(where, sizeof where, "--%s", key->name);
        if (value) RQ_TRY(rq_preprocess_set(&out->preprocess, key->name, value, where));
    }
    RQ_TRY(rq_settings_number(&out->max_bad, rq_args_settings(args), "max-bad",
                              RQ_MAX_BAD_DEFAULT * 100.0, 0.0, 100.0));
    out->max_bad /= 100.0;
    out->format = rq_args_get(args, "format", NULL);
    out->split = rq_args_get(args, "split", NULL);
    out->map_classes = rq_args_get(args, "map-classes", NULL);
    out->shuffle = rq_args_has(args, "shuffle");
    out->adapter = rq_args_get(args, "adapter", NULL);
    const char *data = rq_args_get(args, "data", NULL);
    const rq_dataset_options options = {.data = data, .format = out->format};
    out->tensors = data && rq_dataset_is_tensors(&options);
    return RQ_OK;
}

/* -- the image input ------------------------------------------------------------------------ */

static const rq_node *find_image_parameter(const rq_graph *graph)
{
    const rq_node *only = NULL, *rank4 = NULL;
    size_t n = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || strcmp(node->type, "Parameter") != 0) continue;
        if (n++ == 0) only = node;
        if (!rank4 && graph->values[node->out[0]]->shape.rank == 4) rank4 = node;
    }
    return rank4 ? rank4 : n == 1 ? only : NULL;
}

rq_status rq_image_request_fit(rq_input_shape *shapes, size_t *n_shapes, rq_image_request *request,
                               const rq_graph *graph)
{
    rq_folded_leave(&request->preprocess, graph);
    const rq_node *node = find_image_parameter(graph);
    if (!node || request->tensors) return RQ_OK;
    const rq_value *value = graph->values[node->out[0]];
    if (rq_shape_is_static(&value->shape)) return RQ_OK;
    for (size_t i = 0; i < *n_shapes; i++)
        if (!strcmp(shapes[i].name, node->name) ||
            rq_graph_find_value(graph, shapes[i].name) == value->id)
            return RQ_OK;
    rq_image_plan plan;
    rq_status status =
        rq_preprocess_resolve(&plan, &request->preprocess, &value->shape, value->dtype, node->name);
    if (status != RQ_OK)
        return rq_fail_prefix(status,
                              "the shape of the input must be given (--shape '%s[1,3,H,W]', "
                              "or --resize WxH)",
                              node->name);
    shapes[(*n_shapes)++] = (rq_input_shape){node->name, plan.shape};
    return RQ_OK;
}

static rq_status find_image_input(size_t *out, const rq_model *model)
{
    size_t n = rq_model_input_count(model);
    for (size_t i = 0; i < n; i++)
        if (rq_model_input(model, i)->shape.rank == 4) {
            *out = i;
            return RQ_OK;
        }
    *out = 0;
    return n == 1 ? RQ_OK
                  : rq_fail(RQ_EUNSUPPORTED,
                            "the model has %zu inputs and none of rank 4 that could "
                            "take an image",
                            n);
}

static rq_status load_fixed(rq_image_feed *feed, const rq_model *model, const char *text)
{
    const char *equals = strrchr(text, '=');
    if (!equals || equals == text)
        return rq_fail(RQ_EARG, "--input %s: expected NAME=FILE.npy", text);
    for (size_t i = 0; i < feed->n_inputs; i++) {
        const char *name = rq_model_input_node(model, i)->name;
        if (strlen(name) != (size_t)(equals - text) || strncmp(name, text, strlen(name)) != 0)
            continue;
        free(feed->fixed[i].data);
        feed->fixed[i].data = NULL;
        return rq_npy_read(&feed->fixed[i], equals + 1);
    }
    return rq_fail(RQ_EARG, "--input %s: the model has no such input", text);
}

static rq_status load_all_fixed(rq_image_feed *out, const rq_model *model, const rq_args *args)
{
    out->model = model;
    out->n_inputs = rq_model_input_count(model);
    RQ_TRY(rq_calloc(&out->fixed, out->n_inputs, sizeof *out->fixed, "model inputs"));
    for (size_t i = 0; i < rq_settings_count(rq_args_settings(args), "input"); i++)
        RQ_TRY(load_fixed(out, model, rq_settings_at(rq_args_settings(args), "input", i)));
    return RQ_OK;
}

/* The first input that files must have. */
static rq_status open_tensors(rq_image_feed *out, const rq_model *model, const rq_args *args)
{
    out->tensors = true;
    RQ_TRY(load_all_fixed(out, model, args));
    while (out->input < out->n_inputs && out->fixed[out->input].data) out->input++;
    if (out->input == out->n_inputs)
        return rq_fail(RQ_EARG, "all inputs are given by --input: nothing is left for --data");
    out->dtype = rq_model_input(model, out->input)->dtype;
    return RQ_OK;
}

static rq_status check_fixed(const rq_image_feed *feed, const rq_model *model)
{
    for (size_t i = 0; i < feed->n_inputs; i++)
        if (i != feed->input && !feed->fixed[i].data)
            return rq_fail(RQ_EARG, "input '%s' takes no image; give it with --input '%s=FILE.npy'",
                           rq_model_input_node(model, i)->name,
                           rq_model_input_node(model, i)->name);
    return RQ_OK;
}

rq_status rq_image_feed_open(rq_image_feed *out, const rq_image_request *request,
                             const rq_model *model, const rq_args *args)
{
    memset(out, 0, sizeof *out);
    if (request->tensors) return open_tensors(out, model, args);
    RQ_TRY(find_image_input(&out->input, model));
    const rq_tensor *input = rq_model_input(model, out->input);
    out->dtype = input->dtype;
    RQ_TRY(rq_preprocess_resolve(&out->plan, &request->preprocess, &input->shape, input->dtype,
                                 rq_model_input_node(model, out->input)->name));
    if (out->plan.batch != 1)
        return rq_fail(RQ_EUNSUPPORTED,
                       "input '%s' takes %lld images at once, expected 1; give --shape",
                       rq_model_input_node(model, out->input)->name, (long long)out->plan.batch);
    RQ_TRY(load_all_fixed(out, model, args));
    return check_fixed(out, model);
}

void rq_image_feed_close(rq_image_feed *feed)
{
    for (size_t i = 0; feed->fixed && i < feed->n_inputs; i++) free(feed->fixed[i].data);
    free(feed->fixed);
    feed->fixed = NULL;
}

/* -- data sets ------------------------------------------------------------------------------ */

rq_status rq_images_open(rq_images *out, const rq_image_request *request, const char *data,
                         const char *labels, size_t subset, uint64_t seed)
{
    memset(out, 0, sizeof *out);
    rq_dataset_options options = {.data = data,
                                  .labels = labels,
                                  .format = request->format,
                                  .split = request->split,
                                  .map_classes = request->map_classes};
    rq_status status = rq_dataset_open(&out->dataset, &options);
    if (status == RQ_OK && subset) status = rq_dataset_subset(out->dataset, subset, seed);
    if (status == RQ_OK && request->shuffle) status = rq_dataset_shuffle(out->dataset, seed);
    if (status == RQ_OK) status = rq_bad_images_create(&out->bad);
    if (status != RQ_OK) {
        rq_images_close(out);
        return status;
    }
    out->max_bad = request->max_bad;
    if (out->dataset->skipped_unlabelled)
        rq_log("%zu images of %s have no label and are left out", out->dataset->skipped_unlabelled,
               data);
    return RQ_OK;
}

void rq_images_close(rq_images *images)
{
    rq_bad_images_destroy(&images->bad);
    rq_dataset_close(&images->dataset);
}
