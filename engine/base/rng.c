#include "engine/base/rng.h"

#include <math.h>

static uint64_t rotate_left(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

/* splitmix64 (Steele, Lea & Flood 2014), which the authors of xoshiro advise for its state. */
static uint64_t split_mix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

void rq_rng_seed(rq_rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++) rng->s[i] = split_mix(&seed);
}

uint64_t rq_rng_u64(rq_rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t rq_rng_below(rq_rng *rng, uint64_t n)
{
    uint64_t surplus = -n % n; /* 2^64 mod n: the values that would favour small results */
    uint64_t x;
    do x = rq_rng_u64(rng);
    while (x < surplus);
    return x % n;
}

double rq_rng_unit(rq_rng *rng)
{
    return (double)(rq_rng_u64(rng) >> 11) * 0x1p-53;
}

/* log(x) from + * / alone, because libm's last bit differs between CPUs:
 * x = m 2^e, log m = 2 artanh((m - 1) / (m + 1)), whose series ends below 1e-17 for m near 1. */
static double portable_log(double x)
{
    int e;
    double m = frexp(x, &e);
    if (m < 0.70710678118654752) {
        m *= 2;
        e--;
    }
    double z = (m - 1) / (m + 1), z2 = z * z, sum = 0;
    for (int k = 23; k >= 1; k -= 2) sum = sum * z2 + 1.0 / k;
    return e * 0.69314718055994531 + 2 * z * sum;
}

/* The polar method (Marsaglia & Bray 1964). */
double rq_rng_normal(rq_rng *rng)
{
    double u, v, s;
    do {
        u = 2 * rq_rng_unit(rng) - 1;
        v = 2 * rq_rng_unit(rng) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    return u * sqrt(-2 * portable_log(s) / s);
}
