/* A smaller data set that is still the same mixture. */
#include "datasets/strata.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"

#include <stdlib.h>

/* One class: its samples, shuffled, are order[begin, begin + size). */
typedef struct share {
    size_t begin, size, quota;
    uint64_t rest; /* of n * size / total: who gets what rounding left over */
    size_t id;
} share;

/* Counting sort of sample indices by class. */
static void fill_order(const size_t *stratum, size_t n, share *shares, size_t classes,
                       size_t *order)
{
    for (size_t i = 0; i < n; i++) shares[stratum[i]].size++;
    for (size_t c = 1; c < classes; c++) shares[c].begin = shares[c - 1].begin + shares[c - 1].size;
    for (size_t c = 0; c < classes; c++) shares[c].id = c;
    for (size_t i = 0; i < n; i++) {
        share *s = &shares[stratum[i]];
        order[s->begin + s->quota++] = i;
    }
}

static int by_rest(const void *a, const void *b)
{
    const share *x = a, *y = b;
    if (x->rest != y->rest) return x->rest > y->rest ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int by_id(const void *a, const void *b)
{
    const share *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Largest remainder: floors first, then one more each for the largest rests. */
static void set_quotas(share *shares, size_t classes, size_t n, size_t total)
{
    size_t given = 0;
    for (size_t c = 0; c < classes; c++) {
        uint64_t product = (uint64_t)n * shares[c].size;
        shares[c].quota = (size_t)(product / total);
        shares[c].rest = product % total;
        given += shares[c].quota;
    }
    qsort(shares, classes, sizeof *shares, by_rest);
    for (size_t c = 0; given < n; c++, given++) shares[c].quota++;
    qsort(shares, classes, sizeof *shares, by_id);
}

/* Fisher-Yates, as far as needed: the first `quota` of the class become a random draw. */
static void draw(size_t *order, const share *s, rq_rng *rng, uint8_t *chosen)
{
    for (size_t i = 0; i < s->quota; i++) {
        size_t other = i + (size_t)rq_rng_below(rng, s->size - i);
        size_t swap = order[s->begin + i];
        order[s->begin + i] = order[s->begin + other];
        order[s->begin + other] = swap;
        chosen[order[s->begin + i]] = 1;
    }
}

static void keep_chosen(rq_dataset *dataset, const uint8_t *chosen)
{
    size_t kept = 0;
    for (size_t i = 0; i < dataset->n; i++)
        if (chosen[i]) dataset->samples[kept++] = dataset->samples[i];
    dataset->n = kept;
}

rq_status rq_dataset_shuffle(rq_dataset *dataset, uint64_t seed)
{
    rq_rng rng;
    rq_rng_seed(&rng, seed);
    for (size_t left = dataset->n; left > 1; left--) {
        size_t other = (size_t)rq_rng_below(&rng, left);
        rq_sample swap = dataset->samples[left - 1];
        dataset->samples[left - 1] = dataset->samples[other];
        dataset->samples[other] = swap;
    }
    return RQ_OK;
}

rq_status rq_dataset_subset(rq_dataset *dataset, size_t n, uint64_t seed)
{
    if (n == 0) return rq_fail(RQ_EARG, "a subset needs at least one image");
    if (n >= dataset->n) return RQ_OK;
    size_t classes, *order = NULL, *stratum = NULL;
    share *shares = NULL;
    uint8_t *chosen = NULL;
    rq_rng rng;
    rq_rng_seed(&rng, seed);
    rq_status status;
    RQ_TRY_GOTO(rq_calloc(&stratum, dataset->n, sizeof *stratum, "a subset"), out);
    RQ_TRY_GOTO(rq_dataset_strata(stratum, &classes, dataset), out);
    RQ_TRY_GOTO(rq_calloc(&shares, classes, sizeof *shares, "a subset"), out);
    RQ_TRY_GOTO(rq_calloc(&order, dataset->n, sizeof *order, "a subset"), out);
    RQ_TRY_GOTO(rq_calloc(&chosen, dataset->n, 1, "a subset"), out);
    fill_order(stratum, dataset->n, shares, classes, order);
    set_quotas(shares, classes, n, dataset->n);
    for (size_t c = 0; c < classes; c++) draw(order, &shares[c], &rng, chosen);
    keep_chosen(dataset, chosen);
out:
    free(stratum);
    free(shares);
    free(order);
    free(chosen);
    return status;
}
