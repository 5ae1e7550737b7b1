#include "engine/base/formats/json_memory.h"

#include "engine/base/mem.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <stdlib.h>

#define LATELY 64 /* blocks among which one that is given back is looked for */

/* Other threads may take and give while one begins to read; they are the same for all. */
static struct {
    void *(*_Atomic take)(size_t size);
    void (*_Atomic give)(void *block);
} allocator;

typedef struct blocks {
    void **v; /* NULL: given back */
    size_t n, capacity;
} blocks;

/* Not a local of the guard: what longjmp leaves of those is not said. */
static _Thread_local struct {
    bool on;
    jmp_buf end;
    blocks taken;
    blocks spare; /* those of `taken` that the library does not need any more */
} reading;

static bool remember(blocks *of, void *block)
{
    if (rq_grow(&of->v, &of->capacity, of->n, sizeof *of->v, "JSON") != RQ_OK) return false;
    of->v[of->n++] = block;
    return true;
}

/* False for a block that was not taken lately. */
static bool forget(blocks *of, const void *block)
{
    size_t i = of->n, end = i > LATELY ? i - LATELY : 0;
    while (i > end && of->v[i - 1] != block) i--;
    if (i == end) return false;
    of->v[i - 1] = NULL;
    while (of->n && !of->v[of->n - 1]) of->n--;
    return true;
}

static void drop(blocks *of, bool give_back)
{
    for (size_t i = 0; give_back && i < of->n; i++)
        if (of->v[i]) allocator.give(of->v[i]);
    free(of->v);
    *of = (blocks){0};
}

void *rq_json_memory_take(size_t size)
{
    void *block = allocator.take(size);
    if (!reading.on || (block && remember(&reading.taken, block))) return block;
    if (block) allocator.give(block);
    longjmp(reading.end, 1);
}

void rq_json_memory_give(void *block)
{
    if (!reading.on || forget(&reading.taken, block))
        allocator.give(block);
    else if (!remember(&reading.spare, block)) /* looking further could take too long */
        longjmp(reading.end, 1);
}

bool rq_json_memory_guard(const rq_json_allocator *real, void (*read)(void *context), void *context)
{
    allocator.take = real->take;
    allocator.give = real->give;
    reading.on = true;
    if (setjmp(reading.end)) {
        drop(&reading.taken, true);
        drop(&reading.spare, false);
        reading.on = false;
        return false;
    }
    read(context);
    drop(&reading.taken, false);
    drop(&reading.spare, true);
    reading.on = false;
    return true;
}
