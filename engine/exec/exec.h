/* Running a graph.
 *
 * A model is a graph planned by a backend for fixed input shapes: immutable, shared by workers. A
 * session holds one worker's buffers. An observer sees every value it asked for as soon as its
 * producer has run; it must not change it. */
#ifndef RQ_EXEC_EXEC_H
#define RQ_EXEC_EXEC_H

#include "engine/ops/bind.h"

typedef struct rq_model rq_model;
typedef struct rq_session rq_session;

typedef struct rq_exec_options {
    const char *backend;          /* a backend's name; NULL: the default */
    const rq_input_shape *shapes; /* overrides, see rq_bind */
    size_t n_shapes;
    const rq_bound
        *constants;          /* of the graph, or of one that either is a clone of: folded constants
                                are shared with it, which has to outlive the model. NULL: none */
    const rq_model *lender;  /* one that is there while this one is made: weights that lie alike for
                                kernels of both are shared with it; NULL: none */
    const uint8_t *observed; /* by value id: nonzero, an rq_observed, where an observer will look
                                (keeps a backend from fusing the value away); NULL: nothing,
                                though the reference backend then shows all */
    bool observed_only;      /* outputs are not asked for: a backend may end a run behind the last
                                observed value */
    unsigned threads;        /* inside one inference; 0 means 1 */
    bool saturating; /* integers as the CPU's fastest kernels add them, even where neighbouring
                        products leave int16 and saturate; else such layers run in float */
    bool bf16; /* floats lie and are multiplied in BF16, sums in f32: RQ_EARG where the backend
                  or this CPU has none */
    unsigned streams;    /* sessions that will run at once; 0 means 1. A backend with threads of
                            its own must know, the others need not. */
    bool kernels;        /* rq_model_kernel will be asked: a backend that tells its kernels only by
                            running runs once */
    const char *library; /* of a backend that is loaded at run time: its file or folder; NULL: it is
                            looked for */
} rq_exec_options;

/* How an observer takes a value. */
typedef enum rq_observed {
    RQ_OBSERVED_ROW_MAJOR = 1,
    RQ_OBSERVED_ANY_ORDER, /* f32 also with dim 1 last in memory: spares a copy */
} rq_observed;

/* Called with dense data in the value's own dtype, valid during the call only: row-major, or with
 * dim 1 last in memory (channels_last). */
typedef rq_status rq_observe_fn(void *ctx, rq_id value, const rq_tensor *tensor,
                                bool channels_last);

rq_status rq_model_create(rq_model **out, const rq_graph *graph, const rq_exec_options *options);
/* The same again, with constants and weights of its own, in memory near the calling thread: where
 * there are nodes of memory (engine/base/numa.h) when the first is made. */
rq_status rq_model_copy(rq_model **out, const rq_model *model);
/* A lender that is lender no more: it cannot run, and only destroying it is left. Accepts NULL. */
void rq_model_end_lending(rq_model *model);
void rq_model_destroy(rq_model **model);

const rq_graph *rq_model_graph(const rq_model *model); /* what it was made of */
size_t rq_model_input_count(const rq_model *model);
size_t rq_model_output_count(const rq_model *model);
/* Parameter/Result nodes in file order; shapes: rank -1 where known only at run time. */
const rq_node *rq_model_input_node(const rq_model *model, size_t i);
bool rq_model_input_is_named(const rq_model *model, size_t i, const char *name); /* by layer or
                                                                    tensor: rq_parameter_is_named */
const rq_node *rq_model_output_node(const rq_model *model, size_t i);
/* The output's own name among the tensor names of what the Result shows, else rq_value_name of it.
 */
const char *rq_model_output_name(const rq_model *model, size_t i, char *buffer, size_t size);
const rq_tensor *rq_model_input(const rq_model *model, size_t i); /* dtype and shape */
/* What the graph says of an input's shape: dynamic dimensions, or rank -1, where it may change. */
const rq_shape *rq_model_input_pattern(const rq_model *model, size_t i);
const rq_tensor *rq_model_output(const rq_model *model, size_t i);
const rq_bound *rq_model_bound(const rq_model *model); /* NULL for backends without one */
const char *rq_model_backend(const rq_model *model);
/* Name of the kernel that runs a node ("conv_f32_ref"), NULL when folded or not run. */
const char *rq_model_kernel(const rq_model *model, rq_id node);
#define RQ_KERNEL_FUSED "fused" /* the node is computed within another's kernel */
/* Changes of memory layout between kernels in one inference; 0 for backends that do not say. */
size_t rq_model_reorders(const rq_model *model);

rq_status rq_session_create(rq_session **out, const rq_model *model);
void rq_session_destroy(rq_session **session);

/* inputs[i] matches rq_model_input(i), or, in shape, the Parameter's own where that is dynamic: the
 * model is then planned for the shape, and the plan kept for a while. Observer may be NULL. */
rq_status rq_session_run(rq_session *session, const rq_tensor *inputs, rq_observe_fn *observe,
                         void *ctx);
/* The view is valid until the next run. */
const rq_tensor *rq_session_output(const rq_session *session, size_t i);
/* Of the shapes that ran last; NULL for backends without one. Valid until the next run. */
const rq_bound *rq_session_bound(const rq_session *session);
/* Turns on timing of nodes; backends that bind by themselves have none. */
rq_status rq_session_time_nodes(rq_session *session);
/* Seconds spent per node id since timing was turned on; NULL while it is off. */
const double *rq_session_node_seconds(const rq_session *session);
/* Forgets the variables of ReadValue/Assign. */
void rq_session_reset(rq_session *session);
/* Bytes of the workspace one session holds. */
size_t rq_session_bytes(const rq_session *session);

/* Creating and running models set the number of threads that the calling thread starts (OpenMP's),
 * and leave it so: a library keeps its caller's before, and puts it back after. */
int rq_exec_threads(void);
void rq_exec_set_threads(int threads);

/* The backends as a table. */
typedef struct rq_backend rq_backend;
const rq_backend *rq_backend_find(const char *name); /* NULL: the default one */
const rq_backend *rq_backend_at(size_t i);           /* NULL past the end of the table */
const char *rq_backend_name(const rq_backend *backend);
const char *rq_backend_help(const rq_backend *backend);
/* What computes, with its version: "OpenVINO 2026.4.1"; NULL when there is nothing to add. */
const char *rq_backend_version(const rq_backend *backend, const char *library);
/* NULL if it can run here, else why not. */
const char *rq_backend_missing(const rq_backend *backend, const char *library);
/* Whether floats are multiplied in BF16 here where nobody asks for a precision: deployments then
 * run so. */
bool rq_backend_prefers_bf16(const rq_backend *backend, const char *library);
/* By name (NULL: the default one), if it can run here. RQ_EARG names those there are for one that
 * is unknown, RQ_EUNSUPPORTED says what is missing. */
rq_status rq_backend_choose(const rq_backend **out, const rq_exec_options *options);
/* RQ_EUNSUPPORTED for a backend that shows no values inside a network: for who will observe some,
 * to ask before the first image. */
rq_status rq_backend_check_observes(const rq_exec_options *options);

#endif
