/* Images put side by side, position by position, which oneDNN does byte by byte.
 * Private to engine/exec/onednn. */
#ifndef RQ_EXEC_ONEDNN_JOIN_H
#define RQ_EXEC_ONEDNN_JOIN_H

#include <stddef.h>

typedef struct rq_join {
    size_t positions;    /* that have a stretch of each part */
    size_t n;            /* parts */
    const size_t *bytes; /* [n]: of a stretch */
    size_t sum;          /* of `bytes` */
} rq_join;

void rq_join_run(const rq_join *join, unsigned threads, void *out, const void *const *parts);

#endif
