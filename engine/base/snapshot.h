/* Copies of files that nobody else can change. Private to engine/base/file.c. */
#ifndef RQ_BASE_SNAPSHOT_H
#define RQ_BASE_SNAPSHOT_H

#include "engine/base/file.h"

/* The first `size` bytes of the regular file `fd`, mapped read-only. Small ones are in memory;
 * large ones in an unlinked file in $TMPDIR or /tmp, so that their pages can be given back, or in
 * memory where there is no room. RQ_EIO where fewer bytes are there; RQ_ENOMEM. */
rq_status rq_snapshot(rq_mapping *out, int fd, size_t size, const char *path);

#endif
