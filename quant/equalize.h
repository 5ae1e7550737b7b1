/* Cross-layer equalization: the scales, and where possible an offset, of a value's channels go from
 * its producer into its consumers, so that one range serves all of them with less noise.
 *
 * Scales chosen here for convolutions are powers of two: products and sums keep every bit of their
 * mantissas, so the FP32 network gives the same numbers as before (but for channels that would
 * leave the exponents' range). Those for MatMul layers alone, whose channels differ by less, are
 * powers of the fourth root of two: FP32 is then the same but for rounding. For a strength a in
 * 0..1 a channel's scale is max|x|^a / max|w|^(1 - a), rounded in the logarithm (Xiao et al. 2023,
 * "SmoothQuant", equation 4; with a = 1/2 the ranges become equal, Nagel et al. 2019, equation 11);
 * the strength with the least expected noise at the consumers' outputs is taken.
 *
 * Where a site can shift, the middle of each channel's range may be shifted into the consumers'
 * biases as well (channel alignment; Wei et al. 2023, "Outlier Suppression+", section 4.1). FP32 is
 * then the same but for rounding. */
#ifndef RQ_QUANT_EQUALIZE_H
#define RQ_QUANT_EQUALIZE_H

#include "calib/stats.h"
#include "quant/equalize_site.h"

#define RQ_EQUALIZE_MAX_LOG2 12
#define RQ_EQUALIZE_OCTAVE 4 /* scales in each: the logarithms are multiples of 1/4 */

/* What a value's channels are: from statistics, or as they become. */
typedef struct rq_channel_ranges {
    float *low, *high;   /* [n]; 0 is in every range */
    double *mean;        /* [n] */
    double *mean_square; /* [n]: mean of x^2 */
} rq_channel_ranges;

typedef struct rq_channel_equalization {
    rq_equalize_site site;
    float *log2;          /* [n]: channel c becomes x / 2^log2[c] */
    float *shift;         /* [n]: taken off channel c before it is scaled; NULL: none */
    double strength;      /* a; NAN: not known */
    double before, after; /* expected noise power of one element of the consumers' outputs, summed
                             over them; NAN: not known */
    double signal;        /* likewise, of what they compute; 0: not known */
} rq_channel_equalization;

/* *has_gain is false where no strength takes a fifth of the noise away, and where the statistics
 * are NULL or not of the site's channels. */
rq_status rq_equalize_choose(rq_channel_equalization *out, bool *has_gain,
                             const rq_equalize_site *site, const rq_stats_value *stats,
                             const rq_bound *bound, rq_arena *arena);

/* 2^log2 for a multiple of 1/4; exact for an integer. */
float rq_equalize_factor(float log2);

/* Changes the constants of `graph`, a clone of the bound one, and marks the layers whose outputs
 * are scaled; equalizations are of different values. */
rq_status rq_equalize_apply(rq_graph *graph, const rq_bound *bound,
                            const rq_channel_equalization *equalizations, size_t n);

/* Name of the i-th layer whose output channels rq_equalize_apply has scaled, as the graph's rt_info
 * (requant/equalized) tells it, in this process or in the file's past; NULL behind the last. Their
 * outputs do not compare with those of the network before. */
const char *rq_equalized_layer(const rq_graph *graph, size_t i);

#endif
