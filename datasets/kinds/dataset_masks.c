/* Images and masks of the same name in two folders: IMAGES/NAME.jpg, MASKS/NAME.png (palette or
 * gray, 255: does not count). Of VOC's layout with ImageSets/Segmentation/SPLIT.txt. */
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/listing.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

static const struct layout {
    const char *images, *masks;
} layouts[] = {
    {"images", "masks"},    {"image", "mask"},    {"images", "annotations"},
    {"images", "semantic"}, {"images", "labels"}, {"JPEGImages", "SegmentationClass"},
    {"imgs", "masks"},
};

static bool is_png(const char *name)
{
    return rq_ends_with(name, ".png");
}

static bool holds_masks(const char *data, const char *masks)
{
    rq_names names = {0};
    rq_arena *arena = NULL;
    char *folder = rq_path_join(data, masks);
    bool found = folder && rq_arena_create(&arena) == RQ_OK &&
                 rq_list_names(&names, arena, folder, is_png) == RQ_OK && names.n > 0;
    rq_arena_destroy(&arena);
    free(folder);
    return found;
}

static const struct layout *find_layout(const char *data)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (rq_has_dir(data, layouts[i].images) && rq_has_dir(data, layouts[i].masks) &&
            holds_masks(data, layouts[i].masks))
            return &layouts[i];
    return NULL;
}

static bool probe(const char *data)
{
    return rq_is_dir(data) && find_layout(data);
}

/* Stems of the split's list, or of all masks. */
static rq_status list_stems(rq_names *out, rq_dataset *dataset, const struct layout *layout,
                            const char *split)
{
    rq_arena *arena = dataset->arena;
    const char *list =
        rq_arena_printf(arena, "ImageSets/Segmentation/%s.txt", split ? split : "val");
    if (!list) return RQ_ENOMEM;
    if (rq_has_file(dataset->root, list))
        return rq_list_lines(out, arena, rq_arena_printf(arena, "%s/%s", dataset->root, list));
    if (split) return rq_fail(RQ_EARG, "%s: no split '%s' (no %s)", dataset->root, split, list);
    RQ_TRY(rq_list_names(out, arena, rq_arena_printf(arena, "%s/%s", dataset->root, layout->masks),
                         is_png));
    for (size_t i = 0; i < out->n; i++) {
        out->names[i] = rq_list_stem(arena, out->names[i]);
        if (!out->names[i]) return RQ_ENOMEM;
    }
    return RQ_OK;
}

static rq_status add_sample(rq_dataset *dataset, const struct layout *layout, const char *stem)
{
    rq_arena *arena = dataset->arena;
    rq_annotation *annotation;
    const char *image = rq_find_image(arena, dataset->root, layout->images, stem);
    const char *mask = rq_arena_printf(arena, "%s/%s/%s.png", dataset->root, layout->masks, stem);
    if (!mask) return RQ_ENOMEM;
    if (!image)
        return rq_fail(RQ_EFORMAT, "%s: no image %s/%s.* for it", mask, layout->images, stem);
    if (!rq_is_file(mask)) return rq_fail(RQ_EFORMAT, "%s: no such mask", mask);
    RQ_TRY(rq_dataset_add_file(dataset, image, mask));
    RQ_TRY(rq_dataset_annotate(&annotation, dataset, RQ_PREDICTION_MASK));
    annotation->mask = mask;
    return RQ_OK;
}

static rq_status read(rq_dataset *dataset, const char *data, const char *split)
{
    rq_names stems;
    const struct layout *layout = find_layout(data);
    RQ_TRY(rq_dataset_set_root(dataset, data));
    RQ_TRY(list_stems(&stems, dataset, layout, split));
    for (size_t i = 0; i < stems.n; i++)
        if (*stems.names[i]) RQ_TRY(add_sample(dataset, layout, stems.names[i]));
    return RQ_OK;
}

extern const rq_dataset_kind rq_dataset_masks;
const rq_dataset_kind rq_dataset_masks = {
    .name = "masks",
    .help = "images/NAME.jpg and masks/NAME.png, a class per pixel; VOC's SegmentationClass",
    .probe = probe,
    .read = read,
    .has_splits = true,
};
