/* Ordering of elements of any type by value, without allocation. */
#ifndef RQ_OPS_COMMON_SORT_KEYS_H
#define RQ_OPS_COMMON_SORT_KEYS_H

#include "engine/ops/op.h"

/* An element by its order: smaller keys come first, equal ones by index. */
typedef struct rq_sort_item {
    int64_t key;
    int64_t index;
} rq_sort_item;

/* A key that grows with the element's value; -0 equals 0, NaN is above all numbers. */
int64_t rq_sort_key(const void *data, rq_dtype dt, size_t i);
/* Moves the first k of n into order at the front; the rest is left in no order. */
void rq_sort_first(rq_sort_item *items, size_t n, size_t k);
/* Orders all n by index. */
void rq_sort_by_index(rq_sort_item *items, size_t n);

#endif
