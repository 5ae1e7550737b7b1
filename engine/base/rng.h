/* A small seeded generator (xoshiro256**, Blackman & Vigna 2018): the same numbers on every
 * machine. */
#ifndef RQ_BASE_RNG_H
#define RQ_BASE_RNG_H

#include <stdint.h>

typedef struct rq_rng {
    uint64_t s[4];
} rq_rng;

void rq_rng_seed(rq_rng *rng, uint64_t seed);
uint64_t rq_rng_u64(rq_rng *rng);
uint64_t rq_rng_below(rq_rng *rng, uint64_t n); /* uniform in [0, n), n > 0 */
double rq_rng_unit(rq_rng *rng);                /* uniform in [0, 1) */
double rq_rng_normal(rq_rng *rng);              /* mean 0, variance 1 */

#endif
