/* What a zero point costs in time, by the kernels that read the codes: zero_points.def. */
#ifndef RQ_QUANT_PLACEMENT_ZERO_POINTS_H
#define RQ_QUANT_PLACEMENT_ZERO_POINTS_H

#include "quant/placement/quantizer_placement.h"

/* Whose kernels. */
typedef enum rq_zero_point_isa {
    RQ_ZERO_POINT_ANY, /* nothing is known of the CPU: the mean of those below */
    RQ_ZERO_POINT_AMX,
    RQ_ZERO_POINT_VNNI,
    RQ_ZERO_POINT_AVX2,
    RQ_ZERO_POINT_OTHER /* no CPU of OpenVINO's: as on AMX, where it costs most */
} rq_zero_point_isa;

/* Of one point. */
typedef struct rq_zero_point_cost {
    double readers; /* percent of the time of the layers that read the codes */
    double network; /* percent of the network's time, taken as its multiply-accumulates */
} rq_zero_point_cost;

/* Percent of the time of a layer with weights. */
double rq_zero_point_layer_cost(const rq_bound *bound, const rq_node *node, rq_zero_point_isa isa);

/* (*out)[point of the placement], to be freed. Readers are found behind layers that hand codes on.
 */
rq_status rq_zero_point_costs(rq_zero_point_cost **out, const rq_bound *bound,
                              const rq_placement *placement, rq_zero_point_isa isa);

#endif
