#include "calib/stats_local.h"

#include <math.h>
#include <string.h>

rq_status rq_stats_append_image(rq_stats_entry *entry, float min, float max)
{
    rq_stats_value *v = &entry->value;
    RQ_TRY(
        rq_grow(&v->image_min, &entry->min_capacity, v->n_images, sizeof(float), "image minima"));
    RQ_TRY(
        rq_grow(&v->image_max, &entry->max_capacity, v->n_images, sizeof(float), "image maxima"));
    v->image_min[v->n_images] = min;
    v->image_max[v->n_images++] = max;
    return RQ_OK;
}

void rq_stats_widen_channel(rq_stats_entry *entry, size_t c, float min, float max)
{
    rq_stats_value *v = &entry->value;
    bool finite = entry->finite[c] != 0;
    v->channel_min[c] = finite && v->channel_min[c] < min ? v->channel_min[c] : min;
    v->channel_max[c] = finite && v->channel_max[c] > max ? v->channel_max[c] : max;
}

static void add_channel(rq_stats_entry *entry, size_t c, const rq_block_stats *block)
{
    rq_stats_value *v = &entry->value;
    v->count += block->finite + block->nan + block->inf;
    v->nan_count += block->nan;
    v->inf_count += block->inf;
    if (!block->finite) return;
    rq_stats_widen_channel(entry, c, block->min, block->max);
    entry->finite[c] += block->finite;
    rq_exact_sum_add(&entry->sum[c], block->sum);
    rq_exact_sum_add(&entry->square[c], block->square);
}

static rq_status merge_record(rq_stats_entry *entry, rq_stats_record *record)
{
    if (!record->seen) return rq_stats_append_image(entry, NAN, NAN);
    float min = INFINITY, max = -INFINITY;
    for (size_t c = 0; c < entry->value.n_channels; c++) {
        const rq_block_stats *block = &record->channels[c];
        add_channel(entry, c, block);
        min = block->min < min ? block->min : min;
        max = block->max > max ? block->max : max;
    }
    record->seen = false;
    record->merged = true;
    bool finite = min <= max; /* of an image without finite elements they are +Inf and -Inf */
    return rq_stats_append_image(entry, finite ? min : NAN, finite ? max : NAN);
}

rq_status rq_stats_merge_image(rq_stats *stats, rq_stats_local *local)
{
    for (size_t i = 0; i < stats->n; i++)
        RQ_TRY(merge_record(stats->entries[i], &local->records[i]));
    return RQ_OK;
}

rq_status rq_stats_absorb(rq_stats *stats, rq_stats_local *local)
{
    for (size_t i = 0; i < stats->n; i++) {
        rq_stats_record *record = &local->records[i];
        RQ_TRY(rq_stats_record_settle(record));
        RQ_TRY(rq_histogram_merge(stats->entries[i]->value.histogram, record->total));
        rq_histogram_clear(record->total);
    }
    return RQ_OK;
}

static void derive(rq_stats_entry *entry)
{
    rq_stats_value *v = &entry->value;
    float min = INFINITY, max = -INFINITY;
    for (size_t c = 0; c < v->n_channels; c++) {
        if (!entry->finite[c]) continue;
        v->channel_mean[c] = rq_exact_sum_value(&entry->sum[c]) / (double)entry->finite[c];
        v->channel_mean_square[c] =
            rq_exact_sum_value(&entry->square[c]) / (double)entry->finite[c];
        min = v->channel_min[c] < min ? v->channel_min[c] : min;
        max = v->channel_max[c] > max ? v->channel_max[c] : max;
    }
    v->min = min <= max ? min : 0.0f;
    v->max = min <= max ? max : 0.0f;
}

void rq_stats_finish(rq_stats *stats)
{
    for (size_t i = 0; i < stats->n; i++) derive(stats->entries[i]);
}
