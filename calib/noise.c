#include "calib/noise.h"

#include "engine/base/mem.h"
#include "engine/base/round.h"

#include <math.h>
#include <stdlib.h>

typedef struct sums {
    double count, first, second; /* of 1, x and x^2 */
} sums;

/* Values taken as uniform in [low, high). */
typedef struct bin {
    double low, high, per_width;
    double count, mean, variance;
} bin;

struct rq_noise {
    size_t n;
    double total; /* values counted, weights left aside */
    bin *bins;    /* rising */
    sums *before; /* [n + 1]: over bins[0..i) */
};

/* Bins of one group become one. `most` is the largest magnitude: within 1/16 of it every bucket is
 * a group (at most half a step of 256 levels wide), below that a sixteenth of an octave, and what
 * is below 1/16384 is one group for each sign. */
static double group_of(const rq_bin *from, double most)
{
    double size = fmax(fabs(from->low), fabs(from->high)), sign = from->low < 0.0 ? -1.0 : 1.0;
    int exponent;
    if (size * 16.0 > most) return from->low;
    if (size * 16384.0 <= most) return sign * INFINITY;
    double mantissa = frexp(fmin(fabs(from->low), fabs(from->high)), &exponent);
    return sign * ldexp(floor(mantissa * 32.0), exponent);
}

typedef struct weighing {
    double (*weight)(const void *ctx, double x); /* NULL: 1 */
    const void *ctx;
} weighing;

static double weighted_count(const weighing *by, const rq_bin *of)
{
    return (double)of->count * (by->weight ? by->weight(by->ctx, of->center) : 1.0);
}

static void add(sums *into, const rq_bin *from, double count)
{
    double a = from->low, b = from->high;
    into->count += count;
    into->first += count * 0.5 * (a + b);
    into->second += count * (a * a + a * b + b * b) / 3.0;
}

static void finish_bin(bin *b, sums s)
{
    b->count = s.count;
    b->mean = s.count > 0.0 ? s.first / s.count : 0.5 * (b->low + b->high);
    b->variance = s.count > 0.0 ? fmax(s.second / s.count - b->mean * b->mean, 0.0) : 0.0;
    b->per_width = b->high > b->low ? 1.0 / (b->high - b->low) : 0.0;
}

static void fill(rq_noise *noise, const rq_bin *bins, size_t n, const weighing *by)
{
    double most = n ? fmax(fabs(bins[0].low), fabs(bins[n - 1].high)) : 0.0;
    for (size_t i = 0; i < n; noise->n++) {
        bin *b = &noise->bins[noise->n];
        double group = group_of(&bins[i], most);
        sums own = {0}, *all = &noise->before[noise->n + 1];
        *all = noise->before[noise->n];
        b->low = bins[i].low;
        for (; i < n && group_of(&bins[i], most) == group; i++) {
            double count = weighted_count(by, &bins[i]);
            b->high = bins[i].high;
            noise->total += (double)bins[i].count;
            add(&own, &bins[i], count);
            add(all, &bins[i], count);
        }
        finish_bin(b, own);
    }
}

rq_status rq_noise_create(rq_noise **out, const rq_histogram *histogram)
{
    return rq_noise_create_weighted(out, histogram, NULL, NULL);
}

rq_status rq_noise_create_weighted(rq_noise **out, const rq_histogram *histogram,
                                   double (*weight)(const void *ctx, double x), const void *ctx)
{
    rq_bin *bins = NULL;
    size_t n = 0;
    *out = NULL;
    RQ_TRY(rq_histogram_bins(&bins, &n, histogram));
    rq_noise *noise = NULL;
    rq_status status = rq_calloc(&noise, 1, sizeof *noise, "noise bins");
    if (status == RQ_OK) status = rq_calloc(&noise->bins, n, sizeof(bin), "noise bins");
    if (status == RQ_OK) status = rq_calloc(&noise->before, n + 1, sizeof(sums), "noise bins");
    if (status == RQ_OK)
        fill(noise, bins, n, &(weighing){weight, ctx});
    else
        rq_noise_destroy(&noise);
    free(bins);
    *out = noise;
    return status;
}

void rq_noise_destroy(rq_noise **noise)
{
    if (!noise || !*noise) return;
    free((*noise)->bins);
    free((*noise)->before);
    free(*noise);
    *noise = NULL;
}

/* Bins that end at or below x. */
static size_t bins_below(const rq_noise *noise, double x)
{
    size_t first = 0, last = noise->n;
    while (first < last) {
        size_t middle = first + (last - first) / 2;
        if (noise->bins[middle].high <= x)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

/* Sum of (x - limit)^2 over bins [from, to). */
static double distance(const rq_noise *noise, size_t from, size_t to, double limit)
{
    const sums *a = &noise->before[from], *b = &noise->before[to];
    return fmax((b->second - a->second) - 2.0 * limit * (b->first - a->first) +
                    limit * limit * (b->count - a->count),
                0.0);
}

/* Integral of (t - round(t))^2 from 0 to t. */
static inline double sawtooth(double t)
{
    double level = rq_round_half_even(t), rest = t - level;
    return level / 12.0 + rest * rest * rest / 3.0;
}

/* Square error of a bin inside the limits, in squared steps. */
static inline double inside(const bin *b, double low, double per_step)
{
    double from = (b->low - low) * per_step, to = (b->high - low) * per_step;
    double level = rq_round_half_even(from);
    if (level != rq_round_half_even(to))
        return b->count * (sawtooth(to) - sawtooth(from)) * b->per_width / per_step;
    /* All in one cell: from the moments, as the difference would cancel. */
    double offset = (b->mean - low) * per_step - level;
    return b->count * (offset * offset + b->variance * per_step * per_step);
}

/* Square error of a bin that a limit may cut. */
static double cut(const bin *b, double low, double high, double step)
{
    double width = b->high - b->low, sum = 0.0;
    double a = fmin(fmax(b->low, low), high), c = fmin(fmax(b->high, low), high);
    if (width <= 0.0) {
        double error = b->low - (low + rq_round_half_even((a - low) / step) * step);
        return b->count * error * error;
    }
    sum += pow(fmax(low - b->low, 0.0), 3.0) - pow(fmax(low - b->high, 0.0), 3.0);
    sum += pow(fmax(b->high - high, 0.0), 3.0) - pow(fmax(b->low - high, 0.0), 3.0);
    sum /= 3.0;
    sum += step * step * step * (sawtooth((c - low) / step) - sawtooth((a - low) / step));
    return b->count * sum / width;
}

double rq_noise_at(const rq_noise *noise, double low, double high, int levels)
{
    double total = noise->total, step = (high - low) / (levels - 1);
    if (total == 0.0) return 0.0;
    size_t first = bins_below(noise, low), last = bins_below(noise, high);
    double sum = distance(noise, 0, first, low), squares = 0.0;
    if (first < last && noise->bins[first].low < low) {
        sum += cut(&noise->bins[first], low, high, step);
        first++;
    }
    for (size_t i = first; i < last; i++) squares += inside(&noise->bins[i], low, 1.0 / step);
    if (last < noise->n) {
        sum += cut(&noise->bins[last], low, high, step);
        last++;
    }
    sum += distance(noise, last, noise->n, high);
    return (sum + squares * step * step) / total;
}

double rq_noise_clipped(const rq_noise *noise, double low, double high)
{
    double total = noise->total;
    if (total == 0.0) return 0.0;
    size_t first = bins_below(noise, low), last = bins_below(noise, high);
    last = last < noise->n ? last + 1 : last; /* a bin that is cut counts as inside */
    return (distance(noise, 0, first, low) + distance(noise, last, noise->n, high)) / total;
}
