/* Statistics some of whose values come from elsewhere. */
#ifndef RQ_CALIB_STATS_REPLACE_H
#define RQ_CALIB_STATS_REPLACE_H

#include "calib/stats.h"

/* A copy of `from` with the values of `others`: one of a name that is there takes its place, the
 * rest stand behind. Its values may be of different images: it is to decide by, not to be merged or
 * saved. */
rq_status rq_stats_copy_replaced(rq_stats **out, const rq_stats *from, const rq_stats *others);

#endif
