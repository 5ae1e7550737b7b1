#include "reports/metrics/class_ap.h"

#include "reports/metrics/detections.h"
#include "reports/metrics/measure_parts.h"

static const rq_records *find_records(const rq_measure *measure, bool before)
{
    extern const rq_metric rq_metric_voc;
    for (size_t i = 0; i < measure->n; i++)
        if (measure->measured[i].metric == &rq_metric_voc)
            return before ? &measure->metric_results[i].before : &measure->metric_results[i].after;
    return NULL;
}

static rq_class_ap row_of(const rq_detections *all, const rq_class_count *class)
{
    rq_class_ap row = {.class_id = class->class_id, .objects = (size_t) class->counts[0]};
    const rq_detection *found = rq_detections_of(all, class->class_id, &row.found);
    row.ap = 100 * rq_voc_ap(found, row.found, class->counts[0]);
    return row;
}

rq_status rq_class_ap_make(rq_class_ap **rows, size_t *n, const rq_measure *measure, bool before,
                           rq_arena *arena)
{
    const rq_records *records = find_records(measure, before);
    rq_detections all = {0};
    *n = 0;
    *rows = NULL;
    if (!records) return RQ_OK;
    size_t *picks = rq_arena_alloc(arena, records->n, sizeof *picks);
    if (!picks) return RQ_ENOMEM;
    for (size_t i = 0; i < records->n; i++) picks[i] = i;
    if (!rq_detections_gather(&all, records, picks, records->n)) return RQ_ENOMEM;
    *rows = rq_arena_alloc(arena, all.n_classes, sizeof **rows);
    for (size_t k = 0; *rows && k < all.n_classes; k++)
        (*rows)[(*n)++] = row_of(&all, &all.classes[k]);
    rq_detections_free(&all);
    return *rows ? RQ_OK : RQ_ENOMEM;
}
