/* The user's own metric: one number for each image, from a command or a function. */
#include "reports/metrics/metric.h"

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    return rq_records_push(record, input->user_score);
}

#define USER_SCORE(symbol, metric_name, what, higher, text)                                        \
    const rq_metric rq_metric_##symbol = {                                                         \
        .name = metric_name,                                                                       \
        .unit = "",                                                                                \
        .help = text,                                                                              \
        .needs = what,                                                                             \
        .higher_is_better = higher,                                                                \
        .score = score,                                                                            \
        .reduce = rq_reduce_mean,                                                                  \
    };

USER_SCORE(user_score, "score", RQ_NEEDS_USER_SCORE, true,
           "Your own metric (--score), mean over images; more is better.")
USER_SCORE(user_score_less, "score (less is better)", RQ_NEEDS_USER_SCORE_LESS, false,
           "Your own metric (--score), mean over images; less is better.")
