/* The options that shape a plan: --preset, --range, --overflow-fix, --ignore, ... */
#ifndef RQ_API_OPTIONS_PLAN_OPTIONS_H
#define RQ_API_OPTIONS_PLAN_OPTIONS_H

#include "engine/base/option.h"
#include "engine/base/settings.h"
#include "quant/plan.h"

extern const rq_option rq_plan_option_table[];

/* Lists point into `arena` and the settings. */
rq_status rq_plan_options_read(rq_plan_options *out, const rq_settings *settings, rq_arena *arena);
/* --rounding-seconds, of quantize and tune. */
rq_status rq_rounding_seconds_read(double *out, const rq_settings *settings);

#endif
