/* What OpenVINO's CPU plugin does with codes, operator by operator: one line each in
 * int8_kernels.def, measured in OpenVINO 2026.4 on AVX-512 with VNNI and on AVX2, and proved by
 * tests/interop/test_kernels.py, which reads the execution graph. A value is quantized for a kernel
 * that is faster for it, and for nothing else. */
#ifndef RQ_QUANT_PLACEMENT_INT8_KERNELS_H
#define RQ_QUANT_PLACEMENT_INT8_KERNELS_H

#include "engine/ops/op.h"

/* Whose kernels: a file must not depend on the CPU that it is made on. */
typedef enum rq_int8_isa {
    RQ_INT8_VNNI, /* AVX-512 or AVX2 with VNNI, AMX; what is planned for where nothing is known */
    RQ_INT8_AVX2, /* without */
    RQ_INT8_ISAS
} rq_int8_isa;

typedef enum rq_kernel_use {
    RQ_KERNEL_FLOATS,   /* computes in f32 whatever it is given, or is slower with codes */
    RQ_KERNEL_COMPUTES, /* computes with codes: asks for them */
    RQ_KERNEL_SUMS,     /* asks where it becomes the in-place sum of a convolution */
    RQ_KERNEL_MOVES,    /* hands codes on: asks where those behind it do */
    RQ_KERNEL_TAKES,    /* reads codes that others have asked for, and asks of sums only */
    RQ_KERNEL_FOLLOWS   /* runs in f32 at the end of its producer's kernel: no codes between */
} rq_kernel_use;

typedef struct rq_int8_kernel {
    const char *type;    /* of the layer */
    bool of_activations; /* of a layer whose inputs are all activations; else, of any other */
    rq_kernel_use use;
    bool pays[RQ_INT8_ISAS]; /* of those that ask: faster with codes */
    const char *reason;      /* why it stays in floating point where it does */
} rq_int8_kernel;

/* All of the table, in its order. */
size_t rq_int8_kernel_count(void);
const rq_int8_kernel *rq_int8_kernel_at(size_t i);
/* NULL for an operator that the table does not have: it computes in floating point. of_activations:
 * no input of it is constant, which makes a difference for some. */
const rq_int8_kernel *rq_int8_kernel_of(const rq_op *op, bool of_activations);

#endif
