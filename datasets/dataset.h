/* A list of images, perhaps with classes or other truths: from a folder, class sub-folders, a list
 * file, one image, or one of the formats that data sets are published in; see rq_dataset_kinds. */
#ifndef RQ_DATASETS_DATASET_H
#define RQ_DATASETS_DATASET_H

#include "datasets/annotation.h"
#include "datasets/arrays/arrays.h"
#include "datasets/class_names.h"
#include "engine/base/arena.h"
#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_UNLABELLED (-1)

typedef struct rq_sample {
    const char *path;           /* to open; the name, where arrays are in memory */
    const char *name;           /* relative to the folder or list: what people are shown */
    uint64_t bytes;             /* size of the file when it was listed, or of the arrays */
    int32_t label;              /* class index, or RQ_UNLABELLED */
    const rq_annotation *truth; /* more than a class; NULL: none */
    const rq_arrays *arrays;    /* in memory; NULL: to be read from `path` */
} rq_sample;

typedef struct rq_dataset {
    const char *root; /* folder that names are relative to */
    rq_sample *samples;
    size_t n;
    bool labelled;                  /* every sample has a label in [0, n_classes) */
    int32_t n_classes;              /* largest label + 1, or the number of class names */
    const char *const *class_names; /* n_classes of them, or NULL */
    rq_class_names model_names;     /* what the model calls its classes, by its numbers */
    int32_t n_sorted_names;         /* classes of a list are numbered by so many names in their
                                       order: right where all are named; 0: they are not */
    bool by_folder;                 /* classes are the sub-folders, meant so or not */
    bool tensors;                   /* samples are tensors (arrays/arrays.h), not images */
    unsigned truths;                /* rq_prediction_kind that annotations have */
    rq_class_map class_map;         /* of classes in annotations */
    size_t skipped_unlabelled;      /* images left out because the labels file does not name them */
    rq_arena *arena;
    size_t capacity;
} rq_dataset;

typedef struct rq_dataset_options {
    const char *data;        /* folder, list file, image, or "generated:N" (generated.h) */
    const rq_dataset *given; /* a list that is there: it is copied, `data` is what it is called, and
                                only map_classes is looked at; NULL: none */
    const char *labels;      /* lines "path class", or NULL */
    const char *format;      /* name of a kind; NULL: the first whose probe accepts */
    const char *split;       /* of a kind that has several ("val", "train"); NULL: its usual one */
    rq_class_names model_names; /* of the model's classes; {0}: they are not known. Folders, and
                                   classes of a labels file, that are all called so are these */
    const char *map_classes;    /* "17=0,*=ignore" (rq_class_map_parse), or NULL */
} rq_dataset_options;

/* Folder: all files with an image extension, sub-folders included, hidden ones not, sorted
 * bytewise by relative name. When all images lie in sub-folders, and in two at least, the
 * sub-folders are the classes: label = index among all sorted sub-folders (as numbers, if all are).
 * List file: lines "path" or "path class", the path relative to the list's folder.
 * Labels file: lines "path class", the path relative to the dataset's root; replaces classes
 * told by folders, their names and their number; images it does not name are left out and counted.
 * A class is an index, or a name: of the model's, of a class folder, else its place among the
 * sorted names (n_sorted_names). RQ_EFORMAT where only some are names of the model's. Blank lines
 * and lines that begin with '#' are skipped. Errors name file and line: malformed, missing image,
 * conflicting label; and the folder without images with the extensions looked for. RQ_EARG for a
 * given list that is empty. */
rq_status rq_dataset_open(rq_dataset **out, const rq_dataset_options *options);
/* Whether it would be opened as tensors. */
bool rq_dataset_is_tensors(const rq_dataset_options *options);
/* What classes are called: by the model, else by the data; {0}: they have only numbers. */
rq_class_names rq_dataset_names(const rq_dataset *dataset);
/* A list of its own over the same samples; names and annotations are borrowed from `of`. */
rq_status rq_dataset_copy(rq_dataset **out, const rq_dataset *of);
void rq_dataset_close(rq_dataset **dataset); /* accepts NULL and *dataset == NULL */

/* In the order of their names, bytewise (then paths, then labels): whatever order a list has. */
void rq_dataset_sort(rq_dataset *dataset);

/* Keeps n samples, drawn at random by `seed`, in their old order; every class, or rarest class of
 * an image's boxes (strata.h), keeps its share (largest remainder). No change when there are no
 * more than n. */
rq_status rq_dataset_subset(rq_dataset *dataset, size_t n, uint64_t seed);

/* How many samples have the file, or the arrays in memory, of one of `others`. */
rq_status rq_dataset_count_shared(size_t *out, const rq_dataset *dataset, const rq_dataset *others);
/* Takes those out. */
rq_status rq_dataset_take_out(rq_dataset *dataset, const rq_dataset *others);

/* Another order, drawn by `seed`. */
rq_status rq_dataset_shuffle(rq_dataset *dataset, uint64_t seed);

#endif
