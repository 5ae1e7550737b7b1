/* Which network gets codes: the one that was read, or an equalized one. */
#ifndef RQ_WORKBENCH_SEARCH_DECIDE_NETWORK_H
#define RQ_WORKBENCH_SEARCH_DECIDE_NETWORK_H

#include "engine/workbench/search/decider.h"

/* The moves of scales that a given plan lists. */
rq_status rq_decide_network_follow(rq_decider *d);

/* An equalized one is tried. */
bool rq_decide_network_may_change(const rq_decider *d);
/* By statistics of a few images, from which rules for noisy layers come as well: those of all are
 * gathered of the network that is chosen. */
rq_status rq_decide_network_choose(rq_decide_options *own, rq_decider *d);

#endif
