/* The columns of a row of the input in the order that the products of depthwise_vnni.c want.
 * Inlined there: a call for each row costs a sixth of the time of small images. */
#ifndef RQ_EXEC_ONEDNN_DEPTHWISE_COLUMNS_H
#define RQ_EXEC_ONEDNN_DEPTHWISE_COLUMNS_H

#include "engine/base/cpu.h"
#include "engine/exec/onednn/depthwise_private.h"

#include <immintrin.h>
#include <string.h>

/* For one row's columns, those of one phase of the stride together. */
#define RQ_DEPTHWISE_ROW_BYTES 16384
#define RQ_DEPTHWISE_INLINE RQ_FOR_AVX512_VNNI static inline __attribute__((always_inline))

/* A stretch of output columns. */
typedef struct rq_depthwise_stretch {
    const rq_depthwise_part *p;
    size_t group, image;
    size_t column;   /* first one of the output */
    size_t vectors;  /* of `positions` outputs each */
    size_t sets;     /* of interleaved columns that a row has */
    size_t further;  /* sets from one quad of the kernel to the next */
    size_t channels; /* of the group, at most as many as there are slots */
    bool whole;      /* they fill a vector */
} rq_depthwise_stretch;

RQ_DEPTHWISE_INLINE __mmask64 rq_depthwise_first_bytes(size_t n)
{
    return n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0;
}

/* Do quads of the kernel read the same sets, only further on? */
static inline bool rq_depthwise_shares_sets(const rq_depthwise_part *p)
{
    size_t stride = p->of.stride_width;
    return p->quads == 1 || (4 % stride == 0 && 4 / stride % p->positions == 0);
}

/* Columns of the input between the first and the last one that is read. */
static inline size_t rq_depthwise_columns(const rq_depthwise_part *p, size_t vectors)
{
    return (vectors * p->positions - 1) * p->of.stride_width + 4 * p->quads;
}

/* A column's channels, from the row of the input on; of padding for columns outside. */
RQ_DEPTHWISE_INLINE __m512i rq_depthwise_load_column(const uint8_t *line, size_t column,
                                                     const rq_depthwise_stretch *s, __mmask64 used)
{
    const rq_depthwise *of = &s->p->of;
    if (column >= of->in_width) return _mm512_set1_epi8((char)of->zero_point);
    return _mm512_maskz_loadu_epi8(used, line + column * of->channels);
}

/* Of the input, from which on the stretch reads; before the image: a huge number. */
RQ_DEPTHWISE_INLINE size_t rq_depthwise_first_column(const rq_depthwise_stretch *s)
{
    return s->column * s->p->of.stride_width - s->p->of.pad_left;
}

/* What is stored is as wide as what is loaded later on. */
RQ_DEPTHWISE_INLINE void rq_depthwise_store_column(uint8_t *to, __m512i x, size_t slots)
{
    if (slots == 16)
        _mm_storeu_si128((__m128i *)to, _mm512_castsi512_si128(x));
    else if (slots == 32)
        _mm256_storeu_si256((__m256i *)to, _mm512_castsi512_si256(x));
    else
        _mm512_storeu_si512(to, x);
}

/* One row's columns, those of one phase of the stride together. */
RQ_DEPTHWISE_INLINE void rq_depthwise_gather(uint8_t *row, size_t phase_bytes,
                                             const rq_depthwise_stretch *s, const uint8_t *line)
{
    size_t slots = s->p->slots, stride = s->p->of.stride_width;
    size_t count = rq_depthwise_columns(s->p, s->vectors), first = rq_depthwise_first_column(s);
    const __mmask64 used = rq_depthwise_first_bytes(s->channels);
    for (size_t phase = 0; phase < stride; phase++) {
        uint8_t *to = row + phase * phase_bytes;
        for (size_t i = phase; i < count; i += stride, to += slots)
            rq_depthwise_store_column(to, rq_depthwise_load_column(line, first + i, s, used),
                                      slots);
    }
}

typedef struct rq_depthwise_pair {
    __m512i low, high;
} rq_depthwise_pair;

RQ_DEPTHWISE_INLINE rq_depthwise_pair rq_depthwise_pair_of(__m512i a, __m512i b)
{
    return (rq_depthwise_pair){_mm512_unpacklo_epi8(a, b), _mm512_unpackhi_epi8(a, b)};
}

RQ_DEPTHWISE_INLINE void rq_depthwise_store_set(uint8_t *out, rq_depthwise_pair a,
                                                rq_depthwise_pair b)
{
    _mm512_store_si512(out, _mm512_unpacklo_epi16(a.low, b.low));
    _mm512_store_si512(out + RQ_DEPTHWISE_WIDTH, _mm512_unpackhi_epi16(a.low, b.low));
    _mm512_store_si512(out + 2 * RQ_DEPTHWISE_WIDTH, _mm512_unpacklo_epi16(a.high, b.high));
    _mm512_store_si512(out + 3 * RQ_DEPTHWISE_WIDTH, _mm512_unpackhi_epi16(a.high, b.high));
}

/* Sets of a row with one position each and a stride of 1: pairs of columns serve two sets. */
RQ_DEPTHWISE_INLINE void rq_depthwise_make_sets_1(uint8_t *out, const rq_depthwise_stretch *s,
                                                  const uint8_t *line)
{
    const __mmask64 used = rq_depthwise_first_bytes(s->channels);
    size_t column = rq_depthwise_first_column(s);
    __m512i last = rq_depthwise_load_column(line, column, s, used), next;
    rq_depthwise_pair pairs[2];
    for (size_t i = 0; i < 2; i++, last = next) {
        next = rq_depthwise_load_column(line, ++column, s, used);
        pairs[i] = rq_depthwise_pair_of(last, next);
    }
    for (size_t v = 0; v < s->sets; v++, last = next) {
        next = rq_depthwise_load_column(line, ++column, s, used);
        rq_depthwise_pair more = rq_depthwise_pair_of(last, next);
        rq_depthwise_store_set(out + v * 4 * RQ_DEPTHWISE_WIDTH, pairs[0], more);
        pairs[0] = pairs[1];
        pairs[1] = more;
    }
}

/* The same with a stride of 2. */
RQ_DEPTHWISE_INLINE void rq_depthwise_make_sets_2(uint8_t *out, const rq_depthwise_stretch *s,
                                                  const uint8_t *line)
{
    const __mmask64 used = rq_depthwise_first_bytes(s->channels);
    size_t column = rq_depthwise_first_column(s);
    rq_depthwise_pair before =
        rq_depthwise_pair_of(rq_depthwise_load_column(line, column, s, used),
                             rq_depthwise_load_column(line, column + 1, s, used));
    for (size_t v = 0; v < s->sets; v++) {
        column += 2;
        rq_depthwise_pair more =
            rq_depthwise_pair_of(rq_depthwise_load_column(line, column, s, used),
                                 rq_depthwise_load_column(line, column + 1, s, used));
        rq_depthwise_store_set(out + v * 4 * RQ_DEPTHWISE_WIDTH, before, more);
        before = more;
    }
}

/* Sets of the row, for taps from `tap` on. */
RQ_DEPTHWISE_INLINE void rq_depthwise_make_sets(uint8_t *out, const uint8_t *row,
                                                size_t phase_bytes, const rq_depthwise_stretch *s,
                                                size_t n, size_t tap)
{
    size_t stride = s->p->of.stride_width, slots = s->p->slots, step = s->p->positions * slots;
    const uint8_t *from[4];
    for (size_t t = 0; t < 4; t++)
        from[t] = row + (tap + t) % stride * phase_bytes + (tap + t) / stride * slots;
    for (size_t v = 0; v < n; v++) {
        __m512i x[4];
        for (size_t t = 0; t < 4; t++) x[t] = _mm512_loadu_si512(from[t] + v * step);
        rq_depthwise_store_set(out + v * 4 * RQ_DEPTHWISE_WIDTH, rq_depthwise_pair_of(x[0], x[1]),
                               rq_depthwise_pair_of(x[2], x[3]));
    }
}

/* Any stride, several positions at once. */
RQ_DEPTHWISE_INLINE void
rq_depthwise_make_sets_gathered(uint8_t *out, const rq_depthwise_stretch *s, const uint8_t *line)
{
    _Alignas(64) uint8_t row[RQ_DEPTHWISE_ROW_BYTES];
    size_t phase =
        rq_depthwise_columns(s->p, s->vectors) / s->p->of.stride_width + 1 + s->p->positions;
    size_t phase_bytes = phase * s->p->slots;
    rq_depthwise_gather(row, phase_bytes, s, line);
    if (rq_depthwise_shares_sets(s->p)) {
        rq_depthwise_make_sets(out, row, phase_bytes, s, s->sets, 0);
        return;
    }
    for (size_t q = 0; q < s->p->quads; q++)
        rq_depthwise_make_sets(out + q * s->vectors * 4 * RQ_DEPTHWISE_WIDTH, row, phase_bytes, s,
                               s->vectors, 4 * q);
}

/* Row y of the input (padding where there is none) as the stretch's sets, [sets, 4,
 * RQ_DEPTHWISE_WIDTH] aligned to 64 bytes. */
RQ_DEPTHWISE_INLINE void rq_depthwise_prepare_row(uint8_t *out, const rq_depthwise_stretch *s,
                                                  const uint8_t *in, size_t y)
{
    const rq_depthwise *of = &s->p->of;
    if (y >= of->in_height) {
        memset(out, of->zero_point, s->sets * 4 * RQ_DEPTHWISE_WIDTH);
        return;
    }
    const uint8_t *line = in + (s->image * of->in_height + y) * of->in_width * of->channels +
                          s->p->first + s->group * s->p->slots;
    bool alone = s->p->positions == 1 && rq_depthwise_shares_sets(s->p);
    if (alone && of->stride_width == 1)
        rq_depthwise_make_sets_1(out, s, line);
    else if (alone && of->stride_width == 2)
        rq_depthwise_make_sets_2(out, s, line);
    else
        rq_depthwise_make_sets_gathered(out, s, line);
}

#endif
