#include "datasets/fingerprint.h"

#include "engine/base/hash.h"
#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRID 8
#define CELLS (GRID * GRID)
#define BLANK_DEVIATION 1.5f
#define ALIKE 0.985 /* least correlation of thumbs that look the same */
#define MAX_BITS 10 /* that may differ */
#define BANDS 8     /* of the 128 bits: candidates share one */
#define MAX_RUN 256 /* candidates compared with each of a band's value */

/* -- making ---------------------------------------------------------------------------------- */

static unsigned luma(const rq_image *image, const uint8_t *p)
{
    if (image->channels == 1) return p[0];
    return (19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 32768u) >> 16;
}

static void cell_bounds(int *from, int *to, int cell, int size)
{
    *from = cell * size / RQ_THUMB;
    *to = (cell + 1) * size / RQ_THUMB;
    if (*to == *from) *to = *from + 1;
}

static uint8_t cell_mean(const rq_image *image, int row, int column)
{
    int x0, x1, y0, y1;
    uint64_t sum = 0;
    cell_bounds(&y0, &y1, row, image->height);
    cell_bounds(&x0, &x1, column, image->width);
    for (int y = y0; y < y1; y++) {
        const uint8_t *p = image->pixels + (size_t)y * rq_image_stride(image);
        for (int x = x0; x < x1; x++) sum += luma(image, p + x * image->channels);
    }
    return (uint8_t)(sum / (uint64_t)((x1 - x0) * (y1 - y0)));
}

static void measure_pixels(rq_fingerprint *out, const rq_image *image)
{
    size_t n = (size_t)image->width * (size_t)image->height;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        double y = luma(image, image->pixels + i * (size_t)image->channels);
        sum += y;
        squares += y * y;
    }
    double mean = sum / (double)n;
    out->mean = (float)mean;
    out->deviation = (float)sqrt(fmax(0, squares / (double)n - mean * mean));
}

static int by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void make_bits(rq_fingerprint *out)
{
    int cells[CELLS], sorted[CELLS];
    for (int r = 0; r < GRID; r++)
        for (int c = 0; c < GRID; c++) {
            const uint8_t *at = out->thumb + (2 * r * RQ_THUMB + 2 * c);
            cells[r * GRID + c] = at[0] + at[1] + at[RQ_THUMB] + at[RQ_THUMB + 1];
        }
    memcpy(sorted, cells, sizeof cells);
    qsort(sorted, CELLS, sizeof *sorted, by_value);
    for (int i = 0; i < CELLS; i++) {
        int right = i / GRID * GRID + (i + 1) % GRID;
        out->bits[0] |= (uint64_t)(cells[i] > cells[right]) << i;
        out->bits[1] |= (uint64_t)(cells[i] > sorted[CELLS / 2]) << i;
    }
}

void rq_fingerprint_make(rq_fingerprint *out, const rq_image *image)
{
    *out = (rq_fingerprint){
        .hash = rq_hash64(image->pixels, rq_image_stride(image) * (size_t)image->height)};
    for (int i = 0; i < RQ_THUMB * RQ_THUMB; i++)
        out->thumb[i] = cell_mean(image, i / RQ_THUMB, i % RQ_THUMB);
    measure_pixels(out, image);
    make_bits(out);
}

/* -- comparing ------------------------------------------------------------------------------- */

bool rq_fingerprint_is_blank(const rq_fingerprint *print)
{
    return print->deviation < BLANK_DEVIATION;
}

/* Correlation of the thumbs, in [-1, 1]; 0 when one is blank. */
static double likeness(const rq_fingerprint *a, const rq_fingerprint *b)
{
    const double n = RQ_THUMB * RQ_THUMB;
    double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
    for (int i = 0; i < RQ_THUMB * RQ_THUMB; i++) {
        double x = a->thumb[i], y = b->thumb[i];
        sa += x;
        sb += y;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    double va = aa - sa * sa / n, vb = bb - sb * sb / n;
    return va > 0 && vb > 0 ? (ab - sa * sb / n) / sqrt(va * vb) : 0;
}

static int bits_apart(const rq_fingerprint *a, const rq_fingerprint *b)
{
    return __builtin_popcountll(a->bits[0] ^ b->bits[0]) +
           __builtin_popcountll(a->bits[1] ^ b->bits[1]);
}

static bool look_the_same(const rq_fingerprint *a, const rq_fingerprint *b)
{
    if (rq_fingerprint_is_blank(a) || rq_fingerprint_is_blank(b)) return false;
    return bits_apart(a, b) <= MAX_BITS && likeness(a, b) >= ALIKE;
}

/* -- grouping -------------------------------------------------------------------------------- */

typedef struct entry {
    uint64_t key;
    size_t image;
} entry;

static int by_key(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->image > y->image) - (x->image < y->image);
}

static size_t leader(size_t *group, size_t i)
{
    while (group[i] != i) i = group[i] = group[group[i]];
    return i;
}

static void join(size_t *group, size_t a, size_t b)
{
    a = leader(group, a);
    b = leader(group, b);
    if (a < b)
        group[b] = a;
    else
        group[a] = b;
}

/* Entries of equal key, neighbours in the sorted list. */
static void join_run(size_t *group, const rq_fingerprint *const *prints, const entry *run, size_t n,
                     bool exact)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i > MAX_RUN ? i - MAX_RUN : 0; k < i; k++)
            if (exact || look_the_same(prints[run[i].image], prints[run[k].image])) {
                join(group, run[k].image, run[i].image);
                if (exact) break;
            }
}

static void join_keys(size_t *group, const rq_fingerprint *const *prints, entry *entries, size_t n,
                      bool exact)
{
    qsort(entries, n, sizeof *entries, by_key);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && entries[to].key == entries[from].key; to++) continue;
        join_run(group, prints, entries + from, to - from, exact);
    }
}

static size_t list(entry *entries, const rq_fingerprint *const *prints, size_t n, int band)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!prints[i]) continue;
        uint64_t key = prints[i]->hash;
        if (band >= 0) key = prints[i]->bits[band / 4] >> (band % 4 * 16) & 0xffff;
        entries[count++] = (entry){key, i};
    }
    return count;
}

rq_status rq_fingerprint_group(size_t *group, const rq_fingerprint *const *prints, size_t n,
                               bool exact)
{
    entry *entries;
    RQ_TRY(rq_calloc(&entries, n, sizeof *entries, "fingerprints"));
    for (size_t i = 0; i < n; i++) group[i] = i;
    join_keys(group, prints, entries, list(entries, prints, n, -1), true);
    for (int band = 0; !exact && band < BANDS; band++)
        join_keys(group, prints, entries, list(entries, prints, n, band), false);
    for (size_t i = 0; i < n; i++) group[i] = leader(group, i);
    free(entries);
    return RQ_OK;
}
