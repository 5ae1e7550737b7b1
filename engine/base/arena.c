#include "engine/base/arena.h"
#include "engine/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 16
#define FIRST_CHUNK ((size_t)4 << 10)
#define MAX_CHUNK ((size_t)1 << 20)

typedef struct chunk {
    struct chunk *next;
    size_t unused; /* keeps bytes[] aligned to 16 */
    char bytes[];
} chunk;

struct rq_arena {
    chunk *chunks; /* the newest first */
    char *free;    /* the unused part of the newest ordinary chunk */
    size_t left;
    size_t next_size; /* of the next ordinary chunk */
};

rq_status rq_arena_create(rq_arena **out)
{
    RQ_TRY(rq_calloc(out, 1, sizeof(rq_arena), "an arena"));
    (*out)->next_size = FIRST_CHUNK;
    return RQ_OK;
}

void rq_arena_destroy(rq_arena **arena)
{
    if (!arena || !*arena) return;
    for (chunk *c = (*arena)->chunks; c;) {
        chunk *next = c->next;
        free(c);
        c = next;
    }
    free(*arena);
    *arena = NULL;
}

static chunk *add_chunk(rq_arena *arena, size_t bytes)
{
    size_t total;
    chunk *c = NULL;
    if (!rq_add_size(&total, bytes, sizeof(chunk))) {
        rq_fail_memory(bytes, "an arena");
        return NULL;
    }
    if (rq_calloc(&c, 1, total, "an arena") != RQ_OK) return NULL;
    c->next = arena->chunks;
    arena->chunks = c;
    return c;
}

static bool refill(rq_arena *arena)
{
    chunk *c = add_chunk(arena, arena->next_size);
    if (!c) return false;
    arena->free = c->bytes;
    arena->left = arena->next_size;
    if (arena->next_size < MAX_CHUNK) arena->next_size *= 2;
    return true;
}

void *rq_arena_alloc(rq_arena *arena, size_t n, size_t size)
{
    size_t bytes;
    if (!rq_mul_size(&bytes, n, size) || bytes > PTRDIFF_MAX - ALIGNMENT) {
        rq_fail(RQ_ENOMEM, "out of memory: %zu elements of %zu bytes", n, size);
        return NULL;
    }
    bytes = rq_round_up(bytes ? bytes : 1, ALIGNMENT);
    if (bytes > arena->next_size / 4 && bytes > arena->left) { /* a chunk of its own */
        chunk *c = add_chunk(arena, bytes);
        return c ? c->bytes : NULL;
    }
    if (bytes > arena->left && !refill(arena)) return NULL;
    void *memory = arena->free;
    arena->free += bytes;
    arena->left -= bytes;
    return memory;
}

char *rq_arena_strndup(rq_arena *arena, const char *text, size_t length)
{
    if (!text) return NULL;
    length = strnlen(text, length);
    char *copy = rq_arena_alloc(arena, length + 1, 1);
    if (copy) memcpy(copy, text, length);
    return copy;
}

char *rq_arena_strdup(rq_arena *arena, const char *text)
{
    return text ? rq_arena_strndup(arena, text, strlen(text)) : NULL;
}

char *rq_arena_printf(rq_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : rq_arena_alloc(arena, (size_t)length + 1, 1);
    if (text) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
