/* Text files of "path class" lines. */
#ifndef RQ_DATASETS_LABEL_LINES_H
#define RQ_DATASETS_LABEL_LINES_H

#include "datasets/dataset.h"

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

/* Everything lives in the arena. A line is taken as a path alone when it ends in an extension of
 * images or of tensors, else its last word is the class; so paths may have blanks. */
rq_status rq_label_lines_read(rq_label_lines *out, rq_arena *arena, const char *file);

/* Whether a class is one of the data set's names; numbers are indices, not names. */
bool rq_label_lines_use_names(const rq_label_lines *lines, const rq_dataset *dataset);

/* Turns class texts (all lines must have one) to numbers and sets the data set's classes. */
rq_status rq_label_lines_number(rq_label_lines *lines, rq_dataset *dataset);

#endif
