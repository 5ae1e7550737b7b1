/* ONNX's operators that work element by element. */
#include "engine/import/dialect.h"

static const rq_mapping_row rows[] = {
    {"", "Abs", rq_map_same, "Abs-1"},     {"", "Acos", rq_map_same, "Acos-1"},
    {"", "Acosh", rq_map_same, "Acosh-4"}, {"", "Identity", rq_map_identity, NULL},
    {"", "Add", rq_map_binary, "Add-1"},   {"", "Sum", rq_map_variadic, "Add-1"},
};
RQ_DIALECT_GROUP(onnx_elementwise, rows)
