/* Status codes and the error text that goes with them.
 *
 * Doctrine: the function that detects an error writes the message (naming file, layer,
 * found and expected) with rq_fail; callers only propagate, or put a prefix before it at a
 * room's border with rq_fail_prefix. Only main() prints. The text is thread-local; the
 * thread pool carries it from a worker to the thread that waits. */
#ifndef RQ_BASE_STATUS_H
#define RQ_BASE_STATUS_H

#include "engine/base/requant_types.h"

#include <stdarg.h>
#include <stdbool.h>

/* Stores the message, one line whatever names are in it, and returns `status`, so that a check is
 * one line. */
rq_status rq_fail(rq_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A message of several lines, as they are: names in them are visible (rq_buf_visible). */
rq_status rq_fail_lines(rq_status status, const char *lines);

/* Puts "<format>: " before the stored message; returns `status` unchanged. */
rq_status rq_fail_prefix(rq_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* RQ_ENOMEM with a message that says how much was asked for and what for. */
rq_status rq_fail_memory(unsigned long long bytes, const char *what);

/* Whether anything failed with RQ_ENOMEM on this thread since it last asked: for who takes NULL for
 * an answer that may mean something else, too. */
bool rq_memory_was_short(void);

/* The message of the last failure on this thread; "" if none. Valid until the next failure. */
const char *rq_error_text(void);

/* Returns from the calling function when `call` fails. */
#define RQ_TRY(call)                                                                               \
    do {                                                                                           \
        rq_status rq_try_status_ = (call);                                                         \
        if (rq_try_status_ != RQ_OK) return rq_try_status_;                                        \
    } while (0)

/* Jumps to `label` when `call` fails, keeping the code in the local variable `status`. */
#define RQ_TRY_GOTO(call, label)                                                                   \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != RQ_OK) goto label;                                                           \
    } while (0)

#endif
