/* Memory that runs out when a test says so: the allocation with a given number fails, and the
 * blocks that are held are counted. Sanitizers have functions of their own: there nothing fails,
 * and nothing is counted. */
#ifndef RQ_TESTS_FAULTY_MEMORY_H
#define RQ_TESTS_FAULTY_MEMORY_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#if !defined __GLIBC__ || defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define FAULTY_MEMORY 0
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FAULTY_MEMORY 0
#endif
#endif
#ifndef FAULTY_MEMORY
#define FAULTY_MEMORY 1
#endif

static atomic_long faulty_left; /* allocations until one fails; 0: none does */
static atomic_long faulty_held; /* blocks */
static atomic_bool faulty_ours
    __attribute__((unused)); /* only calls of calloc count, which are hardly a library's */

#if FAULTY_MEMORY

/* glibc's own, under the names it keeps for such as this. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static inline bool faulty_now(void)
{
    return atomic_load(&faulty_left) > 0 && atomic_fetch_sub(&faulty_left, 1) == 1;
}

static inline void *faulty_count(void *block)
{
    if (block) atomic_fetch_add(&faulty_held, 1);
    return block;
}

static inline bool faulty_theirs(void)
{
    return !atomic_load(&faulty_ours) && faulty_now();
}

void *malloc(size_t size)
{
    return faulty_theirs() ? NULL : faulty_count(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
    return faulty_now() ? NULL : faulty_count(__libc_calloc(n, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return faulty_theirs() ? NULL : faulty_count(__libc_memalign(alignment, size));
}

/* Of oneDNN, for its scratchpads: counted, but none fails. */
int posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = faulty_count(__libc_memalign(alignment, size));
    return *block ? 0 : ENOMEM;
}

void *realloc(void *block, size_t size)
{
    if (faulty_theirs()) return NULL;
    void *moved = __libc_realloc(block, size);
    return block ? moved : faulty_count(moved);
}

void free(void *block)
{
    if (block) atomic_fetch_sub(&faulty_held, 1);
    __libc_free(block);
}

#endif

#endif
