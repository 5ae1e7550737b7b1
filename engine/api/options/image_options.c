#include "engine/api/options/image_options.h"

#include "datasets/config.h"
#include "engine/api/options/option_words.h"
#include "engine/base/callbacks.h"

#include <stdio.h>
#include <stdlib.h>

const rq_option rq_preprocess_options[] = {
    RQ_HEADING(PREPROCESSING),
    RQ_OPTION(
        "config", "NAME|FILE.yaml|FILE.json",
        "preprocessing that ships with requant, or from a file; a FILE.json is NNCF's or POT's "
        "configuration of quantization",
        .list = rq_list_configurations, .repeats = true),
#define RQ_PREPROCESS_KEY(name_, alias_, argument_, choices_, fallback_, help_, ...)               \
    RQ_OPTION(name_, argument_, help_, .alias = alias_, .keywords = choices_,                      \
              .fallback = fallback_),
#include "datasets/image/preprocess_keys.def"
#undef RQ_PREPROCESS_KEY
    RQ_HEADING(DATA),
    RQ_OPTION("format", "NAME", "format of the data set", .fallback = "detected from its files",
              .list = rq_list_formats),
    RQ_OPTION("split", "NAME", "part of a data set that has several, such as train or val"),
    RQ_OPTION("map-classes", "A=B,...",
              "map ground-truth class ids to class ids of the model: 1=0,5=ignore,*=7"),
    RQ_OPTION("class-names", "FILE", "names of the model's classes, one a line, or data.yaml",
              .fallback = "what the model or the data say"),
    RQ_OPTION("subset", "N", "use at most N images of --data, drawn by --seed"),
    RQ_OPTION("seed", "N", "seed of everything random", .fallback = "0"),
    RQ_OPTION("shuffle", NULL, "take images in an order drawn by --seed"),
    RQ_OPTION("max-bad", "PERCENT", "percentage of unreadable images that is tolerated",
              .fallback = RQ_TEXT(RQ_MAX_BAD_PERCENT)),
    RQ_OPTION(
        "memory", "MB",
        "decoded images that run again and again are kept within this; others are decoded again",
        .fallback = RQ_TEXT(RQ_IMAGE_MEGABYTES)),
    RQ_HEADING(MODEL),
    RQ_OPTION("adapter", "NAME[:KEY=VALUE...]",
              "how the model's outputs are read as classes, boxes, masks or texts",
              .fallback = "detected where evident", .list = rq_list_adapters),
    RQ_OPTION("input", "NAME=FILE.npy", "fixed tensor for an input that takes no image",
              .repeats = true),
    RQ_OPTIONS_END,
};

static rq_status load_config(rq_preprocess *out, const char *name)
{
    char *path;
    RQ_TRY(rq_config_find(&path, name));
    rq_status status = rq_preprocess_load(out, path);
    free(path);
    return status;
}

/* Of several files the last that has a key decides. */
static rq_status read_preprocess(rq_preprocess *out, const rq_settings *settings)
{
    for (size_t i = 0; i < rq_settings_count(settings, "config"); i++)
        RQ_TRY(load_config(out, rq_settings_at(settings, "config", i)));
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

static rq_status read_sample(rq_workload *w, const rq_settings *settings)
{
    int64_t subset, seed;
    RQ_TRY(rq_settings_integer(&subset, settings, "subset", 0, 1, INT32_MAX));
    RQ_TRY(rq_settings_integer(&seed, settings, "seed", 0, 0, INT64_MAX));
    w->subset = (size_t)subset;
    w->seed = (uint64_t)seed;
    w->shuffle = rq_settings_has(settings, "shuffle");
    return RQ_OK;
}

static rq_status read_names(rq_images_options *of, rq_arena *arena)
{
    int32_t first, second;
    RQ_TRY(rq_class_names_read(&of->model_names, arena, of->names_file));
    RQ_TRY(rq_class_names_twice(&first, &second, &of->model_names));
    if (second >= 0)
        rq_log("%s: '%s' is the name of class %d and of class %d", of->names_file,
               of->model_names.v[first], first, second);
    return RQ_OK;
}

/* Arrays go in as they are. */
static rq_status refuse_preprocessing(const rq_workload *w, const rq_settings *settings)
{
    const rq_preprocess_key *key;
    const rq_preprocess *p = &w->request.preprocess;
    for (size_t i = 0; (key = rq_preprocess_key_at(i)); i++)
        if (rq_settings_has(settings, key->name))
            return rq_fail(RQ_EARG,
                           "--%s: %s holds arrays, which go into the model as they are; "
                           "preprocessing is for images",
                           key->name, w->data.name);
    if (p->n_mean || p->n_scale || rq_preprocess_has_size(p))
        rq_log("--config %s: %s holds arrays, which go into the model as they are: its "
               "preprocessing is not applied",
               rq_settings_get(settings, "config", ""), w->data.name);
    return RQ_OK;
}

rq_status rq_image_options_read(rq_workload *w, const rq_settings *settings)
{
    rq_images_options *of = &w->of_images;
    int64_t megabytes;
    RQ_TRY(rq_settings_integer(&megabytes, settings, "memory", (int64_t)(w->memory >> 20), 0,
                               INT64_C(1) << 24));
    w->memory = (size_t)megabytes << 20;
    RQ_TRY(read_preprocess(&w->request.preprocess, settings));
    RQ_TRY(rq_settings_number(&of->max_bad, settings, "max-bad", RQ_MAX_BAD_PERCENT, 0.0, 100.0));
    of->max_bad /= 100.0;
    of->format = rq_settings_get(settings, "format", NULL);
    of->split = rq_settings_get(settings, "split", NULL);
    of->map_classes = rq_settings_get(settings, "map-classes", NULL);
    of->names_file = rq_settings_get(settings, "class-names", NULL);
    if (of->names_file) RQ_TRY(read_names(of, w->arena));
    RQ_TRY(read_sample(w, settings));
    w->request.adapter = rq_settings_get(settings, "adapter", NULL);
    const rq_dataset_options options = {
        .data = w->data.name, .given = w->data.given, .format = of->format};
    w->request.tensors = w->data.name && rq_dataset_is_tensors(&options);
    if (w->request.tensors) RQ_TRY(refuse_preprocessing(w, settings));
    return rq_fixed_inputs_read(w, settings);
}
