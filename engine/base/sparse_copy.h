/* Copies of files that keep their holes: one that has few bytes may claim to be as long as it
 * likes. Private to engine/base. */
#ifndef RQ_BASE_SPARSE_COPY_H
#define RQ_BASE_SPARSE_COPY_H

#include <stddef.h>

typedef enum rq_copied {
    RQ_COPIED,
    RQ_COPY_NO_ROOM, /* or the file system of `to` cannot copy; what is there is of no use */
    RQ_COPY_SHORT    /* `from` has fewer bytes, or lost some meanwhile */
} rq_copied;

/* The first `size` bytes of the file `from` into `to`, which is empty. Nothing is written where
 * what the file really holds would leave others' files no room. */
rq_copied rq_copy_sparse(int to, int from, size_t size);

#endif
