/* ImageNet's validation set: images in val/ (or ILSVRC2012_img_val/, or beside), synsets.txt or
 * synset_words.txt with a line "n01440764 names" for each class, in the order of classes, and the
 * truth in one of:
 *     val.txt              "ILSVRC2012_val_00000001.JPEG 65", or a synset in place of the number
 *     LOC_val_solution.csv "ILSVRC2012_val_00000001,n01751748 111 108 399 298"
 * A folder for each synset (val/n01440764/NAME.JPEG) needs no list. */
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/image/decode.h"
#include "datasets/listing.h"
#include "engine/base/file.h"
#include "engine/base/map.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

static const char *const synset_files[] = {"synsets.txt", "synset_words.txt",
                                           "LOC_synset_mapping.txt"};
static const char *const truth_files[] = {"val.txt", "LOC_val_solution.csv"};
static const char *const image_folders[] = {"val", "ILSVRC2012_img_val", "."};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *first_file(const char *root, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rq_has_file(root, names[i])) return names[i];
    return NULL;
}

static bool probe(const char *data)
{
    return rq_is_dir(data) && first_file(data, synset_files, COUNT(synset_files));
}

typedef struct reader {
    rq_dataset *dataset;
    rq_map *synsets; /* name -> class */
    const char *folder;
} reader;

static rq_status read_synsets(reader *r)
{
    rq_dataset *dataset = r->dataset;
    rq_arena *arena = dataset->arena;
    rq_names lines;
    const char *name = first_file(dataset->root, synset_files, COUNT(synset_files));
    const char *file = rq_arena_printf(arena, "%s/%s", dataset->root, name);
    if (!file) return RQ_ENOMEM;
    RQ_TRY(rq_list_lines(&lines, arena, file));
    if (lines.n > RQ_MAX_CLASSES) return rq_fail(RQ_EFORMAT, "%s: %zu classes", file, lines.n);
    RQ_TRY(rq_map_create(&r->synsets));
    for (size_t i = 0; i < lines.n; i++) {
        size_t length = strcspn(lines.names[i], " \t");
        const char *synset = rq_arena_strndup(arena, lines.names[i], length);
        if (!synset) return RQ_ENOMEM;
        if (length == 0) return rq_fail(RQ_EFORMAT, "%s:%zu: no synset", file, i + 1);
        RQ_TRY(rq_map_put(r->synsets, synset, (uint32_t)i));
        const char *words = lines.names[i] + length + strspn(lines.names[i] + length, " \t");
        if (*words) lines.names[i] = words;
    }
    dataset->class_names = lines.names;
    dataset->n_classes = (int32_t)lines.n;
    return RQ_OK;
}

/* A class as a number or a synset; RQ_UNLABELLED when it is neither. */
static int32_t class_of(const reader *r, const char *text)
{
    int64_t number;
    if (rq_parse_i64(text, &number))
        return number >= 0 && number < r->dataset->n_classes ? (int32_t)number : RQ_UNLABELLED;
    uint32_t id = rq_map_get(r->synsets, text);
    return id == RQ_NONE ? RQ_UNLABELLED : (int32_t)id;
}

/* The folder that holds the image of the first line, with its own extension or any. */
static const char *place(const reader *r, const char *name)
{
    rq_arena *arena = r->dataset->arena;
    for (size_t i = 0; i < COUNT(image_folders); i++) {
        const char *path = rq_arena_printf(arena, "%s/%s", image_folders[i], name);
        if (path && rq_decode_is_image_name(name) && rq_has_file(r->dataset->root, path))
            return path;
        path = rq_find_image(arena, r->dataset->root, image_folders[i], name);
        if (path) return path;
    }
    return NULL;
}

static rq_status read_line(reader *r, const char *file, size_t line, const char *text)
{
    rq_arena *arena = r->dataset->arena;
    size_t length = strcspn(text, " \t,");
    const char *name = rq_arena_strndup(arena, text, length);
    text += length;
    text += strspn(text, " \t,");
    const char *class_text = rq_arena_strndup(arena, text, strcspn(text, " \t,"));
    if (!name || !class_text) return RQ_ENOMEM;
    int32_t label = class_of(r, class_text);
    const char *path = place(r, name);
    if (!path)
        return rq_fail(RQ_EFORMAT, "%s:%zu: no image '%s' in %s/val", file, line, name,
                       r->dataset->root);
    if (label == RQ_UNLABELLED)
        return rq_fail(RQ_EFORMAT, "%s:%zu: '%s' is neither a class below %d nor a synset", file,
                       line, class_text, r->dataset->n_classes);
    RQ_TRY(rq_dataset_add_file(r->dataset, path, file));
    r->dataset->samples[r->dataset->n - 1].label = label;
    return RQ_OK;
}

static rq_status read_list(reader *r, const char *name)
{
    rq_names lines;
    rq_arena *arena = r->dataset->arena;
    const char *file = rq_arena_printf(arena, "%s/%s", r->dataset->root, name);
    if (!file) return RQ_ENOMEM;
    RQ_TRY(rq_list_lines(&lines, arena, file));
    for (size_t i = 0; i < lines.n; i++) {
        bool header = i == 0 && rq_starts_with(lines.names[i], "ImageId,");
        if (!header && *lines.names[i]) RQ_TRY(read_line(r, file, i + 1, lines.names[i]));
    }
    return RQ_OK;
}

static bool is_synset(const char *name)
{
    return name[0] == 'n' && strlen(name) == 9 && strspn(name + 1, "0123456789") == 8;
}

static rq_status read_class_folder(reader *r, const char *base, const char *synset)
{
    rq_names images;
    rq_arena *arena = r->dataset->arena;
    const char *folder = rq_arena_printf(arena, "%s/%s/%s", r->dataset->root, base, synset);
    int32_t label = class_of(r, synset);
    if (!folder) return RQ_ENOMEM;
    if (label == RQ_UNLABELLED)
        return rq_fail(RQ_EFORMAT, "%s: its synset is not among the classes", folder);
    RQ_TRY(rq_list_names(&images, arena, folder, rq_decode_is_image_name));
    for (size_t i = 0; i < images.n; i++) {
        const char *name = rq_arena_printf(arena, "%s/%s/%s", base, synset, images.names[i]);
        if (!name) return RQ_ENOMEM;
        RQ_TRY(rq_dataset_add_file(r->dataset, name, folder));
        r->dataset->samples[r->dataset->n - 1].label = label;
    }
    return RQ_OK;
}

static rq_status read_class_folders(reader *r)
{
    rq_arena *arena = r->dataset->arena;
    for (size_t b = 0; b < COUNT(image_folders); b++) {
        rq_names folders;
        const char *path = rq_arena_printf(arena, "%s/%s", r->dataset->root, image_folders[b]);
        if (!path) return RQ_ENOMEM;
        if (!rq_is_dir(path)) continue;
        RQ_TRY(rq_list_names(&folders, arena, path, is_synset));
        for (size_t i = 0; i < folders.n; i++)
            RQ_TRY(read_class_folder(r, image_folders[b], folders.names[i]));
        if (folders.n) return RQ_OK;
    }
    return rq_fail(RQ_EFORMAT,
                   "%s: neither val.txt nor LOC_val_solution.csv nor folders of synsets",
                   r->dataset->root);
}

static rq_status read(rq_dataset *dataset, const char *data, const char *split)
{
    reader r = {.dataset = dataset};
    (void)split;
    RQ_TRY(rq_dataset_set_root(dataset, data));
    const char *list = first_file(dataset->root, truth_files, COUNT(truth_files));
    rq_status status = read_synsets(&r);
    if (status == RQ_OK) status = list ? read_list(&r, list) : read_class_folders(&r);
    rq_map_destroy(&r.synsets);
    dataset->labelled = true;
    return status;
}

extern const rq_dataset_kind rq_dataset_imagenet;
const rq_dataset_kind rq_dataset_imagenet = {
    .name = "imagenet",
    .help = "ImageNet: val/, val.txt or LOC_val_solution.csv, and synsets.txt or synset_words.txt",
    .probe = probe,
    .read = read,
};
