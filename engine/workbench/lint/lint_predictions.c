#include "engine/workbench/lint/lint_predictions.h"

#include "engine/base/mem.h"
#include "engine/workbench/output_kinds.h"
#include "reports/metrics/metric.h"

#include <math.h>
#include <stdlib.h>

typedef struct rq_lint_scorer {
    rq_output *outputs; /* [n_outputs] */
    rq_records record;
} scorer;

static rq_lint_found found_by(const rq_adapter *adapter, unsigned truths)
{
    unsigned gives = adapter ? adapter->gives : 0;
    if (gives & truths & RQ_PREDICTION_MASK) return RQ_LINT_FOUND_MASKS;
    if (gives & truths & RQ_PREDICTION_BOXES) return RQ_LINT_FOUND_BOXES;
    return gives & RQ_PREDICTION_BOXES ? RQ_LINT_FOUND_SURE_BOXES : RQ_LINT_FOUND_NOTHING;
}

static rq_status open_reading(rq_lint_predictions *p, const rq_workload *w, const rq_model *model,
                              const rq_image_plan *plan, rq_arena *arena)
{
    rq_output *shapes = rq_arena_alloc(arena, p->n_outputs, sizeof *shapes);
    rq_found_kind *kinds = rq_arena_alloc(arena, p->n_outputs, sizeof *kinds);
    if (!shapes || !kinds) return RQ_ENOMEM;
    for (size_t i = 0; i < p->n_outputs; i++)
        shapes[i] = (rq_output){"output", rq_model_output(model, i)->shape, NULL};
    rq_output_kinds_find(kinds, w, model);
    return rq_predictions_open(&p->read, &w->request, w->images.dataset, plan, shapes, p->n_outputs,
                               rq_output_kinds_predictions(kinds, p->n_outputs), w->threads);
}

rq_status rq_lint_predictions_open(rq_lint_predictions *out, const rq_workload *w,
                                   const rq_model *model, const rq_image_plan *plan,
                                   rq_arena *arena)
{
    *out = (rq_lint_predictions){.threads = w->threads, .n_outputs = rq_model_output_count(model)};
    for (size_t i = 0; i < out->n_outputs; i++)
        if (rq_model_output(model, i)->dtype != RQ_DT_F32) return RQ_OK;
    RQ_TRY(open_reading(out, w, model, plan, arena));
    out->found = found_by(out->read.use.adapter, w->images.dataset->truths);
    RQ_TRY(rq_calloc(&out->scorers, out->threads, sizeof *out->scorers, "workers' scores"));
    for (unsigned t = 0; t < out->threads; t++)
        RQ_TRY(rq_calloc(&out->scorers[t].outputs, out->n_outputs, sizeof(rq_output), "outputs"));
    return RQ_OK;
}

void rq_lint_predictions_close(rq_lint_predictions *p)
{
    for (unsigned t = 0; p->scorers && t < p->threads; t++) {
        free(p->scorers[t].outputs);
        rq_records_free(&p->scorers[t].record);
    }
    free(p->scorers);
    rq_predictions_close(&p->read);
}

/* -- one image ------------------------------------------------------------------------------ */

static double sure_boxes(const rq_prediction *p)
{
    double sum = 0;
    for (size_t i = 0; i < p->n_boxes; i++)
        if (p->boxes[i].score >= RQ_SHOWN_SCORE) sum += p->boxes[i].score;
    return sum;
}

/* In percent. Of masks without class 0: a network that sees nothing shows background, which is much
 * of most images. */
static double percent_of(const rq_metric *metric, const rq_records *record)
{
    double figures[RQ_MAX_FIGURES];
    if (!metric->n_figures) return rq_metric_value(metric, record, &(size_t){0}, 1);
    metric->reduce_figures(figures, record, &(size_t){0}, 1);
    return figures[1];
}

/* An image with nothing to find is passed best by a network that sees nothing. */
static bool has_something(const rq_prediction *truth)
{
    if (!(truth->has & RQ_PREDICTION_MASK)) return truth->n_boxes > 0;
    size_t n = (size_t)truth->mask.width * (size_t)truth->mask.height;
    for (size_t i = 0; i < n; i++)
        if (truth->mask.classes[i] && truth->mask.classes[i] != RQ_MASK_IGNORED) return true;
    return false;
}

/* Of this image alone. */
static rq_status meet_truth(double *score, const char *name, scorer *s,
                            const rq_image_predictions *made)
{
    const rq_metric *metric = rq_metric_find(name);
    const rq_metric_input input = {
        .label = -1, .user_score = NAN, .prediction = &made->of[0], .truth = &made->truth};
    rq_records_clear(&s->record);
    RQ_TRY(metric->score(&s->record, &input));
    RQ_TRY(rq_records_end(&s->record));
    *score = percent_of(metric, &s->record) / 100;
    return RQ_OK;
}

static rq_status read_outputs(const rq_lint_predictions *p, scorer *s, const rq_pipeline_image *at,
                              const rq_session *session)
{
    for (size_t i = 0; i < p->n_outputs; i++) {
        const rq_tensor *t = rq_session_output(session, i);
        s->outputs[i] = (rq_output){"output", t->shape, t->data};
    }
    return rq_predictions_read(&p->read, at, &s->outputs, 1, p->n_outputs);
}

rq_status rq_lint_predictions_score(double *score, const rq_lint_predictions *p,
                                    const rq_pipeline_image *at, const rq_session *session)
{
    static const char *const metrics[] = {
        [RQ_LINT_FOUND_MASKS] = "mask IoU", [RQ_LINT_FOUND_BOXES] = "box F1"};
    *score = NAN;
    if (p->found == RQ_LINT_FOUND_NOTHING) return RQ_OK;
    scorer *s = &p->scorers[at->worker];
    const rq_image_predictions *made = &p->read.made[at->worker];
    RQ_TRY(read_outputs(p, s, at, session));
    if (p->found == RQ_LINT_FOUND_SURE_BOXES)
        *score = sure_boxes(&made->of[0]);
    else if (made->has_truth && has_something(&made->truth))
        return meet_truth(score, metrics[p->found], s, made);
    return RQ_OK;
}
