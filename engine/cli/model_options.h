/* The options every command that runs a model shares: --shape, --backend. */
#ifndef RQ_CLI_MODEL_OPTIONS_H
#define RQ_CLI_MODEL_OPTIONS_H

#include "engine/cli/command.h"
#include "engine/exec/exec.h"

extern const rq_option rq_model_options[];

#define RQ_MAX_SHAPES 64

typedef struct rq_model_choice {
    rq_arena *arena;
    rq_input_shape shapes[RQ_MAX_SHAPES];
    size_t n_shapes;
    const char *backend;   /* NULL: the default */
    bool saturating, bf16; /* see rq_exec_options */
} rq_model_choice;

rq_status rq_model_choice_open(rq_model_choice *out, const rq_args *args);
void rq_model_choice_close(rq_model_choice *choice);
rq_exec_options rq_model_choice_exec(const rq_model_choice *choice);

/* --threads: 0 or absent means one per core. */
rq_status rq_threads_option(unsigned *out, const rq_args *args);

#endif
