#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>
#if defined(__GLIBC__) /* known from the headers above */
#include <malloc.h>
#endif

#define FIRST_CAPACITY 16

bool rq_mul_size(size_t *out, size_t a, size_t b)
{
    size_t product;
    if (__builtin_mul_overflow(a, b, &product)) return false;
    *out = product;
    return true;
}

bool rq_add_size(size_t *out, size_t a, size_t b)
{
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *out = sum;
    return true;
}

bool rq_mul_i64(int64_t *out, int64_t a, int64_t b)
{
    int64_t product;
    if (__builtin_mul_overflow(a, b, &product)) return false;
    *out = product;
    return true;
}

bool rq_add_i64(int64_t *out, int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *out = sum;
    return true;
}

/* `out` is the address of a pointer of any type; memcpy keeps within the aliasing rules. */
static void store_pointer(void *out, void *pointer)
{
    memcpy(out, &pointer, sizeof pointer);
}

static void *load_pointer(const void *from)
{
    void *pointer;
    memcpy(&pointer, from, sizeof pointer);
    return pointer;
}

/* Bytes of n elements, at least 1; false past PTRDIFF_MAX, which no allocator gives. */
static bool checked_bytes(size_t *out, size_t n, size_t size)
{
    if (!rq_mul_size(out, n, size) || *out > PTRDIFF_MAX) return false;
    if (*out == 0) *out = 1;
    return true;
}

static rq_status fail_count(size_t n, size_t size, const char *what)
{
    return rq_fail(RQ_ENOMEM, "out of memory: %zu elements of %zu bytes for %s", n, size, what);
}

rq_status rq_calloc(void *out, size_t n, size_t size, const char *what)
{
    size_t bytes;
    if (!checked_bytes(&bytes, n, size)) return fail_count(n, size, what);
    void *memory = calloc(1, bytes);
    if (!memory) return rq_fail_memory(bytes, what);
    store_pointer(out, memory);
    return RQ_OK;
}

rq_status rq_realloc(void *out, size_t n, size_t size, const char *what)
{
    size_t bytes;
    if (!checked_bytes(&bytes, n, size)) return fail_count(n, size, what);
    void *memory = realloc(load_pointer(out), bytes);
    if (!memory) return rq_fail_memory(bytes, what);
    store_pointer(out, memory);
    return RQ_OK;
}

rq_status rq_alloc_aligned(void *out, size_t bytes, const char *what)
{
    if (bytes > PTRDIFF_MAX - RQ_ALIGN) return rq_fail_memory(bytes, what);
    void *memory = aligned_alloc(RQ_ALIGN, rq_round_up(bytes ? bytes : 1, RQ_ALIGN));
    if (!memory) return rq_fail_memory(bytes, what);
    store_pointer(out, memory);
    return RQ_OK;
}

rq_status rq_grow(void *array, size_t *capacity, size_t count, size_t size, const char *what)
{
    if (count < *capacity) return RQ_OK;
    size_t wanted;
    /* An array that was made to measure is longer than a capacity of 0 says. */
    if (!rq_mul_size(&wanted, count > *capacity ? count : *capacity, 2))
        return rq_fail_memory(SIZE_MAX, what);
    if (wanted < FIRST_CAPACITY) wanted = FIRST_CAPACITY;
    RQ_TRY(rq_realloc(array, wanted, size, what));
    *capacity = wanted;
    return RQ_OK;
}

void rq_mem_trim(void)
{
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
