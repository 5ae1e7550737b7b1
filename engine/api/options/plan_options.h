/* The options that shape a plan: --preset, --range, --equalize, --rounding, --ignore, ... They are
 * the same for all who decide one. */
#ifndef RQ_API_OPTIONS_PLAN_OPTIONS_H
#define RQ_API_OPTIONS_PLAN_OPTIONS_H

#include "engine/base/option.h"
#include "engine/base/settings.h"
#include "engine/workbench/search/decide.h"

extern const rq_option rq_plan_option_table[];

/* With --stats; paths of statistics and a plan to follow are left to the caller. Borrows from the
 * settings and the arena. */
rq_status rq_decide_options_read(rq_decide_options *out, const rq_settings *settings,
                                 rq_arena *arena);

#endif
