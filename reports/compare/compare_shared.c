/* What several parts of a comparison ask of a report. */
#include "reports/compare/compare.h"

#include "reports/summary.h"

void rq_compare_bytes(double *before, double *after, const rq_report *report)
{
    rq_summary summary;
    rq_summarise(&summary, report);
    *before = summary.before_bytes;
    *after = summary.after_bytes;
}

bool rq_compare_same_images(const rq_report *a, const rq_report *b)
{
    const rq_texts *x = &a->validated.paths, *y = &b->validated.paths;
    if (x->n == 0 || x->n != y->n) return false;
    if (rq_texts_differ(a->data.validation_digest, b->data.validation_digest)) return false;
    for (size_t i = 0; i < x->n; i++)
        if (!rq_same_text(x->values[i], y->values[i])) return false;
    return true;
}

bool rq_compare_images_differ(const rq_report *a, const rq_report *b)
{
    if (a->n_accuracy == 0 || b->n_accuracy == 0) return false;
    if (rq_texts_differ(a->data.validation_digest, b->data.validation_digest)) return true;
    if (a->validated.paths.n && b->validated.paths.n) return !rq_compare_same_images(a, b);
    return rq_texts_differ(a->data.validation, b->data.validation) ||
           a->data.validation_images != b->data.validation_images;
}

bool rq_compare_preprocessing_differs(const rq_report *a, const rq_report *b)
{
    return rq_texts_differ(a->data.preprocessing, b->data.preprocessing);
}

const rq_compare_apart *rq_compare_apart_of(const rq_report *a, const rq_report *b)
{
    static const rq_compare_apart images = {"not tested: other images",
                                            "the runs were measured on different images"};
    static const rq_compare_apart preprocessing = {
        "not tested: preprocessing", "images of the runs were preprocessed differently"};
    if (rq_compare_images_differ(a, b)) return &images;
    bool measured = a->n_accuracy && b->n_accuracy;
    return measured && rq_compare_preprocessing_differs(a, b) ? &preprocessing : NULL;
}

const rq_compare_apart *rq_compare_any_apart(const rq_comparison *c)
{
    const rq_compare_apart *apart = NULL;
    for (size_t k = 1; k < c->n && !apart; k++)
        apart = rq_compare_apart_of(c->runs[0].report, c->runs[k].report);
    return apart;
}

const rq_report_accuracy *rq_compare_shared_original(const rq_comparison *c)
{
    const rq_report_accuracy *first = c->headline ? c->headline->values[0].row : NULL;
    if (!first || rq_compare_any_apart(c)) return NULL;
    for (size_t k = 1; k < c->n; k++) {
        const rq_report_accuracy *row = c->headline->values[k].row;
        if (row && row->before.value != first->before.value) return NULL;
    }
    return first;
}

const rq_report_values *rq_compare_values_of(const rq_report *report, const rq_report_accuracy *row)
{
    for (size_t i = 0; i < report->n_values; i++)
        if (rq_same_text(report->values[i].metric, row->metric) &&
            rq_same_text(report->values[i].output, row->output))
            return &report->values[i];
    return NULL;
}
