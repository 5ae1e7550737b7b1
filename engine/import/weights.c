#include "engine/import/weights.h"

#include <string.h>

rq_id rq_emit_dequantized(rq_ir_builder *b, rq_id codes, rq_id scale, rq_id zero, bool compressed)
{
    b->no_fold = compressed;
    rq_id x = rq_emit_convert(b, codes, rq_ir_builder_dtype(b, scale));
    if (zero != RQ_NONE) x = rq_emit_binary(b, "Subtract-1", x, zero);
    x = rq_emit_binary(b, "Multiply-1", x, scale);
    b->no_fold = false;
    return x;
}

typedef struct compressed {
    rq_id codes, scale, zero;
} compressed;

static const rq_node *producer(const rq_ir_builder *b, rq_id value, const char *type)
{
    const rq_node *node =
        b->status == RQ_OK && value != RQ_NONE ? rq_value_producer(b->graph, value) : NULL;
    return node && !strcmp(node->type, type) ? node : NULL;
}

/* One number, or one for each index of some axes. */
static bool lies_along(const rq_ir_builder *b, rq_id rows, int rank)
{
    int found = rq_ir_builder_rank(b, rows);
    return found == 0 || found == rank;
}

static bool take_apart(compressed *out, const rq_ir_builder *b, rq_id weights)
{
    const rq_node *scaled = producer(b, weights, "Multiply");
    const rq_node *moved = scaled ? producer(b, scaled->in[0], "Subtract") : NULL;
    const rq_node *convert =
        scaled ? producer(b, moved ? moved->in[0] : scaled->in[0], "Convert") : NULL;
    int rank = rq_ir_builder_rank(b, weights);
    if (!convert || !producer(b, convert->in[0], "Const") || !rq_ir_builder_const(b, weights) ||
        !lies_along(b, scaled->in[1], rank) || (moved && !lies_along(b, moved->in[1], rank)))
        return false;
    *out = (compressed){convert->in[0], scaled->in[1], moved ? moved->in[1] : RQ_NONE};
    return true;
}

/* A move, of any value of the weights' rank. */
typedef struct move {
    const int64_t *order; /* a transpose; NULL: none */
    int64_t axis;         /* a new axis, with `groups` 0 */
    int64_t groups;
} move;

static rq_id emit_groups(rq_ir_builder *b, rq_id x, int64_t groups)
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t dims[RQ_MAX_RANK + 1];
    if (b->status != RQ_OK || shape.rank < 1 || shape.rank >= RQ_MAX_RANK) return x;
    dims[0] = shape.d[0] == 1 ? 1 : groups;
    dims[1] = shape.d[0] / dims[0];
    memcpy(dims + 2, shape.d + 1, (size_t)(shape.rank - 1) * sizeof *dims);
    return rq_emit_reshape(b, x, dims, (size_t)shape.rank + 1);
}

static rq_id emit_move(rq_ir_builder *b, rq_id x, const move *m)
{
    int rank = rq_ir_builder_rank(b, x);
    if (m->order) return rq_emit_transpose(b, x, m->order, rank < 0 ? 0 : (size_t)rank);
    return m->groups ? emit_groups(b, x, m->groups) : rq_emit_unsqueeze(b, x, &m->axis, 1);
}

/* A scalar is the same wherever the axes are. */
static rq_id move_rows(rq_ir_builder *b, rq_id rows, const move *m)
{
    return rows == RQ_NONE || rq_ir_builder_rank(b, rows) == 0 ? rows : emit_move(b, rows, m);
}

static rq_id move_weights(rq_ir_builder *b, rq_id weights, const move *m)
{
    compressed c;
    if (!take_apart(&c, b, weights)) return emit_move(b, weights, m);
    return rq_emit_dequantized(b, emit_move(b, c.codes, m), move_rows(b, c.scale, m),
                               move_rows(b, c.zero, m), true);
}

rq_id rq_emit_weights_transpose(rq_ir_builder *b, rq_id weights, const int64_t *order, size_t n)
{
    if (rq_ir_builder_rank(b, weights) != (int)n) return rq_emit_transpose(b, weights, order, n);
    return move_weights(b, weights, &(move){.order = order});
}

rq_id rq_emit_weights_unsqueeze(rq_ir_builder *b, rq_id weights, int64_t axis)
{
    return move_weights(b, weights, &(move){.axis = axis});
}

rq_id rq_emit_weights_group(rq_ir_builder *b, rq_id weights, int64_t groups)
{
    return move_weights(b, weights, &(move){.groups = groups});
}
