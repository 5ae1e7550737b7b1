/* Running single operators by their reference kernels: private to engine/exec. The reference
 * backend runs all of them so, the onednn backend those that oneDNN does not have. */
#ifndef RQ_EXEC_REFERENCE_H
#define RQ_EXEC_REFERENCE_H

#include "engine/exec/backend.h"

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

/* The first member of the state of a session that runs reference kernels. */
typedef struct rq_reference_session {
    const rq_model *model;
    rq_tensor *values;     /* by value id; data where the value lies, NULL while it has no memory */
    void *planned_scratch; /* of nodes that are not deferred; the session's owner */
    void **deferred;       /* by value id: memory of values sized at run time */
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

/* Whether a node has anything to run: not folded, no Parameter, no Result. */
bool rq_reference_has_step(const rq_bound *bound, const rq_node *node);

/* The widest node among those that will run. */
rq_status rq_reference_open(rq_reference_session *s, const rq_model *model, uint32_t widest_in,
                            uint32_t widest_out);
void rq_reference_close(rq_reference_session *s);
/* Runs a node on s->values, s being the session's state. */
rq_status rq_reference_run_node(rq_session *session, const rq_node *node);
/* Runs a node that moves elements (RQ_OP_MOVES, not deferred) on u8 codes of its floats: input 0 is
 * at s->in[0].data, output i goes to s->out[i].data. */
rq_status rq_reference_run_codes(rq_session *session, const rq_node *node);
/* Bytes of what was sized at run time. */
size_t rq_reference_bytes(const rq_reference_session *s);
/* RQ_EUNSUPPORTED where `bytes` more of them are more than a session may have: a small file can ask
 * for any number. */
#define RQ_RUN_TIME_BYTES ((size_t)2 << 30)
rq_status rq_reference_check_bytes(const rq_reference_session *s, const rq_node *node,
                                   size_t bytes);

extern const rq_services rq_reference_services;
void rq_reference_services_reset(rq_reference_session *s);
void rq_reference_services_close(rq_reference_session *s);

#endif
