/* Elements of images copied from elsewhere in them, whatever they are made of. */
#include "engine/exec/onednn/nearest.h"

#include <string.h>

typedef struct walk {
    const rq_nearest *nearest;
    uint8_t *out;
    const uint8_t *in;
} walk;

/* Written per element size, so that the copy is one instruction or a few. */
static inline __attribute__((always_inline)) void copy_row(uint8_t *out, const uint8_t *in,
                                                           const rq_nearest *nearest, size_t bytes)
{
    for (size_t i = 0; i < nearest->columns_out; i++)
        memcpy(out + i * bytes, in + (size_t)nearest->columns[i] * bytes, bytes);
}

static void run_row(uint8_t *out, const uint8_t *in, const rq_nearest *nearest)
{
    switch (nearest->bytes) {
    case 1:
        copy_row(out, in, nearest, 1);
        break;
    case 4:
        copy_row(out, in, nearest, 4);
        break;
    case 8:
        copy_row(out, in, nearest, 8);
        break;
    case 16:
        copy_row(out, in, nearest, 16);
        break;
    case 24:
        copy_row(out, in, nearest, 24);
        break;
    case 32:
        copy_row(out, in, nearest, 32);
        break;
    case 64:
        copy_row(out, in, nearest, 64);
        break;
    default:
        copy_row(out, in, nearest, nearest->bytes);
    }
}

#define ROWS_AT_ONCE 8

/* Rows that read the same one are copies of the first of them. */
static void run_rows(void *ctx, size_t item)
{
    const walk *w = ctx;
    const rq_nearest *n = w->nearest;
    size_t stretches = (n->rows_out + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE, segment = item / stretches;
    size_t begin = item % stretches * ROWS_AT_ONCE, end = begin + ROWS_AT_ONCE;
    size_t row_in = n->columns_in * n->bytes, row_out = n->columns_out * n->bytes;
    const uint8_t *in = w->in + segment * n->rows_in * row_in;
    uint8_t *out = w->out + (segment * n->rows_out + begin) * row_out;
    for (size_t r = begin; r < end && r < n->rows_out; r++, out += row_out)
        if (r > begin && n->rows[r] == n->rows[r - 1])
            memcpy(out, out - row_out, row_out);
        else
            run_row(out, in + (size_t)n->rows[r] * row_in, n);
}

void rq_nearest_run(const rq_nearest *nearest, unsigned threads, void *out, const void *in)
{
    walk w = {nearest, out, in};
    size_t stretches = (nearest->rows_out + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
    rq_dnn_parallel(threads, nearest->segments * stretches, run_rows, &w);
}
