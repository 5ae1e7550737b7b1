/* What a sweep does. Private to engine/exec/onednn. */
#ifndef RQ_EXEC_ONEDNN_SWEEP_OPS_H
#define RQ_EXEC_ONEDNN_SWEEP_OPS_H

#include "engine/exec/onednn/dnnl.h"

#define RQ_SWEEP_MAX_OPS 12
#define RQ_SWEEP_MAX_CHANNEL_OPS 4 /* of them with an operand per channel */

#define RQ_SWEEP_MAX_INTERLEAVED 4 /* channels */

typedef enum rq_sweep_kind { RQ_SWEEP_F32, RQ_SWEEP_BF16, RQ_SWEEP_CODES } rq_sweep_kind;

/* How numbers lie in memory. Codes have one scale: x = (code - zero_point) * scale, codes from 0 to
 * top. */
typedef struct rq_sweep_numbers {
    rq_sweep_kind kind;
    float scale;
    int32_t zero_point, top;
    uint8_t less; /* subtracted from codes that are written: 128 makes u8 to s8 */
} rq_sweep_numbers;

typedef struct rq_sweep_op {
    bool binary;
    rq_dnn_eltwise_kind eltwise; /* if it is not; one that rq_sweep_knows */
    float alpha, beta;
    rq_dnn_binary_kind kind; /* if it is: number kind operand, or operand kind number */
    bool swapped;
    bool per_channel; /* the operand is a float for each channel; else it lies as the numbers */
    rq_sweep_numbers operand; /* if it lies as the numbers */
} rq_sweep_op;

typedef struct rq_sweep {
    rq_dnn_blocked shape; /* memory, padding included */
    rq_sweep_numbers from, to;
    rq_sweep_op ops[RQ_SWEEP_MAX_OPS]; /* at least one where from and to are of one kind */
    size_t n_ops;
    bool interleaves; /* codes are written channels last; read with blocks of 1, of few channels */
} rq_sweep;

#endif
