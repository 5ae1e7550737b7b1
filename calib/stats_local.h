/* What one worker knows of its current image. Private to calib/stats_*.c. */
#ifndef RQ_CALIB_STATS_LOCAL_H
#define RQ_CALIB_STATS_LOCAL_H

#include "calib/histogram_count.h"
#include "calib/row_scan.h"
#include "calib/stats_entry.h"

typedef struct rq_stats_record {
    rq_block_stats *channels; /* [n_channels], of this image */
    rq_histogram *histogram;  /* of this image, or, when merged, of the one before */
    rq_histogram *total;      /* of merged images */
    bool seen;                /* in this image */
    bool merged;              /* the histogram's image is: to be added to the total */
} rq_stats_record;

struct rq_stats_local {
    const rq_stats *stats;
    rq_stats_record *records; /* [stats->n] */
    rq_histogram_counter *counter;
    rq_row_sums rows; /* [widest value's n_channels] */
    size_t *next;     /* likewise: see rq_histogram_rows_begin */
};

/* Adds a merged histogram to the total: the work that need not be done in image order. */
rq_status rq_stats_record_settle(rq_stats_record *record);

#endif
