/* Pairs of images of the same name in two folders: what the model gets, and what it should give
 * (super resolution, denoising). Inputs of super resolution may end in x2, x3 or x4. */
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/image/decode.h"
#include "datasets/listing.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <string.h>

static const struct layout {
    const char *inputs, *targets;
} layouts[] = {{"input", "target"}, {"lr", "hr"}, {"LR", "HR"}, {"noisy", "clean"}};

static const struct layout *find_layout(const char *data)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (rq_has_dir(data, layouts[i].inputs) && rq_has_dir(data, layouts[i].targets))
            return &layouts[i];
    return NULL;
}

static bool probe(const char *data)
{
    return rq_is_dir(data) && find_layout(data);
}

static const char *find_target(rq_dataset *dataset, const struct layout *layout, const char *stem)
{
    static const char *const suffixes[] = {"x2", "x3", "x4"};
    rq_arena *arena = dataset->arena;
    const char *found = rq_find_image(arena, dataset->root, layout->targets, stem);
    for (size_t i = 0; !found && i < sizeof suffixes / sizeof *suffixes; i++) {
        if (!rq_ends_with(stem, suffixes[i])) continue;
        const char *shorter = rq_arena_strndup(arena, stem, strlen(stem) - strlen(suffixes[i]));
        if (shorter) found = rq_find_image(arena, dataset->root, layout->targets, shorter);
    }
    return found;
}

static rq_status add_pair(rq_dataset *dataset, const struct layout *layout, const char *name)
{
    rq_arena *arena = dataset->arena;
    rq_annotation *annotation;
    const char *input = rq_arena_printf(arena, "%s/%s", layout->inputs, name);
    const char *stem = rq_list_stem(arena, name);
    if (!input || !stem) return RQ_ENOMEM;
    const char *target = find_target(dataset, layout, stem);
    if (!target)
        return rq_fail(RQ_EFORMAT, "%s/%s: no image %s/%s.* for it", dataset->root, input,
                       layout->targets, stem);
    RQ_TRY(rq_dataset_add_file(dataset, input, dataset->root));
    RQ_TRY(rq_dataset_annotate(&annotation, dataset, RQ_PREDICTION_IMAGE | RQ_PREDICTION_VALUES));
    annotation->image = rq_arena_printf(arena, "%s/%s", dataset->root, target);
    return annotation->image ? RQ_OK : RQ_ENOMEM;
}

static rq_status read(rq_dataset *dataset, const char *data, const char *split)
{
    rq_names names;
    const struct layout *layout = find_layout(data);
    (void)split;
    RQ_TRY(rq_dataset_set_root(dataset, data));
    const char *folder = rq_arena_printf(dataset->arena, "%s/%s", dataset->root, layout->inputs);
    if (!folder) return RQ_ENOMEM;
    RQ_TRY(rq_list_names(&names, dataset->arena, folder, rq_decode_is_image_name));
    for (size_t i = 0; i < names.n; i++) RQ_TRY(add_pair(dataset, layout, names.names[i]));
    return RQ_OK;
}

/* Class folders may have such names too. */
extern const rq_dataset_kind rq_dataset_pairs;
const rq_dataset_kind rq_dataset_pairs = {
    .name = "pairs",
    .help = "input/NAME and target/NAME (or lr and hr, noisy and clean), images of the same name",
    .probe = probe,
    .read = read,
    .named_only = true,
};
