/* Class names met while reading a data set, numbered at its end. */
#ifndef RQ_DATASETS_CLASS_TABLE_H
#define RQ_DATASETS_CLASS_TABLE_H

#include "datasets/dataset.h"
#include "engine/base/map.h"

/* {0} is an empty table. */
typedef struct rq_class_table {
    rq_map *map;
    const char **names; /* in the order met */
    size_t n, capacity;
} rq_class_table;

/* The number of a name, in the order met. */
rq_status rq_class_table_get(int32_t *out, rq_class_table *table, rq_dataset *dataset,
                             const char *name);
/* Sorts the names, or takes the order of `known` (n_known names) if all are among them, gives boxes
 * their final classes and the data set its class names. */
rq_status rq_class_table_settle(rq_class_table *table, rq_dataset *dataset,
                                const char *const *known, size_t n_known);
void rq_class_table_close(rq_class_table *table);

#endif
