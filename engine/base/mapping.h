/* The bytes of files in memory, as copies that nobody else can change. */
#ifndef RQ_BASE_MAPPING_H
#define RQ_BASE_MAPPING_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes of a whole file, read-only, as they were when it was opened: a mapped copy. Who changes
 * or truncates the file meanwhile changes nothing here (a mapping of the file itself would raise
 * SIGBUS). An empty file has data == NULL and size == 0. */
typedef struct rq_mapping {
    const uint8_t *data;
    size_t size;
    bool in_file; /* the copy: pages that are given back can be had again */
} rq_mapping;

/* The first `size` bytes of the regular file `fd`, mapped read-only. Small ones are in memory;
 * large ones in an unlinked file in $TMPDIR or /tmp, so that their pages can be given back, or in
 * memory where there is no room. RQ_EIO where fewer bytes are there; RQ_ENOMEM. */
rq_status rq_snapshot(rq_mapping *out, int fd, size_t size, const char *path);
/* Bytes [offset, offset + n) of it; RQ_EIO where fewer are there. */
rq_status rq_read_at(void *out, int fd, size_t offset, size_t n, const char *path);
void rq_unmap_file(rq_mapping *mapping);
/* Gives the memory back until somebody reads there again, where the copy lies in a file. */
void rq_mapping_release_pages(const rq_mapping *mapping);
/* The same for `size` bytes at `data`, which may be any: nothing happens to what lies in no such
 * copy. From any thread. */
void rq_release_pages(const void *data, size_t size);
/* The same for all copies: constants of a clone lie in the file of another graph. */
void rq_release_all_pages(void);

#endif
