/* YOLO's layout: images/[SPLIT/]NAME.jpg and labels/[SPLIT/]NAME.txt with lines "class x y w h",
 * the centre and size as parts of the image's sides. Names of classes from classes.txt, one a line,
 * or data.yaml. */
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/image/decode.h"
#include "datasets/kinds/yolo_folders.h"
#include "datasets/listing.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_text(const char *name)
{
    return rq_ends_with(name, ".txt");
}

static bool is_any(const char *name)
{
    (void)name;
    return true;
}

static bool parse_line(const char *text, double x[5])
{
    size_t n;
    if (!rq_parse_f64_list(text, x, 5, &n) || n != 5 || !(x[0] >= 0 && x[0] < RQ_MAX_CLASSES) ||
        x[0] != floor(x[0]))
        return false;
    for (int i = 1; i < 5; i++)
        if (!(x[i] >= 0 && x[i] <= 1.01)) return false;
    return true;
}

/* Of other texts in a folder of that name nothing can be told. */
static bool begins_with_box(rq_arena *arena, const char *folder, const char *name)
{
    double x[5];
    rq_names lines;
    const char *file = rq_arena_printf(arena, "%s/%s", folder, name);
    return file && rq_list_lines(&lines, arena, file) == RQ_OK &&
           (lines.n == 0 || parse_line(lines.names[0], x));
}

static bool holds_labels(rq_arena *arena, const char *folder)
{
    rq_names names;
    if (rq_list_names(&names, arena, folder, is_any) != RQ_OK) return false;
    for (size_t i = 0; i < names.n; i++) {
        if (is_text(names.names[i])) return begins_with_box(arena, folder, names.names[i]);
        const char *inner = rq_arena_printf(arena, "%s/%s", folder, names.names[i]);
        rq_names files;
        if (inner && rq_is_dir(inner) && rq_list_names(&files, arena, inner, is_text) == RQ_OK &&
            files.n)
            return begins_with_box(arena, inner, files.names[0]);
    }
    return false;
}

static bool probe(const char *data)
{
    rq_arena *arena = NULL;
    if (!rq_is_dir(data) || !rq_has_dir(data, "images") || !rq_has_dir(data, "labels"))
        return false;
    char *folder = rq_path_join(data, "labels");
    bool found = folder && rq_arena_create(&arena) == RQ_OK && holds_labels(arena, folder);
    rq_arena_destroy(&arena);
    free(folder);
    return found;
}

typedef struct reader {
    rq_dataset *dataset;
    const char *images, *labels; /* folders below the root */
    int32_t classes;
} reader;

static rq_status read_line(reader *r, rq_annotation *annotation, size_t *capacity, const char *file,
                           size_t line, const char *text)
{
    double x[5];
    if (!parse_line(text, x))
        return rq_fail(RQ_EFORMAT, "%s:%zu: '%.60s' is not 'class x y w h' with parts of the sides",
                       file, line, text);
    rq_box box = {.class_id = (int32_t)x[0],
                  .score = 1,
                  .area = -1,
                  .x0 = x[1] - x[3] / 2,
                  .y0 = x[2] - x[4] / 2,
                  .x1 = x[1] + x[3] / 2,
                  .y1 = x[2] + x[4] / 2};
    if (box.class_id >= r->classes) r->classes = box.class_id + 1;
    return rq_annotation_add_box(annotation, capacity, r->dataset, &box);
}

/* An image without a file of labels shows nothing. */
static rq_status read_labels(reader *r, const char *stem)
{
    rq_annotation *annotation;
    rq_names lines = {0};
    size_t capacity = 0;
    rq_arena *arena = r->dataset->arena;
    const char *file = rq_arena_printf(arena, "%s/%s/%s.txt", r->dataset->root, r->labels, stem);
    if (!file) return RQ_ENOMEM;
    RQ_TRY(rq_dataset_annotate(&annotation, r->dataset, RQ_PREDICTION_BOXES));
    annotation->relative = true;
    if (!rq_is_file(file)) return RQ_OK;
    RQ_TRY(rq_list_lines(&lines, arena, file));
    for (size_t i = 0; i < lines.n; i++)
        if (*lines.names[i])
            RQ_TRY(read_line(r, annotation, &capacity, file, i + 1, lines.names[i]));
    return RQ_OK;
}

static rq_status read_images(reader *r)
{
    rq_names names;
    rq_arena *arena = r->dataset->arena;
    const char *folder = rq_arena_printf(arena, "%s/%s", r->dataset->root, r->images);
    if (!folder) return RQ_ENOMEM;
    RQ_TRY(rq_list_names(&names, arena, folder, rq_decode_is_image_name));
    for (size_t i = 0; i < names.n; i++) {
        const char *name = rq_arena_printf(arena, "%s/%s", r->images, names.names[i]);
        const char *stem = rq_list_stem(arena, names.names[i]);
        if (!name || !stem) return RQ_ENOMEM;
        RQ_TRY(rq_dataset_add_file(r->dataset, name, folder));
        RQ_TRY(read_labels(r, stem));
    }
    return RQ_OK;
}

rq_status rq_yolo_read_folders(rq_dataset *dataset, const char *images, const char *labels)
{
    reader r = {dataset, images, labels, 0};
    RQ_TRY(read_images(&r));
    dataset->n_classes = r.classes;
    return RQ_OK;
}

static rq_status check_count(const rq_dataset *dataset, size_t n, const char *what,
                             const char *file)
{
    if (n >= (size_t)dataset->n_classes && n <= RQ_MAX_CLASSES) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s: %zu classes%s, but labels go up to %d, of %d classes", file, n,
                   what, dataset->n_classes - 1, dataset->n_classes);
}

static rq_status take_names(rq_dataset *dataset, const rq_class_names *names, const char *file)
{
    RQ_TRY(check_count(dataset, names->n, "", file));
    dataset->class_names = names->v;
    dataset->n_classes = (int32_t)names->n;
    return RQ_OK;
}

rq_status rq_yolo_take_yaml(rq_dataset *dataset, const rq_yaml *yaml, const char *file)
{
    rq_class_names names;
    size_t count;
    RQ_TRY(rq_class_names_of_yaml(&names, dataset->arena, yaml, file));
    if (names.n) return take_names(dataset, &names, file);
    RQ_TRY(rq_class_count_of_yaml(&count, yaml, file));
    return count ? check_count(dataset, count, " (nc)", file) : RQ_OK;
}

static rq_status take_yaml_file(rq_dataset *dataset, const char *file)
{
    rq_yaml yaml;
    RQ_TRY(rq_yaml_open(&yaml, file));
    rq_status status = rq_yolo_take_yaml(dataset, &yaml, file);
    rq_yaml_close(&yaml);
    return status;
}

static rq_status name_classes(rq_dataset *dataset)
{
    rq_class_names names;
    rq_arena *arena = dataset->arena;
    const char *lines = rq_arena_printf(arena, "%s/classes.txt", dataset->root),
               *yaml = rq_arena_printf(arena, "%s/data.yaml", dataset->root);
    if (!lines || !yaml) return RQ_ENOMEM;
    if (!rq_is_file(lines)) return rq_is_file(yaml) ? take_yaml_file(dataset, yaml) : RQ_OK;
    RQ_TRY(rq_class_names_read(&names, arena, lines));
    return take_names(dataset, &names, lines);
}

/* The usual split when images lie one folder deeper. */
static const char *find_split(const char *root)
{
    static const char *const usual[] = {"val", "val2017", "valid", "test", "train", "train2017"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        char name[64] = "images/";
        strcat(name, usual[i]);
        if (rq_has_dir(root, name)) return usual[i];
    }
    return NULL;
}

static rq_status read(rq_dataset *dataset, const char *data, const char *split)
{
    const char *images = "images", *labels = "labels";
    RQ_TRY(rq_dataset_set_root(dataset, data));
    const char *wanted = split ? split : find_split(dataset->root);
    if (wanted) {
        images = rq_arena_printf(dataset->arena, "images/%s", wanted);
        labels = rq_arena_printf(dataset->arena, "labels/%s", wanted);
        if (!images || !labels) return RQ_ENOMEM;
        if (!rq_has_dir(dataset->root, images))
            return rq_fail(RQ_EARG, "%s: no split '%s' (no folder %s)", data, wanted, images);
    }
    RQ_TRY(rq_yolo_read_folders(dataset, images, labels));
    return name_classes(dataset);
}

extern const rq_dataset_kind rq_dataset_yolo;
const rq_dataset_kind rq_dataset_yolo = {
    .name = "yolo",
    .help = "images/ and labels/*.txt with lines 'class x y w h'",
    .probe = probe,
    .read = read,
    .has_splits = true,
};
