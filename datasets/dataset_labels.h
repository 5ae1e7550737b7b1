/* The --labels file. */
#ifndef RQ_DATASETS_DATASET_LABELS_H
#define RQ_DATASETS_DATASET_LABELS_H

#include "datasets/dataset.h"

/* Gives the samples the labels of a file: lines "path class". `folders`: the classes
 * that it has are a guess by its sub-folders, of which nothing stays but the order of those that
 * the file names. RQ_EFORMAT names file and line. */
rq_status rq_dataset_apply_labels(rq_dataset *dataset, const char *file, bool folders);

#endif
