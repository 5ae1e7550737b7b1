/* A pass over memory, tile by tile. */
#include "engine/exec/onednn/sweep.h"

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

static size_t element_bytes(const rq_sweep_codes *codes)
{
    return codes->used ? 1 : sizeof(float);
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
    for (size_t i = period; i < n; i++) out[i] = out[i - period];
}

/* Tiles of a stretch share the spread operands, unless they are parts of a position. */
static void run_stretch(void *ctx, size_t item)
{
    const walk *w = ctx;
    const rq_sweep *sweep = w->sweep;
    const rq_dnn_blocked *s = &sweep->shape;
    float numbers[RQ_SWEEP_MAX_CHANNEL_OPS][RQ_SWEEP_TILE];
    size_t segment = item / w->stretches, begin = item % w->stretches * w->in_stretch;
    size_t end = begin + w->in_stretch < w->segment ? begin + w->in_stretch : w->segment;
    size_t first = segment % w->blocks * s->block;
    rq_sweep_tile tile = {.sweep = sweep};
    for (size_t at = begin; at < end; at += tile.n) {
        size_t where = segment * w->segment + at, spreads = 0;
        tile.n = at + w->tile < end ? w->tile : end - at;
        if (s->block > w->tile && tile.n > s->block - at % s->block)
            tile.n = s->block - at % s->block;
        tile.out = w->out + where * element_bytes(&sweep->to);
        tile.in = w->in + where * element_bytes(&sweep->from);
        for (size_t i = 0; i < sweep->n_ops; i++) {
            const rq_sweep_op *op = &sweep->ops[i];
            if (!op->binary) continue;
            if (!op->per_channel) {
                tile.operands[i] =
                    (const uint8_t *)w->operands[i] + where * element_bytes(&op->codes);
                continue;
            }
            if (at == begin || s->block > w->tile)
                spread(numbers[spreads], w->operands[i], s, first, at, tile.n);
            tile.operands[i] = numbers[spreads++];
        }
        rq_sweep_tile_run(&tile);
    }
}

void rq_sweep_run(const rq_sweep *sweep, unsigned threads, void *out, const void *in,
                  const void *const *operands)
{
    walk w = plan_walk(sweep, out, in, operands);
    rq_dnn_parallel(threads, sweep->shape.batch * w.blocks * w.stretches, run_stretch, &w);
}
