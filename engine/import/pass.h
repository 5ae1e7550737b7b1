/* Passes: rewrites of the imported graph that keep its function. One file passes/pass_<name>.c
 * and one line in passes/passes.def each.
 *
 * They run while the graph is still being built, so that rq_emit infers and folds what they make.
 * A pass changes nodes in place or emits new ones and lets them take over; what nothing uses any
 * more is removed afterwards. Graphs inside If, Loop and Scan are left as they are. */
#ifndef RQ_IMPORT_PASS_H
#define RQ_IMPORT_PASS_H

#include "engine/import/ir_builder.h"
#include "engine/ops/operators.h"

/* What was fused, for the report. */
typedef struct rq_fused_layer {
    const char *pass;  /* "linear" */
    const char *layer; /* the layer that does the others' work now */
} rq_fused_layer;

typedef struct rq_keep rq_keep;

/* What is asked of the passes. */
typedef struct rq_pass_choice {
    bool disable_fusing; /* only those that do not fuse are run */
    const char *skip;    /* name of a pass that is not run; NULL: none */
    const rq_keep *keep; /* layers that those that fuse leave alone; NULL: none */
} rq_pass_choice;

typedef struct rq_pass {
    rq_ir_builder *b;
    rq_graph *graph;
    const char *name;
    rq_uses uses; /* who uses what, as of the last rq_pass_node */
    size_t n_values;
    bool stale;
    size_t changes;       /* of this pass */
    const rq_keep *keep;  /* layers that this pass must leave alone; NULL: none */
    size_t n_given;       /* layers below this id were there before the passes */
    rq_framework_node at; /* the node looked at: what is emitted has names derived from its name */
    size_t n_named;       /* layers below this id were there before it was looked at */
    rq_fused_layer *fused;
    size_t n_fused, cap_fused;
} rq_pass;

typedef struct rq_pass_row {
    const char *name, *help;
    void (*run)(rq_pass *p); /* once over the graph; failures are kept in p->b */
    bool fuses;              /* switched off by --disable_fusing */
} rq_pass_row;

size_t rq_pass_count(void);
const rq_pass_row *rq_pass_at(size_t i);

/* Runs the passes in their order, each until it changes nothing; then removes what is not used.
 * p->fused is free()d by the caller. */
rq_status rq_passes_run(rq_pass *p, rq_ir_builder *b, const rq_pass_choice *choice);

/* The first pass alone, before the preparation of inputs is put behind them. */
rq_status rq_passes_run_first(rq_ir_builder *b);

/* Layers that are not to be fused: "Conv1,.*Scale.*", regular expressions (POSIX, extended) that
 * their names begin with. */
rq_status rq_keep_create(rq_keep **out, const char *text);
void rq_keep_destroy(rq_keep **keep);
bool rq_keep_has(const rq_keep *keep, const char *name); /* false for NULL */

/* -- for passes ------------------------------------------------------------------------------ */

/* The node that makes a value if it is of that operator and not kept, else NULL (also for RQ_NONE).
 */
rq_node *rq_pass_producer(const rq_pass *p, rq_id value, const rq_op *op);
/* Attributes of a node whose operator there is: its struct, as they are now. Arena of the graph. */
const void *rq_pass_attrs(const rq_pass *p, const rq_node *node);
/* One of them by name: see rq_attrs_int and rq_attrs_float. */
int64_t rq_pass_int(const rq_pass *p, const rq_node *node, const char *name);
double rq_pass_float(const rq_pass *p, const rq_node *node, const char *name);
/* How many inputs use a value (Results count), before the changes since rq_pass_node. */
size_t rq_pass_uses(const rq_pass *p, rq_id value);
/* The only use of a value; NULL if there is none or more, or it is kept. */
const rq_use *rq_pass_only_use(const rq_pass *p, rq_id value);

/* Which of a node's two inputs is constant: its index, or -1 when none or both are. */
int rq_pass_constant_side(const rq_pass *p, const rq_node *node);
/* A constant whose elements are all `want` (to a relative 1e-3: models round their constants). */
bool rq_pass_is(const rq_pass *p, rq_id value, double want);

/* x, when the value is its mean over constant axes with the dimensions kept; else RQ_NONE. */
rq_id rq_pass_mean_of(const rq_pass *p, rq_id value, rq_id *axes);
/* Constants of the same type, shape and content. */
bool rq_pass_same_constant(const rq_pass *p, rq_id x, rq_id y);

/* Dimension `index` of a value. */
typedef struct rq_dimension {
    rq_id value;
    int index;
} rq_dimension;
/* The earliest value that is known to have this one as a dimension. */
rq_dimension rq_pass_trace_dimension(const rq_pass *p, rq_id value, int index);
/* Which dimension element i of a row of sizes is; false where that is not known. */
bool rq_pass_trace_size(rq_dimension *out, const rq_pass *p, rq_id row, int64_t i);
/* Is dimension i of x dimension k of y, for every size of the unknown ones? */
bool rq_pass_same_dim(const rq_pass *p, rq_id x, int i, rq_id y, int k);

/* Consumers of the node's (only) output read `value` instead; the value's producer, where it was
 * emitted for that, takes over the node's name; the value takes the tensor names. Counts as a
 * change. */
void rq_pass_replace(rq_pass *p, rq_node *node, rq_id value);
/* Consumers of the node's (only) output read `value` instead, which the emitted producer computes
 * from that output; the value takes the tensor names, the node keeps its name. */
void rq_pass_put_behind(rq_pass *p, const rq_node *node, rq_id value);
/* A node emitted since rq_pass_node gets the name of one that goes; others keep theirs. */
void rq_pass_take_name(rq_pass *p, rq_node *heir, rq_node *node);
/* The value gets the other's tensor names too. */
void rq_pass_join_names(rq_pass *p, rq_id to, rq_id from);
/* For changes in place: input i of the node reads `value`. */
void rq_pass_set_input(rq_pass *p, rq_node *node, uint32_t i, rq_id value);
/* Fails for a text that the operator does not take. */
void rq_pass_set_attr(rq_pass *p, rq_node *node, const char *name, const char *value);
/* Types and shapes anew, after attributes that decide them have changed. */
void rq_pass_reinfer(rq_pass *p);

/* Node i if it is of that operator and not kept, else NULL. Removes what earlier changes left
 * without use, so nodes that were emitted must be connected by then. New nodes come behind: for
 * (size_t i = 0; i < p->graph->n_nodes; i++) if ((node = rq_pass_node(p, i, &rq_op_Pad))) ... */
rq_node *rq_pass_node(rq_pass *p, size_t i, const rq_op *op);
rq_node *rq_pass_any_node(rq_pass *p, size_t i); /* the same of any operator */

#endif
