/* Statistics as bytes between processes of one program: of their values, not of their origin. */
#ifndef RQ_CALIB_STATS_BYTES_H
#define RQ_CALIB_STATS_BYTES_H

#include "calib/stats.h"
#include "engine/base/text.h"

/* Appends them; finished statistics or not. */
rq_status rq_stats_pack(rq_buf *out, const rq_stats *stats);
/* Appends the images of what was packed, of the same values, as rq_stats_append. RQ_EFORMAT for
 * other sizes than such bytes have. */
rq_status rq_stats_unpack(rq_stats *into, const void *data, size_t bytes);

/* The same values without any image; origin and shard are not copied. */
rq_status rq_stats_create_alike(rq_stats **out, const rq_stats *stats);

#endif
