/* A metric that the user brings: a command, or a function of a program. */
#ifndef RQ_RUN_USER_SCORE_H
#define RQ_RUN_USER_SCORE_H

#include "engine/base/requant_types.h"

/* {0}: none. Everything is borrowed. */
typedef struct rq_user_score {
    const char *command;   /* for sh, with a folder and an image as further arguments; or NULL */
    rq_score_fn *function; /* or NULL */
    void *ctx;             /* of the function */
    bool less_is_better;
    double timeout; /* seconds that the command may take for one image */
} rq_user_score;

static inline bool rq_user_score_is_there(const rq_user_score *score)
{
    return score->command || score->function;
}

#endif
