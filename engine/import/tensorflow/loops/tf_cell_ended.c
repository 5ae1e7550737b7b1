/* Sequences of a batch that end before the others: states stay, and items are 0. */
#include "engine/import/tensorflow/loops/tf_cell_parts.h"

/* Past what only brings a condition into another shape. */
static rq_id plain(const rq_tf_cell_search *s, rq_id value)
{
    static const char *const kinds[] = {"Unsqueeze", "Reshape", "Broadcast", "Squeeze"};
    for (int steps = 0; steps < 8; steps++) {
        const rq_node *node = rq_tf_cell_node(s, value);
        size_t k = 0;
        while (k < 4 && !rq_tf_cell_is(node, kinds[k])) k++;
        if (k == 4) break;
        value = node->in[0];
    }
    return value;
}

bool rq_tf_cell_strip_ended(rq_tf_cell_search *s, rq_id value, rq_id kept, rq_id *out)
{
    const rq_node *node = rq_tf_cell_node(s, value);
    *out = value;
    if (!rq_tf_cell_is(node, "Select")) return true;
    rq_id ended = plain(s, node->in[0]);
    if ((s->ended != RQ_NONE && s->ended != ended) || (kept != RQ_NONE && node->in[1] != kept))
        return false;
    s->ended = ended;
    *out = node->in[2];
    return true;
}

static bool is_zero(const rq_tf_cell_search *s, rq_id value)
{
    const rq_tensor *t = rq_ir_builder_const(s->steps->body, value);
    for (size_t i = 0; t && i < rq_tensor_count(t); i++)
        if (rq_load_f64(t->data, t->dtype, i) != 0.0) return false;
    return t != NULL;
}

/* The captured zeros of a size that is not known: Broadcast of 0 around the loop. */
static bool is_outer_zero(const rq_tf_cell_search *s, rq_id value)
{
    const rq_ir_builder *body = s->steps->body, *b = s->steps->b;
    const rq_node *node = rq_tf_cell_node(s, value);
    for (size_t i = 0; i < body->n_captures; i++) {
        if (body->captures[i].parameter != node->id) continue;
        const rq_node *outer = rq_value_producer(b->graph, body->captures[i].outer);
        const rq_tensor *t =
            rq_tf_cell_is(outer, "Broadcast") ? rq_ir_builder_const(b, outer->in[0]) : NULL;
        return t && rq_tensor_count(t) == 1 && rq_load_f64(t->data, t->dtype, 0) == 0.0;
    }
    return false;
}

bool rq_tf_cell_find_items(rq_tf_cell_search *s)
{
    for (size_t i = 0; i < s->steps->n_items; i++) {
        rq_id value = s->steps->items[i], end;
        bool selects = rq_tf_cell_is(rq_tf_cell_node(s, value), "Select");
        if (selects != (s->ended != RQ_NONE)) return false;
        if (!rq_tf_cell_strip_ended(s, value, RQ_NONE, &end) || end != s->new_h) return false;
        rq_id zero = selects ? rq_tf_cell_node(s, value)->in[1] : RQ_NONE;
        if (selects && !is_zero(s, zero) && !is_outer_zero(s, zero)) return false;
    }
    return true;
}

static bool is_trip(const rq_tf_cell_search *s, rq_id value)
{
    const rq_node *node = rq_tf_cell_node(s, value);
    if (rq_tf_cell_is(node, "Convert")) value = node->in[0];
    return value == s->steps->trip && value != RQ_NONE;
}

bool rq_tf_cell_find_lengths(const rq_tf_cell_search *s, rq_tf_cell *cell)
{
    cell->lengths = RQ_NONE;
    if (s->ended == RQ_NONE) return true;
    const rq_node *node = rq_tf_cell_node(s, s->ended);
    bool backwards = rq_tf_cell_is(node, "LessEqual");
    if ((!backwards && !rq_tf_cell_is(node, "GreaterEqual")) || node->n_in != 2 ||
        s->steps->backwards)
        return false;
    cell->lengths = plain(s, node->in[backwards ? 0 : 1]);
    return is_trip(s, node->in[backwards ? 1 : 0]) &&
           rq_ir_builder_rank(s->steps->body, cell->lengths) == 1;
}
