/* Activation-aware scaling: inputs of large activations get finer codes where weights are
 * compressed to 4 bits (Lin et al. 2023, "AWQ", section 3.2): their weights are multiplied, and the
 * activations divided, at the sites of cross-layer equalization.
 *
 * For a strength a in 0..1/2 a channel's scale is E[x^2]^(a / 2), relative to the median channel's,
 * rounded to a quarter of an octave: FP32 is the same but for rounding. The strength with the least
 * expected error at the consumers' outputs is taken. */
#ifndef RQ_QUANT_EQUALIZE_COMPRESSED_H
#define RQ_QUANT_EQUALIZE_COMPRESSED_H

#include "quant/plan.h"

/* As rq_equalize_choose, for a site of the network that `plan` compresses: out->before and
 * out->after are relative to the outputs' power. *has_gain is false where no strength takes a tenth
 * of the error away, where no consumer has 4 bits, and where a layer of the site keeps floating
 * point weights, which would be stored anew. */
rq_status rq_equalize_choose_compressed(rq_channel_equalization *out, bool *has_gain,
                                        const rq_equalize_site *site, const rq_stats_value *stats,
                                        const rq_quant_plan *plan, const rq_bound *bound,
                                        unsigned threads, rq_arena *arena);

#endif
