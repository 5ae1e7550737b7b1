/* A folder of images, and class sub-folders. */
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/image/decode.h"
#include "datasets/passed_over.h"
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MAX_DEPTH 64

/* A folder being read; the chain up to the root tells a symbolic link that leads back into it. */
typedef struct level {
    const struct level *parent;
    dev_t device;
    ino_t inode;
    int depth;
} level;

typedef struct walk {
    rq_dataset *dataset;
    const char **folders; /* names of the sub-folders of the root; in the arena's strings */
    size_t n_folders, capacity;
    rq_passed_over passed;
} walk;

static rq_status read_folder(walk *w, const char *name, const level *parent,
                             const struct stat *info);

static bool leads_back(const level *parent, const struct stat *info)
{
    for (const level *l = parent; l; l = l->parent)
        if (l->device == info->st_dev && l->inode == info->st_ino) return true;
    return false;
}

static rq_status add_folder(walk *w, const char *name)
{
    RQ_TRY(rq_grow(&w->folders, &w->capacity, w->n_folders, sizeof *w->folders, "class folders"));
    w->folders[w->n_folders] = rq_arena_strdup(w->dataset->arena, name);
    if (!w->folders[w->n_folders]) return RQ_ENOMEM;
    w->n_folders++;
    return RQ_OK;
}

/* A name whose file cannot be looked at (a dead link) is listed all the same: it is counted as a
 * bad image when it is read, not forgotten. */
static rq_status read_entry(walk *w, const char *name, const level *here)
{
    rq_dataset *dataset = w->dataset;
    char *path = rq_path_join(dataset->root, name);
    if (!path) return rq_fail_memory(strlen(name), "a path");
    struct stat info;
    bool found = stat(path, &info) == 0;
    free(path);
    if (found && S_ISDIR(info.st_mode)) {
        if (leads_back(here, &info)) return RQ_OK;
        if (here->depth == 0) RQ_TRY(add_folder(w, name));
        return read_folder(w, name, here, &info);
    }
    if (found && !S_ISREG(info.st_mode)) return RQ_OK;
    if (!rq_decode_is_image_name(name)) {
        rq_passed_over_count(&w->passed, name);
        return RQ_OK;
    }
    return rq_dataset_add(dataset, name, found ? (uint64_t)info.st_size : 0);
}

static rq_status read_entries(walk *w, DIR *dir, const char *name, const level *here)
{
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        char *inner = name[0] ? rq_path_join(name, entry->d_name) : strdup(entry->d_name);
        if (!inner) return rq_fail_memory(strlen(name), "a path");
        rq_status status = read_entry(w, inner, here);
        free(inner);
        RQ_TRY(status);
    }
    return RQ_OK;
}

/* `name` is relative to the root, "" for the root itself. */
static rq_status read_folder(walk *w, const char *name, const level *parent,
                             const struct stat *info)
{
    level here = {parent, info->st_dev, info->st_ino, parent ? parent->depth + 1 : 0};
    if (here.depth > MAX_DEPTH)
        return rq_fail(RQ_EFORMAT, "%s/%s: folders nested deeper than %d", w->dataset->root, name,
                       MAX_DEPTH);
    char *path = name[0] ? rq_path_join(w->dataset->root, name) : strdup(w->dataset->root);
    if (!path) return rq_fail_memory(strlen(name), "a path");
    DIR *dir = opendir(path);
    rq_status status = dir ? read_entries(w, dir, name, &here)
                           : rq_fail(RQ_EIO, "%s: cannot be read: %s", path, strerror(errno));
    if (dir) closedir(dir);
    free(path);
    return status;
}

/* Index of the sub-folder that a sample lies in, or RQ_UNLABELLED when it lies in the root. */
static int32_t folder_of(const walk *w, const rq_sample *sample)
{
    size_t length = strcspn(sample->name, "/");
    if (sample->name[length] == '\0') return RQ_UNLABELLED;
    for (size_t low = 0, high = w->n_folders; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = strncmp(sample->name, w->folders[middle], length);
        if (order == 0 && w->folders[middle][length]) order = -1;
        if (order == 0) return (int32_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return RQ_UNLABELLED;
}

static bool is_number(const char *name)
{
    return name[0] && !name[strspn(name, "0123456789")];
}

/* 2 before 10, which bytes would have the other way around. */
static int by_number(const void *a_, const void *b_)
{
    const char *a = *(const char *const *)a_, *b = *(const char *const *)b_;
    size_t zeros_a = strspn(a, "0"), zeros_b = strspn(b, "0");
    size_t n = strlen(a + zeros_a), m = strlen(b + zeros_b);
    if (n != m) return n < m ? -1 : 1;
    int order = strcmp(a + zeros_a, b + zeros_b);
    return order ? order : strcmp(a, b);
}

/* The classes in their order: that of the sorted folders, but of numbers as numbers. */
static void name_classes(const walk *w, const char **names)
{
    bool numbers = true;
    size_t first = 0; /* that the order of bytes would number otherwise */
    memcpy(names, w->folders, w->n_folders * sizeof *names);
    for (size_t i = 0; i < w->n_folders; i++) numbers = numbers && is_number(names[i]);
    if (!numbers) return;
    qsort(names, w->n_folders, sizeof *names, by_number);
    while (first < w->n_folders && names[first] == w->folders[first]) first++;
    if (first < w->n_folders)
        rq_log("%s: class folders are sorted as numbers: class %zu is '%s'", w->dataset->root,
               first, names[first]);
}

static int32_t class_of(const char *const *names, size_t n, const char *folder)
{
    size_t i = 0;
    while (i < n && names[i] != folder) i++;
    return (int32_t)i;
}

/* classes[i]: of folder i. */
static rq_status number_folders(walk *w, int32_t *classes)
{
    rq_dataset *dataset = w->dataset;
    const char **names = rq_arena_alloc(dataset->arena, w->n_folders, sizeof *names);
    if (!names) return RQ_ENOMEM;
    name_classes(w, names);
    for (size_t i = 0; i < w->n_folders; i++)
        classes[i] = class_of(names, w->n_folders, w->folders[i]);
    dataset->class_names = names;
    dataset->n_classes = (int32_t)w->n_folders;
    dataset->labelled = dataset->by_folder = true;
    return RQ_OK;
}

/* Parts that data are split into, which are no classes. */
static bool are_splits(const walk *w)
{
    static const char *const splits[] = {"calib", "calibration", "dev",      "eval",
                                         "test",  "train",       "training", "val",
                                         "valid", "validation",  NULL};
    for (size_t i = 0; i < w->n_folders; i++) {
        size_t k = 0;
        while (splits[k] && strcasecmp(splits[k], w->folders[i]) != 0) k++;
        if (!splits[k]) return false;
    }
    return true;
}

static rq_status label_by_folder(walk *w)
{
    rq_dataset *dataset = w->dataset;
    int32_t lowest = INT32_MAX, highest = RQ_UNLABELLED, *classes;
    for (size_t i = 0; i < dataset->n; i++) {
        int32_t folder = folder_of(w, &dataset->samples[i]);
        if (folder < lowest) lowest = folder;
        if (folder > highest) highest = folder;
    }
    if (lowest == RQ_UNLABELLED || lowest >= highest) return RQ_OK;
    if (are_splits(w)) {
        rq_log("%s: folders such as '%s' are parts of the data, no classes", dataset->root,
               w->folders[0]);
        return RQ_OK;
    }
    RQ_TRY(rq_calloc(&classes, w->n_folders, sizeof *classes, "class folders"));
    rq_status status = number_folders(w, classes);
    for (size_t i = 0; status == RQ_OK && i < dataset->n; i++)
        dataset->samples[i].label = classes[folder_of(w, &dataset->samples[i])];
    free(classes);
    return status;
}

static rq_status read_root(walk *w, const char *data)
{
    struct stat info;
    if (stat(data, &info) != 0) return rq_fail(RQ_EIO, "%s: %s", data, strerror(errno));
    RQ_TRY(read_folder(w, "", NULL, &info));
    rq_passed_over_log(&w->passed, w->dataset->root);
    rq_dataset_sort(w->dataset);
    if (w->n_folders) qsort(w->folders, w->n_folders, sizeof *w->folders, rq_by_text);
    return label_by_folder(w);
}

static rq_status read(rq_dataset *dataset, const char *data, const char *split)
{
    (void)split;
    RQ_TRY(rq_dataset_set_root(dataset, data));
    walk w = {.dataset = dataset};
    rq_status status = read_root(&w, data);
    free(w.folders);
    return status;
}

extern const rq_dataset_kind rq_dataset_folder;
const rq_dataset_kind rq_dataset_folder = {
    .name = "folder",
    .help = "a folder of images; sub-folders may be classes",
    .probe = rq_is_dir,
    .read = read,
};
