/* A progress line on stderr: only on a terminal, at most ten times a second.
 * "calibrate  123/300  41 %  21.4/s  8 s left" */
#ifndef RQ_BASE_PROGRESS_H
#define RQ_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct rq_progress {
    const char *title;
    size_t total, done;
    double started, shown; /* seconds, monotonic */
    bool active;
} rq_progress;

void rq_progress_begin(rq_progress *progress, const char *title, size_t total);
void rq_progress_step(rq_progress *progress); /* from one thread at a time */
void rq_progress_end(rq_progress *progress);  /* clears the line */

/* --quiet: no progress and no rq_say. */
void rq_quiet_set(bool quiet);
/* A line of talk on stderr (clears a progress line first). */
void rq_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

double rq_now(void); /* seconds, monotonic */

#endif
