/* The values of a network whose channels an equalization scales, and what becomes of them. */
#ifndef RQ_QUANT_EQUALIZE_SCALED_H
#define RQ_QUANT_EQUALIZE_SCALED_H

#include "quant/equalize.h"

/* Channel c becomes (x - shift[c]) * factor[c]. */
typedef struct rq_scaled_value {
    rq_id value;         /* of the bound graph */
    const char *name;    /* rq_value_name of it */
    const char *becomes; /* name in the changed graph: the same, or that of a Multiply behind it */
    const char *kept_as; /* name of its statistics beside those of `value`: it tells the factors */
    size_t n;            /* channels */
    const float *factor; /* [n] */
    const float *shift;  /* [n]; NULL: none */
} rq_scaled_value;

/* Of equalizations which rq_equalize_apply made `changed` of: of each what the consumers read, and
 * what lies between that and what takes the scales. Into the arena. */
rq_status rq_equalize_scaled_values(rq_scaled_value **out, size_t *n_values,
                                    const rq_graph *changed, const rq_bound *bound,
                                    const rq_channel_equalization *equalizations, size_t n,
                                    rq_arena *arena);

#endif
