/* A pass over memory, tile by tile. */
#include "engine/exec/onednn/sweep.h"

#include "engine/base/cpu.h"
#include "engine/exec/onednn/sweep_tile.h"

#include <string.h>

/* Segments have the same channels all along: `positions` times the `block` of them. They are cut
 * into tiles of whole positions, or, where a position is longer than a tile, into parts of one. */
typedef struct walk {
    const rq_sweep *sweep;
    uint8_t *out;
    const uint8_t *in;
    const void *const *operands;
    size_t blocks;     /* segments of an image */
    size_t segment;    /* numbers of one */
    size_t tile;       /* numbers of a tile */
    size_t stretches;  /* of a segment: so many tiles at once share what is prepared */
    size_t in_stretch; /* numbers */
} walk;

#define TILES_IN_STRETCH 16

static walk plan_walk(const rq_sweep *sweep, void *out, const void *in, const void *const *operands)
{
    const rq_dnn_blocked *s = &sweep->shape;
    walk w = {.sweep = sweep, .out = out, .in = in, .operands = operands};
    w.blocks = (s->channels + s->block - 1) / s->block;
    w.segment = s->positions * s->block;
    w.tile = s->block < RQ_SWEEP_TILE ? RQ_SWEEP_TILE / s->block * s->block : RQ_SWEEP_TILE;
    w.in_stretch = w.tile * TILES_IN_STRETCH;
    w.stretches = (w.segment + w.in_stretch - 1) / w.in_stretch;
    return w;
}

static size_t element_bytes(const rq_sweep_numbers *numbers)
{
    static const size_t bytes[] = {
        [RQ_SWEEP_F32] = sizeof(float), [RQ_SWEEP_BF16] = sizeof(uint16_t), [RQ_SWEEP_CODES] = 1};
    return bytes[numbers->kind];
}

/* The operand's number for each of `n` numbers from `at` on in a segment; 1 for padding. */
static void spread(float *out, const float *per_channel, const rq_dnn_blocked *s, size_t first,
                   size_t at, size_t n)
{
    size_t offset = at % s->block, period = s->block < n ? s->block : n;
    for (size_t i = 0; i < period; i++) {
        size_t channel = first + offset + i;
        out[i] = channel < s->channels ? per_channel[channel] : 1.0f;
    }
    for (size_t filled = period; filled < n;) { /* doubles: one at a time each waits for another */
        size_t more = filled < n - filled ? filled : n - filled;
        memcpy(out + filled, out, more * sizeof *out);
        filled += more;
    }
}

typedef float spread_numbers[RQ_SWEEP_MAX_CHANNEL_OPS][RQ_SWEEP_TILE];

/* What a tile reads; operands per channel are spread where they are not yet. */
static void aim(rq_sweep_tile *tile, spread_numbers numbers, const walk *w, size_t segment,
                size_t at, bool fresh)
{
    const rq_sweep *sweep = tile->sweep;
    size_t where = segment * w->segment + at, spreads = 0;
    size_t first = segment % w->blocks * sweep->shape.block;
    tile->in = w->in + where * element_bytes(&sweep->from);
    for (size_t i = 0; i < sweep->n_ops; i++) {
        const rq_sweep_op *op = &sweep->ops[i];
        if (!op->binary) continue;
        if (!op->per_channel) {
            tile->operands[i] =
                (const uint8_t *)w->operands[i] + where * element_bytes(&op->operand);
            continue;
        }
        if (fresh) spread(numbers[spreads], w->operands[i], &sweep->shape, first, at, tile->n);
        tile->operands[i] = numbers[spreads++];
    }
}

/* Tiles of a stretch share the spread operands, unless they are parts of a position. */
static void run_stretch(void *ctx, size_t item)
{
    const walk *w = ctx;
    size_t block = w->sweep->shape.block;
    spread_numbers numbers;
    size_t segment = item / w->stretches, begin = item % w->stretches * w->in_stretch;
    size_t end = begin + w->in_stretch < w->segment ? begin + w->in_stretch : w->segment;
    rq_sweep_tile tile = {.sweep = w->sweep};
    for (size_t at = begin; at < end; at += tile.n) {
        tile.n = at + w->tile < end ? w->tile : end - at;
        if (block > w->tile && tile.n > block - at % block) tile.n = block - at % block;
        tile.out = w->out + (segment * w->segment + at) * element_bytes(&w->sweep->to);
        aim(&tile, numbers, w, segment, at, at == begin || block > w->tile);
        rq_sweep_tile_run(&tile);
    }
}

/* -- dense codes become channels last -----------------------------------------------------------
 */

typedef uint8_t vector __attribute__((vector_size(16)));

static inline __attribute__((always_inline)) vector read_vector(const uint8_t *from)
{
    vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* Byte i of the output's vector `part` is of channel c at position p: 16 part + i = 3 p + c. */
#define OF(part, i) ((16 * (part) + (i)) / 3)
#define IS(part, i, c) ((16 * (part) + (i)) % 3 == (c))
#define AB(part, i) (OF(part, i) + (IS(part, i, 1) ? 16 : 0))
#define ABC(part, i) (IS(part, i, 2) ? 16 + OF(part, i) : (i))
#define EACH_BYTE(M, part)                                                                         \
    M(part, 0), M(part, 1), M(part, 2), M(part, 3), M(part, 4), M(part, 5), M(part, 6),            \
        M(part, 7), M(part, 8), M(part, 9), M(part, 10), M(part, 11), M(part, 12), M(part, 13),    \
        M(part, 14), M(part, 15)
#define STORE(part)                                                                                \
    do {                                                                                           \
        vector ab = __builtin_shufflevector(a, b, EACH_BYTE(AB, part));                            \
        vector abc = __builtin_shufflevector(ab, c, EACH_BYTE(ABC, part));                         \
        memcpy(out + 3 * i + 16 * (part), &abc, sizeof abc);                                       \
    } while (0)

/* 16 positions at once; returns how many were done. */
RQ_FOR_AVX2 static size_t interleave_3_avx2(uint8_t *out, uint8_t bytes[][RQ_SWEEP_TILE], size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        vector a = read_vector(bytes[0] + i), b = read_vector(bytes[1] + i);
        vector c = read_vector(bytes[2] + i);
        STORE(0);
        STORE(1);
        STORE(2);
    }
    return i;
}

static void interleave(uint8_t *out, uint8_t bytes[][RQ_SWEEP_TILE], size_t n, size_t channels)
{
    size_t i = channels == 3 && rq_cpu_has(RQ_ISA_AVX2) ? interleave_3_avx2(out, bytes, n) : 0;
    for (; i < n; i++)
        for (size_t c = 0; c < channels; c++) out[i * channels + c] = bytes[c][i];
}

static void run_interleaved(void *ctx, size_t item)
{
    const walk *w = ctx;
    size_t channels = w->sweep->shape.channels;
    size_t image = item / w->stretches, begin = item % w->stretches * w->in_stretch;
    size_t end = begin + w->in_stretch < w->segment ? begin + w->in_stretch : w->segment;
    uint8_t bytes[RQ_SWEEP_MAX_INTERLEAVED][RQ_SWEEP_TILE];
    spread_numbers numbers;
    rq_sweep_tile tile = {.sweep = w->sweep};
    for (size_t at = begin; at < end; at += tile.n) {
        tile.n = at + w->tile < end ? w->tile : end - at;
        for (size_t c = 0; c < channels; c++) {
            tile.out = bytes[c];
            aim(&tile, numbers, w, image * channels + c, at, true);
            rq_sweep_tile_run(&tile);
        }
        interleave(w->out + (image * w->segment + at) * channels, bytes, tile.n, channels);
    }
}

void rq_sweep_run(const rq_sweep *sweep, unsigned threads, void *out, const void *in,
                  const void *const *operands)
{
    walk w = plan_walk(sweep, out, in, operands);
    if (sweep->interleaves)
        rq_dnn_parallel(threads, sweep->shape.batch * w.stretches, run_interleaved, &w);
    else
        rq_dnn_parallel(threads, sweep->shape.batch * w.blocks * w.stretches, run_stretch, &w);
}
