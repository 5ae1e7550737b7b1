/* Ultralytics' data.yaml: where the images lie, in YOLO's layout, and what their classes are
 * called.
 */
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/kinds/yolo_folders.h"
#include "datasets/listing.h"
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/base/formats/yaml.h"

#include <stdlib.h>
#include <string.h>

typedef struct reader {
    rq_dataset *dataset;
    const char *images, *labels; /* folders below the root */
} reader;

static const char *const keys[] = {"path", "train", "val", "test", "names", NULL};

static bool begins_with_key(const char *line)
{
    for (size_t i = 0; keys[i]; i++)
        if (rq_starts_with(line, keys[i]) && line[strlen(keys[i])] == ':') return true;
    return false;
}

/* A file that is no YAML, but was meant to be: reading it then tells where it is broken. */
static bool has_lines_of_keys(const char *data)
{
    rq_arena *arena;
    rq_names lines = {0};
    bool found = false;
    if (rq_arena_create(&arena) != RQ_OK) return false;
    if (rq_list_lines(&lines, arena, data) == RQ_OK)
        for (size_t i = 0; i < lines.n; i++) found |= begins_with_key(lines.names[i]);
    rq_arena_destroy(&arena);
    return found;
}

/* Lists of images have such names, too, and other keys. */
static bool is_data_yaml(const char *data)
{
    rq_yaml yaml;
    bool is = false;
    if (!rq_ends_with(data, ".yaml") && !rq_ends_with(data, ".yml")) return false;
    if (!rq_is_file(data)) return false;
    if (rq_yaml_open(&yaml, data) != RQ_OK) return has_lines_of_keys(data);
    for (size_t i = 0; keys[i]; i++) is |= rq_yaml_find(&yaml, keys[i]) != NULL;
    for (size_t i = 0; i < yaml.n; i++) is |= rq_starts_with(yaml.entries[i].key, "names.");
    rq_yaml_close(&yaml);
    return is;
}

static const char *folder_of(rq_arena *arena, const char *file)
{
    char *folder = rq_path_dir(file);
    const char *kept = folder ? rq_arena_strdup(arena, folder) : NULL;
    free(folder);
    return kept;
}

static bool is_folder(const char **out, rq_arena *arena, const char *base, const char *part)
{
    *out = *part == '/' || !*base ? part : rq_arena_printf(arena, "%s/%s", base, part);
    return *out && rq_is_dir(*out);
}

/* `path` is relative to the file or to Ultralytics' folder of data sets beside it; where it is
 * nowhere, the file's own folder is meant, as in Roboflow's "../train/images". */
static rq_status find_folder(const char **out, rq_arena *arena, const char *data, const char *path,
                             const char *part)
{
    const char *home = folder_of(arena, data);
    const char *datasets = home ? rq_arena_printf(arena, "%s/../datasets", home) : NULL, *base;
    if (!datasets) return RQ_ENOMEM;
    if (is_folder(&base, arena, home, path) && is_folder(out, arena, base, part)) return RQ_OK;
    if (is_folder(&base, arena, datasets, path) && is_folder(out, arena, base, part)) return RQ_OK;
    if (is_folder(out, arena, home, part)) return RQ_OK;
    if (rq_starts_with(part, "../") && is_folder(out, arena, home, part + 3)) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s: no folder '%s' of images", data, part);
}

/* "/data/coco/images/val": a root, images/val and labels/val. */
static rq_status split_folder(reader *r, const char *data, const char *folder)
{
    rq_arena *arena = r->dataset->arena;
    const char *at = NULL;
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') length--;
    folder = rq_arena_strndup(arena, folder, length);
    if (!folder) return RQ_ENOMEM;
    for (const char *c = folder; (c = strstr(c, "/images")); c++)
        if (c[7] == '\0' || c[7] == '/') at = c;
    if (!at)
        return rq_fail(RQ_EFORMAT, "%s: '%s' has no folder named images, beside which labels lie",
                       data, folder);
    const char *root = rq_arena_strndup(arena, folder, (size_t)(at - folder));
    r->images = rq_arena_strdup(arena, at + 1);
    r->labels = rq_arena_printf(arena, "labels%s", at + 7);
    if (!root || !r->images || !r->labels) return RQ_ENOMEM;
    return rq_dataset_set_root(r->dataset, *root ? root : "/");
}

static rq_status read_parts(reader *r, const char *data, const rq_yaml *yaml, const char *split)
{
    static const char *const usual[] = {"val", "test", "train"};
    const char *path = rq_yaml_value(yaml, "path"), *part = NULL, *folder;
    for (size_t i = 0; !split && !part && i < 3; i++) part = rq_yaml_value(yaml, usual[i]);
    if (split) part = rq_yaml_value(yaml, split);
    if (!part || !*part)
        return rq_fail(RQ_EARG, "%s: no split '%s'", data, split ? split : usual[0]);
    RQ_TRY(find_folder(&folder, r->dataset->arena, data, path ? path : ".", part));
    RQ_TRY(split_folder(r, data, folder));
    RQ_TRY(rq_yolo_read_folders(r->dataset, r->images, r->labels));
    return rq_yolo_take_yaml(r->dataset, yaml, data);
}

static rq_status read_yaml(rq_dataset *dataset, const char *data, const char *split)
{
    reader r = {.dataset = dataset};
    rq_yaml yaml;
    rq_arena *arena = dataset->arena;
    const char *kept = rq_arena_strdup(arena, data);
    if (!kept) return RQ_ENOMEM;
    RQ_TRY(rq_yaml_open(&yaml, data));
    rq_status status = read_parts(&r, kept, &yaml, split);
    rq_yaml_close(&yaml);
    return status;
}

extern const rq_dataset_kind rq_dataset_yolo_yaml;
const rq_dataset_kind rq_dataset_yolo_yaml = {
    .name = "yolo-yaml",
    .help = "Ultralytics' data.yaml: path, train, val, names",
    .probe = is_data_yaml,
    .read = read_yaml,
    .has_splits = true,
};
