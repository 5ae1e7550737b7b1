/* Element-wise operators: broadcasting, and loops over rows. An operator file gives the arithmetic
 * of one row of f32, and of one integer where integers are allowed. */
#ifndef RQ_OPS_COMMON_ELEMENTWISE_H
#define RQ_OPS_COMMON_ELEMENTWISE_H

#include "engine/ops/op.h"

#include <math.h>

/* -- broadcasting --------------------------------------------------------------------------- */

typedef enum rq_broadcast_mode {
    RQ_BROADCAST_NUMPY,
    RQ_BROADCAST_NONE,
    RQ_BROADCAST_PDPD
} rq_broadcast_mode;

typedef struct rq_broadcast_attrs {
    int mode;     /* rq_broadcast_mode */
    int64_t axis; /* pdpd: where input 1 starts; -1: at the end */
} rq_broadcast_attrs;

extern const rq_attr_spec rq_broadcast_specs[]; /* auto_broadcast, default numpy */

/* Where each of n operands (at most RQ_MAX_OPERANDS) stands while rows of the output are walked.
 * Dimensions that are contiguous in all operands are merged, so most calls are one row. */
#define RQ_MAX_OPERANDS 5
typedef struct rq_rows {
    int rank; /* of the merged outer dimensions */
    int64_t dims[RQ_MAX_RANK];
    int64_t strides[RQ_MAX_OPERANDS][RQ_MAX_RANK]; /* elements; 0 where broadcast */
    int n;
    size_t length;                 /* elements of a row */
    int64_t step[RQ_MAX_OPERANDS]; /* inside a row: 0 or 1 */
    size_t count;                  /* rows */
    int64_t index[RQ_MAX_RANK];
    int64_t at[RQ_MAX_OPERANDS]; /* offset of the present row */
} rq_rows;

/* Shapes are broadcast to `out` by numpy's rule. */
void rq_rows_begin(rq_rows *rows, const rq_shape *out, const rq_shape *const *operands, int n);
void rq_rows_next(rq_rows *rows);

/* The shape input 1 has after `mode` is applied: for pdpd with ones appended. */
rq_shape rq_broadcast_operand(const rq_broadcast_attrs *attrs, const rq_shape *a,
                              const rq_shape *b);

/* -- two inputs ----------------------------------------------------------------------------- */

typedef void rq_binary_row(float *out, const float *a, ptrdiff_t sa, const float *b, ptrdiff_t sb,
                           size_t n);
typedef int64_t rq_binary_int(int64_t a, int64_t b);
typedef bool rq_relation_f64(double a, double b);
typedef bool rq_relation_i64(int64_t a, int64_t b);

rq_status rq_binary_infer(rq_infer *ctx);   /* both inputs and the output of one dtype */
rq_status rq_relation_infer(rq_infer *ctx); /* boolean output */
rq_status rq_integers_infer(rq_infer *ctx); /* as rq_binary_infer; floats are refused */
/* row == NULL: floats are refused when it runs; integer == NULL: integers are. */
rq_status rq_binary_run(rq_call *call, rq_binary_row *row, rq_binary_int *integer);
rq_status rq_relation_run(rq_call *call, rq_relation_f64 *real, rq_relation_i64 *integer);

/* Defines `static void row(...)` of expression in x and y. */
#define RQ_BINARY_ROW(expression)                                                                  \
    static void row(float *out, const float *a, ptrdiff_t sa, const float *b, ptrdiff_t sb,        \
                    size_t n)                                                                      \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            const float x = a[(ptrdiff_t)i * sa], y = b[(ptrdiff_t)i * sb];                        \
            out[i] = (expression);                                                                 \
        }                                                                                          \
    }

/* -- one input ------------------------------------------------------------------------------ */

typedef void rq_unary_row(float *out, const float *in, size_t n);
typedef int64_t rq_unary_int(int64_t x);

rq_status rq_unary_infer(rq_infer *ctx);          /* one input, same dtype and shape */
rq_status rq_unary_integers_infer(rq_infer *ctx); /* as rq_unary_infer; floats are refused */
rq_status rq_unary_floats_infer(rq_infer *ctx);   /* as rq_unary_infer; floats only */
rq_status rq_predicate_infer(rq_infer *ctx);      /* one input, boolean output */
rq_status rq_two_scalars_infer(rq_infer *ctx);    /* one input and two numbers for all elements */
/* row == NULL or integer == NULL: as for rq_binary_run. */
rq_status rq_unary_run(rq_call *call, rq_unary_row *row, rq_unary_int *integer);

/* Defines `static void row(...)` of expression in x. */
#define RQ_UNARY_ROW(expression)                                                                   \
    static void row(float *out, const float *in, size_t n)                                         \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            const float x = in[i];                                                                 \
            out[i] = (expression);                                                                 \
        }                                                                                          \
    }

#endif
