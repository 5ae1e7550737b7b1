/* What a backend implements: private to engine/exec. One file (or a few of one prefix) and one line
 * in backends.def. */
#ifndef RQ_EXEC_BACKEND_H
#define RQ_EXEC_BACKEND_H

#include "engine/exec/exec.h"

/* An input or output of a model as its user sees it. */
typedef struct rq_port {
    const rq_node *node; /* Parameter or Result */
    rq_tensor tensor;    /* dtype and shape; rank -1 where known only at run time */
} rq_port;

struct rq_model {
    const rq_backend *backend;
    const rq_graph *graph;
    rq_bound *bound; /* NULL for a backend that binds by itself */
    rq_port *inputs, *outputs;
    size_t n_inputs, n_outputs;
    void *plan;                   /* the backend's */
    struct rq_variants *variants; /* for other shapes of the inputs; NULL: there are none */
    struct rq_kept_options *kept; /* it was made with, where it may be copied; else NULL */
};

struct rq_session {
    const rq_model *model;
    const rq_model *variant; /* that ran last; NULL: the model itself */
    rq_session *other;       /* of the variant */
    void *state;             /* the backend's */
    double *node_seconds;    /* NULL while timing is off */
};

struct rq_backend {
    const char *name;
    const char *help; /* what it is, in a few words */
    /* Either may be NULL; `library` is that of rq_exec_options. */
    const char *(*version)(const char *library);
    const char *(*missing)(const char *library); /* NULL: it can run here; else why not */
    bool (*prefers_bf16)(const char *library);   /* may be NULL: no */
    /* The number of threads that the calling thread starts, and setting it; both NULL where running
     * leaves it alone. */
    int (*threads)(void);
    void (*set_threads)(int threads);
    bool opaque; /* shows no values inside a network: model.c refuses those who would look */
    bool binds;  /* model.c binds the graph and fills inputs and outputs */
    rq_status (*plan)(rq_model *model, const rq_graph *graph, const rq_exec_options *options);
    void (*plan_destroy)(rq_model *model);
    const char *(*kernel)(const rq_model *model, rq_id node);
    size_t (*reorders)(const rq_model *model); /* may be NULL */
    rq_status (*open)(rq_session *session);
    void (*close)(rq_session *session);
    rq_status (*run)(rq_session *session, const rq_tensor *inputs, rq_observe_fn *observe,
                     void *ctx);
    const rq_tensor *(*output)(const rq_session *session, size_t i);
    void (*reset)(rq_session *session); /* may be NULL */
    size_t (*bytes)(const rq_session *session);
};

/* rq_model_create, but that no other shapes can be run. */
rq_status rq_model_plan(rq_model **out, const rq_graph *graph, const rq_exec_options *options);

static inline bool rq_port_is_for(const rq_port *port, const rq_tensor *tensor)
{
    return port->tensor.dtype == tensor->dtype &&
           rq_shape_equal(&port->tensor.shape, &tensor->shape);
}
/* Whether it was planned for inputs of these types and shapes. */
bool rq_model_is_for(const rq_model *model, const rq_tensor *inputs);

#endif
