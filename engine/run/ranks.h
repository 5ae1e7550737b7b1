/* Processes that do one command together: ranks, as mpirun starts them.
 *
 * Every rank runs the whole command, and takes the same decisions from the same numbers. Where most
 * of the time goes, in the images of a pass, each rank runs a part of them, and they exchange what
 * came out; everything else all of them do. So the result is that of one process, and what knows
 * nothing of ranks is right under them, only no faster. Files are written, and texts printed, by
 * rank 0 alone.
 *
 * An exchange is made by all ranks in the same order. It begins with each saying how it fares:
 * where one failed, all fail, with its message. Exchanges are the calling thread's. */
#ifndef RQ_RUN_RANKS_H
#define RQ_RUN_RANKS_H

#include "engine/base/text.h"

/* Joins the ranks that a launcher started with this process; without one it is alone. Once, before
 * anything else. RQ_EUNSUPPORTED where a launcher started several and this was built without any
 * way to reach them. */
rq_status rq_ranks_open(void);
/* The last exchange, after which this process is alone. Gives `mine`, or the failure of another. */
rq_status rq_ranks_close(rq_status mine);

/* 1 and 0 of a process alone. */
size_t rq_ranks_count(void);
size_t rq_ranks_index(void);
/* Workers of this process unless asked otherwise: ranks of one machine share its CPUs. */
unsigned rq_ranks_threads(void);

/* From here on, until `alone` is false again, this process counts as alone: for what depends on
 * time, of which ranks have different amounts. */
void rq_ranks_set_alone(bool alone);

/* `what` names the exchange: ranks that come to different ones all fail. */
typedef struct rq_gathered {
    char *data;      /* of all ranks, one behind the other */
    size_t *offsets; /* [count + 1]: where each rank's begin, and the end */
} rq_gathered;

/* Every rank's bytes to all. */
rq_status rq_ranks_gather(rq_gathered *out, rq_status mine, const char *what, const void *data,
                          size_t bytes);
void rq_gathered_free(rq_gathered *gathered);

/* Rank 0's bytes to all; elsewhere out->data is theirs, freed with rq_buf_free. */
rq_status rq_ranks_broadcast(rq_buf *data, rq_status mine, const char *what);

/* The same into `bytes` that are there on all: what is there of others is replaced. */
rq_status rq_ranks_follow(void *data, size_t bytes, rq_status mine, const char *what);

/* All ranks' parts into rank 0's, in their order, in a tree: a rank appends what the one behind it
 * packed, or packs its own and is done. */
typedef struct rq_fold {
    rq_status (*pack)(rq_buf *out, void *ctx);
    rq_status (*append)(const void *data, size_t bytes, void *ctx);
    void *ctx;
} rq_fold;
rq_status rq_ranks_fold(const rq_fold *fold, rq_status mine, const char *what);

#endif
