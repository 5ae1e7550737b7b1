/* Position-sensitive pooling: what the two forms of it in graphs share. */
#ifndef RQ_IMPORT_OD_PSROI_H
#define RQ_IMPORT_OD_PSROI_H

#include "engine/import/replacements/replacer.h"

/* A graph's pooling of every proposal from parts of its own channels, averaged. */
typedef struct rq_od_psroi {
    const char *scope;          /* its name begins so */
    const char *features, *out; /* values: [1, H, W, C], and what the graph makes of it */
    double bins_x, bins_y;
    double size_x, size_y; /* of a part's crop, samples */
    bool by_image;         /* `out` has the images' axis before the proposals' */
    bool by_weights; /* crops are products with weights: what lies outside by rounding counts */
} rq_od_psroi;

/* PSROIPooling and its mean in place of it. */
rq_status rq_od_put_psroi(rq_replacer *r, const rq_od_psroi *p);

/* Those of old graphs, without a loop, from node *at on; *at is then behind it. False: no more. */
bool rq_od_next_inline_psroi(rq_od_psroi *out, const rq_replacer *r, size_t *at);

#endif
