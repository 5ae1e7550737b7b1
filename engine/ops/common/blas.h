/* Matrix products, on the calling thread. */
#ifndef RQ_OPS_COMMON_BLAS_H
#define RQ_OPS_COMMON_BLAS_H

#include <stdbool.h>
#include <stddef.h>

/* C (m, n) = A (m, k) B (k, n) + beta C; row-major, tight rows: A is (k, m) when a_transposed, B is
 * (n, k) when b_transposed. Empty sizes are allowed; with beta 0, C may hold anything. The same
 * sizes on the same instruction set are added in the same order. */
void rq_blas_sgemm(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
                   const float *a, const float *b, float beta, float *c);

/* A matrix in a larger one, whose rows are `stride` floats apart. */
typedef struct rq_blas_part {
    const float *data;
    size_t stride;
    bool transposed;
} rq_blas_part;

/* The same of parts of matrices; rows of C are c_stride floats apart. */
void rq_blas_sgemm_parts(size_t m, size_t n, size_t k, const rq_blas_part *a, const rq_blas_part *b,
                         float beta, float *c, size_t c_stride);

#endif
