/* Reads an IR, writes it again, prints its digest: ir_rewrite IN.xml OUT.xml */
#include "engine/ir/ir.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 3) return fprintf(stderr, "usage: ir_rewrite IN.xml OUT.xml\n"), 2;
    rq_graph *graph = NULL;
    char digest[33];
    rq_status status = rq_ir_read(&graph, argv[1]);
    if (status == RQ_OK) status = rq_ir_write(graph, argv[2]);
    if (status == RQ_OK) status = rq_graph_digest(digest, graph);
    rq_graph_destroy(&graph);
    if (status != RQ_OK) return fprintf(stderr, "%s\n", rq_error_text()), 1;
    puts(digest);
    return 0;
}
