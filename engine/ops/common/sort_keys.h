/* Ordering of elements of any type by value, without allocation. */
#ifndef RQ_OPS_COMMON_SORT_KEYS_H
#define RQ_OPS_COMMON_SORT_KEYS_H

#include "engine/ops/op.h"

/* An element by its order: smaller keys come first, equal ones by index. */
typedef struct rq_ranked {
    int64_t key;
    int64_t index;
} rq_ranked;

/* A key that grows with the element's value; -0 equals 0, NaN is above all numbers. */
int64_t rq_rank_key(const void *data, rq_dtype dt, size_t i);
/* Moves the first k of n into order at the front; the rest is left in no order. */
void rq_rank_first(rq_ranked *items, size_t n, size_t k);
/* Orders all n by index. */
void rq_rank_by_index(rq_ranked *items, size_t n);

#endif
