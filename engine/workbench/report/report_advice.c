/* Advice is tried before it is given. */
#include "engine/workbench/report/report_build.h"
#include "engine/workbench/sensitivity/tried_advice.h"
#include "reports/fields.h"
#include "reports/summary.h"

#include <math.h>

#define TIME_SHARE 0.15 /* of the command's time */
#define MAX_IMAGES 32
#define RUNS (RQ_MAX_TRIED_LINES + 2) /* of an image: the model and its plan, too */

static double seconds_of(const rq_report_facts *facts)
{
    double seconds = 0;
    for (size_t i = 0; i < facts->n_steps; i++) seconds += facts->steps[i].seconds;
    return seconds;
}

/* As many as keep to the share, counted in inferences: the same on every machine. */
static size_t count_images(const rq_report_facts *facts)
{
    size_t runs = 2 * facts->val->dataset->n;
    if (facts->calib && facts->calib->dataset) runs += facts->calib->dataset->n;
    double n = floor(TIME_SHARE * (double)runs / RUNS);
    return (size_t)fmin(fmax(n, RQ_TRIAL_MIN_IMAGES), MAX_IMAGES);
}

static rq_status keep_lines(rq_report *report, const rq_tried_advice *tried)
{
    if (tried->n == 0) return RQ_OK;
    report->advice = rq_report_rows_copy(tried->arena, &rq_advice_type, tried->lines, tried->n);
    if (!report->advice) return RQ_ENOMEM;
    report->n_advice = tried->n;
    return RQ_OK;
}

static rq_status try_parts(rq_report *report, const rq_report_facts *facts,
                           const rq_workload *workload, const rq_parts *parts,
                           const rq_images *images)
{
    size_t candidates[RQ_MAX_EXCLUDED];
    const rq_trials_options options = {.parts = parts,
                                       .stats = facts->asked->given ? NULL : facts->stats,
                                       .images = images,
                                       .seconds = TIME_SHARE * seconds_of(facts)};
    const rq_tried_options tried = {.candidates = candidates,
                                    .n_candidates =
                                        rq_suspected_parts(candidates, RQ_MAX_EXCLUDED, parts),
                                    .before_db = NAN,
                                    .report = report};
    rq_plan_trials *trials;
    rq_tried_advice advice;
    RQ_TRY(rq_plan_trials_open(&trials, workload, &options));
    rq_status status = rq_tried_advice_make(&advice, trials, &tried, workload->arena);
    rq_plan_trials_close(&trials);
    return status == RQ_OK ? keep_lines(report, &advice) : status;
}

/* Whether there are enough images, and layers to exclude. */
static rq_status try_plan(rq_report *report, const rq_report_facts *facts,
                          const rq_workload *workload, const rq_parts *parts)
{
    rq_images images;
    RQ_TRY(rq_images_draw(&images, facts->val, count_images(facts), facts->seed, false));
    images.max_bad =
        1.0; /* a few of many: those who measured on all of them have refused too many */
    rq_status status = RQ_OK;
    if (parts->n && images.dataset->n >= RQ_TRIAL_MIN_IMAGES)
        status = try_parts(report, facts, workload, parts, &images);
    rq_images_close(&images);
    return status;
}

rq_status rq_report_try_advice(rq_report *report, const rq_report_facts *facts,
                               const rq_workload *workload)
{
    rq_summary summary;
    rq_parts *parts;
    rq_summarise(&summary, report);
    if (!rq_has_loss(&summary) || !facts->plan || !facts->val || !facts->asked) return RQ_OK;
    RQ_TRY(rq_parts_create(&parts, facts->plan, facts->bound));
    rq_status status = try_plan(report, facts, workload, parts);
    rq_parts_destroy(&parts);
    return status;
}
