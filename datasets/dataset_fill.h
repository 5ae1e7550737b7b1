/* Filling a data set that is being read: for kinds of data sets. */
#ifndef RQ_DATASETS_DATASET_FILL_H
#define RQ_DATASETS_DATASET_FILL_H

#include "datasets/dataset.h"

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

#endif
