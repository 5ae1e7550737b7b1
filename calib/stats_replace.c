#include "calib/stats_replace.h"

#include "calib/stats_entry.h"

#include <string.h>

static rq_status add_value(rq_stats *to, const rq_stats_value *v)
{
    return rq_stats_add_value(to, NULL, v->name, &v->shape, v->axis);
}

static rq_status add_values(rq_stats *to, const rq_stats *from, const rq_stats *others)
{
    for (size_t i = 0; i < from->n; i++) {
        const rq_stats_value *v = rq_stats_find(others, from->entries[i]->value.name);
        RQ_TRY(add_value(to, v ? v : &from->entries[i]->value));
    }
    for (size_t i = 0; i < others->n; i++)
        if (!rq_stats_find(from, others->entries[i]->value.name))
            RQ_TRY(add_value(to, &others->entries[i]->value));
    return RQ_OK;
}

static void copy_channels(const rq_stats_value *to, const rq_stats_value *from)
{
    size_t n = from->n_channels;
    memcpy(to->channel_min, from->channel_min, n * sizeof *to->channel_min);
    memcpy(to->channel_max, from->channel_max, n * sizeof *to->channel_max);
    memcpy(to->channel_mean, from->channel_mean, n * sizeof *to->channel_mean);
    memcpy(to->channel_mean_square, from->channel_mean_square, n * sizeof *to->channel_mean_square);
}

static rq_status copy_value(rq_stats_entry *to, const rq_stats_value *from)
{
    rq_stats_value *v = &to->value;
    v->count = from->count;
    v->nan_count = from->nan_count;
    v->inf_count = from->inf_count;
    v->min = from->min;
    v->max = from->max;
    copy_channels(v, from);
    for (size_t i = 0; i < from->n_images; i++)
        RQ_TRY(rq_stats_append_image(to, from->image_min[i], from->image_max[i]));
    return rq_histogram_merge(v->histogram, from->histogram);
}

static rq_status fill_values(rq_stats *to, const rq_stats *from, const rq_stats *others)
{
    for (size_t i = 0; i < to->n; i++) {
        const char *name = to->entries[i]->value.name;
        const rq_stats_value *v = rq_stats_find(others, name);
        RQ_TRY(copy_value(to->entries[i], v ? v : rq_stats_find(from, name)));
    }
    return RQ_OK;
}

rq_status rq_stats_copy_replaced(rq_stats **out, const rq_stats *from, const rq_stats *others)
{
    RQ_TRY(rq_stats_create(out));
    rq_status status = rq_stats_set_origin(*out, &from->origin);
    if (status == RQ_OK) status = add_values(*out, from, others);
    if (status == RQ_OK) status = fill_values(*out, from, others);
    if (status != RQ_OK) rq_stats_destroy(out);
    return status;
}
