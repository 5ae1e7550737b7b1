/* Four taps of 16 channels in one instruction (AVX-512 VNNI). The columns that a stretch of a row
 * of the output needs are brought into that order once, and serve every row of the kernel that they
 * meet.
 *
 * Interleaving bytes works within lanes of 16: vector k of four has channels 16 j + 4 k + i in lane
 * j. Packing the results to bytes works within lanes, too, and undoes that. */
#include "engine/exec/onednn/depthwise_private.h"

#if defined(__x86_64__)

#include "engine/exec/onednn/depthwise_columns.h"

#define WIDTH RQ_DEPTHWISE_WIDTH
#define INLINE RQ_DEPTHWISE_INLINE
#define RING_BYTES 32768 /* much of a first-level cache */
#define MIN_VECTORS 2
#define AT_ONCE 4

static size_t place(size_t i)
{
    size_t lane = i / 16, k = i % 16 / 4;
    return k * 16 + lane * 4 + i % 4;
}

static size_t further(const rq_depthwise_part *p, size_t vectors)
{
    return rq_depthwise_shares_sets(p) ? 4 / p->of.stride_width / p->positions : vectors;
}

static size_t sets(const rq_depthwise_part *p, size_t vectors)
{
    return vectors + (p->quads - 1) * further(p, vectors);
}

static bool fits(const rq_depthwise_part *p, size_t vectors)
{
    size_t phase = rq_depthwise_columns(p, vectors) / p->of.stride_width + 1 + p->positions;
    return p->of.kernel_height * sets(p, vectors) * 4 * WIDTH <= RING_BYTES &&
           p->of.stride_width * phase * p->slots + WIDTH <= RQ_DEPTHWISE_ROW_BYTES;
}

/* How many vectors a stretch has; 0: the kernel is too large. */
static size_t vectors_of(const rq_depthwise_part *p)
{
    size_t all = (p->of.out_width + p->positions - 1) / p->positions, n = all;
    while (n && !fits(p, n)) n--;
    if (n < MIN_VECTORS && n < all) return 0;
    size_t pieces = n ? (all + n - 1) / n : 1;
    size_t even = ((all + pieces - 1) / pieces + AT_ONCE - 1) / AT_ONCE * AT_ONCE;
    return even < n ? even : n;
}

static size_t stretches(const rq_depthwise_part *p)
{
    size_t n = vectors_of(p), outputs = n * p->positions;
    return n ? (p->of.out_width + outputs - 1) / outputs : 0;
}

static size_t items(const rq_depthwise_part *p)
{
    return p->of.batch * p->groups * stretches(p);
}

/* -- output ------------------------------------------------------------------------------------ */

/* What follows the sums: constant where it is compiled in. */
typedef struct form {
    bool codes, hswish;
} form;

INLINE __m512 finish(__m512i sum, const rq_depthwise_part *p, size_t at, const form f)
{
    __m512 y = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(p->scale + at)),
                             _mm512_loadu_ps(p->bias + at));
    y = _mm512_min_ps(_mm512_max_ps(y, _mm512_set1_ps(p->of.low)), _mm512_set1_ps(p->of.high));
    if (!f.hswish) return y;
    __m512 gate = _mm512_add_ps(y, _mm512_set1_ps(3.0f));
    gate = _mm512_min_ps(_mm512_max_ps(gate, _mm512_setzero_ps()), _mm512_set1_ps(6.0f));
    return _mm512_mul_ps(_mm512_mul_ps(y, gate), _mm512_set1_ps(1.0f / 6.0f));
}

INLINE __m512i encode(__m512 y, const rq_depthwise_part *p, size_t at)
{
    y = _mm512_add_ps(_mm512_mul_ps(y, _mm512_loadu_ps(p->factor + at)),
                      _mm512_loadu_ps(p->offset + at));
    y = _mm512_min_ps(_mm512_max_ps(y, _mm512_setzero_ps()), _mm512_set1_ps((float)p->of.top));
    return _mm512_cvtps_epi32(y);
}

/* Part i of those that hold one position each. */
INLINE void store_part(uint8_t *out, __m512i codes, size_t slots, size_t i, __mmask64 used)
{
    __m512i part = slots == 16 ? i == 0   ? codes
                                 : i == 1 ? _mm512_shuffle_i32x4(codes, codes, 0x55)
                                 : i == 2 ? _mm512_shuffle_i32x4(codes, codes, 0xaa)
                                          : _mm512_shuffle_i32x4(codes, codes, 0xff)
                   : i == 0 ? codes
                               : _mm512_shuffle_i32x4(codes, codes, 0xee);
    _mm512_mask_storeu_epi8(out, used, part);
}

/* `outputs`: that there are in this vector. */
INLINE void store_codes(uint8_t *out, __m512i codes, const rq_depthwise_stretch *s, size_t outputs)
{
    size_t pitch = s->p->of.channels, slots = s->p->slots, n = s->channels;
    if (s->whole) {
        _mm512_storeu_si512(out, codes);
        return;
    }
    if (s->p->positions == 1 || (n == slots && pitch == slots)) {
        _mm512_mask_storeu_epi8(
            out, rq_depthwise_first_bytes(s->p->positions == 1 ? n : outputs * slots), codes);
        return;
    }
    const __mmask64 used = rq_depthwise_first_bytes(n);
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++)
        if (i < outputs) store_part(out + i * pitch, codes, slots, i, used);
}

INLINE void store_numbers(float *out, const __m512 y[4], const rq_depthwise_stretch *s,
                          size_t outputs)
{
    size_t pitch = s->p->of.channels, slots = s->p->slots, n = s->channels;
    __m512 a = _mm512_shuffle_f32x4(y[0], y[1], 0x44), b = _mm512_shuffle_f32x4(y[2], y[3], 0x44);
    __m512 c = _mm512_shuffle_f32x4(y[0], y[1], 0xee), d = _mm512_shuffle_f32x4(y[2], y[3], 0xee);
    const __m512 parts[4] = {_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd),
                             _mm512_shuffle_f32x4(c, d, 0x88), _mm512_shuffle_f32x4(c, d, 0xdd)};
    if (s->whole) {
#pragma GCC unroll 4
        for (size_t i = 0; i < 4; i++) _mm512_storeu_ps(out + 16 * i, parts[i]);
        return;
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        size_t output = i * 16 / slots, channel = i * 16 % slots;
        if (output >= outputs || channel >= n) continue;
        size_t rest = n - channel;
        const __mmask16 used = rest < 16 ? (__mmask16)((1u << rest) - 1) : (__mmask16)0xffff;
        _mm512_mask_storeu_ps(out + output * pitch + channel, used, parts[i]);
    }
}

INLINE void store(void *out, size_t at, const __m512i sums[4], const rq_depthwise_stretch *s,
                  size_t outputs, const form f)
{
    size_t base = s->group * WIDTH;
    __m512 y[4];
#pragma GCC unroll 4
    for (size_t k = 0; k < 4; k++) y[k] = finish(sums[k], s->p, base + 16 * k, f);
    if (!f.codes) {
        store_numbers((float *)out + at, y, s, outputs);
        return;
    }
    __m512i codes[4];
#pragma GCC unroll 4
    for (size_t k = 0; k < 4; k++) codes[k] = encode(y[k], s->p, base + 16 * k);
    store_codes((uint8_t *)out + at,
                _mm512_packus_epi16(_mm512_packs_epi32(codes[0], codes[1]),
                                    _mm512_packs_epi32(codes[2], codes[3])),
                s, outputs);
}

/* -- products ---------------------------------------------------------------------------------- */

/* `n` vectors from vector `v` on; rows[r]: sets of the input row that row r of the kernel meets.
 * The sums are kept in registers, which takes unrolled loops. */
INLINE void products(__m512i out[][4], const uint8_t *const *rows, const rq_depthwise_stretch *s,
                     size_t v, const size_t n)
{
    const rq_depthwise_part *p = s->p;
    const int8_t *w = p->weights + s->group * p->of.kernel_height * p->quads * 4 * WIDTH;
    __m512i sums[AT_ONCE][4];
#pragma GCC unroll 4
    for (size_t k = 0; k < 4; k++) {
        const __m512i start = _mm512_loadu_si512(p->start + s->group * WIDTH + 16 * k);
#pragma GCC unroll 4
        for (size_t i = 0; i < n; i++) sums[i][k] = start;
    }
    for (size_t r = 0; r < p->of.kernel_height; r++)
        for (size_t q = 0; q < p->quads; q++, w += 4 * WIDTH) {
            const uint8_t *x = rows[r] + (v + q * s->further) * 4 * WIDTH;
#pragma GCC unroll 4
            for (size_t k = 0; k < 4; k++) {
                const __m512i weights = _mm512_loadu_si512(w + k * WIDTH);
#pragma GCC unroll 4
                for (size_t i = 0; i < n; i++)
                    sums[i][k] = _mm512_dpbusd_epi32(
                        sums[i][k], _mm512_load_si512(x + (4 * i + k) * WIDTH), weights);
            }
        }
#pragma GCC unroll 4
    for (size_t i = 0; i < n; i++)
#pragma GCC unroll 4
        for (size_t k = 0; k < 4; k++) out[i][k] = sums[i][k];
}

INLINE void run_vectors(void *out, const uint8_t *const *rows, const rq_depthwise_stretch *s,
                        size_t y, size_t v, const size_t n, const form f)
{
    const rq_depthwise_part *p = s->p;
    __m512i sums[AT_ONCE][4];
    products(sums, rows, s, v, n);
    size_t x = s->column + v * p->positions;
    size_t position = (s->image * p->of.out_height + y) * p->of.out_width + x;
    size_t at = position * p->of.channels + p->first + s->group * p->slots;
    for (size_t i = 0; i < n && x < p->of.out_width; i++) {
        size_t rest = p->of.out_width - x;
        store(out, at, sums[i], s, rest < p->positions ? rest : p->positions, f);
        x += p->positions;
        at += p->positions * p->of.channels;
    }
}

INLINE void run_row(void *out, const uint8_t *const *rows, const rq_depthwise_stretch *s, size_t y,
                    const form f)
{
    size_t v = 0;
    for (; v + AT_ONCE <= s->vectors; v += AT_ONCE) run_vectors(out, rows, s, y, v, AT_ONCE, f);
    for (; v < s->vectors; v++) run_vectors(out, rows, s, y, v, 1, f);
}

RQ_FOR_AVX512_VNNI static void run_codes(void *out, const uint8_t *const *rows,
                                         const rq_depthwise_stretch *s, size_t y)
{
    run_row(out, rows, s, y, (form){.codes = true});
}

RQ_FOR_AVX512_VNNI static void run_hswish_codes(void *out, const uint8_t *const *rows,
                                                const rq_depthwise_stretch *s, size_t y)
{
    run_row(out, rows, s, y, (form){.codes = true, .hswish = true});
}

RQ_FOR_AVX512_VNNI static void run_numbers(void *out, const uint8_t *const *rows,
                                           const rq_depthwise_stretch *s, size_t y)
{
    run_row(out, rows, s, y, (form){.hswish = s->p->of.hswish});
}

RQ_FOR_AVX512_VNNI static void run(const rq_depthwise_part *p, void *out, const uint8_t *in,
                                   size_t item)
{
    _Alignas(64) uint8_t ring[RING_BYTES];
    const uint8_t *rows[RQ_DEPTHWISE_MAX_TAPS];
    size_t pieces = stretches(p), height = p->of.kernel_height;
    rq_depthwise_stretch s = {.p = p, .vectors = vectors_of(p)};
    s.sets = sets(p, s.vectors);
    s.further = further(p, s.vectors);
    s.column = item % pieces * s.vectors * p->positions;
    s.group = item / pieces % p->groups;
    s.image = item / pieces / p->groups;
    size_t rest = p->channels - s.group * p->slots;
    s.channels = rest < p->slots ? rest : p->slots;
    s.whole = s.channels == WIDTH;
    size_t ready = 0; /* rows, counted from the first one of padding */
    for (size_t y = 0; y < p->of.out_height; y++) {
        size_t first = y * p->of.stride_height;
        for (size_t r = ready > first ? ready : first; r < first + height; r++)
            rq_depthwise_prepare_row(ring + r % height * s.sets * 4 * WIDTH, &s, in,
                                     r - p->of.pad_top);
        ready = first + height;
        for (size_t r = 0; r < height; r++)
            rows[r] = ring + (first + r) % height * s.sets * 4 * WIDTH;
        if (!p->of.codes)
            run_numbers(out, rows, &s, y);
        else if (p->of.hswish)
            run_hswish_codes(out, rows, &s, y);
        else
            run_codes(out, rows, &s, y);
    }
}

const rq_depthwise_kernel rq_depthwise_vnni = {true, place, items, run};

#endif
