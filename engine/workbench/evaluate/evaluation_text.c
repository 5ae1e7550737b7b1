#include "engine/workbench/evaluate/evaluation_text.h"

#include "engine/base/formats/json.h"
#include "reports/metrics/confusion.h"
#include "reports/writers/class_ap_csv.h"
#include "reports/writers/confusion_csv.h"

#include <math.h>

/* -- metrics --------------------------------------------------------------------------------- */

static void write_row(rq_buf *out, const rq_report_accuracy *row)
{
    rq_buf_printf_visible(out, "%-20s ", row->metric);
    if (isnan(row->after.value))
        rq_buf_printf(out, "%8s", "-");
    else
        rq_buf_printf(out, "%8.4g %s", row->after.value, row->unit ? row->unit : "");
    if (!isnan(row->after.low))
        rq_buf_printf(out, "  (95 %%: %.4g to %.4g)", row->after.low, row->after.high);
    rq_buf_printf_visible(out, "  over %.0f image%s%s%s", row->images, rq_plural_real(row->images),
                          row->output ? ", output " : "", row->output ? row->output : "");
    rq_buf_append(out, "\n");
    if (!row->why) return;
    rq_buf_printf_visible(out, "%20s %s", "", row->why);
    rq_buf_append(out, "\n");
}

typedef rq_status write_rows_fn(rq_buf *out, const rq_report_accuracy *rows, size_t n);

static rq_status with_rows(rq_buf *out, const rq_evaluation *e, write_rows_fn *write)
{
    rq_arena *arena;
    rq_report_accuracy *rows;
    size_t n;
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = rq_measure_rows(&rows, &n, e->measure, arena);
    if (status == RQ_OK) status = write(out, rows, n);
    rq_arena_destroy(&arena);
    return status;
}

static rq_status write_rows(rq_buf *out, const rq_report_accuracy *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) write_row(out, &rows[i]);
    return RQ_OK;
}

rq_status rq_evaluation_text(rq_buf *out, const rq_evaluation *evaluation)
{
    return with_rows(out, evaluation, write_rows);
}

static rq_json *row_json(const rq_report_accuracy *row)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "metric", rq_json_string(row->metric));
    rq_json_set(json, "output", rq_json_string(row->output));
    rq_json_set(json, "unit", rq_json_string(row->unit));
    rq_json_set(json, "value", rq_json_number(row->after.value));
    rq_json_set(json, "low", rq_json_number(row->after.low));
    rq_json_set(json, "high", rq_json_number(row->after.high));
    rq_json_set(json, "images", rq_json_number(row->images));
    rq_json_set(json, "why", rq_json_string(row->why));
    return json;
}

static rq_status write_json(rq_buf *out, const rq_report_accuracy *rows, size_t n)
{
    rq_json *list = rq_json_array();
    for (size_t i = 0; i < n; i++) rq_json_push(list, row_json(&rows[i]));
    rq_status status = rq_json_dump(list, out, true);
    rq_json_free(&list);
    return status;
}

rq_status rq_evaluation_json(rq_buf *out, const rq_evaluation *evaluation)
{
    return with_rows(out, evaluation, write_json);
}

/* -- classes --------------------------------------------------------------------------------- */

typedef struct classes {
    rq_class_ap *aps; /* of a detector */
    size_t n_aps;
    rq_confusion confusion; /* of a classifier, where there are none of the above */
    rq_class_names names;
} classes;

static rq_status find_classes(classes *out, const rq_evaluation *e, const rq_dataset *dataset,
                              rq_arena *arena)
{
    *out = (classes){.names = rq_evaluation_names(e, dataset)};
    RQ_TRY(rq_class_ap_make(&out->aps, &out->n_aps, e->measure, false, arena));
    if (out->n_aps) return RQ_OK;
    RQ_TRY(rq_confusion_make(&out->confusion, e->measure, arena));
    return out->confusion.n_rows
               ? RQ_OK
               : rq_fail(RQ_EARG, "--classes: needs a classifier or detector, and images with "
                                  "labels");
}

static const char *class_name(const classes *c, int64_t class_id)
{
    const char *name = rq_class_name(&c->names, class_id);
    return name ? name : "";
}

static void write_confusion(rq_buf *out, const classes *c)
{
    rq_buf_printf(out, "\n%7s  %-24s  %7s  %8s  %s\n", "class", "", "images", "right",
                  "most confused with");
    for (size_t i = 0; i < c->confusion.n_rows; i++) {
        const rq_class_row *row = &c->confusion.rows[i];
        rq_buf_printf_visible(out, "%7lld  %-24.24s  %7zu  %6.1f %%", (long long)row->class_id,
                              class_name(c, row->class_id), row->images, row->accuracy.value);
        if (row->taken_for >= 0)
            rq_buf_printf_visible(out, "  %lld %s (%zu)", (long long)row->taken_for,
                                  class_name(c, row->taken_for), row->taken);
        rq_buf_append(out, "\n");
    }
}

static void write_aps(rq_buf *out, const classes *c)
{
    rq_buf_printf(out, "\n%7s  %-24s  %7s  %7s  %8s\n", "class", "", "objects", "found", "AP50");
    for (size_t i = 0; i < c->n_aps; i++) {
        rq_buf_printf_visible(out, "%7d  %-24.24s  %7zu  %7zu  %6.1f %%", c->aps[i].class_id,
                              class_name(c, c->aps[i].class_id), c->aps[i].objects, c->aps[i].found,
                              c->aps[i].ap);
        rq_buf_append(out, "\n");
    }
}

static void write_classes(rq_buf *out, const classes *c)
{
    (c->n_aps ? write_aps : write_confusion)(out, c);
}

static void write_csv(rq_buf *out, const classes *c)
{
    bool named = c->names.n >= c->confusion.classes;
    if (c->n_aps)
        rq_class_ap_csv(out, c->aps, c->n_aps, c->names.v, c->names.n);
    else
        rq_confusion_csv(out, &c->confusion, named ? c->names.v : NULL);
}

static rq_status with_classes(rq_buf *out, const rq_evaluation *e, const rq_dataset *dataset,
                              void (*write)(rq_buf *out, const classes *c))
{
    rq_arena *arena;
    classes c;
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = find_classes(&c, e, dataset, arena);
    if (status == RQ_OK) write(out, &c);
    rq_arena_destroy(&arena);
    return status;
}

rq_status rq_evaluation_classes_text(rq_buf *out, const rq_evaluation *evaluation,
                                     const rq_dataset *dataset)
{
    return with_classes(out, evaluation, dataset, write_classes);
}

rq_status rq_evaluation_classes_csv(rq_buf *out, const rq_evaluation *evaluation,
                                    const rq_dataset *dataset)
{
    return with_classes(out, evaluation, dataset, write_csv);
}
