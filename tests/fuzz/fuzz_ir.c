/* An IR: xml, and behind a NUL the bin. Read, written again, bound, run. */
#include "tests/fuzz/fuzz.h"

#include "engine/ir/ir.h"
#include "tests/fuzz/run_graph.h"

#include <stdio.h>

void fuzz_one(const uint8_t *data, size_t size)
{
    const uint8_t *bin;
    size_t n_bin, n_xml = fuzz_cut(data, size, '\0', &bin, &n_bin);
    rq_graph *graph;
    fuzz_write("m.bin", bin, n_bin);
    if (rq_ir_read(&graph, fuzz_write("m.xml", data, n_xml)) != RQ_OK) return;
    (void)rq_ir_write(graph, fuzz_path("again.xml"));
    fuzz_run_graph(graph);
    rq_graph_destroy(&graph);
}
