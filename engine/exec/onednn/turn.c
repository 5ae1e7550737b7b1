#include "engine/exec/onednn/turn.h"

#include "engine/base/cpu.h"

#include <string.h>

#define SIDE 8   /* of the squares that are turned in registers */
#define STRIP 16 /* columns of a matrix, a cache line of each row */

typedef uint32_t row __attribute__((vector_size(SIDE * sizeof(uint32_t))));

#define INLINE static inline __attribute__((always_inline))

/* Of each half of two rows: the first two elements one by one, the last two; the first pair, the
 * last pair. Of two rows: the first half of each, the last. */
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define FIRST(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define LAST(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define LEFT(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define RIGHT(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

INLINE void turn_square(uint32_t *out, size_t out_row, const uint32_t *in, size_t in_row)
{
    row r[SIDE], pairs[SIDE], fours[SIDE];
    for (size_t i = 0; i < SIDE; i++) memcpy(&r[i], in + i * in_row, sizeof r[i]);
    for (size_t i = 0; i < SIDE; i += 2) {
        pairs[i] = LOW(r[i], r[i + 1]);
        pairs[i + 1] = HIGH(r[i], r[i + 1]);
    }
    for (size_t i = 0; i < SIDE; i += 4) {
        fours[i] = FIRST(pairs[i], pairs[i + 2]);
        fours[i + 1] = LAST(pairs[i], pairs[i + 2]);
        fours[i + 2] = FIRST(pairs[i + 1], pairs[i + 3]);
        fours[i + 3] = LAST(pairs[i + 1], pairs[i + 3]);
    }
    for (size_t i = 0; i < SIDE / 2; i++) {
        row left = LEFT(fours[i], fours[i + 4]), right = RIGHT(fours[i], fours[i + 4]);
        memcpy(out + i * out_row, &left, sizeof left);
        memcpy(out + (i + SIDE / 2) * out_row, &right, sizeof right);
    }
}

typedef struct walk {
    const rq_turn *turn;
    uint32_t *out;
    const uint32_t *in;
} walk;

INLINE void turn_strip(const walk *w, size_t matrix, size_t begin, size_t end)
{
    size_t rows = w->turn->rows, columns = w->turn->columns, r = 0;
    const uint32_t *in = w->in + matrix * rows * columns;
    uint32_t *out = w->out + matrix * rows * columns;
    size_t squares = begin + (end - begin) / SIDE * SIDE;
    for (; r + SIDE <= rows; r += SIDE) {
        for (size_t c = begin; c < squares; c += SIDE)
            turn_square(out + c * rows + r, rows, in + r * columns + c, columns);
        for (size_t c = squares; c < end; c++)
            for (size_t i = r; i < r + SIDE; i++) out[c * rows + i] = in[i * columns + c];
    }
    for (; r < rows; r++)
        for (size_t c = begin; c < end; c++) out[c * rows + r] = in[r * columns + c];
}

RQ_FOR_AVX2 static void turn_strip_avx2(const walk *w, size_t matrix, size_t begin, size_t end)
{
    turn_strip(w, matrix, begin, end);
}

static void run_strip(void *ctx, size_t item)
{
    const walk *w = ctx;
    size_t columns = w->turn->columns, strips = (columns + STRIP - 1) / STRIP;
    size_t begin = item % strips * STRIP, end = begin + STRIP < columns ? begin + STRIP : columns;
    if (rq_cpu_has(RQ_ISA_AVX2))
        turn_strip_avx2(w, item / strips, begin, end);
    else
        turn_strip(w, item / strips, begin, end);
}

void rq_turn_run(const rq_turn *turn, unsigned threads, void *out, const void *in)
{
    walk w = {turn, out, in};
    size_t strips = (turn->columns + STRIP - 1) / STRIP;
    rq_dnn_parallel(threads, turn->matrices * strips, run_strip, &w);
}

bool rq_turn_between(rq_turn *out, const rq_dnn_layout *from, const rq_dnn_layout *to)
{
    rq_dnn_blocked a, b;
    if (!from || !to || rq_dnn_layout_dtype(from) != RQ_DT_F32 ||
        rq_dnn_layout_dtype(to) != RQ_DT_F32 || !rq_dnn_layout_blocked(&a, from) ||
        !rq_dnn_layout_blocked(&b, to))
        return false;
    if (a.batch != b.batch || a.channels != b.channels || a.positions != b.positions) return false;
    if (a.channels < SIDE || a.positions < SIDE) return false;
    bool splits = a.block == a.channels && b.block == 1;
    if (!splits && !(a.block == 1 && b.block == b.channels)) return false;
    *out = splits ? (rq_turn){a.batch, a.positions, a.channels}
                  : (rq_turn){a.batch, a.channels, a.positions};
    return true;
}
