#include "engine/import/tensorflow/loops/tf_sequence.h"

#include <string.h>

/* -- weights --------------------------------------------------------------------------------- */

/* [1, gates * S, width]: rows of every gate for one base. */
static rq_id emit_weights(rq_ir_builder *b, const rq_tf_cell *cell, int base, size_t width)
{
    size_t block = cell->hidden * width, n = (size_t)cell->n_gates;
    rq_shape shape = {3, {1, (int64_t)(n * cell->hidden), (int64_t)width}};
    float *all = rq_arena_alloc(b->arena, n * block, sizeof *all);
    if (!rq_ir_builder_ok(b, all ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (size_t g = 0; g < n; g++) {
        const float *from = cell->gates[g].matrix[base];
        if (g == 2 && cell->linear_before_reset && base == RQ_TF_BASE_H)
            from = cell->recurrent.matrix[base];
        if (from) memcpy(all + g * block, from, block * sizeof *all);
    }
    return rq_emit_const(b, &(rq_tensor){RQ_DT_F32, shape, all});
}

static rq_id emit_bias(rq_ir_builder *b, const rq_tf_cell *cell)
{
    size_t n = (size_t)cell->n_gates + cell->linear_before_reset;
    rq_shape shape = {2, {1, (int64_t)(n * cell->hidden)}};
    float *all = rq_arena_alloc(b->arena, n * cell->hidden, sizeof *all);
    if (!rq_ir_builder_ok(b, all ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (size_t g = 0; g < n; g++) {
        const float *from = g < (size_t)cell->n_gates ? cell->gates[g].bias : cell->recurrent.bias;
        if (from) memcpy(all + g * cell->hidden, from, cell->hidden * sizeof *all);
    }
    return rq_emit_const(b, &(rq_tensor){RQ_DT_F32, shape, all});
}

/* -- the list -------------------------------------------------------------------------------- */

static const int64_t batch_first[] = {1, 0, 2};

static bool is_transposed(const rq_ir_builder *b, const rq_node *node)
{
    int64_t order[RQ_MAX_RANK];
    size_t n;
    return !strcmp(node->type, "Transpose") && node->n_in == 2 &&
           rq_ir_builder_ints(b, node->in[1], order, RQ_MAX_RANK, &n) && n == 3 &&
           !memcmp(order, batch_first, sizeof batch_first);
}

/* [T, N, I] to [N, T, I] and back: past the Transpose that made it so. */
static rq_id turn(rq_ir_builder *b, rq_id x)
{
    const rq_node *node = rq_value_producer(b->graph, x);
    return is_transposed(b, node) ? node->in[0] : rq_emit_transpose(b, x, batch_first, 3);
}

/* Reversed along time; what it reverses comes out, or nothing. */
static rq_id reversed_list(const rq_ir_builder *b, rq_id list)
{
    const rq_node *node = rq_value_producer(b->graph, list);
    int64_t axis[1];
    size_t n;
    bool reversed = !strcmp(node->type, "Reverse") && node->n_in == 2 &&
                    rq_ir_builder_ints(b, node->in[1], axis, 1, &n) && n == 1 &&
                    (axis[0] == 0 || axis[0] == -3);
    return reversed ? node->in[0] : RQ_NONE;
}

/* -- lengths --------------------------------------------------------------------------------- */

/* The value around the loop that the body reads. */
static rq_id outer_value(const rq_tf_steps *steps, rq_id value)
{
    const rq_ir_builder *body = steps->body;
    const rq_tensor *known = rq_ir_builder_const(body, value);
    if (known) return rq_emit_const(steps->b, known);
    rq_id parameter = rq_value_producer(body->graph, value)->id;
    for (size_t i = 0; i < body->n_captures; i++)
        if (body->captures[i].parameter == parameter) return body->captures[i].outer;
    return RQ_NONE;
}

typedef struct sizes {
    rq_id batch, time; /* i64[1], i64 */
} sizes;

/* Of x, [N, T, I]. */
static sizes sizes_of(rq_ir_builder *b, rq_id x)
{
    rq_id shape = rq_emit_shape_of(b, x);
    return (sizes){rq_emit_gather(b, shape, RQ_EMIT_INTS(b, 0), 0),
                   rq_emit_gather(b, shape, rq_emit_int(b, 1), 0)};
}

static rq_id broadcast(rq_ir_builder *b, rq_id value, rq_id shape)
{
    return rq_emit(b, "Broadcast-3", RQ_IN(value, shape), "mode=numpy");
}

/* -- emitting -------------------------------------------------------------------------------- */

/* [N, 1, S] of [N, S]; zeros are made so. */
static rq_id first_state(rq_ir_builder *b, rq_id first, const sizes *x, size_t hidden)
{
    const int64_t direction = 1;
    const rq_node *node = rq_value_producer(b->graph, first);
    const rq_tensor *zero =
        !strcmp(node->type, "Broadcast") ? rq_ir_builder_const(b, node->in[0]) : NULL;
    if (!zero || rq_tensor_count(zero) != 1 || rq_load_f64(zero->data, zero->dtype, 0) != 0.0)
        return rq_emit_unsqueeze(b, first, &direction, 1);
    rq_id shape =
        rq_emit(b, "Concat-1", RQ_IN(x->batch, RQ_EMIT_INTS(b, 1, (int64_t)hidden)), "axis=0");
    return broadcast(b, node->in[0], shape);
}

static const char *activation_names(rq_ir_builder *b, const rq_tf_cell *cell)
{
    const char *text = cell->activations[0];
    for (int i = 1; i < cell->n_activations && text; i++)
        text = rq_arena_printf(b->arena, "%s,%s", text, cell->activations[i]);
    rq_ir_builder_ok(b, text ? RQ_OK : RQ_ENOMEM);
    return text ? text : "";
}

static rq_node *emit_node(const rq_tf_steps *steps, const rq_tf_cell *cell, rq_id x, rq_id lengths,
                          bool backwards)
{
    rq_ir_builder *b = steps->b;
    bool lstm = cell->n_gates == 4;
    const sizes size = sizes_of(b, x);
    rq_id in[7];
    size_t n = 0;
    in[n++] = x;
    in[n++] = first_state(b, steps->states[cell->h].first, &size, cell->hidden);
    if (lstm) in[n++] = first_state(b, steps->states[cell->c].first, &size, cell->hidden);
    in[n++] = lengths != RQ_NONE ? lengths : broadcast(b, size.time, size.batch);
    in[n++] = emit_weights(b, cell, RQ_TF_BASE_X, cell->input);
    in[n++] = emit_weights(b, cell, RQ_TF_BASE_H, cell->hidden);
    in[n++] = emit_bias(b, cell);
    const char *more = cell->n_gates != 3          ? ""
                       : cell->linear_before_reset ? ";linear_before_reset=true"
                                                   : ";linear_before_reset=false";
    return rq_emit_node(b, cell->type, in, n, lstm ? 3 : 2,
                        "hidden_size=%zu;direction=%s;activations=%s%s", cell->hidden,
                        backwards ? "reverse" : "forward", activation_names(b, cell), more);
}

/* Shapes and states fit what the loop's were: [N, S] of the same N. */
static bool fits(const rq_tf_steps *steps)
{
    rq_ir_builder *b = steps->b;
    if (rq_ir_builder_rank(b, steps->list) != 3 || rq_ir_builder_dtype(b, steps->list) != RQ_DT_F32)
        return false;
    for (size_t i = 0; i < steps->n_states; i++)
        for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) {
            const rq_shape *shape = &rq_ir_builder_sample(b, steps->states[i].first, s)->shape;
            const rq_shape *list = &rq_ir_builder_sample(b, steps->list, s)->shape;
            if (shape->rank != 2 || list->rank != 3 || shape->d[0] != list->d[1]) return false;
        }
    return true;
}

/* OpenVINO ignores the lengths where sizes are not known before it runs. */
static bool is_static(const rq_ir_builder *b, rq_id x)
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    return rq_shape_is_static(&shape);
}

bool rq_tf_sequence_emit(rq_tf_sequence *out, const rq_tf_steps *steps)
{
    rq_ir_builder *b = steps->b;
    rq_tf_cell cell;
    const int64_t direction = 1;
    if (b->status != RQ_OK || !fits(steps) || !rq_tf_cell_find(&cell, steps)) return false;
    rq_id forward = cell.lengths == RQ_NONE ? reversed_list(b, steps->list) : RQ_NONE;
    rq_id x = turn(b, forward != RQ_NONE ? forward : steps->list);
    rq_id lengths = cell.lengths == RQ_NONE ? RQ_NONE : outer_value(steps, cell.lengths);
    if (cell.lengths != RQ_NONE && (lengths == RQ_NONE || !is_static(b, x))) return false;
    const rq_node *node =
        emit_node(steps, &cell, x, lengths, steps->backwards != (forward != RQ_NONE));
    if (!node) return false;
    out->outputs = turn(b, rq_emit_squeeze(b, node->out[0], &direction, 1));
    if (forward != RQ_NONE)
        out->outputs =
            rq_emit(b, "Reverse-1", RQ_IN(out->outputs, RQ_EMIT_INTS(b, 0)), "mode=index");
    out->h = cell.h;
    out->state[cell.h] = rq_emit_squeeze(b, node->out[1], &direction, 1);
    if (cell.n_gates == 4) out->state[cell.c] = rq_emit_squeeze(b, node->out[2], &direction, 1);
    return b->status == RQ_OK;
}
