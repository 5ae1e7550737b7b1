#include "engine/cli/sensitivity_order.h"

#include "engine/base/mem.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

rq_status rq_ranking_open(rq_ranking *out, size_t n, size_t images)
{
    size_t values;
    *out = (rq_ranking){.n = n, .room = images, .n_open = n};
    if (!rq_mul_size(&values, n, images)) return rq_fail_memory(SIZE_MAX, "a ranking");
    RQ_TRY(rq_calloc(&out->values, values, sizeof *out->values, "a ranking"));
    RQ_TRY(rq_calloc(&out->order, n, sizeof *out->order, "a ranking"));
    RQ_TRY(rq_calloc(&out->open, n, sizeof *out->open, "a ranking"));
    for (size_t i = 0; i < values; i++) out->values[i] = NAN;
    for (size_t i = 0; i < n; i++) {
        out->order[i] = i;
        out->open[i] = true;
    }
    return RQ_OK;
}

void rq_ranking_close(rq_ranking *ranking)
{
    free(ranking->values);
    free(ranking->order);
    free(ranking->open);
    *ranking = (rq_ranking){0};
}

void rq_ranking_set(rq_ranking *ranking, size_t item, size_t image, double value)
{
    ranking->values[item * ranking->room + image] = value;
}

static double mean_of(const rq_ranking *r, size_t item, size_t images)
{
    double sum = 0, n = 0;
    for (size_t k = 0; k < images; k++) {
        double v = r->values[item * r->room + k];
        if (!isnan(v)) sum += v, n++;
    }
    return n > 0 ? sum / n : INFINITY;
}

/* Student's t at 97.5 %. */
static double student(size_t freedom)
{
    static const double t[] = {0,     12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365,
                               2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131};
    size_t n = sizeof t / sizeof *t;
    return freedom < n ? t[freedom] : 1.96 + 2.5 / (double)freedom; /* 2.116 of 16 and below */
}

static bool is_sure(const rq_ranking *r, size_t a, size_t b, size_t images)
{
    const double *x = &r->values[a * r->room], *y = &r->values[b * r->room];
    double sum = 0, squares = 0;
    size_t n = 0;
    for (size_t k = 0; k < images; k++) {
        double d = y[k] - x[k];
        if (isnan(d)) continue;
        sum += d;
        squares += d * d;
        n++;
    }
    if (n < 3) return false;
    double mean = sum / (double)n;
    double variance = fmax(0, squares / (double)n - mean * mean) * (double)n / (double)(n - 1);
    double half = student(n - 1) * sqrt(variance / (double)n);
    bool differs = fabs(mean) > half, equal = fabs(mean) + half < RQ_RANKING_EQUAL_DB;
    return differs || equal;
}

typedef struct keyed {
    double mean;
    size_t item;
} keyed;

static int lower(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->mean != y->mean) return x->mean < y->mean ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static rq_status sort(rq_ranking *r, size_t images)
{
    keyed *keys;
    RQ_TRY(rq_calloc(&keys, r->n, sizeof *keys, "a ranking"));
    for (size_t i = 0; i < r->n; i++) keys[i] = (keyed){mean_of(r, i, images), i};
    qsort(keys, r->n, sizeof *keys, lower);
    for (size_t i = 0; i < r->n; i++) r->order[i] = keys[i].item;
    free(keys);
    return RQ_OK;
}

rq_status rq_ranking_settle(rq_ranking *r, size_t images)
{
    RQ_TRY(sort(r, images));
    r->n_open = 0;
    for (size_t i = 0; i < r->n; i++) {
        bool above = i == 0 || is_sure(r, r->order[i - 1], r->order[i], images);
        bool below = i + 1 == r->n || is_sure(r, r->order[i], r->order[i + 1], images);
        r->open[r->order[i]] = !(above && below);
        r->n_open += r->open[r->order[i]];
    }
    return RQ_OK;
}
