#include "engine/ops/common/blas.h"

#include "engine/base/dnnl_library.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

/* For when the library has no memory to arrange its operands in. */
static void multiply(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
                     const float *a, const float *b, float beta, float *c)
{
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t p = 0; p < k; p++)
                sum += (double)a[a_transposed ? p * m + i : i * k + p] *
                       b[b_transposed ? j * k + p : p * n + j];
            float *out = &c[i * n + j];
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

/* One worker per core runs whole images, so a product starts no threads of its own. */
void rq_blas_sgemm(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
                   const float *a, const float *b, float beta, float *c)
{
    if (m == 0 || n == 0) return;
    if (k == 0) {
        if (beta == 0.0f) memset(c, 0, m * n * sizeof *c);
        return;
    }
    if (!library_is_ready()) {
        multiply(a_transposed, b_transposed, m, n, k, a, b, beta, c);
        return;
    }
    rq_dnn_isa(); /* settled before there are kernels */
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    dnnl_status_t status =
        dnnl_sgemm(a_transposed ? 'T' : 'N', b_transposed ? 'T' : 'N', (dnnl_dim_t)m, (dnnl_dim_t)n,
                   (dnnl_dim_t)k, 1.0f, a, (dnnl_dim_t)(a_transposed ? m : k), b,
                   (dnnl_dim_t)(b_transposed ? k : n), beta, c, (dnnl_dim_t)n);
    omp_set_num_threads(threads);
    if (status != dnnl_success) multiply(a_transposed, b_transposed, m, n, k, a, b, beta, c);
}
