#include "engine/ops/common/sort_keys.h"

#include <math.h>
#include <string.h>

int64_t rq_sort_key(const void *data, rq_dtype dt, size_t i)
{
    if (!rq_dtype_is_float(dt)) {
        int64_t x = rq_load_i64(data, dt, i);
        return dt == RQ_DT_U64 ? x ^ INT64_MIN : x;
    }
    double x = rq_load_f64(data, dt, i) + 0.0; /* -0 + 0 is 0 */
    if (isnan(x)) return INT64_MAX;
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits; /* sign and magnitude to two's complement */
}

static bool before(rq_sort_item a, rq_sort_item b)
{
    return a.key != b.key ? a.key < b.key : a.index < b.index;
}

/* A heap with the last in order at items[0]. */
static void sift_down(rq_sort_item *items, size_t n, size_t at)
{
    rq_sort_item moved = items[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && before(items[child], items[child + 1])) child++;
        if (!before(moved, items[child])) break;
        items[at] = items[child];
    }
    items[at] = moved;
}

static void swap(rq_sort_item *a, rq_sort_item *b)
{
    rq_sort_item t = *a;
    *a = *b;
    *b = t;
}

void rq_sort_first(rq_sort_item *items, size_t n, size_t k)
{
    if (k == 0) return;
    for (size_t i = k / 2; i-- > 0;) sift_down(items, k, i);
    for (size_t i = k; i < n; i++) {
        if (!before(items[i], items[0])) continue;
        swap(&items[i], &items[0]);
        sift_down(items, k, 0);
    }
    for (size_t end = k - 1; end > 0; end--) {
        swap(&items[0], &items[end]);
        sift_down(items, end, 0);
    }
}

void rq_sort_by_index(rq_sort_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) items[i].key = 0;
    rq_sort_first(items, n, n);
}
