/* Reading and writing IR files, v10 and v11.
 *
 * What is read is written again: unknown layers, versions, attributes and elements, rt_info, names,
 * ids. Normalised are only: `offset` of constants, the order of edges (by producer, then
 * consumer), precision and dims of input ports (those of the connected value; v10 says no
 * precision there), unknown elements of a layer (after <data>), and bodies (last). Attributes of a
 * port other than id, precision and names are dropped. */
#ifndef RQ_IR_IR_H
#define RQ_IR_IR_H

#include "engine/ir/graph.h"

/* Reads `xml_path` and the .bin beside it (same stem), which is mapped, not copied; a model
 * without constants needs no .bin. Every offset, size, shape, port and edge is checked; the
 * message names file, layer id and name, found and expected. The graph is not sorted: see
 * rq_graph_topo_order. */
rq_status rq_ir_read(rq_graph **out, const char *xml_path);

/* The same, but large constants stay in the .bin, which stays open: they have but a source, which
 * reads there, until rq_graph_load maps them all. For what reads each constant once, or none. */
rq_status rq_ir_open(rq_graph **out, const char *xml_path);

/* Writes the .bin beside `xml_path` and the xml under temporary names; neither is replaced unless
 * both could be written, and an xml is only there beside its own .bin (rq_writer_commit_pair). v11
 * for graphs read as v11 or built in memory, v10 for v10. Equal constants share bytes; each is
 * aligned to its element size (at least 1). Same graph: same bytes. Layers appear in file order,
 * nodes made by requant in topological place with fresh layer ids. */
rq_status rq_ir_write(const rq_graph *graph, const char *xml_path);

#endif
