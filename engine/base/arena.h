/* An arena: many small allocations that live and die together. Not thread-safe. */
#ifndef RQ_BASE_ARENA_H
#define RQ_BASE_ARENA_H

#include "engine/base/status.h"

#include <stddef.h>

typedef struct rq_arena rq_arena;

rq_status rq_arena_create(rq_arena **out);
void rq_arena_destroy(rq_arena **arena); /* accepts NULL and *arena == NULL */

/* Zeroed memory aligned to 16 bytes; lives as long as the arena. NULL when memory is short
 * (the error text is set). A size of 0 gives a valid pointer. */
void *rq_arena_alloc(rq_arena *arena, size_t n, size_t size);

/* Copies of a string; NULL gives NULL. */
char *rq_arena_strdup(rq_arena *arena, const char *text);
char *rq_arena_strndup(rq_arena *arena, const char *text, size_t length);
char *rq_arena_printf(rq_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
