#include "engine/ops/common/blas.h"

#include <cblas.h>
#include <pthread.h>
#include <string.h>

/* One worker per core runs whole images, so a product must not start threads of its own. */
static void stay_on_this_thread(void)
{
    openblas_set_num_threads(1);
}

void rq_blas_sgemm(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
                   const float *a, const float *b, float beta, float *c)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, stay_on_this_thread);
    if (m == 0 || n == 0) return;
    if (k == 0) {
        if (beta == 0.0f) memset(c, 0, m * n * sizeof *c);
        return;
    }
    cblas_sgemm(CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans,
                b_transposed ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, 1.0f, a,
                (int)(a_transposed ? m : k), b, (int)(b_transposed ? k : n), beta, c, (int)n);
}
