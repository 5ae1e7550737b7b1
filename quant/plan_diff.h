/* What differs between two plans of the same or of related models: for `requant compare`. */
#ifndef RQ_QUANT_PLAN_DIFF_H
#define RQ_QUANT_PLAN_DIFF_H

#include "quant/plan_file.h"

/* One difference. Texts are for people, and NULL where a plan says nothing. */
typedef struct rq_plan_change {
    const char *section; /* "model", "settings", "activations", "weights", "ignored_layers" or
                            "equalized" */
    const char *name;    /* value, layer, or setting */
    const char *key;     /* "range", "estimator", "scales", "precision", ... */
    const char *a, *b;   /* what the plans say */
} rq_plan_change;

typedef struct rq_plan_diff {
    rq_arena *arena;
    rq_plan_change *changes; /* in the order of sections, then of the plans */
    size_t n;
    size_t n_same; /* entries that both have and that say the same */
} rq_plan_diff;

/* The plans must outlive the result. */
rq_status rq_plan_diff_create(rq_plan_diff **out, const rq_plan_file *a, const rq_plan_file *b);
void rq_plan_diff_destroy(rq_plan_diff **diff);

#endif
