/* Arrays by name, as a file of tensors holds them. */
#ifndef RQ_DATASETS_ARRAYS_ARRAYS_H
#define RQ_DATASETS_ARRAYS_ARRAYS_H

#include "engine/base/tensor.h"

#define RQ_MAX_ARRAYS 64

/* {0}: none. Names and data are owned. */
typedef struct rq_arrays {
    size_t n;
    char *names[RQ_MAX_ARRAYS]; /* without ".npy"; "" of a .npy file */
    rq_tensor arrays[RQ_MAX_ARRAYS];
} rq_arrays;

void rq_arrays_free(rq_arrays *arrays);

#endif
