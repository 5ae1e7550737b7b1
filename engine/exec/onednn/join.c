#include "engine/exec/onednn/join.h"

#include "engine/exec/onednn/dnnl.h"

#include <stdint.h>
#include <string.h>

#define POSITIONS_AT_ONCE 256

typedef struct task {
    const rq_join *join;
    uint8_t *out;
    const void *const *parts;
} task;

/* Written per size, so that the copy is one instruction or a few. */
static inline __attribute__((always_inline)) void copy_each(uint8_t *out, const uint8_t *in,
                                                            size_t n, size_t step, size_t bytes)
{
    for (size_t i = 0; i < n; i++) memcpy(out + i * step, in + i * bytes, bytes);
}

static void copy_part(uint8_t *out, const uint8_t *in, size_t n, size_t step, size_t bytes)
{
    switch (bytes) {
    case 4:
        copy_each(out, in, n, step, 4);
        break;
    case 8:
        copy_each(out, in, n, step, 8);
        break;
    case 16:
        copy_each(out, in, n, step, 16);
        break;
    case 24:
        copy_each(out, in, n, step, 24);
        break;
    case 32:
        copy_each(out, in, n, step, 32);
        break;
    case 64:
        copy_each(out, in, n, step, 64);
        break;
    default:
        copy_each(out, in, n, step, bytes);
    }
}

/* Some positions of all parts. */
static void run_positions(void *ctx, size_t item)
{
    const task *t = ctx;
    const rq_join *join = t->join;
    size_t first = item * POSITIONS_AT_ONCE, rest = join->positions - first;
    size_t n = rest < POSITIONS_AT_ONCE ? rest : POSITIONS_AT_ONCE;
    uint8_t *out = t->out + first * join->sum;
    for (size_t i = 0; i < join->n; i++) {
        const uint8_t *in = t->parts[i];
        copy_part(out, in + first * join->bytes[i], n, join->sum, join->bytes[i]);
        out += join->bytes[i];
    }
}

void rq_join_run(const rq_join *join, unsigned threads, void *out, const void *const *parts)
{
    task t = {join, out, parts};
    rq_dnn_parallel(threads, (join->positions + POSITIONS_AT_ONCE - 1) / POSITIONS_AT_ONCE,
                    run_positions, &t);
}
