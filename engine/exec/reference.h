/* The reference backend's session: private to engine/exec/reference*.c. */
#ifndef RQ_EXEC_REFERENCE_H
#define RQ_EXEC_REFERENCE_H

#include "engine/exec/backend.h"
#include "engine/exec/memory_plan.h"

typedef struct rq_reference_plan {
    rq_id *steps; /* nodes that run, in order */
    size_t n_steps;
    rq_memory_plan memory;
    uint32_t widest_in, widest_out;
    const uint8_t *observed; /* by value id, owned; NULL: all */
} rq_reference_plan;

typedef struct rq_variable {
    char *id;
    rq_tensor tensor; /* data malloc'd */
    size_t capacity;
} rq_variable;

/* A nested graph, bound for the shapes of its latest call. */
typedef struct rq_child {
    rq_id node;
    uint32_t body;
    rq_model *model;
    rq_session *session;
} rq_child;

typedef struct rq_reference_session {
    const rq_model *model;
    const rq_reference_plan *plan;
    uint8_t *workspace;
    rq_tensor *values;      /* by value id */
    void **deferred;        /* by value id: memory of values sized at run time */
    size_t *deferred_bytes; /* by value id */
    rq_tensor *in, *out;    /* the running node's */
    void *scratch;          /* for deferred nodes */
    size_t scratch_bytes;
    rq_tensor *outputs; /* the model's */
    rq_variable *variables;
    size_t n_variables, capacity_variables;
    rq_child *children;
    size_t n_children, capacity_children;
} rq_reference_session;

extern const rq_services rq_reference_services;
void rq_reference_services_reset(rq_reference_session *s);
void rq_reference_services_close(rq_reference_session *s);

#endif
