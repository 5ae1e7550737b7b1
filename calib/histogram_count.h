/* Counting a tensor's values into a histogram, fast.
 *
 * A tensor of more than RQ_HISTOGRAM_SAMPLES elements is sampled: element 0, s, 2 s, ... with
 * s = rq_histogram_stride(n), which shares no factor with n and so none with any dimension: all
 * columns, rows and channels get their turn. */
#ifndef RQ_CALIB_HISTOGRAM_COUNT_H
#define RQ_CALIB_HISTOGRAM_COUNT_H

#include "calib/histogram.h"

#define RQ_HISTOGRAM_SAMPLES 16384

/* Scratch of one thread, 512 kB of which only the pages in use are touched. */
typedef struct rq_histogram_counter rq_histogram_counter;
rq_status rq_histogram_counter_create(rq_histogram_counter **out);
void rq_histogram_counter_destroy(rq_histogram_counter **counter);

/* 1 up to RQ_HISTOGRAM_SAMPLES elements; else the smallest s >= n / RQ_HISTOGRAM_SAMPLES without
 * a factor in common with n. */
size_t rq_histogram_stride(size_t n);

/* Counts every stride-th of values that come in consecutive parts, those that are finite: begin, a
 * part after the other, end. The caller widens the bounds with rq_histogram_bound; when that is
 * done before counts are added to the histogram, they are found sooner. */
void rq_histogram_count_begin(rq_histogram_counter *counter, size_t stride);
rq_status rq_histogram_count_part(rq_histogram *histogram, rq_histogram_counter *counter,
                                  const float *data, size_t n);
rq_status rq_histogram_count_end(rq_histogram *histogram, rq_histogram_counter *counter);

/* The same elements of a tensor [n_channels, positions] whose channels lie last in memory: between
 * begin and end, rows of positions `first` to first + n_rows, in order. next[n_channels]: the next
 * position of each channel that counts, set before the first row of an image whose first element
 * is number `element` of the tensor. */
void rq_histogram_rows_begin(size_t *next, const rq_histogram_counter *counter, size_t element,
                             size_t n_channels, size_t positions);
rq_status rq_histogram_count_rows(rq_histogram *histogram, rq_histogram_counter *counter,
                                  size_t *next, const float *rows, size_t first, size_t n_rows,
                                  size_t n_channels);

#endif
