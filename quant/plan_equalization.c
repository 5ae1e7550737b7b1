/* The equalizations of a plan that is followed, in the model it is for. */
#include "quant/plan_file.h"

#include <math.h>

static rq_status find_equalization(rq_channel_equalization *out, const rq_plan_file *file,
                                   const rq_plan_file_equalization *equalization,
                                   const rq_bound *bound, const rq_uses *uses, rq_arena *arena)
{
    bool found = false;
    rq_id value = rq_graph_find_value(bound->graph, equalization->value);
    *out = (rq_channel_equalization){.log2 = equalization->log2,
                                     .shift = equalization->shift,
                                     .strength = NAN,
                                     .before = NAN,
                                     .after = NAN};
    if (value != RQ_NONE)
        RQ_TRY(rq_equalize_site_of(&out->site, &found, bound, uses, value, arena));
    if (!found)
        return rq_fail(RQ_EFORMAT,
                       "%s: equalized: '%s': its channels cannot be scaled: its producer or a "
                       "consumer has no constants for it",
                       file->path, equalization->value);
    if (equalization->axis >= 0 && equalization->axis != out->site.axis)
        return rq_fail(RQ_EFORMAT, "%s: equalized: '%s': axis: found %d, expected %d", file->path,
                       equalization->value, equalization->axis, out->site.axis);
    if (out->site.n != equalization->n)
        return rq_fail(RQ_EFORMAT, "%s: equalized: '%s': found %zu channels, expected %zu",
                       file->path, equalization->value, equalization->n, out->site.n);
    if (equalization->shift && !out->site.can_shift)
        return rq_fail(RQ_EFORMAT,
                       "%s: equalized: '%s': its channels cannot be shifted: its producer is not "
                       "an Add with a constant, or a consumer pads it or has no bias",
                       file->path, equalization->value);
    return RQ_OK;
}

rq_status rq_plan_file_equalizations(rq_channel_equalization **equalizations,
                                     const rq_plan_file *file, const rq_bound *bound,
                                     rq_arena *arena)
{
    rq_uses uses;
    *equalizations = rq_arena_alloc(arena, file->n_equalizations, sizeof **equalizations);
    if (!*equalizations) return RQ_ENOMEM;
    RQ_TRY(rq_uses_create(&uses, bound->graph));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < file->n_equalizations; i++)
        status = find_equalization(&(*equalizations)[i], file, &file->equalizations[i], bound,
                                   &uses, arena);
    rq_uses_free(&uses);
    return status;
}
