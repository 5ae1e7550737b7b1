/* --plan FILE: the options of a plan that is followed. */
#ifndef RQ_API_OPTIONS_PLAN_GIVEN_H
#define RQ_API_OPTIONS_PLAN_GIVEN_H

#include "engine/base/option.h"
#include "engine/base/settings.h"
#include "quant/plan_file.h"

/* Reads --plan, when there is one, into *out (else NULL), and takes its settings into `options`;
 * --ignore and its kin stay. RQ_EARG for an option that the plan decides already. */
rq_status rq_plan_given_open(rq_plan_file **out, rq_plan_options *options,
                             const rq_settings *settings);

#endif
