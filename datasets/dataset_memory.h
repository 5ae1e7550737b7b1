/* A list whose samples are arrays in memory, for programs that have them. */
#ifndef RQ_DATASETS_DATASET_MEMORY_H
#define RQ_DATASETS_DATASET_MEMORY_H

#include "datasets/dataset.h"

typedef struct rq_memory_array {
    const char *name;    /* of the model's input; "": of its only one */
    const float *values; /* rq_shape_count of them */
    rq_shape shape;      /* checked */
} rq_memory_array;

/* Without samples; tensors. Labelled as soon and as long as all of them are. */
rq_status rq_dataset_create(rq_dataset **out);
/* Appends a sample; everything is copied. `label`: RQ_UNLABELLED or in [0, RQ_MAX_CLASSES). After a
 * failure the list is as it was. */
rq_status rq_dataset_add_arrays(rq_dataset *dataset, const char *name,
                                const rq_memory_array *arrays, size_t n, int32_t label);

#endif
