/* TensorFlow's images are [N, H, W, C], the IR's operators want [N, C, H, W]. Private to tf_*.c.
 *
 * Every value of the framework's model stands in the graph as TensorFlow has it. An operator that
 * works on channels-first data emits it so, with a Transpose back behind it; the next one that
 * wants channels first takes what is before that Transpose, which then nobody reads. What is left
 * are transposes where the layout really changes: at inputs, outputs, and operators on whole
 * shapes. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_LAYOUT_H
#define RQ_IMPORT_TENSORFLOW_TF_LAYOUT_H

#include "engine/import/op_mapping.h"

/* The value with its last axis moved to place 1. */
rq_id rq_tf_to_channels_first(rq_ir_builder *b, rq_id value);
/* True when the channels-first form is there already, so that using it costs nothing. */
bool rq_tf_has_channels_first(const rq_ir_builder *b, rq_id value);
/* `value` is output i of the node, channels first. */
void rq_tf_set_channels_first(rq_ir_builder *b, size_t i, rq_id value);
/* Where an axis of a channels-last value of that rank is in its channels-first form. */
static inline int rq_tf_channels_first_axis(int axis, int rank)
{
    return axis == 0 ? 0 : axis == rank - 1 ? 1 : axis + 1;
}
/* Input i, a row of one constant per axis, in the order of the channels-first axes. False: it is
 * none. */
bool rq_tf_channels_first_row(rq_ir_builder *b, size_t i, int rank, int64_t *out);
/* Data in memory is the same in both layouts of a channels-last shape: one pixel or one channel.
 * False where a dimension is unknown. */
bool rq_tf_layouts_agree(const rq_shape *shape);
/* An operand of an elementwise operator on channels-first data of `rank`: itself, transposed, or
 * with ones put in so that it broadcasts. RQ_NONE when it has no such form. */
rq_id rq_tf_channels_first_operand(rq_ir_builder *b, rq_id value, int rank);

/* Input 0 as a layer with the attribute data_format wants it, and its result to output 0. */
bool rq_tf_is_channels_last(const rq_ir_builder *b);
rq_id rq_tf_image_input(rq_ir_builder *b, size_t i);
void rq_tf_set_image_output(rq_ir_builder *b, size_t i, rq_id value);
/* The n spatial numbers of a list attribute that has one for each axis. */
bool rq_tf_spatial(rq_ir_builder *b, const char *name, int rank, int64_t fallback, int64_t *out);

/* Elementwise operators, in the layout that their inputs are in. */
void rq_tf_map_unary(rq_ir_builder *b, const rq_op_mapping_row *row);
void rq_tf_map_binary(rq_ir_builder *b, const rq_op_mapping_row *row);
/* A node of one input made by `emit` is output 0, in the layout of input 0. */
void rq_tf_map_with(rq_ir_builder *b, rq_id (*emit)(rq_ir_builder *b, rq_id x));

/* The angle of the vector (x, y). */
rq_id rq_tf_emit_atan2(rq_ir_builder *b, rq_id y, rq_id x);

/* Input i as constant integers; a message naming `what` otherwise. */
bool rq_tf_ints(rq_ir_builder *b, size_t i, int64_t *out, size_t *n, const char *what);
/* "axis" made non-negative; a failure outside of the rank. */
int rq_tf_axis(rq_ir_builder *b, int64_t axis, int rank);

#endif
