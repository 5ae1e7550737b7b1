/* How much each layer's quantization costs, measured at the network's outputs.
 *
 * The plan is carried out for one layer at a time (weights, activations, both), and for all but one
 * layer. Of each such network only what the layer affects is run: the values that it reads come
 * from one run of the FP32 network, or of the quantized one, per image. Images are taken in growing
 * rounds; layers whose place in the order is sure drop out. */
#ifndef RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_H
#define RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_H

#include "engine/run/workload.h"
#include "engine/workbench/sensitivity/sensitivity_parts.h"
#include "engine/workbench/sensitivity/sensitivity_score.h"
#include "engine/workbench/sensitivity/tried_advice.h"

/* Where the images that layers are measured on come from. */
typedef enum rq_measured_source {
    RQ_MEASURED_CALIBRATION, /* those that ranges and codes are made of: there are too few */
    RQ_MEASURED_HOLDOUT,     /* of the same data, and none of them */
    RQ_MEASURED_OTHER        /* named by the user, and none of them */
} rq_measured_source;

typedef struct rq_measured_on {
    rq_measured_source source;
    const char *data;   /* that they are of, as the user named it; borrowed; NULL: not known */
    bool given_stats;   /* ranges are of statistics that were given, of whatever images */
    size_t calibration; /* images that ranges and codes are made of */
} rq_measured_on;

typedef struct rq_layer_effect {
    const char *name, *type; /* borrowed from the graph */
    size_t part;             /* index in parts->v */
    rq_effect of[RQ_VARIANTS];
    double gain_db; /* SQNR of the whole network when this layer is left out, less without */
    bool settled;   /* its neighbours in the order are surely its neighbours, or equals */
} rq_layer_effect;

typedef struct rq_sensitivity_options {
    const rq_parts *parts;
    const rq_graph *quantized; /* the whole plan carried out, a clone of the original */
    bool order_only;           /* layers quantized alone, nothing else of them */
} rq_sensitivity_options;

typedef struct rq_sensitivity {
    const rq_parts *parts;      /* borrowed from the options */
    rq_measured_on measured_on; /* for the texts; the caller's to fill */
    rq_layer_effect *layers;    /* the worst first: lowest SQNR when quantized alone; malloc'd */
    size_t n_layers;
    rq_effect whole; /* the whole plan */
    size_t images_used, n_settled;
    size_t runs; /* of parts of the network, over all images */
    bool classes, labelled;
    double seconds;
    /* By rq_sensitivity_try_advice; else none: */
    rq_tried_advice tried;
    size_t excluded[RQ_MAX_EXCLUDED], n_excluded; /* layers that were left out: indices */
} rq_sensitivity;

/* Over the workload's images. After a failure too, to be closed. */
rq_status rq_sensitivity_run(rq_sensitivity *out, const rq_workload *workload,
                             const rq_sensitivity_options *options);
/* Tries what the sensitivity suggests on the images of the workload that it used: leaves out the
 * layers that gain most by it, and decides with other options. What leaving these layers out gives
 * then is what it gave here: there is one figure of it. `stats`: that the plan was decided from;
 * NULL: other options are not tried. */
rq_status rq_sensitivity_try_advice(rq_sensitivity *sensitivity, const rq_workload *workload,
                                    const rq_stats *stats, rq_arena *arena);
void rq_sensitivity_close(rq_sensitivity *sensitivity);

#endif
