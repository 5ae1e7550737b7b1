/* Which kind of image a sample is: what a smaller data set keeps the shares of. */
#ifndef RQ_DATASETS_STRATA_H
#define RQ_DATASETS_STRATA_H

#include "datasets/dataset.h"

/* stratum[i] in [0, *n): the class of sample i where all have one; else the rarest class among its
 * boxes, so that what few images show is not lost, or 0 without boxes. `stratum` has room for
 * dataset->n. */
rq_status rq_dataset_strata(size_t *stratum, size_t *n, const rq_dataset *dataset);

#endif
