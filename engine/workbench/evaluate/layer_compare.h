/* Layer by layer: how far the values of a quantized graph are from those of the original.
 *
 * Both graphs have the same value ids (one is an edited clone of the other). Of each value an
 * evenly spread sample of at most RQ_LAYER_SAMPLE elements is compared, so that memory does not
 * grow with the images' size. */
#ifndef RQ_WORKBENCH_EVALUATE_LAYER_COMPARE_H
#define RQ_WORKBENCH_EVALUATE_LAYER_COMPARE_H

#include "engine/ops/bind.h"

#define RQ_LAYER_SAMPLE 8192
/* Compared of any number, evenly spread: means of many elements each. */
#define RQ_LAYER_IMAGES 64

typedef struct rq_layer_error {
    rq_id node;                       /* the weighted layer */
    rq_id value;                      /* what is compared: its output behind bias and activation */
    double signal, noise, dot, other; /* sums of a^2, (a - b)^2, a b, b^2 */
} rq_layer_error;

typedef struct rq_layer_compare rq_layer_compare;

/* One entry for each weighted layer of the graph, in topological order. */
rq_status rq_layer_compare_create(rq_layer_compare **out, const rq_bound *bound, unsigned workers);
void rq_layer_compare_destroy(rq_layer_compare **compare);
/* By value id: what to observe, in both graphs, as an rq_observed. */
const uint8_t *rq_layer_compare_wanted(const rq_layer_compare *compare);

/* side 0: the original, which runs first; side 1: the quantized graph. */
rq_status rq_layer_compare_observe(rq_layer_compare *compare, unsigned worker, size_t side,
                                   rq_id value, const rq_tensor *tensor, bool channels_last);
/* Adds the worker's image; strictly in image order. */
void rq_layer_compare_merge(rq_layer_compare *compare, unsigned worker);
/* Whether image i of n is among those to be compared. */
bool rq_layer_compare_takes(size_t i, size_t n);
size_t rq_layer_compare_images(const rq_layer_compare *compare); /* that were merged */

size_t rq_layer_compare_count(const rq_layer_compare *compare);
const rq_layer_error *rq_layer_compare_at(const rq_layer_compare *compare, size_t i);

#endif
