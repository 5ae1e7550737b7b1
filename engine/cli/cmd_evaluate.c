/* requant evaluate: accuracy of one model over images. */
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/cli/image_options.h"
#include "engine/cli/model_options.h"
#include "engine/cli/workload_options.h"
#include "reports/metrics/confusion.h"
#include "reports/writers/class_ap_csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct state {
    rq_workload workload;
    rq_evaluation evaluation;
} state;

static void print_row(const rq_report_accuracy *row)
{
    printf("%-20s %8.4g %s", row->metric, row->after.value, row->unit ? row->unit : "");
    if (!isnan(row->after.low)) printf("  (95 %%: %.4g to %.4g)", row->after.low, row->after.high);
    printf("  over %.0f images%s%s\n", row->images, row->output ? ", output " : "",
           row->output ? row->output : "");
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
    return json;
}

static rq_status print_json(const rq_report_accuracy *rows, size_t n)
{
    rq_json *list = rq_json_array();
    rq_buf text = {0};
    for (size_t i = 0; i < n; i++) rq_json_push(list, row_json(&rows[i]));
    rq_status status = rq_json_dump(list, &text, true);
    if (status == RQ_OK) printf("%s\n", text.data);
    rq_buf_free(&text);
    rq_json_free(&list);
    return status;
}

static const char *class_name(const state *s, int64_t class_id)
{
    const rq_dataset *dataset = s->workload.images.dataset;
    return dataset->class_names && class_id >= 0 && class_id < dataset->n_classes
               ? dataset->class_names[class_id]
               : "";
}

static void print_classes(const state *s, const rq_confusion *c)
{
    printf("\n%7s  %-24s  %7s  %8s  %s\n", "class", "", "images", "right", "most often taken for");
    for (size_t i = 0; i < c->n_rows; i++) {
        const rq_class_row *row = &c->rows[i];
        printf("%7lld  %-24.24s  %7zu  %6.1f %%", (long long)row->class_id,
               class_name(s, row->class_id), row->images, row->accuracy.value);
        if (row->taken_for >= 0)
            printf("  %lld %s (%zu)", (long long)row->taken_for, class_name(s, row->taken_for),
                   row->taken);
        printf("\n");
    }
}

/* Of a detector. None where no boxes were measured. */
static rq_status show_class_aps(size_t *n, state *s, const char *path, bool json)
{
    rq_class_ap *rows;
    const rq_dataset *dataset = s->workload.images.dataset;
    RQ_TRY(rq_class_ap_make(&rows, n, s->evaluation.measure, s->workload.arena));
    if (*n == 0) return RQ_OK;
    RQ_TRY(rq_class_ap_save(rows, *n, dataset->class_names,
                            dataset->n_classes > 0 ? (size_t)dataset->n_classes : 0, path));
    if (json) return RQ_OK;
    printf("\n%7s  %-24s  %7s  %7s  %8s\n", "class", "", "objects", "found", "AP50");
    for (size_t i = 0; i < *n; i++)
        printf("%7d  %-24.24s  %7zu  %7zu  %6.1f %%\n", rows[i].class_id,
               class_name(s, rows[i].class_id), rows[i].objects, rows[i].found, rows[i].ap);
    return RQ_OK;
}

/* --classes FILE: the whole table for programs, a line for each class for people. */
static rq_status show_classes(state *s, const char *path, bool json)
{
    rq_confusion confusion;
    const rq_dataset *dataset = s->workload.images.dataset;
    size_t n_aps;
    if (!path) return RQ_OK;
    RQ_TRY(show_class_aps(&n_aps, s, path, json));
    if (n_aps) return RQ_OK;
    RQ_TRY(rq_confusion_make(&confusion, s->evaluation.measure, s->workload.arena));
    if (confusion.n_rows == 0)
        return rq_fail(RQ_EARG,
                       "--classes: needs a classifier or detector, and images with labels");
    bool named = dataset->class_names && (size_t)dataset->n_classes >= confusion.classes;
    RQ_TRY(rq_confusion_save(&confusion, named ? dataset->class_names : NULL, path));
    if (!json) print_classes(s, &confusion);
    return RQ_OK;
}

static rq_status print_rows(state *s, bool json)
{
    rq_report_accuracy *rows;
    size_t n;
    RQ_TRY(rq_measure_rows(&rows, &n, s->evaluation.measure, s->workload.arena));
    if (json) return print_json(rows, n);
    for (size_t i = 0; i < n; i++) print_row(&rows[i]);
    if (n == 0)
        return rq_fail(RQ_EARG,
                       "nothing to measure: one model without labels has no accuracy; give "
                       "--labels FILE, class sub-folders, or data with boxes, masks or texts "
                       "(--format) and the --adapter that reads such outputs");
    return RQ_OK;
}

static rq_status evaluate(state *s, const rq_args *args)
{
    rq_workload *w = &s->workload;
    RQ_TRY(rq_workload_options_read_with_data(w, rq_args_settings(args)));
    RQ_TRY(rq_workload_read(w, rq_args_operand(args, 0)));
    RQ_TRY(rq_workload_fit(w));
    RQ_TRY(rq_workload_list(w, rq_args_get(args, "labels", NULL)));
    RQ_TRY(rq_evaluate_run(&s->evaluation, w, &(rq_evaluate_options){.after = w->graph}));
    bool json = rq_args_has(args, "json");
    RQ_TRY(print_rows(s, json));
    return show_classes(s, rq_args_get(args, "classes", NULL), json);
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    rq_status status = evaluate(&s, args);
    rq_evaluation_close(&s.evaluation);
    rq_workload_close(&s.workload);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "images with classes, boxes, masks, texts or values"),
    RQ_OPTION("labels", "FILE", "lines \"path class\"",
              .fallback = "the class sub-folders of --data"),
    RQ_OPTION("subset", "N", "use at most N images, drawn by --seed"),
    RQ_OPTION("seed", "N", "seed of everything random", .fallback = "0"),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("classes", "FILE.csv",
              "write per-class accuracy and the confusion matrix; of detectors, per-class average "
              "precision"),
    RQ_OPTION("json", NULL, "print the result as JSON"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_preprocess_options, rq_model_options,
                                           rq_common_options, NULL};
static const char *const examples[] = {
    "requant evaluate model.xml --data val --labels val.txt --config imagenet",
    "requant evaluate out/model-int8.xml --data val --config cifar10 --json",
    "requant evaluate yolo.xml --data coco --format coco --split val2017 --config yolo",
    "requant evaluate seg.xml --data VOC2012 --format masks --config segmentation",
    NULL,
};

const rq_command rq_command_evaluate = {
    .name = "evaluate",
    .operands = "MODEL.xml",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "measure the accuracy of a model over labelled data",
    .options = options,
    .examples = examples,
    .run = run,
};
