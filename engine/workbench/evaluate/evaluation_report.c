#include "engine/workbench/evaluate/evaluation_report.h"

#include "reports/fields.h"

#include <math.h>

static rq_report_output output_of(const rq_evaluation *evaluation, size_t i)
{
    const rq_evaluated_outputs *o = &evaluation->outputs;
    rq_output_state before = rq_measure_output_state(evaluation->measure, i, false);
    rq_output_state after = rq_measure_output_state(evaluation->measure, i, true);
    bool classes = o->kinds[i] == RQ_OUTPUT_CLASSES && o->n_classes;
    return (rq_report_output){.name = o->names[i],
                              .kind = rq_output_kind_word(o->found[i].kind),
                              .evidence = o->found[i].evidence,
                              .weight = o->weights[i],
                              .classes = classes ? (double)o->n_classes : (double)NAN,
                              .nan_before = before.nan,
                              .nan_after = after.nan,
                              .constant_before = before.constant,
                              .constant_after = after.constant};
}

rq_status rq_evaluation_fill_report(rq_report *out, const rq_evaluation *evaluation,
                                    rq_arena *arena)
{
    size_t n = evaluation->outputs.n;
    RQ_TRY(rq_measure_rows(&out->accuracy, &out->n_accuracy, evaluation->measure, arena));
    out->outputs = rq_report_rows(arena, &rq_output_type, n);
    if (!out->outputs) return RQ_ENOMEM;
    out->n_outputs = n;
    for (size_t i = 0; i < n; i++) out->outputs[i] = output_of(evaluation, i);
    out->data.found_before = rq_measure_found(evaluation->measure, false);
    out->data.found_after = rq_measure_found(evaluation->measure, true);
    return RQ_OK;
}

/* One model stands on both sides: it is the original, and nothing is compared with it. */
static void take_for_original(rq_report *report)
{
    for (size_t i = 0; i < report->n_accuracy; i++)
        report->accuracy[i].before = report->accuracy[i].after;
    for (size_t i = 0; i < report->n_outputs; i++) {
        report->outputs[i].nan_before = report->outputs[i].nan_after;
        report->outputs[i].constant_before = report->outputs[i].constant_after;
    }
    report->data.found_before = report->data.found_after;
    report->data.found_after = NAN;
}

rq_status rq_evaluation_suspicions(rq_suspicions *out, const rq_evaluation *evaluation,
                                   rq_arena *arena)
{
    rq_report report;
    size_t images;
    bool paired = evaluation->paired;
    rq_report_init(&report);
    RQ_TRY(rq_evaluation_fill_report(&report, evaluation, arena));
    if (!paired) take_for_original(&report);
    rq_measure_images(evaluation->measure, &images);
    report.data.validation_images = (double)images;
    rq_headline headline = rq_headline_find(&report);
    if (!paired) headline.original = "the model";
    rq_suspicions_find(out, &headline);
    return RQ_OK;
}

rq_status rq_evaluation_suspect(const char **found, const rq_evaluation *evaluation,
                                rq_arena *arena)
{
    rq_suspicions suspicions;
    *found = NULL;
    RQ_TRY(rq_evaluation_suspicions(&suspicions, evaluation, arena));
    const rq_suspicion *suspicion = rq_suspicion_of_original(&suspicions);
    if (!suspicion) return RQ_OK;
    *found = rq_arena_strdup(arena, suspicion->found);
    return *found ? RQ_OK : RQ_ENOMEM;
}
