/* Operator mappings: how a framework's operators map to those of the IR. One file per group of
 * operators, one line per operator:
 *
 *     static const rq_op_mapping_row rows[] = {
 *         {"", "Relu", rq_map_same, "ReLU-1"},
 *         {"", "Conv", map_conv, NULL},
 *     };
 *     RQ_OP_MAPPING_GROUP(onnx_activation, rows)
 *
 * and one line per file in <framework>_op_mapping.def. */
#ifndef RQ_IMPORT_OP_MAPPING_H
#define RQ_IMPORT_OP_MAPPING_H

#include "engine/import/ir_builder.h"

typedef struct rq_op_mapping_row {
    const char *domain; /* "" for the framework's own operators */
    const char *type;
    /* Maps b->node: reads its inputs, emits, sets its outputs. */
    void (*map)(rq_ir_builder *b, const struct rq_op_mapping_row *row);
    const char *ir; /* for the function to use: mostly "Type-N" */
} rq_op_mapping_row;

typedef struct rq_op_mapping_group {
    const rq_op_mapping_row *rows;
    size_t n;
} rq_op_mapping_group;

#define RQ_OP_MAPPING_GROUP(name, table)                                                           \
    const rq_op_mapping_group rq_group_##name = {table, sizeof(table) / sizeof((table)[0])};

struct rq_op_mapping {
    const char *framework;
    const rq_op_mapping_group *const *groups;
    size_t n_groups;
    const rq_op_mapping *base; /* whose operators it has, too; NULL: none */
};

extern const rq_op_mapping rq_op_mapping_onnx;
/* TensorFlow's, which readers of other formats write as well. */
extern const rq_op_mapping rq_op_mapping_tf;

/* NULL when there is none. */
const rq_op_mapping_row *rq_op_mapping_find(const rq_op_mapping *op_mapping, const char *domain,
                                            const char *type);
/* The mapped type nearest in spelling; NULL if none is near. */
const char *rq_op_mapping_suggest(const rq_op_mapping *op_mapping, const char *type);

/* Mapping functions that tables of every framework use. */

/* One IR operator `ir` of the same inputs (those left out at the end dropped), no attributes. */
void rq_map_same(rq_ir_builder *b, const rq_op_mapping_row *row);
/* The inputs are the outputs. */
void rq_map_identity(rq_ir_builder *b, const rq_op_mapping_row *row);
/* numpy-broadcasting `ir` of two inputs. */
void rq_map_binary(rq_ir_builder *b, const rq_op_mapping_row *row);
/* `ir` folded over one or more inputs (Sum, Max, AddN). */
void rq_map_variadic(rq_ir_builder *b, const rq_op_mapping_row *row);

/* -- for the frame's own files --------------------------------------------------------------- */

/* To be ended even after a failure. */
rq_status rq_ir_builder_begin(rq_ir_builder *b, const rq_framework_model *source,
                              const rq_op_mapping *op_mapping, rq_graph *graph);
void rq_ir_builder_end(rq_ir_builder *b);
/* Maps the nodes that the outputs of `source` (b's own, or a branch of it) need. */
void rq_ir_builder_nodes(rq_ir_builder *b, const rq_framework_model *source);

#endif
