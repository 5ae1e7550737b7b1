#include "engine/workbench/sensitivity/sensitivity_order.h"

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

/* Student's t at 97.5 %. */
static double student(size_t freedom)
{
    static const double t[] = {0,     12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365,
                               2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131};
    size_t n = sizeof t / sizeof *t;
    return freedom < n ? t[freedom] : 1.96 + 2.5 / (double)freedom; /* 2.116 of 16 and below */
}

/* Of numbers added one by one: the mean and half of its 95 % interval. */
typedef struct interval {
    double sum, squares;
    size_t n;
} interval;

static void add(interval *i, double x)
{
    if (isnan(x)) return;
    i->sum += x;
    i->squares += x * x;
    i->n++;
}

static double mean(const interval *i)
{
    return i->sum / (double)i->n;
}

static double half_width(const interval *i)
{
    double n = (double)i->n, variance = fmax(0, i->squares / n - mean(i) * mean(i)) * n / (n - 1);
    return i->n < 3 ? INFINITY : student(i->n - 1) * sqrt(variance / n);
}

static double mean_of(const rq_ranking *r, size_t item, size_t images)
{
    interval i = {0};
    for (size_t k = 0; k < images; k++) add(&i, r->values[item * r->room + k]);
    return i.n ? mean(&i) : INFINITY;
}

static bool is_irrelevant(const rq_ranking *r, size_t item, size_t images)
{
    interval i = {0};
    for (size_t k = 0; k < images; k++) add(&i, r->values[item * r->room + k]);
    return i.n >= 3 && mean(&i) - half_width(&i) > RQ_RANKING_IRRELEVANT_DB;
}

static bool is_sure(const rq_ranking *r, size_t a, size_t b, size_t images)
{
    interval i = {0};
    if (is_irrelevant(r, a, images) && is_irrelevant(r, b, images)) return true;
    for (size_t k = 0; k < images; k++)
        add(&i, r->values[b * r->room + k] - r->values[a * r->room + k]);
    if (i.n < 3) return false;
    double difference = fabs(mean(&i)), half = half_width(&i);
    return difference > half || difference + half < RQ_RANKING_EQUAL_DB;
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
