/* Element-wise operators: broadcasting, and loops over rows. An operator file gives the arithmetic
 * of one row of f32, and of one integer where integers are allowed. */
#ifndef RQ_OPS_COMMON_ELEMENTWISE_H
#define RQ_OPS_COMMON_ELEMENTWISE_H

#include "engine/base/cpu.h"
#include "engine/ops/common/rows.h"

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

/* The shape input 1 has after `mode` is applied: for pdpd with ones appended. */
rq_shape rq_broadcast_operand(const rq_broadcast_attrs *attrs, const rq_shape *a,
                              const rq_shape *b);

/* -- two inputs ----------------------------------------------------------------------------- */

/* Of n elements each; `out` may be `a` or `b`. */
typedef void rq_binary_row(float *out, const float *a, const float *b, size_t n);
typedef void rq_binary_integers(int64_t *out, const int64_t *a, const int64_t *b, size_t n);
typedef void rq_relation_row(uint8_t *out, const void *a, const void *b, size_t n);
typedef struct rq_relation {
    rq_relation_row *f32, *i32, *i64, *u8;
} rq_relation;

rq_status rq_binary_infer(rq_infer *ctx);   /* both inputs and the output of one dtype */
rq_status rq_relation_infer(rq_infer *ctx); /* boolean output */
rq_status rq_integers_infer(rq_infer *ctx); /* as rq_binary_infer; floats are refused */
/* row == NULL: floats are refused when it runs; integers == NULL: integers are. */
rq_status rq_binary_run(rq_call *call, rq_binary_row *row, rq_binary_integers *integers);
/* All floats are compared as f32, f64 too: what computes them computes f32, as OpenVINO's CPU
 * plugin does, and x == min(x, y) has to hold. Other integers are compared as i64. */
rq_status rq_relation_run(rq_call *call, const rq_relation *relation);

/* Defines `static void row(...)` of expression in x and y. */
#define RQ_BINARY_ROW(expression)                                                                  \
    static void row(float *out, const float *a, const float *b, size_t n)                          \
    {                                                                                              \
        RQ_INDEPENDENT for (size_t i = 0; i < n; i++)                                              \
        {                                                                                          \
            const float x = a[i], y = b[i];                                                        \
            out[i] = (expression);                                                                 \
        }                                                                                          \
    }

/* Defines `static void name(...)` of a function of two integers. */
#define RQ_BINARY_INTEGERS(name, function)                                                         \
    static void name(int64_t *out, const int64_t *a, const int64_t *b, size_t n)                   \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) out[i] = function(a[i], b[i]);                              \
    }

#define RQ_RELATION_BODY(linkage, name, type, expression)                                          \
    linkage void name(uint8_t *out, const void *a, const void *b, size_t n)                        \
    {                                                                                              \
        RQ_INDEPENDENT for (size_t i = 0; i < n; i++)                                              \
        {                                                                                          \
            const type x = ((const type *)a)[i], y = ((const type *)b)[i];                         \
            out[i] = (uint8_t)(expression);                                                        \
        }                                                                                          \
    }
#define RQ_RELATION_ROW(name, type, expression)                                                    \
    RQ_RELATION_BODY(static inline, name##_plain, type, expression)                                \
    RQ_RELATION_BODY(RQ_FOR_AVX2 static, name##_avx2, type, expression)                            \
    static void name(uint8_t *out, const void *a, const void *b, size_t n)                         \
    {                                                                                              \
        (rq_cpu_has(RQ_ISA_AVX2) ? name##_avx2 : name##_plain)(out, a, b, n);                      \
    }
/* Defines `static const rq_relation relation` of an expression in x and y that is 0 or 1. */
#define RQ_RELATION(expression)                                                                    \
    RQ_RELATION_ROW(row_f32, float, expression)                                                    \
    RQ_RELATION_ROW(row_i32, int32_t, expression)                                                  \
    RQ_RELATION_ROW(row_i64, int64_t, expression)                                                  \
    RQ_RELATION_ROW(row_u8, uint8_t, expression)                                                   \
    static const rq_relation relation = {row_f32, row_i32, row_i64, row_u8};

/* -- one input ------------------------------------------------------------------------------ */

typedef void rq_unary_row(float *out, const float *in, size_t n);
typedef void rq_unary_integers(int64_t *out, const int64_t *in, size_t n);

rq_status rq_unary_infer(rq_infer *ctx);          /* one input, same dtype and shape */
rq_status rq_unary_integers_infer(rq_infer *ctx); /* as rq_unary_infer; floats are refused */
rq_status rq_unary_floats_infer(rq_infer *ctx);   /* as rq_unary_infer; floats only */
rq_status rq_predicate_infer(rq_infer *ctx);      /* one input, boolean output */
rq_status rq_two_scalars_infer(rq_infer *ctx);    /* one input and two numbers for all elements */
/* row == NULL or integers == NULL: as for rq_binary_run. */
rq_status rq_unary_run(rq_call *call, rq_unary_row *row, rq_unary_integers *integers);

/* Defines `static void row(...)` of expression in x. */
#define RQ_UNARY_ROW(expression)                                                                   \
    static void row(float *out, const float *in, size_t n)                                         \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            const float x = in[i];                                                                 \
            out[i] = (expression);                                                                 \
        }                                                                                          \
    }

/* Defines `static void name(...)` of a function of one integer. */
#define RQ_UNARY_INTEGERS(name, function)                                                          \
    static void name(int64_t *out, const int64_t *in, size_t n)                                    \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) out[i] = function(in[i]);                                   \
    }

#endif
