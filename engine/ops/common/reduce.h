/* Reductions over axes: an operator file gives what is done to each element and at the end. */
#ifndef RQ_OPS_COMMON_REDUCE_H
#define RQ_OPS_COMMON_REDUCE_H

#include "engine/base/cpu.h"
#include "engine/ops/op.h"

typedef struct rq_reduce_attrs {
    bool keep_dims;
} rq_reduce_attrs;

extern const rq_attr_spec rq_reduce_specs[];

/* Takes `length` elements, `along` apart, into each of n sums, whose first elements are `across`
 * apart: one after the other, so that every sum has the bits of a plain loop. */
typedef void rq_reduction_f32(double *sums, size_t n, ptrdiff_t across, const float *x,
                              ptrdiff_t along, size_t length);
typedef void rq_reduction_f64(double *sums, size_t n, ptrdiff_t across, const double *x,
                              ptrdiff_t along, size_t length);

/* Sums are kept in double, also of integers; `finish` may be NULL. */
typedef struct rq_reduction {
    double start;
    rq_reduction_f32 *f32;
    rq_reduction_f64 *f64;
    double (*finish)(double sum, size_t n);
} rq_reduction;

#define RQ_REDUCTION_SUMS 8 /* that lie apart: at once, since each waits for its last addition */

#define RQ_REDUCTION_BODY(linkage, name, type)                                                     \
    linkage void name(double *sums, size_t n, ptrdiff_t across, const type *x, ptrdiff_t along,    \
                      size_t length)                                                               \
    {                                                                                              \
        size_t m = 0, i = 0;                                                                       \
        for (; across == 1 && m + 4 <= length; m += 4, x += 4 * along)                             \
            RQ_INDEPENDENT for (size_t k = 0; k < n; k++)                                          \
            {                                                                                      \
                double two = step(step(sums[k], x[k]), x[along + (ptrdiff_t)k]);                   \
                double three = step(two, x[2 * along + (ptrdiff_t)k]);                             \
                sums[k] = step(three, x[3 * along + (ptrdiff_t)k]);                                \
            }                                                                                      \
        for (; across == 1 && m < length; m++, x += along)                                         \
            RQ_INDEPENDENT for (size_t k = 0; k < n; k++) sums[k] = step(sums[k], x[k]);           \
        for (; across != 1 && i + RQ_REDUCTION_SUMS <= n; i += RQ_REDUCTION_SUMS) {                \
            double sum[RQ_REDUCTION_SUMS];                                                         \
            for (size_t k = 0; k < RQ_REDUCTION_SUMS; k++) sum[k] = sums[i + k];                   \
            for (m = 0; m < length; m++)                                                           \
                for (size_t k = 0; k < RQ_REDUCTION_SUMS; k++)                                     \
                    sum[k] = step(sum[k], x[(ptrdiff_t)(i + k) * across + (ptrdiff_t)m * along]);  \
            for (size_t k = 0; k < RQ_REDUCTION_SUMS; k++) sums[i + k] = sum[k];                   \
        }                                                                                          \
        for (; across != 1 && i < n; i++)                                                          \
            for (m = 0; m < length; m++)                                                           \
                sums[i] = step(sums[i], x[(ptrdiff_t)i * across + (ptrdiff_t)m * along]);          \
    }
#define RQ_REDUCTION_OF(name, type)                                                                \
    RQ_REDUCTION_BODY(static inline, name##_plain, type)                                           \
    RQ_REDUCTION_BODY(RQ_FOR_AVX2 static, name##_avx2, type)                                       \
    static void name(double *sums, size_t n, ptrdiff_t across, const type *x, ptrdiff_t along,     \
                     size_t length)                                                                \
    {                                                                                              \
        (rq_cpu_has(RQ_ISA_AVX2) ? name##_avx2 : name##_plain)(sums, n, across, x, along, length); \
    }
/* Defines `reduce_f32` and `reduce_f64` of an expression in sum and x, both double. */
#define RQ_REDUCTION(expression)                                                                   \
    static inline __attribute__((always_inline)) double step(double sum, double x)                 \
    {                                                                                              \
        return (expression);                                                                       \
    }                                                                                              \
    RQ_REDUCTION_OF(reduce_f32, float)                                                             \
    RQ_REDUCTION_OF(reduce_f64, double)

/* Input 1: axes, known or not. The output's shape follows from them. */
rq_status rq_reduce_infer(rq_infer *ctx);
rq_status rq_reduce_run(rq_call *call, const rq_reduction *reduction);

#endif
