/* Memory that jansson takes while it reads a text. Where there is none, jansson 2.14 says that the
 * syntax is wrong, drops a character, asserts, or reads on behind the text, by where it was. So the
 * reading ends in the very allocation that fails, and what it had is freed. */
#ifndef RQ_BASE_JSON_MEMORY_H
#define RQ_BASE_JSON_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* What the process has for the library, which may be a program's own. */
typedef struct rq_json_allocator {
    void *(*take)(size_t size);
    void (*give)(void *block);
} rq_json_allocator;

/* Calls read(context), during which the library has to use rq_json_memory_take and _give; false
 * where memory ran out: `read` did not return, and so must hold nothing but what was taken here.
 * Only one thread at a time may be in it. */
bool rq_json_memory_guard(const rq_json_allocator *real, void (*read)(void *context),
                          void *context);

/* Of threads other than the reading one, whose jansson is the same, nothing is kept. */
void *rq_json_memory_take(size_t size);
void rq_json_memory_give(void *block);

#endif
