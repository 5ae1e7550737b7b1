/* TensorFlow's graph with its function calls expanded: what stands between the file and a
 * framework_model. Private to tf_*.c. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_GRAPH_H
#define RQ_IMPORT_TENSORFLOW_TF_GRAPH_H

#include "engine/base/map.h"
#include "engine/import/framework_model.h"

#include "engine/import/tensorflow/graph/tf.pb-c.h"

/* Output `output` of graph->nodes[node]. */
typedef struct rq_tf_port {
    uint32_t node, output;
} rq_tf_port;

typedef struct rq_tf_node {
    const char *name; /* no other node's; of an inlined one "<the call's scope>/<its own>" */
    const Tf__NodeDef *def;
    rq_tf_port *in; /* without control inputs */
    uint32_t n_in, n_out;
    uint32_t n_next; /* inputs behind those, that a loop's next trip takes: needed, not mapped */
    rq_tf_port *results; /* what stands for its outputs: of an expanded call, of a read variable */
    uint32_t n_results;
    uint32_t region;       /* that it is a node of; 0: of the graph itself */
    uint32_t first_region; /* of its own two: cond and body, then and else; 0: it has none */
    int depth;             /* of calls */
    bool needed, expanded;
    bool joined; /* a Merge: its inputs are the condition, what is taken when it holds, what else */
    bool *wanted;    /* of a node with regions: which outputs are read */
    bool made;       /* stands for other nodes: nobody asks for it by its name */
    rq_tensor value; /* with data: a constant, or a variable's value */
} rq_tf_node;

/* A value that the caller of the model asks for, under the signature's name. */
typedef struct rq_tf_output {
    const char *name;
    const char *tensor; /* what the signature calls it, "call:0"; NULL: none */
    rq_tf_port port;
} rq_tf_output;

/* A graph inside of a node: the condition or the body of a While, a branch of an If. Its nodes are
 * in the one list of the graph, each with the number of its region; what a node reads of an outer
 * region comes in by its name. */
typedef struct rq_tf_region {
    uint32_t owner;               /* node; its number n of regions: first_region + 0 or 1 */
    const char *attr;             /* "cond", "body", "then_branch", "else_branch" */
    const rq_tf_port *parameters; /* a While's states */
    rq_tf_port *results;
    uint32_t n_parameters, n_results;
} rq_tf_region;

typedef struct rq_tf_graph {
    rq_arena *arena;
    const char *path;                  /* for messages */
    size_t file_size;                  /* bounds how far functions and constants may expand */
    const Tf__SignatureDef *signature; /* of which inputs and outputs have names; NULL: none */
    bool whole;                        /* nodes stay that no output needs */
    size_t bytes_left;                 /* that constants and attributes may still expand to */
    rq_tf_node *nodes;
    size_t n_nodes, capacity;
    rq_map *names; /* -> nodes */
    const Tf__FunctionDefLibrary *library;
    rq_map *functions; /* -> library->function */
    rq_tf_output *outputs;
    size_t n_outputs;
    bool keep_loops; /* with all that is in them */
    rq_tf_region *regions;
    size_t n_regions, cap_regions; /* with that of the graph itself, once there is another */
} rq_tf_graph;

/* Nodes of `def` and of all functions that they call; inputs lead past calls. {0} before it, with
 * arena, path and sizes set; rq_tf_graph_close after it even when it fails. */
rq_status rq_tf_graph_open(rq_tf_graph *graph, const Tf__GraphDef *def);
void rq_tf_graph_close(rq_tf_graph *graph);

/* Inputs of each Merge of a condition become the condition, what is taken when it holds, and what
 * else; a Merge that is none's (a loop's, or one behind a loop that is no node yet) keeps its two.
 * Inputs must lead past calls by then. */
rq_status rq_tf_join_branches(rq_tf_graph *graph);
/* What is left of loops is listed as what does not map, not refused as circles. */
void rq_tf_cut_loops(rq_tf_graph *graph);

/* "name" or "name:2". */
rq_status rq_tf_graph_find(rq_tf_port *out, const rq_tf_graph *graph, const char *text);
/* Leads past calls and reads. RQ_EFORMAT when it leads round in a circle. */
rq_status rq_tf_graph_resolve(rq_tf_port *port, rq_tf_graph *graph);
rq_status rq_tf_graph_resolve_all(rq_tf_graph *graph);

/* Place of the output argument in an operator with several; 0 for all others. */
uint32_t rq_tf_output_place(const char *op, const char *argument);

/* That operator, or its variant for references, "RefSwitch"? */
bool rq_tf_is_op(const rq_tf_node *node, const char *op);
const Tf__AttrValue *rq_tf_find_attr(const Tf__NodeDef *def, const char *name);

/* Takes `bytes` of what a file may expand to; RQ_EFORMAT when it is spent. */
rq_status rq_tf_spend(rq_tf_graph *graph, size_t n, size_t size, const char *what);

/* Outputs of the signature, or the ends of the graph without one; marks what they need. */
rq_status rq_tf_choose_outputs(rq_tf_graph *graph);

/* Values of variables from the checkpoint into their nodes; reads lead to them. */
rq_status rq_tf_freeze(rq_tf_graph *graph, rq_framework_model *source, const char *checkpoint);

rq_dtype rq_tf_dtype(Tf__DataType type);
/* RQ_EFORMAT past RQ_MAX_RANK or for sizes below -1. */
rq_status rq_tf_shape(rq_shape *out, const Tf__TensorShapeProto *shape, const char *what);
/* Dense data in the arena; a list shorter than the shape repeats its last value. */
rq_status rq_tf_tensor(rq_tensor *out, rq_tf_graph *graph, const Tf__TensorProto *tensor,
                       const char *what);

rq_status rq_tf_add_attrs(rq_framework_model *source, rq_framework_node *node, rq_tf_graph *graph,
                          const rq_tf_node *from);
/* "n", "n:1", ...; NULL without memory. */
const char *rq_tf_value_name(rq_tf_graph *graph, const rq_tf_node *node, uint32_t output);
/* Does the node bring values from outside? They become the model's inputs. */
bool rq_tf_is_input(const Tf__NodeDef *def);
rq_status rq_tf_emit_inputs(rq_framework_model *source, rq_tf_graph *graph, const rq_tf_node *node);
/* The graph's needed nodes, constants and ends as the framework's model's. */
rq_status rq_tf_emit(rq_framework_model *source, rq_tf_graph *graph);

/* -- regions --------------------------------------------------------------------------------- */

/* What a node depends on: its inputs, then the results of its regions. */
uint32_t rq_tf_count_reads(const rq_tf_graph *graph, const rq_tf_node *node);
rq_tf_port *rq_tf_read(const rq_tf_graph *graph, const rq_tf_node *node, uint32_t k);

/* The node's two regions, empty so far. */
rq_status rq_tf_add_regions(rq_tf_graph *graph, uint32_t owner, const char *first,
                            const char *second);
/* A node of the graph's own making. `name` may be another's: then it gets a number. */
rq_status rq_tf_make_node(uint32_t *out, rq_tf_graph *graph, const char *name, const char *op,
                          uint32_t region);
/* The node becomes one of that operator, without attributes. */
rq_status rq_tf_remake_node(rq_tf_graph *graph, uint32_t node, const char *op);
/* RQ_EUNSUPPORTED of more than 64 loops and conditions in each other. */
rq_status rq_tf_check_nesting(const rq_tf_graph *graph, uint32_t depth);
/* The same of every region. */
rq_status rq_tf_check_depth(const rq_tf_graph *graph);
rq_status rq_tf_resolve_regions(rq_tf_graph *graph);

/* -- functions ------------------------------------------------------------------------------- */

/* The nodes of `def`, whose functions are known from then on. */
rq_status rq_tf_add_graph(rq_tf_graph *graph, const Tf__GraphDef *def);
/* Of all nodes, those that the signature's outputs need first: of several calls of the same
 * function the first keeps its names. */
rq_status rq_tf_expand_calls(rq_tf_graph *graph);

/* A function's nodes as nodes of `region`; its results stand for node i. */
typedef struct rq_tf_call {
    const rq_tf_port *given;
    uint32_t n_given;
    uint32_t region;
} rq_tf_call;
rq_status rq_tf_expand(rq_tf_graph *graph, uint32_t i, const Tf__FunctionDef *function,
                       const rq_tf_call *call);
const Tf__FunctionDef *rq_tf_function_attr(const rq_tf_graph *graph, const Tf__NodeDef *def,
                                           const char *name);
/* NULL: there is no function of that name. */
const Tf__FunctionDef *rq_tf_function(const rq_tf_graph *graph, const char *name);
/* The function's nodes are the call's region's, its results are too. */
rq_status rq_tf_expand_region(rq_tf_graph *graph, uint32_t i, const Tf__FunctionDef *function,
                              const rq_tf_call *call);
rq_status rq_tf_expand_if(rq_tf_graph *graph, uint32_t i);
rq_status rq_tf_expand_case(rq_tf_graph *graph, uint32_t i);
/* A node: does `number` mean that branch? `name` begins its own. */
rq_status rq_tf_make_is_branch(rq_tf_port *out, rq_tf_graph *graph, const char *name,
                               rq_tf_port number, uint32_t branch, uint32_t region);
/* A While without functions stays as it is, and does not map. */
rq_status rq_tf_expand_while(rq_tf_graph *graph, uint32_t i);

/* -- loops and conditions -------------------------------------------------------------------- */

/* TensorFlow 1's frames become While nodes. What is no loop stays, with its circle cut. */
rq_status rq_tf_find_loops(rq_tf_graph *graph);
/* A state that the body hands on as it is: its readers read what the loop begins with. */
rq_status rq_tf_find_invariants(rq_tf_graph *graph);
/* Conditions of Switch and Merge that outputs need become If nodes. */
rq_status rq_tf_find_branches(rq_tf_graph *graph);

#endif
