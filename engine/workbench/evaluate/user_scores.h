/* The user's own metric of outputs, image by image. */
#ifndef RQ_WORKBENCH_EVALUATE_USER_SCORES_H
#define RQ_WORKBENCH_EVALUATE_USER_SCORES_H

#include "engine/exec/exec.h"
#include "engine/run/user_score.h"
#include "reports/metrics/metric.h"

/* What one worker needs; {0} before it is opened. */
typedef struct rq_user_scorer {
    const rq_user_score *score; /* borrowed */
    char *folder;               /* of the command's files, removed when it is closed */
} rq_user_scorer;

rq_status rq_user_scorer_open(rq_user_scorer *out, const rq_user_score *score);
void rq_user_scorer_close(rq_user_scorer *scorer);

/* One model's outputs for one image. */
typedef struct rq_scored {
    const rq_model *model;     /* whose names they have */
    const rq_session *session; /* which ran the image */
    const rq_output *outputs;  /* the same in f32 */
    const char *image;         /* its path */
} rq_scored;

/* RQ_EFORMAT where there is no number, or it is not finite, naming the image. */
rq_status rq_user_scorer_run(double *out, const rq_user_scorer *scorer, const rq_scored *scored);

#endif
