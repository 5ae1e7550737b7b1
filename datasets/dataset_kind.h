/* What a kind of data set implements: one file, and one line in dataset_kinds.def. */
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
    bool (*has_tensors)(const char *data); /* of what the probe accepted; NULL: never */
    bool named_only;                       /* is not sniffed: others look the same */
    bool has_splits;                       /* else --split is refused */
} rq_dataset_kind;

/* The table, ended by NULL. */
extern const rq_dataset_kind *const rq_dataset_kinds[];

#endif
