/* --plan FILE: the options of a plan that is followed. */
#ifndef RQ_CLI_PLAN_GIVEN_H
#define RQ_CLI_PLAN_GIVEN_H

#include "engine/cli/command.h"
#include "quant/plan_file.h"

/* Reads --plan, when there is one, into *out (else NULL), and takes its settings into `options`;
 * --ignore and its kin stay. RQ_EARG for an option that the plan decides already. */
rq_status rq_plan_given_open(rq_plan_file **out, rq_plan_options *options,
                             const rq_settings *settings);

#endif
