/* A list file, of images or of tensors, and a single image. */
#include "datasets/arrays/arrays.h"
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/label_lines.h"
#include "datasets/image/decode.h"
#include "engine/base/file.h"

#include <stdlib.h>
#include <string.h>

static rq_status set_root(rq_dataset *dataset, const char *file)
{
    char *folder = rq_path_dir(file);
    dataset->root = folder ? rq_arena_strdup(dataset->arena, folder) : NULL;
    free(folder);
    return dataset->root ? RQ_OK : rq_fail_memory(strlen(file), "a path");
}

/* The first line tells; what has no extension of tensors is an image. */
static bool names_tensors(const rq_label_lines *lines)
{
    return lines->n && rq_arrays_is_name(lines->lines[0].path);
}

static rq_status check_sort(const rq_label_lines *lines, const rq_label_line *line)
{
    const rq_label_line *first = &lines->lines[0];
    const bool tensors = names_tensors(lines);
    if (rq_arrays_is_name(line->path) == tensors) return RQ_OK;
    return rq_fail(RQ_EFORMAT,
                   "%s:%zu: '%s' is %s, but '%s' in line %zu is %s; expected a list of images or "
                   "one of tensors",
                   lines->file, line->line, line->path, tensors ? "an image" : "a file of tensors",
                   first->path, first->line, tensors ? "a file of tensors" : "an image");
}

static rq_status add_line(rq_dataset *dataset, const char *file, const rq_label_line *line)
{
    RQ_TRY(rq_dataset_add(dataset, line->path, 0));
    rq_sample *sample = &dataset->samples[dataset->n - 1];
    if (!rq_is_file(sample->path))
        return rq_fail(RQ_EFORMAT, "%s:%zu: no %s '%s' (paths are relative to '%s')", file,
                       line->line, dataset->tensors ? "file" : "image", line->path, dataset->root);
    return rq_file_size(&sample->bytes, sample->path);
}

static rq_status label_samples(rq_dataset *dataset, rq_label_lines *lines)
{
    RQ_TRY(rq_label_lines_number(lines, dataset));
    for (size_t i = 0; i < lines->n; i++) dataset->samples[i].label = lines->lines[i].label;
    return RQ_OK;
}

/* Order is the list's. */
static rq_status read_list(rq_dataset *dataset, const char *data, const char *split)
{
    (void)split;
    rq_label_lines lines;
    bool classes = false;
    RQ_TRY(set_root(dataset, data));
    RQ_TRY(rq_label_lines_read(&lines, dataset->arena, data));
    dataset->tensors = names_tensors(&lines);
    for (size_t i = 0; i < lines.n; i++) {
        RQ_TRY(check_sort(&lines, &lines.lines[i]));
        RQ_TRY(add_line(dataset, data, &lines.lines[i]));
        if (lines.lines[i].class_text) classes = true;
    }
    return classes ? label_samples(dataset, &lines) : RQ_OK;
}

static bool list_has_tensors(const char *data)
{
    rq_label_lines lines;
    rq_arena *arena;
    if (rq_arena_create(&arena) != RQ_OK) return false; /* opening the list will fail, too */
    bool tensors = rq_label_lines_read(&lines, arena, data) == RQ_OK && names_tensors(&lines);
    rq_arena_destroy(&arena);
    return tensors;
}

static rq_status read_image(rq_dataset *dataset, const char *data, const char *split)
{
    (void)split;
    RQ_TRY(set_root(dataset, data));
    uint64_t bytes;
    RQ_TRY(rq_file_size(&bytes, data));
    return rq_dataset_add(dataset, rq_path_name(data), bytes);
}

static bool is_image_file(const char *data)
{
    return rq_is_file(data) && rq_decode_is_image_name(data);
}

extern const rq_dataset_kind rq_dataset_list, rq_dataset_image;
const rq_dataset_kind rq_dataset_list = {
    .name = "list",
    .help = "a text file of lines 'path' or 'path class', of images or of tensors",
    .probe = rq_is_file,
    .read = read_list,
    .has_tensors = list_has_tensors,
};
const rq_dataset_kind rq_dataset_image = {
    .name = "image",
    .help = "one image",
    .probe = is_image_file,
    .read = read_image,
};
