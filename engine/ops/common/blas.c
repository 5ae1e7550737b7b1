#include "engine/ops/common/blas.h"

#include "engine/base/dnnl_library.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

static float element(const rq_blas_part *part, size_t row, size_t column)
{
    return part->data[part->transposed ? column * part->stride + row : row * part->stride + column];
}

/* For when the library has no memory to arrange its operands in. */
static void multiply(size_t m, size_t n, size_t k, const rq_blas_part *a, const rq_blas_part *b,
                     float beta, float *c, size_t c_stride)
{
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t p = 0; p < k; p++) sum += (double)element(a, i, p) * element(b, p, j);
            float *out = &c[i * c_stride + j];
            *out = (float)sum + (beta == 0.0f ? 0.0f : beta * *out);
        }
    }
}

/* Whether the library may be called: its kernels are compiled by the first call, which needs
 * memory.
 */
static bool library_is_ready(void)
{
    static atomic_bool ready;
    if (!atomic_load(&ready) && rq_dnn_check_memory() == RQ_OK) atomic_store(&ready, true);
    return atomic_load(&ready);
}

static void add_nothing(size_t m, size_t n, float beta, float *c, size_t c_stride)
{
    for (size_t i = 0; beta == 0.0f && i < m; i++) memset(c + i * c_stride, 0, n * sizeof *c);
}

/* One worker per core runs whole images, so a product starts no threads of its own. */
void rq_blas_sgemm_parts(size_t m, size_t n, size_t k, const rq_blas_part *a, const rq_blas_part *b,
                         float beta, float *c, size_t c_stride)
{
    if (m == 0 || n == 0) return;
    if (k == 0) {
        add_nothing(m, n, beta, c, c_stride);
        return;
    }
    if (!library_is_ready()) {
        multiply(m, n, k, a, b, beta, c, c_stride);
        return;
    }
    rq_dnn_isa(); /* settled before there are kernels */
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    dnnl_status_t status =
        dnnl_sgemm(a->transposed ? 'T' : 'N', b->transposed ? 'T' : 'N', (dnnl_dim_t)m,
                   (dnnl_dim_t)n, (dnnl_dim_t)k, 1.0f, a->data, (dnnl_dim_t)a->stride, b->data,
                   (dnnl_dim_t)b->stride, beta, c, (dnnl_dim_t)c_stride);
    omp_set_num_threads(threads);
    if (status != dnnl_success) multiply(m, n, k, a, b, beta, c, c_stride);
}

void rq_blas_sgemm(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
                   const float *a, const float *b, float beta, float *c)
{
    const rq_blas_part left = {a, a_transposed ? m : k, a_transposed},
                       right = {b, b_transposed ? k : n, b_transposed};
    rq_blas_sgemm_parts(m, n, k, &left, &right, beta, c, n);
}
