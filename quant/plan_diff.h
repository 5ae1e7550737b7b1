/* What differs between two plans of the same or of related models: for `requant compare`. */
#ifndef RQ_QUANT_PLAN_DIFF_H
#define RQ_QUANT_PLAN_DIFF_H

#include "engine/base/json.h"
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
    const char *path_a, *path_b; /* borrowed from the plans */
    rq_plan_change *changes;     /* in the order of sections, then of the plans */
    size_t n;
    size_t n_same; /* entries that both have and that say the same */
} rq_plan_diff;

/* The plans must outlive the result. */
rq_status rq_plan_diff_create(rq_plan_diff **out, const rq_plan_file *a, const rq_plan_file *b);
void rq_plan_diff_destroy(rq_plan_diff **diff);

/* Lines "section name: key a -> b" under a heading; one line that says so when nothing differs. */
void rq_plan_diff_text(rq_buf *out, const rq_plan_diff *diff);
/* {"a", "b", "same", "changes": [{"section", "name", "key", "a", "b"}]}; the caller's. */
rq_json *rq_plan_diff_json(const rq_plan_diff *diff);

#endif
