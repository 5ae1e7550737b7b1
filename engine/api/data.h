/* Data from inside: a list, and what it is called. */
#ifndef RQ_API_DATA_H
#define RQ_API_DATA_H

#include "datasets/dataset.h"
#include "engine/api/context.h"

struct rq_data {
    const rq_context *context;
    char *path; /* that was listed; NULL: arrays in memory */
    rq_dataset *dataset;
};

/* For people: the path, or words that are none. */
const char *rq_data_name(const rq_data *data);

#endif
