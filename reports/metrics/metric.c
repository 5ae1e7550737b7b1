#include "reports/metrics/metric.h"

#include <stdlib.h>
#include <string.h>

#define RQ_METRIC(name) extern const rq_metric rq_metric_##name;
#include "reports/metrics/metrics.def"
#undef RQ_METRIC

const rq_metric *const rq_metrics[] = {
#define RQ_METRIC(name) &rq_metric_##name,
#include "reports/metrics/metrics.def"
#undef RQ_METRIC
    NULL};

const rq_metric *rq_metric_find(const char *name)
{
    for (size_t i = 0; rq_metrics[i]; i++)
        if (!strcmp(rq_metrics[i]->name, name)) return rq_metrics[i];
    return NULL;
}

rq_status rq_records_push(rq_records *records, double x)
{
    RQ_TRY(rq_grow(&records->values, &records->values_capacity, records->n_values,
                   sizeof *records->values, "measured values"));
    records->values[records->n_values++] = x;
    return RQ_OK;
}

rq_status rq_records_end(rq_records *records)
{
    RQ_TRY(rq_grow(&records->ends, &records->ends_capacity, records->n, sizeof *records->ends,
                   "measured images"));
    records->ends[records->n++] = records->n_values;
    return RQ_OK;
}

static size_t begin_of(const rq_records *records, size_t i)
{
    return i ? records->ends[i - 1] : 0;
}

rq_status rq_records_copy(rq_records *to, const rq_records *from, size_t i)
{
    for (size_t k = begin_of(from, i); k < from->ends[i]; k++)
        RQ_TRY(rq_records_push(to, from->values[k]));
    return rq_records_end(to);
}

const double *rq_records_at(const rq_records *records, size_t i)
{
    return records->values + begin_of(records, i);
}

size_t rq_records_size(const rq_records *records, size_t i)
{
    return records->ends[i] - begin_of(records, i);
}

void rq_records_clear(rq_records *records)
{
    records->n = records->n_values = 0;
}

void rq_records_free(rq_records *records)
{
    free(records->values);
    free(records->ends);
    *records = (rq_records){0};
}

double rq_reduce_mean(const rq_records *records, const size_t *picks, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += *rq_records_at(records, picks[i]);
    return sum / (double)n;
}

double rq_reduce_percent(const rq_records *records, const size_t *picks, size_t n)
{
    return 100 * rq_reduce_mean(records, picks, n);
}

double rq_metric_value(const rq_metric *metric, const rq_records *records, const size_t *picks,
                       size_t n)
{
    double figures[RQ_MAX_FIGURES];
    if (metric->n_figures == 0) return metric->reduce(records, picks, n);
    metric->reduce_figures(figures, records, picks, n);
    return figures[0];
}
