/* Looking for mistakes before an hour is spent on them: in the preprocessing and in the images.
 *
 * The images run once through the model as they would be calibrated (lint_run.c), some of them
 * also with their preprocessing varied (lint_inputs.c). The checks, one line each in
 * lint_checks.def, look at what was gathered and report findings. */
#ifndef RQ_WORKBENCH_LINT_LINT_H
#define RQ_WORKBENCH_LINT_LINT_H

#include "datasets/fingerprint.h"
#include "engine/run/workload.h"

#define RQ_LINT_MAX_CHANNELS 4

/* Another reading of the image's values: x' = (x scale + mean - mean') / scale' by channel, where
 * mean and scale are the given ones. */
typedef struct rq_lint_variant {
    const char *name; /* "-1..1, BGR" */
    double mean[RQ_LINT_MAX_CHANNELS], scale[RQ_LINT_MAX_CHANNELS];
    bool swapped;       /* the first and the last channel are exchanged */
    bool transposed;    /* values lie in memory in the other layout than the input's */
    double strangeness; /* mean of |log of a value's deviation within its channels| */
    double information; /* nats: what an output tells of which image it was given */
    double confidence;  /* mean of the surest class, 0..1; NAN: no classes */
    double accuracy;    /* percent; NAN: no labels */
    double found; /* mean score of what was found (rq_lint_found); 0 where nothing is scored */
} rq_lint_variant;

typedef struct rq_lint_image {
    bool seen;   /* it could be read */
    size_t slot; /* it also ran with the variants: its place in outputs + 1; 0: it did not */
    rq_fingerprint print;
    int32_t label;     /* or RQ_UNLABELLED */
    int64_t predicted; /* class; -1: the outputs are no classes */
} rq_lint_image;

/* What an adapter makes of the outputs, and how it is scored: against the truth by IoU or F1 of an
 * image; or, without truth, by the scores of the boxes that people would draw. */
typedef enum rq_lint_found {
    RQ_LINT_FOUND_NOTHING,
    RQ_LINT_FOUND_MASKS,
    RQ_LINT_FOUND_BOXES,
    RQ_LINT_FOUND_SURE_BOXES
} rq_lint_found;

/* Another way from images to the input's size, tried on labelled ones (lint_sizes.c). */
typedef struct rq_lint_size {
    const char *flags;   /* "--resize 256 --crop 224x224" */
    size_t lost, gained; /* images that are right as given, or with it, alone */
} rq_lint_size;

typedef enum rq_lint_severity { RQ_LINT_WARNING, RQ_LINT_ERROR } rq_lint_severity;

typedef struct rq_finding {
    rq_lint_severity severity;
    const char *check;    /* name in the table */
    const char *what;     /* a sentence */
    const char *evidence; /* its figures */
    const char *fix;      /* the flag or the deed that helps */
} rq_finding;

typedef struct rq_lint_options {
    const rq_images *val; /* other images, to be compared with the workload's; NULL: none */
    size_t n_varied;      /* images that also run with their preprocessing varied, at most */
    double seconds;       /* after which no further ones are; 0: no limit */
    bool evaluates;       /* outputs and labels, too: those that tell nothing are a finding */
} rq_lint_options;

#define RQ_LINT_MIN_IMAGES 8 /* with fewer, nothing is said of preprocessing */

typedef struct rq_lint {
    rq_arena *arena;
    rq_workload workload; /* borrowed; a layout that cannot be is changed in it */
    const rq_images *val; /* NULL: none */
    size_t n_varied;      /* images to run with variants */
    double until;         /* as rq_now: then no further ones; 0: no limit */
    bool evaluates;       /* outputs and labels, too */
    bool channels_last;   /* of the image input */
    bool labelled;        /* labels of the images are, as far as is known, the model's classes */

    /* what was gathered */
    rq_image_plan plan;   /* {0} for tensors */
    rq_lint_image *facts; /* [images->dataset->n] */
    rq_lint_image *val_facts;
    size_t n_ranges;           /* values whose ranges were taken */
    float *range;              /* [value * n images + image]: largest magnitude; NAN: none */
    rq_lint_variant *variants; /* the first is what was given */
    size_t n_variants;
    size_t n_classes;        /* of the first output; 0: no classes */
    double *variance;        /* [(variant * n_ranges + value) * n_varied + slot]; NAN */
    float *outputs;          /* [(variant * n_varied + slot) * n_outputs + i] */
    size_t n_outputs, n_ran; /* n_ran: images that ran with variants */
    size_t *ran;             /* [n_ran]: their indices */
    rq_lint_found found;     /* what predictions are scored by */
    rq_lint_size *sizes;     /* [n_sizes]: that were tried */
    size_t n_sizes, n_sized; /* n_sized: images they were tried on */
    double *predicted;       /* [variant * n_varied + slot]: the score of what was found; NaN */

    rq_finding *findings;
    size_t n_findings, capacity;
} rq_lint;

/* Runs the model over the workload's images and checks what was gathered. RQ_EARG for labels that
 * do not fit the outputs, where these are evaluated (rq_evaluate_check). After a failure too, to be
 * closed. */
rq_status rq_lint_run(rq_lint *out, const rq_workload *workload, const rq_lint_options *options);
void rq_lint_close(rq_lint *lint);

/* -- variants (lint_variants.c) --------------------------------------------------------------- */

/* The given preprocessing and others that models are trained with. */
rq_status rq_lint_list_variants(rq_lint *lint, int channels, bool tensors);
/* `in` as it was given, `shape` N,C,H,W or N,H,W,C with N = 1 and `channels` channels. */
void rq_lint_vary(float *out, const float *in, const rq_lint *lint, size_t variant,
                  const rq_shape *shape, int channels, bool channels_last);

/* -- in words (lint_variant_flags.c) ---------------------------------------------------------- */

/* Of the scales, or of the means. */
bool rq_lint_variant_differs(const rq_lint_variant *a, const rq_lint_variant *b, bool scale);
/* What differs from the given preprocessing, and the flags, or the deed, that mend it; in the
 * arena, NULL: no memory. */
const char *rq_lint_variant_what(const rq_lint *lint, const rq_lint_variant *variant);
const char *rq_lint_variant_fix(const rq_lint *lint, const rq_lint_variant *variant);

/* Fills val_facts of lint->val's images, prepared as `plan` says. */
rq_status rq_lint_run_val(rq_lint *lint);

/* -- findings (lint_findings.c) --------------------------------------------------------------- */

typedef rq_status rq_lint_check_fn(rq_lint *lint, const char *name);

#define RQ_LINT_CHECK(name, function) rq_lint_check_fn function;
#include "engine/workbench/lint/lint_checks.def"
#undef RQ_LINT_CHECK

/* Texts are formatted by the caller into the arena; NULL texts are out of memory. */
rq_status rq_lint_add(rq_lint *lint, rq_lint_severity severity, const char *check, const char *what,
                      const char *evidence, const char *fix);
rq_status rq_lint_check_all(rq_lint *lint);
/* The first finding of that check; NULL: it found nothing. */
const rq_finding *rq_lint_find(const rq_lint *lint, const char *check);
bool rq_lint_has(const rq_lint *lint, const char *check); /* a finding of that check */
rq_status rq_lint_text(rq_buf *out, const rq_lint *lint);
rq_status rq_lint_json(rq_buf *out, const rq_lint *lint);

#endif
