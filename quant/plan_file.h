/* What a plan.json says, without the model it is for: to follow it (rq_plan_inputs.given), and to
 * compare two of them. Read from untrusted JSON: every key, type and range is checked. */
#ifndef RQ_QUANT_PLAN_FILE_H
#define RQ_QUANT_PLAN_FILE_H

#include "engine/base/arena.h"
#include "quant/equalize.h"
#include "quant/plan_options.h"

/* One FakeQuantize. */
typedef struct rq_plan_file_activation {
    const char *value, *layer; /* tensor name, and the layer that makes it */
    const char *estimator, *reason;
    const char *estimator_reason; /* what spoke for the estimator; NULL */
    const char *at;               /* "output", "input"; NULL: the file does not tell */
    const char **consumers;       /* "LAYER:PORT" */
    size_t n_consumers;           /* 0: the file does not tell */
    int levels, axis;             /* axis -1: per tensor */
    uint32_t group;               /* activations of one group have the same range */
    size_t n;                     /* ranges: 1, or channels */
    float *low, *high;
    double sqnr_db; /* expected; NAN: unknown */
} rq_plan_file_activation;

/* The weights of one layer. */
typedef struct rq_plan_file_weight {
    const char *layer, *type, *overflow;
    uint32_t port;
    int axis; /* of output channels; -1: the file does not tell */
    rq_precision precision;
    size_t n; /* output channels; 0 where scales are not listed */
    float *scales;
    const char *codes, *reason; /* "u4", and why; NULL where scales are listed */
    size_t group_size;          /* weights that share a scale, where scales are not listed */
    bool bias_corrected;
    const char *ran_in; /* precision that the runtime computed the layer in; NULL: not told */
    double sqnr_db;
} rq_plan_file_weight;

/* A layer that stays in floating point. */
typedef struct rq_plan_file_ignored {
    const char *layer, *type, *reason;
} rq_plan_file_ignored;

/* Cross-layer equalization, quant/equalize.h. */
typedef struct rq_plan_file_equalization {
    const char *value;
    int axis; /* of channels; -1: the file does not tell */
    size_t n; /* channels */
    float *log2;
    float *shift; /* NULL: none */
} rq_plan_file_equalization;

typedef struct rq_plan_file {
    rq_arena *arena; /* everything below lives here */
    const char *path;
    const char *model, *digest; /* of the model it was made for; digest as engine/base/hash.h */
    const char *runtime;        /* that ran what was written: "OpenVINO 2026.4.1"; NULL: none */
    rq_plan_options settings;   /* scope: only the precision */
    rq_plan_file_activation *activations;
    rq_plan_file_weight *weights;
    rq_plan_file_ignored *ignored;
    rq_plan_file_equalization *equalizations;
    size_t n_activations, n_weights, n_ignored, n_equalizations;
} rq_plan_file;

/* RQ_EFORMAT naming file, entry, key, what was found and what expected. */
rq_status rq_plan_file_read(rq_plan_file **out, const char *path);
void rq_plan_file_destroy(rq_plan_file **file);

/* RQ_EFORMAT naming the first difference, when the plan is for another model: a layer or value that
 * is absent, of another type, or of other channels; else other weights or attributes. Likewise
 * where edits contradict the model or each other: a value of another layer, consumers that do not
 * read it, "at" that does not follow from them, another axis. */
rq_status rq_plan_file_check(const rq_plan_file *file, const rq_bound *bound);
/* The same but for the last, where the plan's equalizations have changed the weights. */
rq_status rq_plan_file_check_layers(const rq_plan_file *file, const rq_bound *bound);

/* The plan's equalizations in the model it is for; RQ_EFORMAT naming a value that cannot be
 * equalized.
 */
rq_status rq_plan_file_equalizations(rq_channel_equalization **equalizations,
                                     const rq_plan_file *file, const rq_bound *bound,
                                     rq_arena *arena);

/* By name; NULL when the plan does not speak of it. */
const rq_plan_file_activation *rq_plan_file_activation_of(const rq_plan_file *file,
                                                          const char *value);
const rq_plan_file_weight *rq_plan_file_weight_of(const rq_plan_file *file, const char *layer,
                                                  uint32_t port);

#endif
