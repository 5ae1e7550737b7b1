/* Keeping as few layers in floating point as a budget of accuracy needs.
 *
 * Layers are ordered by the error that they make for the time that they save (sensitivity.h, and
 * each layer's time measured in FP32 and in INT8), and by the error alone. The shortest prefix of
 * either order that meets the budget is found by doubling and halving; then groups of it go back to
 * INT8 where they are not needed. Each set of layers that is tried is one validation.
 *
 * A metric that counts images hardly follows the error: quantizing changes the prediction to few
 * images, and those decide. So where INT8 misses the budget, each layer is also left out alone on
 * these critical images, and the layers that fix most of them are tried first.
 *
 * The best of many trials looks better on the images that it was chosen on than on others. So all
 * of this is done on half of the images, and what comes out of it must meet the budget on the other
 * half, which the report is of. Where it does not, the next cheapest set that leaves less
 * error is asked, at last longer prefixes. */
#ifndef RQ_WORKBENCH_TUNE_TUNE_H
#define RQ_WORKBENCH_TUNE_TUNE_H

#include "engine/workbench/sensitivity/sensitivity_setup.h"
#include "reports/metrics/measure.h"

typedef struct rq_tune_layer {
    size_t part;      /* index in parts->v */
    const char *name; /* borrowed */
    double error;     /* noise over signal at the outputs when it alone is quantized */
    double share;     /* of the sum of all layers' errors, 0..1 */
    double fp32_ms, int8_ms;
    double conversion_ms; /* of changing precision around it */
    double gain; /* of the metric on the critical images when it alone stays in floating point;
                    positive: better; NAN: not measured */
} rq_tune_layer;

/* Time that keeping the layer in floating point costs. */
double rq_tune_cost_ms(const rq_tune_layer *layer);

typedef struct rq_trial {
    bool *ignored; /* by layer: it stays in floating point */
    size_t n_ignored;
    double value; /* of the metric, on the images to choose on */
    double drop;  /* against FP32: points, or percent of FP32's value if the budget is relative */
    double other_value, other_drop; /* the same on the others; NAN: not measured */
    double cost_ms;                 /* expected, against everything quantized */
    double bytes;                   /* of weights */
    double measured_ms;             /* one inference; NAN: not measured */
    const char *noise;              /* why that is not measurable now (rq_timing); NULL: it is */
    bool meets;                     /* on the images to choose on */
    bool other_meets;               /* on the others */
} rq_trial;

typedef struct rq_tune_options {
    const rq_setup *setup;
    const rq_images *val;    /* images to choose on */
    const rq_images *others; /* on which the choice must meet the budget; NULL: there are too few,
                                and `val` alone says so */
    double max_drop;         /* NAN: none */
    bool relative;           /* percent of FP32's value */
    double min_sqnr;         /* NAN: none; then the metric is the outputs' SQNR */
    size_t max_trials;
    double budget;             /* seconds, behind which no trial is begun; 0: no limit */
    const char *lint;          /* the command that checks preprocessing and images; NULL */
    const char *state_path;    /* tune.json: read, and written after each trial */
    const char *earlier_state; /* of a run that ended: read if there is none; NULL: none */
} rq_tune_options;

typedef struct rq_tuning {
    const rq_workload *workload; /* of the setup's decision */
    rq_tune_options options;
    rq_arena *arena;                    /* of everything below */
    double deadline;                    /* of rq_now; 0: none */
    const char *key;                    /* what the state must be of */
    const char *metric, *unit, *output; /* output: NULL where the metric sees all */
    bool compares;                      /* the metric needs FP32's outputs */
    bool higher_is_better;
    double fp32_value, other_fp32_value; /* on either images; the latter NAN: not measured */
    rq_tune_layer *layers;               /* the first to be ignored first */
    size_t n_layers;
    double conversion_ms_per_element;
    size_t *critical; /* images of val, ascending */
    size_t n_critical;
    rq_trial *trials;
    size_t n_trials, capacity_trials;
    size_t n_resumed; /* trials taken from the state */
    size_t best;      /* trial that meets the budget and loses least time */
} rq_tuning;

/* Images that either half must have: 16, and as many that the budget is not less than one of them;
 * infinite for a budget of 0. */
double rq_tune_least_half(const rq_tune_options *options);
/* Halves of all images, whatever their order. With too few `others` is {0}, and `choice` has them
 * all. To be closed before `all`. */
rq_status rq_tune_split(rq_images *choice, rq_images *others, const rq_tune_options *options,
                        const rq_images *all, uint64_t seed);

/* Ranks, or takes an earlier run's state; searches; times what is worth it. After a failure too, to
 * be closed. RQ_EBUDGET as rq_tune_search, RQ_EUNMEASURED as rq_tune_open_metric. */
rq_status rq_tune_run(rq_tuning *out, const rq_tune_options *options);

void rq_tune_close(rq_tuning *tune);

/* -- the steps -------------------------------------------------------------------------------- */

/* The layers' ranking and the first trial: from the state of an earlier run, as far as it came. */
rq_status rq_tune_start(rq_tuning *tune);
/* Fills layers, from sensitivity. */
rq_status rq_tune_rank(rq_tuning *tune);
/* FP32's value and the trial without exceptions: chooses the metric. RQ_EUNMEASURED where FP32's
 * figures say nothing (rq_evaluation_suspect). */
rq_status rq_tune_open_metric(rq_tuning *tune);
/* Of the first trial, which has seen FP32's outputs too: images whose prediction changed, or
 * nearly. */
rq_status rq_tune_choose_critical(rq_tuning *tune, const rq_measure *measure);
/* Fills the layers' gains that are not known. */
rq_status rq_tune_probe(rq_tuning *tune);
/* The metric over `images` with these layers ignored. */
rq_status rq_tune_measure(double *value, const rq_tuning *tune, const rq_images *images,
                          const bool *ignored);
/* *index: of the trial with these layers ignored, made now if it is new. */
rq_status rq_tune_evaluate(size_t *index, rq_tuning *tune, const bool *ignored);
/* Whether the trial meets the budget on the other images, measured now if it is not known. */
rq_status rq_tune_confirm(bool *meets, rq_tuning *tune, size_t trial);
/* The quantized graph with these layers ignored. */
rq_status rq_tune_build(rq_graph **out, const rq_tuning *tune, const bool *ignored);
/* A trial whose value is known, and what it is on the other images. */
rq_status rq_tune_add(rq_tuning *tune, const bool *ignored, double value);
void rq_tune_take_other(const rq_tuning *tune, rq_trial *trial, double value);
/* RQ_EBUDGET when only floating point everywhere meets the budget on both images, or trials ran out
 * before. */
rq_status rq_tune_search(rq_tuning *tune);
/* Times the trials that no other one beats in both accuracy and expected time. */
rq_status rq_tune_time(rq_tuning *tune, double seconds);
bool rq_tune_is_pareto(const rq_tuning *tune, size_t trial);

/* What was asked for, as the report has it: texts are the tuning's. */
rq_report_budget rq_tune_budget(const rq_tuning *tune);
/* The same, with what the search measured. */
rq_report_budget rq_tune_searched(const rq_tuning *tune);
/* (*rows)[n_trials], in the arena; selected n_trials: none. */
rq_status rq_tune_rows(rq_report_trial **rows, const rq_tuning *tune, size_t selected);
/* On which images layers were chosen, for a report of the others. In the arena. */
rq_status rq_tune_note(rq_report_note *note, const rq_tuning *tune);

/* why[parts->n] for rq_partial_plan_create, in the arena. */
rq_status rq_tune_reasons(const char ***why, const rq_tuning *tune, const bool *ignored);

/* The state at state_path: ranking, metric and trials. Loading takes it if it is there and of the
 * same key (n_layers stays 0 otherwise); another budget may be asked of it. */
rq_status rq_tune_load(rq_tuning *tune);
rq_status rq_tune_save(const rq_tuning *tune);
/* Ranks: what the first has loaded, or nothing, is everybody's. `mine`: how this one fares. */
rq_status rq_tune_share(rq_tuning *tune, rq_status mine);

#endif
