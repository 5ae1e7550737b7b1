/* Cells of recurrent layers, and walking them along a sequence. A cell file gives its gates; cells
 * and sequences of one kind share it.
 *
 * Letters: N batch, T time, I input size, S hidden size, D directions, G gates. Weights W
 * [D,G*S,I], R [D,G*S,S], B [D,G'*S]; a cell has D = 1 and no dimension for it. */
#ifndef RQ_OPS_COMMON_RECURRENT_H
#define RQ_OPS_COMMON_RECURRENT_H

#include "engine/ops/op.h"

typedef struct rq_recurrent_attrs {
    int64_t hidden_size;
    const char *activations; /* "sigmoid,tanh,tanh"; "" for the cell's own */
    rq_floats alpha, beta;   /* of activations that have them */
    double clip;             /* infinity: none */
    bool linear_before_reset;
    int direction;
} rq_recurrent_attrs;

extern const rq_attr_spec rq_recurrent_specs[];

#define RQ_MAX_GATES 4

typedef float rq_gate_fn(float x, float alpha, float beta);

typedef struct rq_gate {
    rq_gate_fn *fn;
    float alpha, beta;
} rq_gate;

/* One step of one sequence: x [G*S] = W x_t, h [S] before and after, c [S] likewise (LSTM). r [G*S]
 * is scratch for R h. */
typedef struct rq_cell_step {
    size_t hidden;
    const float *wx, *r, *b;
    float *rh, *h, *c;
    const rq_gate *gates;
    double clip;
    bool linear_before_reset;
} rq_cell_step;

typedef struct rq_cell_kind {
    int gates, bias_gates; /* blocks of W and R; of B (GRU with linear_before_reset has one more) */
    bool has_cell_state;
    const char *activations; /* defaults */
    int n_activations;
    void (*step)(const rq_cell_step *s);
} rq_cell_kind;

extern const rq_cell_kind rq_lstm_kind, rq_gru_kind, rq_rnn_kind;

/* For operators whose `kind` is an rq_cell_kind. W and R are used once for every step of X. */
rq_status rq_cell_infer(rq_infer *ctx);
rq_status rq_cell_run(rq_call *call);
double rq_cell_flops(const rq_work_shapes *shapes);
rq_status rq_sequence_infer(rq_infer *ctx);
rq_status rq_sequence_run(rq_call *call);
double rq_sequence_flops(const rq_work_shapes *shapes);
size_t rq_recurrent_scratch(const rq_infer *ctx);

/* y = M x, M [rows, columns]. */
void rq_matvec(float *y, const float *m, const float *x, size_t rows, size_t columns);
float rq_clip(double x, double clip);

#endif
