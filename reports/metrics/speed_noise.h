/* Whether a measured speed-up says anything: one rule for bench, quantize, tune and compare. */
#ifndef RQ_REPORTS_METRICS_SPEED_NOISE_H
#define RQ_REPORTS_METRICS_SPEED_NOISE_H

#include "reports/report.h"

/* What two interleaved timings tell; NaN where something is not known, which then counts for
 * nothing. */
typedef struct rq_speed_facts {
    double ratio; /* of the medians: time of the first over this one's; NaN: nothing is claimed */
    double first_spread, spread;              /* p90 / p10 of the times of one inference, of each */
    double round_ratio;                       /* the ratio within each round: median, */
    double round_ratio_low, round_ratio_high; /* p10 and p90 */
    double waited; /* 0..1: of the time its threads wanted a core, how much they waited for one */
} rq_speed_facts;

/* Differences up to the first are no noise however little a ratio claims; those beyond the second
 * are noise however much it claims. Between them they are noise beyond the ratio. */
#define RQ_SPEED_QUIET 1.15
#define RQ_SPEED_WILD 2.0
#define RQ_SPEED_MAX_WAITED 0.1

/* What that means, for people. */
#define RQ_SPEED_NOISE_RULE                                                                        \
    "A speed is not measurable now where p90/p10 of the times exceeds the speed-up itself (1.15 "  \
    "is always allowed, 2 never), where rounds differ as much, or where threads waited for a "     \
    "core for more than 10 % of the time."

/* Why the speed is not measurable now: "other processes used the CPU". NULL: it is. */
const char *rq_speed_noise(const rq_speed_facts *facts);

/* The same of a report's row. */
const char *rq_report_speed_noise(const rq_report_speed *speed);

#endif
