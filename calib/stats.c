#include "calib/stats_entry.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_stats_create(rq_stats **out)
{
    *out = NULL;
    rq_stats *stats;
    RQ_TRY(rq_calloc(&stats, 1, sizeof *stats, "statistics"));
    rq_status status = rq_arena_create(&stats->arena);
    if (status == RQ_OK) status = rq_map_create(&stats->index);
    if (status != RQ_OK) rq_stats_destroy(&stats);
    *out = stats;
    return status;
}

void rq_stats_destroy(rq_stats **stats)
{
    if (!stats || !*stats) return;
    for (size_t i = 0; i < (*stats)->n; i++) {
        rq_stats_value *value = &(*stats)->entries[i]->value;
        rq_histogram_destroy(&value->histogram);
        free(value->image_min);
        free(value->image_max);
    }
    free((*stats)->entries);
    rq_map_destroy(&(*stats)->index);
    rq_arena_destroy(&(*stats)->arena);
    free(*stats);
    *stats = NULL;
}

size_t rq_stats_channels(const rq_shape *shape, int axis)
{
    return axis < 0 ? 1 : (size_t)shape->d[axis];
}

static rq_status alloc_channels(rq_stats_entry *entry, rq_arena *arena)
{
    rq_stats_value *v = &entry->value;
    size_t n = v->n_channels;
    v->channel_min = rq_arena_alloc(arena, n, sizeof *v->channel_min);
    v->channel_max = rq_arena_alloc(arena, n, sizeof *v->channel_max);
    v->channel_mean = rq_arena_alloc(arena, n, sizeof *v->channel_mean);
    v->channel_mean_square = rq_arena_alloc(arena, n, sizeof *v->channel_mean_square);
    entry->finite = rq_arena_alloc(arena, n, sizeof *entry->finite);
    entry->sum = rq_arena_alloc(arena, n, sizeof *entry->sum);
    entry->square = rq_arena_alloc(arena, n, sizeof *entry->square);
    if (!v->channel_min || !v->channel_max || !v->channel_mean || !v->channel_mean_square ||
        !entry->finite || !entry->sum || !entry->square)
        return RQ_ENOMEM;
    for (size_t c = 0; c < n; c++) entry->sum[c] = entry->square[c] = RQ_EXACT_SUM_ZERO;
    return RQ_OK;
}

static rq_status check_new(const rq_stats *stats, const char *name, const rq_shape *shape, int axis)
{
    if (stats->n && stats->entries[0]->value.n_images)
        return rq_fail(RQ_EARG, "value '%s' comes after the first image", name);
    if (rq_map_get(stats->index, name) != RQ_NONE)
        return rq_fail(RQ_EARG, "value '%s' is there twice", name);
    if (shape->rank < 0) return rq_fail(RQ_EARG, "value '%s': its rank is not known", name);
    RQ_TRY(rq_shape_check(shape, true, name));
    if (axis < -1 || axis >= shape->rank || (axis >= 0 && shape->d[axis] == RQ_DYNAMIC))
        return rq_fail(RQ_EARG, "value '%s': no channels along axis %d", name, axis);
    return RQ_OK;
}

rq_status rq_stats_add_value(rq_stats *stats, uint32_t *index, const char *name,
                             const rq_shape *shape, int axis)
{
    RQ_TRY(check_new(stats, name, shape, axis));
    RQ_TRY(rq_grow(&stats->entries, &stats->capacity, stats->n, sizeof *stats->entries, "values"));
    rq_stats_entry *entry = rq_arena_alloc(stats->arena, 1, sizeof *entry);
    if (!entry) return RQ_ENOMEM;
    rq_stats_value *value = &entry->value;
    value->name = rq_arena_strdup(stats->arena, name);
    if (!value->name) return RQ_ENOMEM;
    value->shape = *shape;
    value->axis = axis;
    value->n_channels = rq_stats_channels(shape, axis);
    RQ_TRY(alloc_channels(entry, stats->arena));
    RQ_TRY(rq_histogram_create(&value->histogram));
    rq_status status = rq_map_put(stats->index, value->name, (uint32_t)stats->n);
    if (status != RQ_OK) {
        rq_histogram_destroy(&value->histogram);
        return status;
    }
    if (index) *index = (uint32_t)stats->n;
    stats->entries[stats->n++] = entry;
    return RQ_OK;
}

size_t rq_stats_count(const rq_stats *stats)
{
    return stats->n;
}

const rq_stats_value *rq_stats_at(const rq_stats *stats, size_t i)
{
    return i < stats->n ? &stats->entries[i]->value : NULL;
}

const rq_stats_value *rq_stats_find(const rq_stats *stats, const char *name)
{
    uint32_t i = rq_map_get(stats->index, name);
    return i == RQ_NONE ? NULL : rq_stats_at(stats, i);
}
