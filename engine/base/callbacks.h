/* What the caller of a procedure is told while it runs, and how he stops it.
 *
 * Callbacks belong to the thread that installed them, as the error text does (status.h): the thread
 * pool hands them on to its workers, so that two callers in two threads do not meet. Without any,
 * nothing is told and nothing is cancelled. */
#ifndef RQ_BASE_CALLBACKS_H
#define RQ_BASE_CALLBACKS_H

#include "engine/base/requant_types.h"

/* For this thread from now on; NULL: none. Borrowed. Returns those before, to be put back. */
const rq_callbacks *rq_callbacks_install(const rq_callbacks *callbacks);
const rq_callbacks *rq_callbacks_installed(void);

/* One line, whatever names are in it. */
void rq_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Several lines, as they are: names in them are visible (rq_buf_visible). */
void rq_log_lines(const char *lines);
bool rq_cancelled(void);

#endif
