/* Files of a folder that change as one.
 *
 * A run makes its files in a folder of its own beside the old ones, and commits them at the end: a
 * journal names them, then they are moved. A run that ends before the journal is there has changed
 * nothing; what one leaves half moved, the next run that opens the folder moves. The first of the
 * files is taken away before the others change and comes back last: whoever finds it finds all. */
#ifndef RQ_BASE_STAGING_H
#define RQ_BASE_STAGING_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct rq_staging rq_staging;

/* Makes folder `name` in `dir` (which is made, too) and locks it: RQ_EIO, naming `target`, what the
 * user asked for, and the other process, while another run has it. Finishes a commit that was cut
 * off, and removes what else dead runs left there but for `kept` (NULL at the end, borrowed), which
 * a run may go on from. */
rq_status rq_staging_open(rq_staging **out, const char *dir, const char *name, const char *target,
                          const char *const *kept);
/* The folder to make files in. Borrowed. */
const char *rq_staging_path(const rq_staging *staging);

/* A commit was cut off there, and no run has finished it yet: files of two runs may be in `dir`. */
bool rq_staging_is_cut_off(const char *dir, const char *name);

/* A file of an earlier run, borrowed, that goes with the commit: it would be beside files that it
 * is not of. */
void rq_staging_drop(rq_staging *staging, const char *name);

/* Moves files of these names, which are on the disk, to where they belong. RQ_EIO, before anything
 * is changed, where one would replace what is no regular file. */
rq_status rq_staging_commit(rq_staging *staging, const char *const *names, size_t n);

/* Unlocks, and removes the folder with all that is in it: without a commit, `kept` stay. Accepts
 * NULL and *staging == NULL. */
void rq_staging_close(rq_staging **staging);

#endif
