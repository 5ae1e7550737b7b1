#include "calib/stats_select.h"

#include "calib/stats_entry.h"

static rq_status add_values(rq_stats *to, const rq_stats *from, const rq_stats_choice *choices,
                            size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const rq_stats_value *v = rq_stats_find(from, choices[i].name);
        if (!v) return rq_fail(RQ_EARG, "no statistics of '%s'", choices[i].name);
        RQ_TRY(rq_stats_add_value(to, NULL, choices[i].as, &v->shape, v->axis));
    }
    return RQ_OK;
}

static rq_status copy_values(rq_stats *to, const rq_stats *from, const rq_stats_choice *choices,
                             size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t at = rq_map_get(from->index, choices[i].name);
        RQ_TRY(rq_stats_merge_entry(to->entries[i], from->entries[at]));
    }
    rq_stats_finish(to);
    return RQ_OK;
}

rq_status rq_stats_select(rq_stats **out, const rq_stats *from, const rq_stats_choice *choices,
                          size_t n)
{
    RQ_TRY(rq_stats_create(out));
    rq_status status = rq_stats_set_origin(*out, &from->origin);
    if (status == RQ_OK) status = add_values(*out, from, choices, n);
    if (status == RQ_OK) status = copy_values(*out, from, choices, n);
    if (status != RQ_OK) rq_stats_destroy(out);
    return status;
}
