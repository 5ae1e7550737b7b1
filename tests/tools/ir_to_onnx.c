/* Writes an IR as ONNX: ir_to_onnx IN.xml OUT.onnx [uint8|int8] */
#include "engine/export/onnx/to_onnx.h"
#include "engine/ir/ir.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc < 3) return fprintf(stderr, "usage: ir_to_onnx IN.xml OUT.onnx [uint8|int8]\n"), 2;
    rq_qdq qdq = argc > 3 && !strcmp(argv[3], "int8") ? RQ_QDQ_INT8 : RQ_QDQ_UINT8;
    rq_graph *graph = NULL;
    rq_status status = rq_ir_read(&graph, argv[1]);
    if (status == RQ_OK) status = rq_to_onnx_write(graph, argv[2], qdq);
    rq_graph_destroy(&graph);
    return status == RQ_OK ? 0 : (fprintf(stderr, "%s\n", rq_error_text()), 1);
}
