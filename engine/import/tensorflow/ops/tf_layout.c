#include "engine/import/tensorflow/ops/tf_layout.h"

#include <string.h>

/* Looking for an equal Transpose ends here: graphs of many inputs are short. */
#define MAX_SEARCH 4096

static void to_last(int64_t *order, int rank)
{
    order[0] = 0;
    for (int i = 1; i < rank - 1; i++) order[i] = i + 1;
    order[rank - 1] = 1;
}

static void to_first(int64_t *order, int rank)
{
    order[0] = 0;
    order[1] = rank - 1;
    for (int i = 2; i < rank; i++) order[i] = i - 1;
}

static bool is_transpose(const rq_ir_builder *b, const rq_node *node, const int64_t *order,
                         int rank)
{
    int64_t found[RQ_MAX_RANK];
    size_t n;
    return node && !strcmp(node->type, "Transpose") && node->n_in == 2 &&
           rq_ir_builder_ints(b, node->in[1], found, RQ_MAX_RANK, &n) && n == (size_t)rank &&
           !memcmp(found, order, n * sizeof *order);
}

bool rq_tf_channels_first_row(rq_ir_builder *b, size_t i, int rank, int64_t *out)
{
    int64_t values[RQ_MAX_RANK];
    size_t n;
    if (!rq_ir_builder_ints(b, rq_ir_builder_in(b, i), values, RQ_MAX_RANK, &n) ||
        n != (size_t)rank)
        return false;
    for (int k = 0; k < rank; k++) out[rq_tf_channels_first_axis(k, rank)] = values[k];
    return true;
}

bool rq_tf_layouts_agree(const rq_shape *shape)
{
    int64_t pixels = 1;
    for (int i = 1; i < shape->rank; i++)
        if (shape->d[i] < 0) return false;
    for (int i = 1; i < shape->rank - 1; i++) pixels *= shape->d[i];
    return shape->rank > 2 && (pixels == 1 || shape->d[shape->rank - 1] == 1);
}

/* The axes of x in that order, as a Reshape where the data stays where it is: one pixel, or one
 * channel. `last`: the one of the two shapes that is channels last. */
static rq_id emit_order(rq_ir_builder *b, rq_id x, const int64_t *order, const rq_shape *last)
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t dims[RQ_MAX_RANK] = {0}; /* 0: the batch as it was */
    if (!rq_tf_layouts_agree(last)) return rq_emit_transpose(b, x, order, (size_t)shape.rank);
    for (int i = 1; i < shape.rank; i++) dims[i] = shape.d[order[i]];
    return rq_emit_reshape(b, x, dims, (size_t)shape.rank);
}

/* Where the data stays in place, any Reshape between the two shapes will do. */
static bool is_reordering(const rq_ir_builder *b, const rq_node *node, const int64_t *order,
                          const rq_shape *last)
{
    if (is_transpose(b, node, order, last->rank)) return true;
    if (!node || strcmp(node->type, "Reshape") || !rq_tf_layouts_agree(last)) return false;
    rq_shape from = rq_ir_builder_shape(b, node->in[0]), to = *last;
    for (int i = 0; i < last->rank; i++) to.d[i] = from.rank == last->rank ? from.d[order[i]] : -1;
    return from.rank == last->rank && from.d[0] == last->d[0] && rq_shape_equal(&to, last);
}

static rq_id find_first(const rq_ir_builder *b, rq_id value)
{
    rq_shape shape = rq_ir_builder_shape(b, value);
    int64_t order[RQ_MAX_RANK];
    if (shape.rank < 3) return RQ_NONE;
    to_last(order, shape.rank);
    const rq_node *node = rq_value_producer(b->graph, value);
    return is_reordering(b, node, order, &shape) ? node->in[0] : RQ_NONE;
}

bool rq_tf_has_channels_first(const rq_ir_builder *b, rq_id value)
{
    return b->status == RQ_OK && value != RQ_NONE && find_first(b, value) != RQ_NONE;
}

/* The same Transpose of the same value, made for another reader. */
static rq_id find_equal(const rq_ir_builder *b, rq_id value, const int64_t *order, int rank)
{
    for (size_t i = 0; i < b->graph->n_nodes && i < MAX_SEARCH; i++) {
        const rq_node *node = b->graph->nodes[i];
        if (node && node->n_in == 2 && node->in[0] == value && is_transpose(b, node, order, rank))
            return node->out[0];
    }
    return RQ_NONE;
}

rq_id rq_tf_to_channels_first(rq_ir_builder *b, rq_id value)
{
    int rank = rq_ir_builder_require_rank(b, value);
    rq_shape last = rq_ir_builder_shape(b, value);
    int64_t order[RQ_MAX_RANK];
    if (b->status != RQ_OK || rank < 3) return value;
    rq_id found = find_first(b, value);
    to_first(order, rank);
    if (found == RQ_NONE) found = find_equal(b, value, order, rank);
    return found != RQ_NONE ? found : emit_order(b, value, order, &last);
}

/* The node has the layer's name; the tensor of TensorFlow's name and shape is behind it. */
void rq_tf_set_channels_first(rq_ir_builder *b, size_t i, rq_id value)
{
    int rank = rq_ir_builder_require_rank(b, value);
    int64_t order[RQ_MAX_RANK];
    if (b->status != RQ_OK || !rq_ir_builder_wants(b, i)) return;
    rq_ir_builder_set(b, i, value);
    if (rank < 3) return;
    to_last(order, rank);
    rq_shape shape = rq_ir_builder_shape(b, value), last_shape = shape;
    for (int k = 0; k < rank; k++) last_shape.d[k] = shape.d[order[k]];
    rq_id last = emit_order(b, value, order, &last_shape);
    if (b->status != RQ_OK || last == value) return;
    rq_ir_builder_name(b, b->node->out[i], last);
    b->graph->values[last]->names = b->graph->values[value]->names;
    b->graph->values[value]->names = NULL;
}

rq_id rq_tf_channels_first_operand(rq_ir_builder *b, rq_id value, int rank)
{
    rq_shape shape = rq_ir_builder_shape(b, value);
    int64_t dims[RQ_MAX_RANK] = {1, -1};
    if (shape.rank == rank) return rq_tf_to_channels_first(b, value);
    if (shape.rank == 0 || (shape.rank == 1 && shape.d[0] == 1)) return value;
    if (shape.rank != 1) return RQ_NONE;
    for (int i = 2; i < rank; i++) dims[i] = 1;
    return rq_emit_reshape(b, value, dims, (size_t)rank);
}

/* -- layers with data_format ----------------------------------------------------------------- */

bool rq_tf_is_channels_last(const rq_ir_builder *b)
{
    const char *format = rq_framework_string(b->node, "data_format", "NHWC");
    size_t length = strlen(format);
    return length > 0 && format[length - 1] == 'C';
}

rq_id rq_tf_image_input(rq_ir_builder *b, size_t i)
{
    rq_id x = rq_ir_builder_in(b, i);
    return rq_tf_is_channels_last(b) ? rq_tf_to_channels_first(b, x) : x;
}

void rq_tf_set_image_output(rq_ir_builder *b, size_t i, rq_id value)
{
    if (rq_tf_is_channels_last(b))
        rq_tf_set_channels_first(b, i, value);
    else
        rq_ir_builder_set(b, i, value);
}

bool rq_tf_spatial(rq_ir_builder *b, const char *name, int rank, int64_t fallback, int64_t *out)
{
    size_t n;
    const int64_t *list = rq_framework_ints(b->node, name, &n);
    int first = rq_tf_is_channels_last(b) ? 1 : 2;
    for (int i = 0; i < rank - 2; i++) out[i] = fallback;
    if (n == 0) return b->status == RQ_OK;
    if (n != (size_t)rank) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%s has %zu numbers for %d axes", name, n, rank);
        return false;
    }
    for (int i = 0; i < rank - 2; i++) out[i] = list[first + i];
    return b->status == RQ_OK;
}

/* -- elementwise ----------------------------------------------------------------------------- */

void rq_tf_map_with(rq_ir_builder *b, rq_id (*emit)(rq_ir_builder *b, rq_id x))
{
    rq_id x = rq_ir_builder_in(b, 0);
    if (rq_tf_has_channels_first(b, x))
        rq_tf_set_channels_first(b, 0, emit(b, rq_tf_to_channels_first(b, x)));
    else
        rq_ir_builder_set(b, 0, emit(b, x));
}

void rq_tf_map_unary(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool first = rq_tf_has_channels_first(b, x);
    rq_id y = rq_emit(b, row->ir, RQ_IN(first ? rq_tf_to_channels_first(b, x) : x), "%s", "");
    if (first)
        rq_tf_set_channels_first(b, 0, y);
    else
        rq_ir_builder_set(b, 0, y);
}

void rq_tf_map_binary(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    if (rq_tf_has_channels_first(b, x) || rq_tf_has_channels_first(b, y)) {
        int rank = rq_ir_builder_rank(b, rq_tf_has_channels_first(b, x) ? x : y);
        rq_id in[2] = {rq_tf_channels_first_operand(b, x, rank),
                       rq_tf_channels_first_operand(b, y, rank)};
        if (in[0] != RQ_NONE && in[1] != RQ_NONE) {
            rq_tf_set_channels_first(b, 0, rq_emit_binary(b, row->ir, in[0], in[1]));
            return;
        }
    }
    rq_ir_builder_set(b, 0, rq_emit_binary(b, row->ir, x, y));
}

/* -- constants ------------------------------------------------------------------------------- */

bool rq_tf_ints(rq_ir_builder *b, size_t i, int64_t *out, size_t *n, const char *what)
{
    return b->status == RQ_OK &&
           rq_ir_builder_require_ints(b, rq_ir_builder_in(b, i), out, RQ_MAX_RANK, n, what);
}

int rq_tf_axis(rq_ir_builder *b, int64_t axis, int rank)
{
    int found = 0;
    if (b->status == RQ_OK && rq_axis_normalize(&found, axis, rank, "axis") != RQ_OK)
        rq_ir_builder_fail(b, RQ_EFORMAT, "axis %lld of %d", (long long)axis, rank);
    return found;
}
