/* What carries bytes between ranks: a file transport_<name>.c and a line in transports.def. Private
 * to engine/run. All functions are called by every rank in the same order, but for send and
 * receive, which are called in pairs; a lost rank ends the others. */
#ifndef RQ_RUN_TRANSPORT_H
#define RQ_RUN_TRANSPORT_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct rq_transport {
    const char *name;
    bool (*was_launched)(void); /* whether its launcher started this process */
    /* How many ranks there are, which one this is, and how many of them are on this machine. */
    rq_status (*open)(size_t *count, size_t *index, size_t *local);
    void (*close)(void);
    void (*abort)(void); /* ends all ranks, and does not return */
    /* `bytes` of each to all: out[count * bytes]. */
    rq_status (*gather_alike)(void *out, const void *data, size_t bytes);
    /* Of rank r sizes[r] bytes, to offsets[r]. */
    rq_status (*gather)(void *out, const size_t *offsets, const size_t *sizes, size_t count,
                        const void *data, size_t bytes);
    rq_status (*broadcast)(void *data, size_t bytes, size_t from);
    rq_status (*send)(const void *data, size_t bytes, size_t to);
    rq_status (*receive)(void *data, size_t bytes, size_t from);
} rq_transport;

#endif
