/* The --labels file. */
#ifndef RQ_DATASETS_DATASET_LABELS_H
#define RQ_DATASETS_DATASET_LABELS_H

#include "datasets/dataset.h"

/* Gives the samples the labels of a file: lines "path class". RQ_EFORMAT names file and
 * line. */
rq_status rq_dataset_apply_labels(rq_dataset *dataset, const char *file);

#endif
