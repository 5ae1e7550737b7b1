/* Ordering things by a noisy number, and knowing when the order is sure. */
#ifndef RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_ORDER_H
#define RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_ORDER_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Neighbours that surely differ by less than this are equals: their order does not matter. */
#define RQ_RANKING_EQUAL_DB 1.0
/* Values that are surely above this are equals too: the layer makes less than 1 % of the error. */
#define RQ_RANKING_IRRELEVANT_DB 20.0

typedef struct rq_ranking {
    size_t n, room, n_open;
    double *values; /* [n][room]: decibels over the error of all items together, of item i in
                       image k; NaN: not measured */
    size_t *order;  /* items, the lowest mean first */
    bool *open;     /* by item: its place is not sure yet */
} rq_ranking;

/* All items are open at first, in their own order. */
rq_status rq_ranking_open(rq_ranking *out, size_t n, size_t images);
void rq_ranking_close(rq_ranking *ranking);
void rq_ranking_set(rq_ranking *ranking, size_t item, size_t image, double value);

/* Orders by the means of the first `images`, and closes items both of whose neighbours are sure:
 * the 95 % interval of the mean paired difference (Student's t over images that both have) leaves
 * out zero, or lies within RQ_RANKING_EQUAL_DB. With less than three images nothing is sure. */
rq_status rq_ranking_settle(rq_ranking *ranking, size_t images);

#endif
