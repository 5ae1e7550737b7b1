/* Steps of long work, told to the caller's callbacks; and the clock. */
#ifndef RQ_BASE_PROGRESS_H
#define RQ_BASE_PROGRESS_H

#include <stddef.h>

typedef struct rq_progress {
    const char *title;
    size_t total, done;
} rq_progress;

/* A part of a procedure begins: the at-th (from 1) of `total`, 0: not known. */
void rq_progress_part(const char *name, size_t at, size_t total);

void rq_progress_begin(rq_progress *progress, const char *title, size_t total);
void rq_progress_step(rq_progress *progress); /* from one thread at a time */
void rq_progress_end(rq_progress *progress);  /* after a failure, too */

double rq_now(void); /* seconds, monotonic */

#endif
