/* What a kind of data set implements: one file, and one line in the table in dataset.c. */
#ifndef RQ_DATASETS_DATASET_KIND_H
#define RQ_DATASETS_DATASET_KIND_H

#include "datasets/dataset.h"

typedef struct rq_dataset_kind {
    const char *name; /* --format */
    const char *help;
    bool (*probe)(const char *data);
    /* Sets dataset->root and adds the samples. `data` exists and was accepted by the probe;
     * `split` may be NULL. */
    rq_status (*read)(rq_dataset *dataset, const char *data, const char *split);
    bool named_only; /* is not sniffed: others look the same */
    bool has_splits; /* else --split is refused */
} rq_dataset_kind;

/* The table, ended by NULL. */
extern const rq_dataset_kind *const rq_dataset_kinds[];

/* Adds an unlabelled sample; name is copied. */
rq_status rq_dataset_add(rq_dataset *dataset, const char *name, uint64_t bytes);
/* The root: a folder without its last slashes; copied. */
rq_status rq_dataset_set_root(rq_dataset *dataset, const char *folder);
/* Adds a sample if the file is there; else RQ_EFORMAT that begins with `where`. */
rq_status rq_dataset_add_file(rq_dataset *dataset, const char *name, const char *where);
/* A new annotation of the last sample, in the arena; says what it will have. */
rq_status rq_dataset_annotate(rq_annotation **out, rq_dataset *dataset, unsigned has);
/* Adds a box to an annotation in the arena; *capacity is 0 at first. */
rq_status rq_annotation_add_box(rq_annotation *annotation, size_t *capacity, rq_dataset *dataset,
                                const rq_box *box);
void rq_dataset_sort(rq_dataset *dataset); /* bytewise by name */

/* Order of strings for qsort and bsearch over arrays of const char *. */
int rq_by_text(const void *a, const void *b);

/* A text file of "path class" lines, split. */
typedef struct rq_label_line {
    const char *path;
    const char *class_text; /* NULL when the line has none */
    size_t line;            /* 1-based */
    int32_t label;          /* filled by rq_label_lines_number */
} rq_label_line;

typedef struct rq_label_lines {
    const char *file; /* for messages */
    rq_label_line *lines;
    size_t n;
} rq_label_lines;

/* Everything lives in the data set's arena. A line is taken as a path alone when it ends in an
 * image extension, else its last word is the class; so paths may have blanks. */
rq_status rq_label_lines_read(rq_label_lines *out, rq_dataset *dataset, const char *file);

/* Turns class texts (all lines must have one) to numbers and sets the data set's classes. */
rq_status rq_label_lines_number(rq_label_lines *lines, rq_dataset *dataset);

/* Gives the samples the labels of a file (the --labels option). */
rq_status rq_dataset_apply_labels(rq_dataset *dataset, const char *file);

#endif
