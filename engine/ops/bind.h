/* Binding: from a graph as read to one that can run. Attributes parsed, shapes inferred for given
 * input shapes, constants folded. The result is immutable and shared by all workers. */
#ifndef RQ_OPS_BIND_H
#define RQ_OPS_BIND_H

#include "engine/ops/op.h"

typedef struct rq_input_shape {
    const char *name; /* Parameter's layer name or tensor name */
    rq_shape shape;   /* static */
} rq_input_shape;

typedef struct rq_bound_node {
    const rq_op *op; /* NULL for removed nodes */
    const void *attrs;
    int version;
    size_t scratch; /* bytes */
    bool folded;    /* its outputs are constants: nothing to run */
    bool fixed;     /* folded from constants alone: the same for all shapes of the inputs */
    bool postponed; /* folded, and its data is there once rq_bound_fold was asked for it */
    bool deferred;  /* shapes are known only at run time */
} rq_bound_node;

typedef struct rq_bound {
    const rq_graph *graph;
    rq_id *order; /* topological, all nodes */
    size_t n_order;
    rq_bound_node *nodes; /* by node id */
    rq_tensor
        *values; /* by value id: dtype and shape (rank -1 where deferred); data of constants */
    rq_id *parameters, *results; /* node ids in file order */
    size_t n_parameters, n_results;
    rq_arena *arena;
    void **folded_data; /* by value id; malloc'd data of folded values; NULL: not its own */
} rq_bound;

/* shapes[n] override the Parameters' shapes; a Parameter that stays dynamic is an error that says
 * how to give one. Missing operators: one RQ_EUNSUPPORTED error that lists all, with layer names.
 */
rq_status rq_bind(rq_bound **out, const rq_graph *graph, const rq_input_shape *shapes, size_t n);
/* The same, but that fixed values which `base`, of the graph or of one that either is a clone of,
 * has too are shared with it: it has to outlive what is bound. NULL: none. Large weights that are
 * stored as integers are postponed: integer kernels don't need them as numbers. */
rq_status rq_bind_sharing(rq_bound **out, const rq_graph *graph, const rq_bound *base,
                          const rq_input_shape *shapes, size_t n);
/* Data of a constant that was postponed, of one or of all; no sessions may run. */
rq_status rq_bound_fold(rq_bound *bound, rq_id value);
rq_status rq_bound_fold_all(rq_bound *bound);
void rq_bound_destroy(rq_bound **bound);

/* Of a value: its data is known, and nothing computes it. */
static inline bool rq_bound_is_constant(const rq_bound *bound, rq_id value)
{
    return bound->nodes[bound->graph->values[value]->producer].folded;
}

/* Runs infer for one node on given inputs (at bind time, and again at run time when deferred). */
rq_status rq_bound_infer(const rq_bound *bound, rq_id node, const rq_tensor *in, rq_tensor *out,
                         bool *deferred, size_t *scratch);

/* Runs one node's kernel on dense tensors, converting narrow floats around kernels that want f32.
 * out[i].data must be allocated unless the node is deferred. */
rq_status rq_bound_run(const rq_bound *bound, rq_id node, const rq_tensor *in, rq_tensor *out,
                       void *scratch, const rq_services *services, void *executor);

/* Parses "NAME[1,3,640,640]"; '?' is RQ_DYNAMIC. The name is in the arena. */
rq_status rq_input_shape_parse(rq_input_shape *out, const char *text, rq_arena *arena);
/* RQ_EARG, naming the graph's inputs, for the shape of none; and for one of another rank than the
 * input has. */
rq_status rq_input_shapes_check(const rq_graph *graph, const rq_input_shape *shapes, size_t n);

#endif
