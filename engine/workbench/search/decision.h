/* What is asked of decisions, and what comes of them (decide.h). */
#ifndef RQ_WORKBENCH_SEARCH_DECISION_H
#define RQ_WORKBENCH_SEARCH_DECISION_H

#include "engine/run/workload.h"
#include "quant/plan.h"
#include "quant/plan_file.h"

/* Texts and what is pointed to are borrowed. */
typedef struct rq_decide_options {
    rq_plan_options plan;
    rq_plan_file *given;     /* a plan to follow; NULL: decide */
    const char *given_stats; /* statistics to decide from instead of running images; NULL: none */
    const rq_stats *lent;    /* the same, loaded already; NULL: none */
    rq_equalize equalize;
    /* Of adaptive rounding; layers not reached are rounded to nearest. */
    double rounding_work; /* 10^9 multiply-accumulates; INFINITY: no limit */
    double budget;        /* seconds, of tune's trials, too; 0: no limit */
    const char *stats_path, *stats_equalized_path; /* where statistics are kept; NULL: nowhere */
    const char *earlier_stats, *earlier_stats_equalized; /* of a run that ended; NULL: none */
} rq_decide_options;

typedef struct rq_decision {
    rq_workload workload;  /* the caller's, with the changed network where scales have moved */
    const rq_graph *model; /* as it was read, where scales have moved; else NULL */
    rq_graph *changed;     /* owned, a clone of `model`; NULL: none */
    rq_bound *changed_bound;
    rq_channel_equalization *equalizations; /* in the workload's arena */
    size_t n_equalizations;
    const rq_stats *stats; /* decided from: those gathered, or lent; NULL: none were needed */
    rq_stats *gathered;
    bool saved_stats, saved_stats_equalized; /* the options' paths have statistics of this run */
    bool ran_unequalized; /* images ran, for ranges, through the network as it was alone */
    rq_quant_plan *plan;  /* of the workload above */
} rq_decision;

void rq_decision_close(rq_decision *decision);

/* The graph that plan.json names: as it was read. */
const rq_graph *rq_decision_model(const rq_decision *decision);

/* There are images, and not made-up ones. */
bool rq_decision_has_real_images(const rq_workload *workload);

#endif
