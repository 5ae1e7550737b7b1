/* What the parts of the reader share. Private to engine/ir. Messages here begin with the layer or
 * edge; rq_ir_read puts the file before them. */
#ifndef RQ_IR_IR_READ_H
#define RQ_IR_IR_READ_H

#include "engine/ir/graph_build.h"

typedef struct rq_ir_file {
    const char *bin_path;
    const rq_open_file *bin; /* NULL: there is none */
} rq_ir_file;

/* <net> or a body: its attributes, layers, edges and the rest into an empty graph. */
rq_status rq_ir_read_net(rq_graph *graph, const rq_xml *net, const rq_ir_file *file);

/* Adds a node for <layer>, unconnected. */
rq_status rq_ir_read_layer(rq_graph *graph, const rq_xml *layer, const rq_ir_file *file);

/* Copies what is small; more has a source that reads the .bin. */
rq_status rq_ir_read_const(rq_graph *graph, rq_node *node, const rq_ir_file *file);

/* Points constants that have such a source, of bodies too, at their bytes in `bin`, or at an
 * aligned copy of them. */
rq_status rq_ir_map_consts(rq_graph *graph, const rq_mapping *bin);

/* Connects the nodes; every input must get one edge. */
rq_status rq_ir_read_edges(rq_graph *graph, const rq_xml *edges);

/* The attribute's value; RQ_EFORMAT when it is missing. */
rq_status rq_ir_require_attr(const char **out, const rq_xml *element, const char *name);
/* The same as a number in [0, max]. */
rq_status rq_ir_require_number(int64_t *out, const rq_xml *element, const char *name, int64_t max);
/* `element`'s attributes but those named in `known` (ends with NULL). */
rq_status rq_ir_other_attrs(rq_attr **out, size_t *n, rq_arena *arena, const rq_xml *element,
                            const char *const *known);

/* Appends `element` to a list; it must not be in another. */
typedef struct rq_xml_list {
    const rq_xml *first;
    rq_xml *last;
} rq_xml_list;
void rq_xml_list_add(rq_xml_list *list, const rq_xml *element);

#endif
