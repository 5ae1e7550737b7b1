/* Changes of a plan, tried: what each does to the outputs' SQNR, on the same few images. */
#ifndef RQ_WORKBENCH_SENSITIVITY_PLAN_TRIALS_H
#define RQ_WORKBENCH_SENSITIVITY_PLAN_TRIALS_H

#include "calib/stats.h"
#include "engine/run/workload.h"
#include "engine/workbench/sensitivity/sensitivity_parts.h"

#define RQ_TRIAL_MIN_IMAGES 4    /* fewer confirm nothing */
#define RQ_TRIAL_MIN_GAIN_DB 0.3 /* less is not worth an option */

typedef struct rq_plan_trials rq_plan_trials;

/* All borrowed, for as long as the trials. */
typedef struct rq_trials_options {
    const rq_parts *parts; /* of the plan */
    const rq_stats *stats; /* that the plan was decided from; NULL: it cannot be decided anew */
    const rq_images *images;
    double seconds; /* no trial is begun that would end later, as far as those before it tell */
} rq_trials_options;

typedef struct rq_plan_trial {
    bool done;                  /* there was time for it */
    bool confirmed;             /* rq_output_gain_is_confirmed, with RQ_TRIAL_MIN_GAIN_DB */
    double before_db, after_db; /* rq_output_scores_decibel */
    double gain_db;             /* the mean over images of an image's gain */
    size_t images;
} rq_plan_trial;

/* Runs the workload's graph, and the plan as it is. */
rq_status rq_plan_trials_open(rq_plan_trials **out, const rq_workload *workload,
                              const rq_trials_options *options);
void rq_plan_trials_close(rq_plan_trials **trials);
const rq_trials_options *rq_plan_trials_options(const rq_plan_trials *trials);

/* Without these parts; indices in parts->v. */
rq_status rq_plan_trial_exclude(rq_plan_trial *out, rq_plan_trials *trials, const size_t *parts,
                                size_t n);
/* Activations decided anew with other options, weights as they are. The searches that the command
 * adds are left out: they keep only what gains. Not done without statistics. */
rq_status rq_plan_trial_options(rq_plan_trial *out, rq_plan_trials *trials,
                                const rq_plan_options *options);

#endif
