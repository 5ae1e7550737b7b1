#include "reports/metrics/detections.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 2 + RQ_AREAS, PER_BOX = 3 };

/* -- one image ------------------------------------------------------------------------------ */

static int by_class(const void *a, const void *b)
{
    const rq_box *x = a, *y = b;
    return (x->class_id > y->class_id) - (x->class_id < y->class_id);
}

typedef struct split {
    rq_box *found, *truths;
    uint64_t *hits, *ignored;
    size_t n_found, n_truths;
} split;

static rq_status copy_boxes(rq_box **out, const rq_prediction *prediction)
{
    RQ_TRY(rq_calloc(out, prediction->n_boxes, sizeof **out, "boxes of an image"));
    if (prediction->n_boxes) memcpy(*out, prediction->boxes, prediction->n_boxes * sizeof **out);
    return RQ_OK;
}

static rq_status open_split(split *s, const rq_metric_input *input)
{
    s->n_found = input->prediction->n_boxes;
    s->n_truths = input->truth->n_boxes;
    RQ_TRY(copy_boxes(&s->found, input->prediction));
    RQ_TRY(copy_boxes(&s->truths, input->truth));
    RQ_TRY(rq_calloc(&s->hits, s->n_found, sizeof *s->hits, "boxes of an image"));
    RQ_TRY(rq_calloc(&s->ignored, s->n_found, sizeof *s->ignored, "boxes of an image"));
    if (s->n_found) qsort(s->found, s->n_found, sizeof *s->found, by_class);
    if (s->n_truths) qsort(s->truths, s->n_truths, sizeof *s->truths, by_class);
    return RQ_OK;
}

static void close_split(split *s)
{
    free(s->found);
    free(s->truths);
    free(s->hits);
    free(s->ignored);
}

static size_t run_of(const rq_box *boxes, size_t n, int32_t class_id)
{
    size_t length = 0;
    while (length < n && boxes[length].class_id == class_id) length++;
    return length;
}

static rq_status push_class(rq_records *record, const rq_class_boxes *boxes)
{
    RQ_TRY(rq_records_push(record, boxes->class_id));
    for (int a = 0; a < RQ_AREAS; a++) RQ_TRY(rq_records_push(record, boxes->counts[a]));
    RQ_TRY(rq_records_push(record, (double)boxes->n_found));
    for (size_t i = 0; i < boxes->n_found; i++) {
        RQ_TRY(rq_records_push(record, boxes->found[i].score));
        RQ_TRY(rq_records_push(record, (double)boxes->hits[i]));
        RQ_TRY(rq_records_push(record, (double)boxes->ignored[i]));
    }
    return RQ_OK;
}

static rq_status score_classes(rq_records *record, const split *s, size_t most, rq_match_fn *match)
{
    size_t f = 0, t = 0;
    while (f < s->n_found || t < s->n_truths) {
        bool from_found =
            f < s->n_found && (t == s->n_truths || s->found[f].class_id <= s->truths[t].class_id);
        int32_t class_id = from_found ? s->found[f].class_id : s->truths[t].class_id;
        size_t found = run_of(s->found + f, s->n_found - f, class_id);
        size_t truths = run_of(s->truths + t, s->n_truths - t, class_id);
        rq_boxes_sort(s->found + f, found);
        rq_class_boxes boxes = {.class_id = class_id,
                                .found = s->found + f,
                                .truths = s->truths + t,
                                .n_found = found < most ? found : most,
                                .n_truths = truths,
                                .hits = s->hits + f,
                                .ignored = s->ignored + f};
        RQ_TRY(match(&boxes));
        RQ_TRY(push_class(record, &boxes));
        f += found;
        t += truths;
    }
    return RQ_OK;
}

rq_status rq_detections_score(rq_records *record, const rq_metric_input *input, size_t most,
                              rq_match_fn *match)
{
    split s = {0};
    rq_status status = open_split(&s, input);
    if (status == RQ_OK) status = score_classes(record, &s, most, match);
    close_split(&s);
    return status;
}

/* -- many images ---------------------------------------------------------------------------- */

static void count_record(const double *x, size_t size, size_t *detections, size_t *classes)
{
    for (size_t at = 0; at < size; at += HEAD + PER_BOX * (size_t)x[at + HEAD - 1]) {
        *detections += (size_t)x[at + HEAD - 1];
        *classes += 1;
    }
}

static void take_record(rq_detections *out, const double *x, size_t size)
{
    for (size_t at = 0; at < size;) {
        int32_t class_id = (int32_t)x[at];
        size_t n = (size_t)x[at + HEAD - 1];
        rq_class_count *count = &out->classes[out->n_classes++];
        count->class_id = class_id;
        memcpy(count->counts, x + at + 1, sizeof count->counts);
        at += HEAD;
        for (size_t i = 0; i < n; i++, at += PER_BOX) {
            out->all[out->n] = (rq_detection){
                class_id, (uint32_t)i, x[at], (uint64_t)x[at + 1], (uint64_t)x[at + 2], out->n};
            out->n++;
        }
    }
}

static int top_of_class(const void *a, const void *b)
{
    const rq_detection *x = a, *y = b;
    if (x->class_id != y->class_id) return x->class_id < y->class_id ? -1 : 1;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int count_by_class(const void *a, const void *b)
{
    const rq_class_count *x = a, *y = b;
    return (x->class_id > y->class_id) - (x->class_id < y->class_id);
}

/* Counts of the same class become one; classes without truths go. */
static void merge_counts(rq_detections *out)
{
    size_t kept = 0;
    if (out->n_classes) qsort(out->classes, out->n_classes, sizeof *out->classes, count_by_class);
    for (size_t i = 0; i < out->n_classes;) {
        rq_class_count sum = out->classes[i++];
        for (; i < out->n_classes && out->classes[i].class_id == sum.class_id; i++)
            for (int a = 0; a < RQ_AREAS; a++) sum.counts[a] += out->classes[i].counts[a];
        if (sum.counts[0] > 0) out->classes[kept++] = sum;
    }
    out->n_classes = kept;
}

bool rq_detections_gather(rq_detections *out, const rq_records *records, const size_t *picks,
                          size_t n)
{
    size_t detections = 0, classes = 0;
    *out = (rq_detections){0};
    for (size_t i = 0; i < n; i++)
        count_record(rq_records_at(records, picks[i]), rq_records_size(records, picks[i]),
                     &detections, &classes);
    if (rq_calloc(&out->all, detections, sizeof *out->all, "detections") != RQ_OK ||
        rq_calloc(&out->classes, classes, sizeof *out->classes, "classes") != RQ_OK) {
        rq_detections_free(out);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        take_record(out, rq_records_at(records, picks[i]), rq_records_size(records, picks[i]));
    if (out->n) qsort(out->all, out->n, sizeof *out->all, top_of_class);
    merge_counts(out);
    return true;
}

void rq_detections_free(rq_detections *detections)
{
    free(detections->all);
    free(detections->classes);
    *detections = (rq_detections){0};
}

const rq_detection *rq_detections_of(const rq_detections *detections, int32_t class_id, size_t *n)
{
    size_t low = 0, high = detections->n, end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (detections->all[middle].class_id < class_id)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < detections->n && detections->all[end].class_id == class_id;) end++;
    *n = end - low;
    return detections->all + low;
}
