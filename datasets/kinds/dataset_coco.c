/* COCO's instances_*.json, boxes only. Classes are the categories in the order of their ids (80 of
 * them, as YOLO and others number them), or the ids less one ("coco-ids": 90, as TensorFlow's
 * detectors have them, with SSD's background as class 0 of the model).
 * Source: cocodataset.org, "Data format". */
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/listing.h"
#include "engine/base/file.h"
#include "engine/base/formats/json.h"
#include "engine/base/map.h"
#include "engine/base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct category {
    int64_t id;
    const char *name;
} category;

typedef struct reader {
    rq_dataset *dataset;
    const char *file;
    rq_json *json;
    rq_map *images;    /* id as text -> sample */
    size_t *capacity;  /* of boxes, by sample */
    category *classes; /* by id */
    size_t n_classes;
    bool by_id;
} reader;

static const char *id_text(char buffer[32], int64_t id)
{
    snprintf(buffer, 32, "%" PRId64, id);
    return buffer;
}

/* -- categories ----------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    const category *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static rq_status name_classes(reader *r)
{
    size_t n = r->by_id && r->n_classes ? (size_t)r->classes[r->n_classes - 1].id : r->n_classes;
    const char **names = rq_arena_alloc(r->dataset->arena, n, sizeof *names);
    if (!names) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) names[i] = "";
    for (size_t i = 0; i < r->n_classes; i++)
        names[r->by_id ? (size_t)r->classes[i].id - 1 : i] = r->classes[i].name;
    r->dataset->class_names = names;
    r->dataset->n_classes = (int32_t)n;
    return RQ_OK;
}

static rq_status read_categories(reader *r)
{
    const rq_json *list = rq_json_get(r->json, "categories");
    r->n_classes = rq_json_length(list);
    if (r->n_classes > RQ_MAX_CLASSES)
        return rq_fail(RQ_EFORMAT, "%s: %zu categories", r->file, r->n_classes);
    r->classes = rq_arena_alloc(r->dataset->arena, r->n_classes, sizeof *r->classes);
    if (!r->classes) return RQ_ENOMEM;
    for (size_t i = 0; i < r->n_classes; i++) {
        const rq_json *one = rq_json_at(list, i);
        int64_t id = rq_json_as_integer(rq_json_get(one, "id"), -1);
        if (id < 0 || id >= RQ_MAX_CLASSES || (r->by_id && id == 0))
            return rq_fail(RQ_EFORMAT, "%s: category %zu has no id that can be a class", r->file,
                           i);
        const char *name = rq_json_as_string(rq_json_get(one, "name"), "");
        r->classes[i] = (category){id, rq_arena_strdup(r->dataset->arena, name)};
        if (!r->classes[i].name) return RQ_ENOMEM;
    }
    if (r->n_classes) qsort(r->classes, r->n_classes, sizeof *r->classes, by_id);
    return name_classes(r);
}

/* -- images --------------------------------------------------------------------------------- */

/* Where images may lie, tried with the first: from the folder that `annotations` is in. */
static const char *find_folder(reader *r, const char *first, const char *split)
{
    rq_arena *arena = r->dataset->arena;
    const char *const patterns[] = {"%s", "images", "images/%s", ".", "val2017", "train2017"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        const char *folder = rq_arena_printf(arena, patterns[i], split);
        const char *name = folder ? rq_arena_printf(arena, "%s/%s", folder, first) : NULL;
        if (name && rq_has_file(r->dataset->root, name)) return folder;
    }
    return NULL;
}

static rq_status add_image(reader *r, const rq_json *image, const char *folder, size_t i)
{
    char buffer[32], where[64];
    rq_dataset *dataset = r->dataset;
    const char *name = rq_json_as_string(rq_json_get(image, "file_name"), NULL);
    const rq_json *id = rq_json_get(image, "id");
    if (!name || !*name || !rq_json_is_number(id))
        return rq_fail(RQ_EFORMAT, "%s: image %zu has no file_name or id", r->file, i);
    const char *relative =
        strcmp(folder, ".") == 0 ? name : rq_arena_printf(dataset->arena, "%s/%s", folder, name);
    if (!relative) return RQ_ENOMEM;
    snprintf(where, sizeof where, "image %zu", i);
    rq_status status = rq_dataset_add_file(dataset, relative, where);
    if (status != RQ_OK) return rq_fail_prefix(status, "%s", r->file);
    rq_annotation *annotation;
    RQ_TRY(rq_dataset_annotate(&annotation, dataset, RQ_PREDICTION_BOXES));
    const char *key = rq_arena_strdup(dataset->arena, id_text(buffer, rq_json_as_integer(id, -1)));
    return key ? rq_map_put(r->images, key, (uint32_t)(dataset->n - 1)) : RQ_ENOMEM;
}

static rq_status read_images(reader *r, const char *split)
{
    const rq_json *list = rq_json_get(r->json, "images");
    size_t n = rq_json_length(list);
    if (n == 0 || n >= UINT32_MAX) return rq_fail(RQ_EFORMAT, "%s: no list of images", r->file);
    const char *first = rq_json_as_string(rq_json_get(rq_json_at(list, 0), "file_name"), "");
    const char *folder = find_folder(r, first, split);
    if (!folder)
        return rq_fail(RQ_EFORMAT, "%s: image '%s' is neither in %s/%s nor in %s/images", r->file,
                       first, r->dataset->root, split, r->dataset->root);
    RQ_TRY(rq_map_create(&r->images));
    for (size_t i = 0; i < n; i++) RQ_TRY(add_image(r, rq_json_at(list, i), folder, i));
    return RQ_OK;
}

/* -- annotations ---------------------------------------------------------------------------- */

static rq_status find_class(reader *r, int32_t *out, int64_t id, size_t i)
{
    const category key = {id, NULL}, *found = NULL;
    if (r->n_classes) found = bsearch(&key, r->classes, r->n_classes, sizeof *r->classes, by_id);
    if (!found)
        return rq_fail(RQ_EFORMAT,
                       "%s: annotation %zu is of category %" PRId64 ", which is not "
                       "listed",
                       r->file, i, id);
    *out = (int32_t)(r->by_id ? id - 1 : found - r->classes);
    return RQ_OK;
}

static rq_status add_annotation(reader *r, const rq_json *one, size_t i)
{
    char buffer[32];
    double corner[4];
    const rq_json *bbox = rq_json_get(one, "bbox");
    for (size_t k = 0; k < 4; k++) {
        corner[k] = rq_json_as_number(rq_json_at(bbox, k), NAN);
        if (!isfinite(corner[k]))
            return rq_fail(RQ_EFORMAT, "%s: annotation %zu has no bbox of four numbers", r->file,
                           i);
    }
    int64_t image = rq_json_as_integer(rq_json_get(one, "image_id"), -1);
    uint32_t sample = rq_map_get(r->images, id_text(buffer, image));
    if (sample == RQ_NONE)
        return rq_fail(RQ_EFORMAT,
                       "%s: annotation %zu is of image %" PRId64 ", which is not listed", r->file,
                       i, image);
    bool crowd = rq_json_as_integer(rq_json_get(one, "iscrowd"), 0) != 0;
    rq_box box = {.flags = crowd ? RQ_BOX_CROWD : 0,
                  .score = 1,
                  .area = rq_json_as_number(rq_json_get(one, "area"), -1),
                  .x0 = corner[0],
                  .y0 = corner[1],
                  .x1 = corner[0] + corner[2],
                  .y1 = corner[1] + corner[3]};
    RQ_TRY(
        find_class(r, &box.class_id, rq_json_as_integer(rq_json_get(one, "category_id"), -1), i));
    rq_annotation *annotation = (rq_annotation *)r->dataset->samples[sample].truth;
    return rq_annotation_add_box(annotation, &r->capacity[sample], r->dataset, &box);
}

static rq_status read_annotations(reader *r)
{
    const rq_json *list = rq_json_get(r->json, "annotations");
    if (!rq_json_is_array(list)) return rq_fail(RQ_EFORMAT, "%s: no list of annotations", r->file);
    r->capacity = rq_arena_alloc(r->dataset->arena, r->dataset->n, sizeof *r->capacity);
    if (!r->capacity) return RQ_ENOMEM;
    for (size_t i = 0; i < rq_json_length(list); i++)
        RQ_TRY(add_annotation(r, rq_json_at(list, i), i));
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------ */

static const char *const usual[] = {"val2017", "val2014", "val", "train2017", "train", "test"};

/* The file of a split below a folder; NULL when there is none. `split` may be NULL. */
static const char *find_file(rq_arena *arena, const char *folder, const char **split)
{
    for (size_t i = 0; i < (*split ? 1 : sizeof usual / sizeof *usual); i++) {
        const char *name = *split ? *split : usual[i];
        const char *file = rq_arena_printf(arena, "annotations/instances_%s.json", name);
        if (!file || !rq_has_file(folder, file)) continue;
        *split = name;
        return rq_arena_printf(arena, "%s/%s", folder, file);
    }
    return NULL;
}

static bool is_instances(const char *data)
{
    return rq_is_file(data) && rq_ends_with(rq_path_name(data), ".json");
}

static bool probe(const char *data)
{
    if (is_instances(data)) return true;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        char name[64];
        snprintf(name, sizeof name, "annotations/instances_%s.json", usual[i]);
        if (rq_has_file(data, name)) return true;
    }
    return rq_is_dir(data) && rq_has_dir(data, "annotations") && !rq_has_dir(data, "images");
}

/* "a/annotations/instances_val2017.json" -> root "a", split "val2017". */
static rq_status split_path(reader *r, const char **split)
{
    rq_arena *arena = r->dataset->arena;
    char *folder = rq_path_dir(r->file);
    if (!folder) return rq_fail_memory(strlen(r->file), "a path");
    const char *slash = strrchr(folder, '/'), *last = slash ? slash + 1 : folder;
    bool beside = strcmp(last, "annotations") == 0;
    const char *root = !beside ? folder
                       : slash ? rq_arena_strndup(arena, folder, (size_t)(slash - folder))
                               : ".";
    rq_status status = root ? rq_dataset_set_root(r->dataset, *root ? root : "/") : RQ_ENOMEM;
    free(folder);
    const char *stem = rq_list_stem(arena, r->file);
    if (!stem) return RQ_ENOMEM;
    *split = rq_starts_with(stem, "instances_") ? stem + strlen("instances_") : stem;
    return status;
}

static rq_status open_file(reader *r, const char *data, const char **split)
{
    if (rq_is_dir(data)) {
        RQ_TRY(rq_dataset_set_root(r->dataset, data));
        r->file = find_file(r->dataset->arena, r->dataset->root, split);
        if (!r->file)
            return rq_fail(RQ_EARG, "%s: no annotations/instances_%s.json", data,
                           *split ? *split : "val2017");
    } else {
        if (*split) return rq_fail(RQ_EARG, "%s: is of one split already; remove --split", data);
        r->file = data;
        RQ_TRY(split_path(r, split));
    }
    return rq_json_load(&r->json, r->file);
}

static rq_status read_all(reader *r, const char *data, const char *split)
{
    RQ_TRY(open_file(r, data, &split));
    RQ_TRY(read_categories(r));
    RQ_TRY(read_images(r, split));
    return read_annotations(r);
}

static rq_status read_as(rq_dataset *dataset, const char *data, const char *split, bool by_ids)
{
    reader r = {.dataset = dataset, .by_id = by_ids};
    rq_status status = read_all(&r, data, split);
    rq_map_destroy(&r.images);
    rq_json_free(&r.json);
    return status;
}

static rq_status read(rq_dataset *dataset, const char *data, const char *split)
{
    return read_as(dataset, data, split, false);
}

static rq_status read_ids(rq_dataset *dataset, const char *data, const char *split)
{
    return read_as(dataset, data, split, true);
}

extern const rq_dataset_kind rq_dataset_coco, rq_dataset_coco_ids;
const rq_dataset_kind rq_dataset_coco = {
    .name = "coco",
    .help = "COCO: annotations/instances_SPLIT.json, or such a file; 80 classes",
    .probe = probe,
    .read = read,
    .has_splits = true,
};
const rq_dataset_kind rq_dataset_coco_ids = {
    .name = "coco-ids",
    .help = "COCO with category ids less one as classes, for models of 90 classes",
    .probe = probe,
    .read = read_ids,
    .named_only = true,
    .has_splits = true,
};
