/* What the EmbeddingBag and EmbeddingSegments operators share: rows of a table added up in bags. */
#ifndef RQ_OPS_COMMON_EMBEDDING_H
#define RQ_OPS_COMMON_EMBEDDING_H

#include "engine/ops/op.h"

typedef struct rq_embedding_attrs {
    int reduction; /* RQ_EMBEDDING_SUM, RQ_EMBEDDING_MEAN */
} rq_embedding_attrs;
enum { RQ_EMBEDDING_SUM, RQ_EMBEDDING_MEAN };
extern const rq_attr_spec rq_embedding_attrs_table[];

/* One bag of rows being added up into a row of output 0. */
typedef struct rq_bag {
    rq_call *call;
    const rq_tensor *weights; /* one per index; NULL: all 1 */
    size_t row;               /* of the output */
    int64_t count;
} rq_bag;

/* Table of rank 1 or more, integer indices, weights (input `weights`, if given) of the table's type
 * and the indices' shape. Output 0 gets the table's type, and its shape with `bags` rows. */
rq_status rq_embedding_infer(rq_infer *ctx, int64_t bags, uint32_t weights);
/* An empty bag of output row `row`; the row is set to zeros. `weights`: as above. */
rq_bag rq_bag_open(rq_call *call, size_t row, uint32_t weights);
/* Adds the table's row that indices[at] names; RQ_EARG for an index outside of the table. */
rq_status rq_bag_add(rq_bag *bag, size_t at);
/* An empty bag gets the row that input `fallback` names, if it is given and not -1; a mean is
 * divided. */
rq_status rq_bag_close(rq_bag *bag, uint32_t fallback);

#endif
