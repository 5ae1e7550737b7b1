/* Some values of statistics, under names of the caller's choice. */
#ifndef RQ_CALIB_STATS_SELECT_H
#define RQ_CALIB_STATS_SELECT_H

#include "calib/stats.h"

typedef struct rq_stats_choice {
    const char *name, *as; /* in the one and in the other */
} rq_stats_choice;

/* Copies that are exact, sums too: they may be merged and saved. The origin is copied, a shard is
 * not. RQ_EARG for a name that is not there, and for one that is given twice. */
rq_status rq_stats_select(rq_stats **out, const rq_stats *from, const rq_stats_choice *choices,
                          size_t n);

#endif
