/* A session with inputs of its own, for timing: seeded numbers in [0, 1). */
#ifndef RQ_RUN_SEEDED_SESSION_H
#define RQ_RUN_SEEDED_SESSION_H

#include "engine/exec/exec.h"

typedef struct rq_seeded_session {
    rq_session *session;
    rq_tensor *inputs;
    size_t n_inputs;
} rq_seeded_session;

/* *out is zero or closed before; after a failure it is to be closed all the same. */
rq_status rq_seeded_session_open(rq_seeded_session *out, const rq_model *model, uint64_t seed);
void rq_seeded_session_close(rq_seeded_session *seeded);
rq_status rq_seeded_session_run(const rq_seeded_session *seeded);

#endif
