/* The journal of a commit (staging.h): while it is there, the files that it names are to be moved.
 * Private to engine/base. */
#ifndef RQ_BASE_STAGING_JOURNAL_H
#define RQ_BASE_STAGING_JOURNAL_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Of files in `path`, which go to `dir`; `stale` (NULL: none) goes from there. RQ_EIO where one
 * would replace, or that is, what is no regular file. */
rq_status rq_journal_write(const char *dir, const char *path, const char *const *names, size_t n,
                           const char *stale);
bool rq_journal_is_there(const char *path);
/* Moves what has not been moved, and removes the journal; nothing without one. May be done again
 * after a failure. RQ_EFORMAT for what is no journal. */
rq_status rq_journal_finish(const char *dir, const char *path);

#endif
