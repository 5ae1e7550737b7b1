/* Scores of an image as bytes: rq_scores_pack, rq_scores_unpack (measure.h). */
#include "engine/base/mem.h"
#include "reports/metrics/measure_parts.h"

#include <string.h>

static void put(rq_buf *out, const void *data, size_t bytes)
{
    if (bytes) rq_buf_append_n(out, data, bytes);
}

/* One record at most, as of one image. */
static void put_record(rq_buf *out, const rq_records *records)
{
    const uint64_t head[] = {records->n, records->n ? rq_records_size(records, 0) : 0};
    put(out, head, sizeof head);
    if (records->n) put(out, rq_records_at(records, 0), head[1] * sizeof(double));
}

rq_status rq_scores_pack(rq_buf *out, const rq_measure *measure, const rq_scores *scores)
{
    for (size_t i = 0; i < scores->n; i++) {
        put_record(out, &scores->metric_results[i].before);
        put_record(out, &scores->metric_results[i].after);
    }
    put(out, scores->prints, 2 * measure->options.n_outputs * sizeof *scores->prints);
    put(out, scores->found, sizeof scores->found);
    put(out, &scores->result, sizeof scores->result);
    return out->failed ? rq_fail_memory(out->length, "scores") : RQ_OK;
}

typedef struct reader {
    const char *at;
    size_t left;
} reader;

static rq_status take(void *out, reader *r, size_t bytes)
{
    if (bytes > r->left)
        return rq_fail(RQ_EFORMAT, "packed scores: %zu bytes left, expected %zu", r->left, bytes);
    if (bytes) memcpy(out, r->at, bytes);
    r->at += bytes;
    r->left -= bytes;
    return RQ_OK;
}

static rq_status take_record(rq_records *records, reader *r)
{
    uint64_t head[2];
    RQ_TRY(take(head, r, sizeof head));
    rq_records_clear(records);
    for (uint64_t i = 0; i < head[1]; i++) {
        double x = 0;
        RQ_TRY(take(&x, r, sizeof x));
        RQ_TRY(rq_records_push(records, x));
    }
    return head[0] ? rq_records_end(records) : RQ_OK;
}

rq_status rq_scores_unpack(rq_scores *out, const rq_measure *measure, const void *data,
                           size_t bytes)
{
    reader r = {data, bytes};
    for (size_t i = 0; i < out->n; i++) {
        RQ_TRY(take_record(&out->metric_results[i].before, &r));
        RQ_TRY(take_record(&out->metric_results[i].after, &r));
    }
    RQ_TRY(take(out->prints, &r, 2 * measure->options.n_outputs * sizeof *out->prints));
    RQ_TRY(take(out->found, &r, sizeof out->found));
    RQ_TRY(take(&out->result, &r, sizeof out->result));
    return r.left ? rq_fail(RQ_EFORMAT, "packed scores: %zu bytes too many", r.left) : RQ_OK;
}
