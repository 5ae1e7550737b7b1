/* Values of a body that are affine in some others: sums of products with constant matrices. Private
 * to tf_*.c. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_AFFINE_H
#define RQ_IMPORT_TENSORFLOW_TF_AFFINE_H

#include "engine/import/op_mapping.h"

#define RQ_TF_AFFINE_BASES 3

typedef struct rq_tf_affine {
    size_t rows;
    const float *matrix[RQ_TF_AFFINE_BASES]; /* [rows, width of the base]; NULL: it is not read */
    const float *bias;                       /* [rows]; NULL: none */
} rq_tf_affine;

/* What values are affine in: rank 2, their last dimension known. */
typedef struct rq_tf_affine_bases {
    rq_ir_builder *b;
    rq_id base[RQ_TF_AFFINE_BASES]; /* RQ_NONE: none */
    size_t width[RQ_TF_AFFINE_BASES];
    rq_id last; /* product found last, */
    rq_tf_affine product;
} rq_tf_affine_bases;

/* False when the value is not affine in them. Memory is the graph's, from its fold budget. */
bool rq_tf_affine_find(rq_tf_affine *out, rq_tf_affine_bases *bases, rq_id value);
/* Value is a part of another along its last axis, `whole` that other's form: *whole becomes the
 * part's. False, *whole as it was, when value is no such part. */
bool rq_tf_affine_part(rq_tf_affine *whole, const rq_tf_affine_bases *bases, rq_id value);
/* What the value is a part of; RQ_NONE: it is none. */
rq_id rq_tf_affine_whole(const rq_tf_affine_bases *bases, rq_id value);

#endif
