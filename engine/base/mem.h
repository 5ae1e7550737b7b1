/* Checked size arithmetic and allocation.
 * Sizes that come from a file are multiplied and added only through these. */
#ifndef RQ_BASE_MEM_H
#define RQ_BASE_MEM_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_ALIGN 64 /* bytes; a cache line and the widest vector */

/* *out = a * b or a + b; false (and *out untouched) on overflow. */
bool rq_mul_size(size_t *out, size_t a, size_t b);
bool rq_add_size(size_t *out, size_t a, size_t b);
bool rq_mul_i64(int64_t *out, int64_t a, int64_t b);
bool rq_add_i64(int64_t *out, int64_t a, int64_t b);

static inline size_t rq_min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t rq_max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

static inline size_t rq_round_up(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

/* Zeroed memory for n elements of `size` bytes; caller frees with free().
 * `what` names the thing in the error text. Never returns NULL with RQ_OK, even for n == 0. */
rq_status rq_calloc(void *out, size_t n, size_t size, const char *what);

/* Grows *out (element count n) keeping its content; new part is not initialised. */
rq_status rq_realloc(void *out, size_t n, size_t size, const char *what);

/* RQ_ALIGN-aligned, uninitialised; freed with free(). */
rq_status rq_alloc_aligned(void *out, size_t bytes, const char *what);

/* Makes room for one more element in a growing array: doubles *capacity when count == capacity. */
rq_status rq_grow(void *array, size_t *capacity, size_t count, size_t size, const char *what);

/* Gives the system back what was freed: after much of it, before other work. Where the C library
 * cannot, nothing happens. */
void rq_mem_trim(void);

#endif
