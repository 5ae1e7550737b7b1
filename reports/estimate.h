/* A measured number and how sure it is. */
#ifndef RQ_REPORTS_ESTIMATE_H
#define RQ_REPORTS_ESTIMATE_H

/* A number and its 95 % interval. NaN where there is none. */
typedef struct rq_estimate {
    double value, low, high;
} rq_estimate;

#define RQ_NO_ESTIMATE ((rq_estimate){NAN, NAN, NAN}) /* needs <math.h> */

#endif
