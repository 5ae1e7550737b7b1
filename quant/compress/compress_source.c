#include "quant/compress/compress_source.h"

#include "quant/compress/compress_run.h"

#define AT_ONCE 4096 /* codes: even, and they stay in the cache */

/* An axis of the weights, which lie in memory as a row-major array of four of them. */
typedef struct axis {
    size_t n, stride;
    size_t channel, within; /* what a step adds to the channel, and to the weight of a channel */
} axis;

typedef struct source {
    const rq_compressed *codes;
    const float *weights;
    axis axes[4]; /* the innermost last: its stride is 1 */
    size_t count;
} source;

rq_dtype rq_compressed_dtype(const rq_compress_scheme *scheme)
{
    if (scheme->bits == 4) return scheme->asymmetric ? RQ_DT_U4 : RQ_DT_I4;
    return scheme->asymmetric ? RQ_DT_U8 : RQ_DT_I8;
}

/* Axes of one step have any stride: they come first. */
static void sort_axes(axis axes[4], const rq_weight_layout *l)
{
    const axis all[4] = {{l->groups, l->group_stride, l->outputs, 0},
                         {l->outputs, l->output_stride, 1, 0},
                         {l->inputs, l->input_stride, 0, 1},
                         {l->taps, l->tap_stride, 0, l->inputs}};
    for (int i = 0; i < 4; i++) {
        axis a = all[i];
        if (a.n == 1) a.stride = SIZE_MAX;
        int at = i;
        for (; at > 0 && axes[at - 1].stride < a.stride; at--) axes[at] = axes[at - 1];
        axes[at] = a;
    }
}

/* -- codes ------------------------------------------------------------------------------------ */

/* Codes of weights side by side along the innermost axis, from weight k of channel c on: one scale
 * for all, or for each its own. */
static void code_run(int8_t *out, const source *s, const float *w, size_t n, size_t c, size_t k)
{
    const rq_compressed *codes = s->codes;
    const rq_compress_scheme *scheme = &codes->scheme;
    const axis *a = &s->axes[3];
    size_t size = scheme->group_size;
    while (n > 0) {
        size_t at = c * codes->groups + k / size, run = n;
        size_t step = a->channel * codes->groups; /* from scale to scale */
        if (!step && codes->groups > 1) {
            size_t left = (size - k % size + a->within - 1) / a->within; /* in this group */
            run = left < n ? left : n;
        }
        rq_compressed_run(out, scheme, w, run, codes->scales + at, codes->zero_points + at, step);
        out += run;
        w += run;
        n -= run;
        c += run * a->channel;
        k += run * a->within;
    }
}

/* Of weights [first, first + n). */
static void make_codes(int8_t *out, const source *s, size_t first, size_t n)
{
    while (n > 0) {
        size_t rest = first, c = 0, k = 0, index = 0;
        for (int i = 0; i < 4; i++) {
            const axis *a = &s->axes[i];
            index = a->n == 1 ? 0 : rest / a->stride;
            rest -= a->n == 1 ? 0 : index * a->stride;
            c += index * a->channel;
            k += index * a->within;
        }
        size_t left = s->axes[3].n - index, run = left < n ? left : n;
        code_run(out, s, s->weights + first, run, c, k);
        out += run;
        first += run;
        n -= run;
    }
}

/* -- as stored -------------------------------------------------------------------------------- */

static void store(uint8_t *out, const rq_compress_scheme *scheme, const int8_t *codes, size_t n)
{
    int add = scheme->asymmetric ? 1 << (scheme->bits - 1) : 0;
    if (scheme->bits == 8) {
        for (size_t k = 0; k < n; k++) out[k] = (uint8_t)(codes[k] + add);
        return;
    }
    for (size_t k = 0; k < n; k += 2) {
        int low = codes[k] + add, high = k + 1 < n ? codes[k + 1] + add : 0;
        out[k / 2] = (uint8_t)((low & 15) | (high & 15) << 4);
    }
}

static rq_status read_codes(void *out, const void *ctx, size_t offset, size_t n)
{
    const source *s = ctx;
    const rq_compress_scheme *scheme = &s->codes->scheme;
    int8_t made[AT_ONCE];
    size_t in_byte = 8 / (size_t)scheme->bits, first = offset * in_byte, end = first + n * in_byte;
    uint8_t *to = out;
    if (end > s->count) end = s->count;
    for (size_t at = first, some; at < end; at += some, to += AT_ONCE / in_byte) {
        some = end - at < AT_ONCE ? end - at : AT_ONCE;
        if (!s->codes->codes) make_codes(made, s, at, some);
        store(to, scheme, s->codes->codes ? s->codes->codes + at : made, some);
    }
    if (!s->codes->codes) rq_release_pages(s->weights + first, (end - first) * sizeof *s->weights);
    return RQ_OK;
}

rq_status rq_compressed_source(rq_source *out, const rq_compressed *codes,
                               const rq_weight_layout *layout, const float *weights,
                               rq_arena *arena)
{
    source *s = rq_arena_alloc(arena, 1, sizeof *s);
    if (!s) return RQ_ENOMEM;
    *s = (source){.codes = codes, .weights = weights};
    sort_axes(s->axes, layout);
    s->count = rq_weight_channels(layout) * layout->inputs * layout->taps;
    *out = (rq_source){read_codes, s};
    return RQ_OK;
}
