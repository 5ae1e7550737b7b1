/* Weight ranges by output channel, as they were and as they were rounded. */
#include "engine/workbench/report/report_build.h"
#include "reports/fields.h"

#include <math.h>

/* A range of one group of channels, widened value by value. */
typedef struct sides {
    double *before_low, *before_high, *after_low, *after_high; /* [groups] */
} sides;

static double *column(rq_reals *out, size_t n, double fill, rq_arena *arena)
{
    *out = (rq_reals){rq_arena_alloc(arena, n, sizeof *out->values), n};
    for (size_t i = 0; out->values && i < n; i++) out->values[i] = fill;
    return out->values;
}

static void widen(const sides *s, size_t group, const rq_plan_weight *w, const float *weights,
                  size_t channel)
{
    const rq_weight_layout *l = &w->layout;
    double scale = w->codes.scales[channel];
    for (size_t i = 0; i < l->inputs; i++)
        for (size_t t = 0; t < l->taps; t++) {
            size_t at = rq_weight_offset(l, channel) + i * l->input_stride + t * l->tap_stride;
            double after = w->codes.codes[at] * scale;
            s->before_low[group] = fmin(s->before_low[group], weights[at]);
            s->before_high[group] = fmax(s->before_high[group], weights[at]);
            s->after_low[group] = fmin(s->after_low[group], after);
            s->after_high[group] = fmax(s->after_high[group], after);
        }
}

static rq_status fill(rq_report_channels *out, const rq_report_facts *facts,
                      const rq_plan_weight *w, rq_arena *arena)
{
    size_t n = rq_weight_channels(&w->layout);
    size_t groups = n < RQ_CHANNEL_GROUPS ? n : RQ_CHANNEL_GROUPS;
    sides s = {column(&out->before_low, groups, INFINITY, arena),
               column(&out->before_high, groups, -INFINITY, arena),
               column(&out->after_low, groups, INFINITY, arena),
               column(&out->after_high, groups, -INFINITY, arena)};
    if (!s.before_low || !s.before_high || !s.after_low || !s.after_high) return RQ_ENOMEM;
    out->layer = facts->before->nodes[w->point.node]->name;
    out->channels = (double)n;
    for (size_t c = 0; c < n; c++)
        widen(&s, c * groups / n, w, facts->bound->values[w->point.value].data, c);
    return RQ_OK;
}

rq_status rq_report_build_channels(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    size_t n = facts->plan ? facts->plan->n_weights : 0;
    out->channels = rq_report_rows(arena, &rq_channels_type, n);
    if (!out->channels) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const rq_plan_weight *w = &facts->plan->weights[i];
        if (w->codes.codes && facts->bound->values[w->point.value].data)
            RQ_TRY(fill(&out->channels[out->n_channels++], facts, w, arena));
    }
    return RQ_OK;
}
