/* Cross-layer equalization (quant/equalize.h), or activation-aware scaling where weights get 4 bits
 * (quant/equalize_compressed.h), kept where the quantized network's outputs come
 * nearer to FP32's for it. */
#ifndef RQ_WORKBENCH_SEARCH_EQUALIZE_SEARCH_H
#define RQ_WORKBENCH_SEARCH_EQUALIZE_SEARCH_H

#include "engine/workbench/calibrate/scaled_values.h"
#include "engine/workbench/search/search_images.h"
#include "quant/equalize.h"
#include "quant/plan.h"

typedef struct rq_equalize_options {
    const rq_plan_options *plan;
    const rq_stats *stats; /* of the workload's network, over rq_equalize_search_images */
} rq_equalize_options;

/* The changed network, owned by the caller, or NULL: it stays as it is. */
typedef struct rq_equalization {
    rq_graph *graph; /* a clone of the workload's, which outlives it */
    rq_bound *bound;
    rq_stats *gathered;                     /* of the workload's network, with what is scaled, over
                                               rq_equalize_search_images; owned by the caller */
    rq_scaled_values scaled;                /* of it, in the workload's arena */
    rq_channel_equalization *equalizations; /* in the workload's arena */
    size_t n_equalizations;
    double before_db, after_db; /* SQNR of the quantized outputs without and with them, on images
                                  that neither is fitted to */
} rq_equalization;

/* The images that scales are fitted to, to be closed: few, as the statistics of all are gathered
 * once it is known of which network. */
rq_status rq_equalize_search_images(rq_images *out, const rq_search_images *images);

/* Tries scales and shifts together, then scales alone. */
rq_status rq_equalize_search(rq_equalization *out, const rq_workload *workload,
                             rq_search_images *images, const rq_equalize_options *options);

#endif
