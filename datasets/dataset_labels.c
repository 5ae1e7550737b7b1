#include "datasets/dataset_labels.h"

#include "datasets/label_lines.h"
#include "engine/base/file.h"
#include "engine/base/map.h"

#include <stdlib.h>

/* Index of a sample by its name; names appear once, except in careless lists, where the last
 * stands for all. */
static rq_status map_names(rq_map **out, const rq_dataset *dataset)
{
    RQ_TRY(rq_map_create(out));
    for (size_t i = 0; i < dataset->n; i++)
        RQ_TRY(rq_map_put(*out, dataset->samples[i].name, (uint32_t)i));
    return RQ_OK;
}

static rq_status fail_missing(const rq_dataset *dataset, const rq_label_lines *lines,
                              const rq_label_line *line)
{
    char *path = rq_path_join(dataset->root, line->path);
    bool exists = path && rq_is_file(path);
    free(path);
    return rq_fail(RQ_EFORMAT, "%s:%zu: %s '%s' in '%s'", lines->file, line->line,
                   exists ? "not among the images:" : "no image", line->path, dataset->root);
}

static rq_status label_one(rq_dataset *dataset, const rq_label_lines *lines,
                           const rq_label_line *line, const rq_map *map)
{
    uint32_t id = rq_map_get(map, line->path);
    if (id == RQ_NONE) return fail_missing(dataset, lines, line);
    rq_sample *sample = &dataset->samples[id];
    if (sample->label != RQ_UNLABELLED && sample->label != line->label)
        return rq_fail(RQ_EFORMAT, "%s:%zu: '%s' has class %d here and class %d above", lines->file,
                       line->line, line->path, line->label, sample->label);
    sample->label = line->label;
    return RQ_OK;
}

static void drop_unlabelled(rq_dataset *dataset)
{
    size_t kept = 0;
    for (size_t i = 0; i < dataset->n; i++)
        if (dataset->samples[i].label != RQ_UNLABELLED)
            dataset->samples[kept++] = dataset->samples[i];
    dataset->skipped_unlabelled = dataset->n - kept;
    dataset->n = kept;
}

static rq_status apply(rq_dataset *dataset, const rq_label_lines *lines, rq_map **map)
{
    RQ_TRY(map_names(map, dataset));
    for (size_t i = 0; i < dataset->n; i++) dataset->samples[i].label = RQ_UNLABELLED;
    for (size_t i = 0; i < lines->n; i++) RQ_TRY(label_one(dataset, lines, &lines->lines[i], *map));
    drop_unlabelled(dataset);
    return RQ_OK;
}

/* Of folders that the file does not name, nothing stays; of those that it names, the order. */
static rq_status number_instead_of_folders(rq_label_lines *lines, rq_dataset *dataset)
{
    int32_t highest = RQ_UNLABELLED;
    if (!rq_label_lines_use_names(lines, dataset)) dataset->class_names = NULL;
    RQ_TRY(rq_label_lines_number(lines, dataset));
    for (size_t i = 0; i < lines->n; i++)
        if (lines->lines[i].label > highest) highest = lines->lines[i].label;
    dataset->n_classes = highest + 1;
    return RQ_OK;
}

rq_status rq_dataset_apply_labels(rq_dataset *dataset, const char *file, bool folders)
{
    rq_label_lines lines;
    rq_map *map = NULL;
    RQ_TRY(rq_label_lines_read(&lines, dataset->arena, file));
    if (lines.n == 0) return rq_fail(RQ_EFORMAT, "%s: no lines 'path class'", file);
    RQ_TRY(folders ? number_instead_of_folders(&lines, dataset)
                   : rq_label_lines_number(&lines, dataset));
    dataset->by_folder = false;
    rq_status status = apply(dataset, &lines, &map);
    rq_map_destroy(&map);
    return status;
}
