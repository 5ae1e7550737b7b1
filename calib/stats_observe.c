#include "calib/stats_local.h"

#include <math.h>
#include <stdlib.h>

static rq_status create_record(rq_stats_record *record, size_t n_channels)
{
    RQ_TRY(rq_calloc(&record->channels, n_channels, sizeof *record->channels, "channel records"));
    RQ_TRY(rq_histogram_create(&record->histogram));
    return rq_histogram_create(&record->total);
}

rq_status rq_stats_record_settle(rq_stats_record *record)
{
    if (!record->merged) return RQ_OK;
    RQ_TRY(rq_histogram_merge(record->total, record->histogram));
    rq_histogram_clear(record->histogram);
    record->merged = false;
    return RQ_OK;
}

static rq_status create_rows(rq_stats_local *local)
{
    size_t n = 0;
    for (size_t i = 0; i < local->stats->n; i++)
        if (local->stats->entries[i]->value.n_channels > n)
            n = local->stats->entries[i]->value.n_channels;
    double *sums;
    RQ_TRY(rq_calloc(&sums, n, 2 * (sizeof *sums + sizeof(float)), "channel sums"));
    float *extremes = (float *)(sums + 2 * n);
    local->rows = (rq_row_sums){extremes, extremes + n, sums, sums + n};
    return rq_calloc(&local->next, n, sizeof *local->next, "positions to count");
}

rq_status rq_stats_local_create(rq_stats_local **out, const rq_stats *stats)
{
    *out = NULL;
    rq_stats_local *local;
    RQ_TRY(rq_calloc(&local, 1, sizeof *local, "a worker's statistics"));
    local->stats = stats;
    rq_status status = rq_histogram_counter_create(&local->counter);
    if (status == RQ_OK) status = create_rows(local);
    if (status == RQ_OK)
        status = rq_calloc(&local->records, stats->n, sizeof *local->records, "value records");
    for (size_t i = 0; status == RQ_OK && i < stats->n; i++)
        status = create_record(&local->records[i], stats->entries[i]->value.n_channels);
    if (status != RQ_OK) rq_stats_local_destroy(&local);
    *out = local;
    return status;
}

void rq_stats_local_destroy(rq_stats_local **local)
{
    if (!local || !*local) return;
    for (size_t i = 0; (*local)->records && i < (*local)->stats->n; i++) {
        free((*local)->records[i].channels);
        rq_histogram_destroy(&(*local)->records[i].histogram);
        rq_histogram_destroy(&(*local)->records[i].total);
    }
    free((*local)->records);
    free((*local)->rows.sum); /* the others' memory, too */
    free((*local)->next);
    rq_histogram_counter_destroy(&(*local)->counter);
    free(*local);
    *local = NULL;
}

static rq_status check_shape(const rq_stats_value *value, const rq_shape *shape)
{
    char found[RQ_SHAPE_TEXT], declared[RQ_SHAPE_TEXT];
    bool fits = shape->rank == value->shape.rank && rq_shape_is_static(shape) &&
                (value->axis < 0 || (size_t)shape->d[value->axis] == value->n_channels);
    return fits ? RQ_OK
                : rq_fail(RQ_EARG, "value '%s': shape %s, but its statistics are for %s",
                          value->name, rq_shape_text(shape, found),
                          rq_shape_text(&value->shape, declared));
}

/* Values are counted while they are still in the cache from being scanned. */
#define COUNT_AT_ONCE 4096

/* A row of channels at a time: a plane for each element would cost more than its sums. */
static void begin_rows(const rq_row_sums *sums, rq_histogram_counter *counter, size_t n_channels,
                       size_t n)
{
    rq_row_sums_clear(sums, n_channels);
    rq_histogram_count_begin(counter, rq_histogram_stride(n));
}

static size_t rows_at_once(size_t n_channels)
{
    return (COUNT_AT_ONCE / n_channels / RQ_ROW_SCAN_ROWS + 1) * RQ_ROW_SCAN_ROWS;
}

static void end_rows(rq_stats_record *record, const rq_row_sums *sums, size_t n_channels,
                     const float *data, size_t n_rows)
{
    for (size_t c = 0; c < n_channels; c++) {
        rq_block_stats found;
        rq_row_sums_channel(&found, sums, c, data, n_rows, n_channels);
        if (record->seen)
            rq_block_stats_combine(&record->channels[c], &found);
        else
            record->channels[c] = found;
    }
}

/* Channels in the last dimension. */
static rq_status scan_rows(rq_stats_local *local, rq_stats_record *record, size_t n_channels,
                           const float *data, size_t n)
{
    size_t n_rows = n / n_channels, at_once = rows_at_once(n_channels);
    begin_rows(&local->rows, local->counter, n_channels, n);
    for (size_t row = 0; row < n_rows; row += at_once) {
        size_t rows = n_rows - row < at_once ? n_rows - row : at_once;
        const float *from = data + row * n_channels;
        rq_row_scan_get()(&local->rows, from, rows, n_channels);
        RQ_TRY(rq_histogram_count_part(record->histogram, local->counter, from, rows * n_channels));
    }
    end_rows(record, &local->rows, n_channels, data, n_rows);
    return RQ_OK;
}

/* Channels in dimension 1, and last in memory: the same elements are sampled as of planes. */
static rq_status scan_channels_last(rq_stats_local *local, rq_stats_record *record,
                                    size_t n_channels, const float *data, const rq_shape *shape)
{
    size_t n = rq_shape_count(shape), positions = rq_shape_span(shape, 2, shape->rank);
    size_t image = n_channels * positions, at_once = rows_at_once(n_channels);
    begin_rows(&local->rows, local->counter, n_channels, n);
    for (size_t element = 0; element < n; element += image) {
        rq_histogram_rows_begin(local->next, local->counter, element, n_channels, positions);
        for (size_t row = 0; row < positions; row += at_once) {
            size_t rows = positions - row < at_once ? positions - row : at_once;
            const float *from = data + element + row * n_channels;
            rq_row_scan_get()(&local->rows, from, rows, n_channels);
            RQ_TRY(rq_histogram_count_rows(record->histogram, local->counter, local->next, from,
                                           row, rows, n_channels));
        }
    }
    end_rows(record, &local->rows, n_channels, data, n / n_channels);
    return RQ_OK;
}

static rq_status scan_channels(rq_stats_local *local, rq_stats_record *record,
                               const rq_stats_value *value, const float *data,
                               const rq_shape *shape, bool channels_last)
{
    size_t n = rq_shape_count(shape), outer = 1, inner = n, waiting = 0;
    if (value->axis >= 0) {
        outer = rq_shape_span(shape, 0, value->axis);
        inner = rq_shape_span(shape, value->axis + 1, shape->rank);
    }
    if (value->axis >= 0 && channels_last)
        return scan_channels_last(local, record, value->n_channels, data, shape);
    if (value->axis >= 0 && inner == 1) return scan_rows(local, record, value->n_channels, data, n);
    rq_block_scan_fn *scan = rq_block_scan_get();
    rq_histogram_count_begin(local->counter, rq_histogram_stride(n));
    for (size_t o = 0; o < outer; o++)
        for (size_t c = 0; c < value->n_channels; c++, data += inner) {
            if (o == 0 && !record->seen) {
                scan(&record->channels[c], data, inner);
            } else {
                rq_block_stats block;
                scan(&block, data, inner);
                rq_block_stats_combine(&record->channels[c], &block);
            }
            waiting += inner;
            if (waiting < COUNT_AT_ONCE) continue;
            RQ_TRY(rq_histogram_count_part(record->histogram, local->counter,
                                           data + inner - waiting, waiting));
            waiting = 0;
        }
    return rq_histogram_count_part(record->histogram, local->counter, data - waiting, waiting);
}

static void bound_histogram(rq_stats_record *record, size_t n_channels)
{
    float min = INFINITY, max = -INFINITY;
    for (size_t c = 0; c < n_channels; c++) {
        min = record->channels[c].min < min ? record->channels[c].min : min;
        max = record->channels[c].max > max ? record->channels[c].max : max;
    }
    rq_histogram_bound(record->histogram, min, max);
}

rq_status rq_stats_observe(rq_stats_local *local, uint32_t index, const float *data,
                           const rq_shape *shape, bool channels_last)
{
    if (index >= local->stats->n)
        return rq_fail(RQ_EARG, "statistics have %zu values, none is number %u", local->stats->n,
                       (unsigned)index);
    const rq_stats_value *value = &local->stats->entries[index]->value;
    RQ_TRY(check_shape(value, shape));
    if (channels_last && value->axis != 1)
        return rq_fail(RQ_EARG,
                       "value '%s': its channels are in dim %d, expected 1 as they lie last",
                       value->name, value->axis);
    rq_stats_record *record = &local->records[index];
    RQ_TRY(rq_stats_record_settle(record));
    RQ_TRY(scan_channels(local, record, value, data, shape, channels_last));
    record->seen = true;
    bound_histogram(record, value->n_channels);
    return rq_histogram_count_end(record->histogram, local->counter);
}
