#include "engine/cli/image_options.h"

#include "datasets/config.h"

#include <stdio.h>
#include <stdlib.h>

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

static rq_status read_preprocess(rq_preprocess *out, const rq_settings *settings)
{
    const char *config = rq_settings_get(settings, "config", NULL);
    if (config) {
        char *path;
        RQ_TRY(rq_config_find(&path, config));
        rq_status status = rq_preprocess_load(out, path);
        free(path);
        RQ_TRY(status);
    }
    const rq_preprocess_key *key;
    for (size_t i = 0; (key = rq_preprocess_key_at(i)); i++) {
        const char *value = rq_settings_get(settings, key->name, NULL);
        char where[64];
        snprintf(where, sizeof where, "--%s", key->name);
        if (value) RQ_TRY(rq_preprocess_set(out, key->name, value, where));
    }
    return RQ_OK;
}

rq_status rq_fixed_inputs_read(rq_workload *w, const rq_settings *settings)
{
    rq_image_request *request = &w->request;
    size_t n = rq_settings_count(settings, "input");
    request->fixed = rq_arena_alloc(w->arena, n, sizeof *request->fixed);
    if (!request->fixed) return RQ_ENOMEM;
    for (; request->n_fixed < n; request->n_fixed++)
        RQ_TRY(rq_fixed_input_read(&request->fixed[request->n_fixed],
                                   rq_settings_at(settings, "input", request->n_fixed), w->arena));
    return RQ_OK;
}

rq_status rq_image_options_read(rq_workload *w, const rq_settings *settings)
{
    rq_images_options *of = &w->of_images;
    RQ_TRY(read_preprocess(&w->request.preprocess, settings));
    RQ_TRY(rq_settings_number(&of->max_bad, settings, "max-bad", RQ_MAX_BAD_DEFAULT * 100.0, 0.0,
                              100.0));
    of->max_bad /= 100.0;
    of->format = rq_settings_get(settings, "format", NULL);
    of->split = rq_settings_get(settings, "split", NULL);
    of->map_classes = rq_settings_get(settings, "map-classes", NULL);
    w->shuffle = rq_settings_has(settings, "shuffle");
    w->request.adapter = rq_settings_get(settings, "adapter", NULL);
    const char *data = rq_settings_get(settings, "data", NULL);
    const rq_dataset_options options = {.data = data, .format = of->format};
    w->request.tensors = data && rq_dataset_is_tensors(&options);
    return rq_fixed_inputs_read(w, settings);
}
