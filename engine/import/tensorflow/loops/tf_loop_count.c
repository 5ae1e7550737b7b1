/* How often a While runs: its condition compares counters with what the loop does not change. */
#include "engine/import/tensorflow/loops/tf_loop.h"

#include <string.h>

typedef struct comparison {
    uint32_t counter;
    const char *bound;
    bool up, including; /* counter < bound, or > ; <=, >= */
} comparison;

/* -- reading the condition ------------------------------------------------------------------- */

static bool reads_states(const rq_tf_loop *l, const char *name)
{
    rq_map *seen = NULL;
    bool reads = true;
    if (l->b->status != RQ_OK || !rq_ir_builder_ok(l->b, rq_map_create(&seen))) return true;
    if (rq_ir_builder_ok(l->b, rq_tf_loop_needs(l->cond, l->in_cond, name, seen))) {
        reads = false;
        for (size_t k = 0; k < l->n_states; k++)
            reads |= !l->states[k].fixed && rq_map_get(seen, l->states[k].cond) != RQ_NONE;
    }
    rq_map_destroy(&seen);
    return reads;
}

static bool read_comparison(comparison *out, const rq_tf_loop *l, const rq_framework_node *node)
{
    static const struct {
        const char *type;
        bool up, including;
    } kinds[] = {{"Less", true, false},
                 {"LessEqual", true, true},
                 {"Greater", false, false},
                 {"GreaterEqual", false, true}};
    size_t i = 0;
    while (i < 4 && strcmp(kinds[i].type, node->type) != 0) i++;
    if (i == 4 || node->n_in != 2) return false;
    uint32_t own = rq_tf_loop_state(l, node->in[0], true) != RQ_NONE ? 0 : 1;
    out->counter = rq_tf_loop_state(l, node->in[own], true);
    out->bound = node->in[1 - own];
    out->up = own ? !kinds[i].up : kinds[i].up;
    out->including = kinds[i].including;
    if (out->counter == RQ_NONE || reads_states(l, out->bound)) return false;
    int64_t step = l->states[out->counter].step;
    return out->up ? step > 0 : step < 0;
}

/* -- emitting -------------------------------------------------------------------------------- */

/* A value of the condition that needs none of its states, in the graph around the loop. */
static rq_id map_outer(rq_tf_loop *l, const char *name)
{
    rq_ir_builder *b = l->b;
    rq_framework_value output = {.name = name};
    rq_framework_model part = *l->cond;
    const rq_framework_node *node = b->node;
    bool repeated = b->repeated;
    part.outputs = &output;
    part.n_outputs = 1;
    b->repeated = true;
    rq_ir_builder_nodes(b, &part);
    b->node = node;
    b->repeated = repeated;
    return rq_ir_builder_find(b, name);
}

static rq_id scalar_i64(rq_ir_builder *b, rq_id x)
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    x = rq_emit_convert(b, x, RQ_DT_I64);
    return shape.rank == 0 ? x : rq_emit_reshape(b, x, NULL, 0);
}

static bool is_whole(const rq_ir_builder *b, rq_id x)
{
    rq_dtype dtype = rq_ir_builder_dtype(b, x);
    return dtype == RQ_DT_I32 || dtype == RQ_DT_I64;
}

/* One of the model's unknown dimensions, which is never below 0. */
static bool is_dimension(const rq_ir_builder *b, rq_id x)
{
    for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) {
        const rq_tensor *t = rq_ir_builder_sample(b, x, s);
        if (!t->data || rq_tensor_count(t) != 1 ||
            rq_load_i64(t->data, t->dtype, 0) != rq_ir_builder_sample_dims[s])
            return false;
    }
    return true;
}

/* ceil((bound - first) / step), not below 0; with the bound itself one more. */
static rq_id count(rq_tf_loop *l, const comparison *c)
{
    rq_ir_builder *b = l->b;
    const rq_tf_state *s = &l->states[c->counter];
    rq_id first = rq_ir_builder_find(b, s->first), bound = map_outer(l, c->bound);
    int64_t step = s->step > 0 ? s->step : -s->step;
    if (b->status != RQ_OK || !is_whole(b, first) || !is_whole(b, bound)) return RQ_NONE;
    first = scalar_i64(b, first);
    bound = scalar_i64(b, bound);
    bool from_zero =
        c->up && rq_ir_builder_const(b, first) && rq_ir_builder_number(b, first, 1.0) == 0.0;
    rq_id span =
        from_zero ? bound
                  : rq_emit_binary(b, "Subtract-1", c->up ? bound : first, c->up ? first : bound);
    int64_t more = (c->including ? 1 : 0) + step - 1;
    if (more) span = rq_emit_binary(b, "Add-1", span, rq_emit_int(b, more));
    rq_id least =
        is_dimension(b, span) ? span : rq_emit_binary(b, "Maximum-1", span, rq_emit_int(b, 0));
    return step == 1 ? least : rq_emit_binary(b, "Divide-1", least, rq_emit_int(b, step));
}

static bool is_true(rq_tf_loop *l, const char *name)
{
    if (!rq_tf_loop_is_outer(l, name, true)) return false;
    rq_id value = rq_ir_builder_find(l->b, rq_tf_loop_source(l->cond, l->in_cond, name));
    return rq_ir_builder_const(l->b, value) && rq_ir_builder_number(l->b, value, 0.0) != 0.0;
}

/* The least of what each part of the condition allows; false when one is no comparison. */
static bool count_part(rq_tf_loop *l, const char *name, int depth)
{
    name = rq_tf_loop_source(l->cond, l->in_cond, name);
    uint32_t i = rq_map_get(l->in_cond, name);
    if (i == RQ_NONE) return is_true(l, name);
    const rq_framework_node *node = &l->cond->nodes[i];
    if (!strcmp(node->type, "LogicalAnd") && node->n_in == 2 && depth < 8)
        return count_part(l, node->in[0], depth + 1) && count_part(l, node->in[1], depth + 1);
    comparison c;
    if (!read_comparison(&c, l, node)) return false;
    rq_id trips = count(l, &c);
    if (trips == RQ_NONE) return false;
    if (l->trips == RQ_NONE)
        l->trips = trips;
    else if (!rq_tf_same_number(l->b, l->trips, trips)) /* those of Keras are */
        l->trips = rq_emit_binary(l->b, "Minimum-1", l->trips, trips);
    return true;
}

void rq_tf_loop_count(rq_tf_loop *loop)
{
    if (!count_part(loop, loop->cond->outputs[0].name, 0)) loop->trips = RQ_NONE;
}

rq_id rq_tf_loop_begin(const rq_tf_loop *loop, uint32_t counter, rq_id trips)
{
    rq_ir_builder *b = loop->b;
    const rq_tf_state *s = &loop->states[counter];
    rq_id first = scalar_i64(b, rq_ir_builder_find(b, s->first));
    if (s->step > 0) return first;
    return rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Subtract-1", first, trips),
                          rq_emit_int(b, 1));
}
