#include "engine/import/tensorflow/loops/tf_cell_parts.h"

#include <string.h>

/* The other operand of a sum or product one of which is `one`; RQ_NONE. */
static rq_id other(const rq_node *node, rq_id one)
{
    if (node->n_in != 2) return RQ_NONE;
    return node->in[0] == one ? node->in[1] : node->in[1] == one ? node->in[0] : RQ_NONE;
}

static bool find_activation(const rq_tf_cell_search *s, rq_id value, const char **name,
                            rq_id *inside)
{
    static const char *const known[][2] = {
        {"Sigmoid", "sigmoid"}, {"Tanh", "tanh"}, {"ReLU", "relu"}};
    const rq_node *node = rq_tf_cell_node(s, value);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (rq_tf_cell_is(node, known[i][0])) {
            *name = known[i][1];
            *inside = node->in[0];
            return true;
        }
    return false;
}

/* An activation of what is affine in x and h, or a part of such of several gates. */
static bool find_gate(rq_tf_cell_search *s, rq_id value, const char **name, rq_tf_affine *gate)
{
    rq_id inside, whole = rq_tf_affine_whole(&s->bases, value);
    if (!find_activation(s, whole == RQ_NONE ? value : whole, name, &inside) ||
        !rq_tf_affine_find(gate, &s->bases, inside))
        return false;
    return (whole == RQ_NONE || rq_tf_affine_part(gate, &s->bases, value)) &&
           gate->rows == s->bases.width[RQ_TF_BASE_H];
}

static bool same_name(const char *x, const char *y)
{
    return !strcmp(x, y);
}

/* -- LSTM ------------------------------------------------------------------------------------ */

/* i * g in either order: the gate has the same activation as f. */
static bool find_input_gate(rq_tf_cell_search *s, rq_tf_cell *cell, const rq_node *product)
{
    for (uint32_t k = 0; k < 2; k++) {
        const char *i, *g;
        if (find_gate(s, product->in[k], &i, &cell->gates[1]) &&
            find_gate(s, product->in[1 - k], &g, &cell->gates[2]) &&
            same_name(i, cell->activations[0]) && (k || !same_name(i, g))) {
            cell->activations[1] = g;
            return true;
        }
    }
    return false;
}

/* c' = f * c + i * g */
static bool find_cell_state(rq_tf_cell_search *s, rq_tf_cell *cell)
{
    const rq_node *sum = rq_tf_cell_node(s, s->new_c);
    rq_id c = s->steps->states[cell->c].parameter;
    if (!rq_tf_cell_is(sum, "Add") || sum->n_in != 2) return false;
    for (uint32_t k = 0; k < 2; k++) {
        const rq_node *forget = rq_tf_cell_node(s, sum->in[k]),
                      *rest = rq_tf_cell_node(s, sum->in[1 - k]);
        if (!rq_tf_cell_is(forget, "Multiply") || !rq_tf_cell_is(rest, "Multiply")) continue;
        rq_id f = other(forget, c);
        if (f != RQ_NONE && find_gate(s, f, &cell->activations[0], &cell->gates[0]) &&
            find_input_gate(s, cell, rest))
            return true;
    }
    return false;
}

/* h' = o * act(c') */
static bool find_output(rq_tf_cell_search *s, rq_tf_cell *cell)
{
    const rq_node *product = rq_tf_cell_node(s, s->new_h);
    if (!rq_tf_cell_is(product, "Multiply") || product->n_in != 2) return false;
    for (uint32_t k = 0; k < 2; k++) {
        const char *o;
        rq_id inside;
        if (find_activation(s, product->in[k], &cell->activations[2], &inside) &&
            inside == s->new_c && find_gate(s, product->in[1 - k], &o, &cell->gates[3]))
            return same_name(o, cell->activations[0]);
    }
    return false;
}

static bool find_lstm(rq_tf_cell_search *s, rq_tf_cell *cell)
{
    cell->type = "LSTMSequence-5";
    cell->n_gates = 4;
    cell->n_activations = 3;
    return find_cell_state(s, cell) && find_output(s, cell);
}

/* -- GRU ------------------------------------------------------------------------------------- */

/* 1 - z */
static bool is_rest(const rq_tf_cell_search *s, rq_id value, rq_id z)
{
    const rq_node *node = rq_tf_cell_node(s, value);
    return rq_tf_cell_is(node, "Subtract") && node->in[1] == z &&
           rq_ir_builder_const(s->steps->body, node->in[0]) &&
           rq_ir_builder_number(s->steps->body, node->in[0], 0.0) == 1.0;
}

/* act(W x + b + r * (R h + b')) */
static bool find_reset_after(rq_tf_cell_search *s, rq_tf_cell *cell, rq_id inside)
{
    const rq_node *sum = rq_tf_cell_node(s, inside);
    if (!rq_tf_cell_is(sum, "Add") || sum->n_in != 2) return false;
    for (uint32_t k = 0; k < 2; k++) {
        const rq_node *product = rq_tf_cell_node(s, sum->in[k]);
        if (!rq_tf_cell_is(product, "Multiply") || product->n_in != 2 ||
            !rq_tf_affine_find(&cell->gates[2], &s->bases, sum->in[1 - k]))
            continue;
        for (uint32_t j = 0; j < 2; j++) {
            const char *r;
            if (find_gate(s, product->in[j], &r, &cell->gates[1]) &&
                rq_tf_affine_find(&cell->recurrent, &s->bases, product->in[1 - j]) &&
                same_name(r, cell->activations[0]))
                return !cell->gates[2].matrix[RQ_TF_BASE_H] &&
                       !cell->recurrent.matrix[RQ_TF_BASE_X];
        }
    }
    return false;
}

/* A product r * h that the body has: there is no other of h than z * h. */
static bool find_reset_before(rq_tf_cell_search *s, rq_tf_cell *cell, rq_id inside, rq_id kept)
{
    rq_id h = s->steps->states[cell->h].parameter;
    for (size_t i = 0; i < s->graph->n_nodes; i++) {
        const rq_node *node = s->graph->nodes[i];
        if (!node || !rq_tf_cell_is(node, "Multiply") || node->out[0] == kept) continue;
        rq_id r = other(node, h);
        const char *name;
        if (r == RQ_NONE || !find_gate(s, r, &name, &cell->gates[1]) ||
            !same_name(name, cell->activations[0]))
            continue;
        s->bases.base[RQ_TF_BASE_RESET] = node->out[0];
        if (!rq_tf_affine_find(&cell->gates[2], &s->bases, inside) ||
            cell->gates[2].matrix[RQ_TF_BASE_H])
            return false;
        cell->gates[2].matrix[RQ_TF_BASE_H] = cell->gates[2].matrix[RQ_TF_BASE_RESET];
        return true;
    }
    return false;
}

static bool find_candidate(rq_tf_cell_search *s, rq_tf_cell *cell, rq_id value, rq_id kept)
{
    rq_id inside;
    if (!find_activation(s, value, &cell->activations[1], &inside)) return false;
    cell->linear_before_reset = find_reset_after(s, cell, inside);
    return cell->linear_before_reset || find_reset_before(s, cell, inside, kept);
}

/* h' = z * h + (1 - z) * candidate */
static bool find_gru(rq_tf_cell_search *s, rq_tf_cell *cell)
{
    const rq_node *sum = rq_tf_cell_node(s, s->new_h);
    rq_id h = s->steps->states[cell->h].parameter;
    cell->type = "GRUSequence-5";
    cell->n_gates = 3;
    cell->n_activations = 2;
    if (!rq_tf_cell_is(sum, "Add") || sum->n_in != 2) return false;
    for (uint32_t k = 0; k < 2; k++) {
        const rq_node *keep = rq_tf_cell_node(s, sum->in[k]),
                      *take = rq_tf_cell_node(s, sum->in[1 - k]);
        if (!rq_tf_cell_is(keep, "Multiply") || !rq_tf_cell_is(take, "Multiply") || take->n_in != 2)
            continue;
        rq_id z = other(keep, h);
        if (z == RQ_NONE || !find_gate(s, z, &cell->activations[0], &cell->gates[0])) continue;
        for (uint32_t j = 0; j < 2; j++)
            if (is_rest(s, take->in[j], z) && find_candidate(s, cell, take->in[1 - j], sum->in[k]))
                return true;
    }
    return false;
}

/* -- RNN ------------------------------------------------------------------------------------- */

static bool find_rnn(rq_tf_cell_search *s, rq_tf_cell *cell)
{
    cell->type = "RNNSequence-5";
    cell->n_gates = 1;
    cell->n_activations = 1;
    return find_gate(s, s->new_h, &cell->activations[0], &cell->gates[0]);
}

/* -- all ------------------------------------------------------------------------------------- */

/* Which of two states is c: the one that h' is computed from. */
static bool find_states(rq_tf_cell_search *s, rq_tf_cell *cell, size_t h)
{
    const rq_tf_carried *states = s->steps->states;
    cell->h = h;
    cell->c = s->steps->n_states == 2 ? 1 - h : h;
    s->ended = RQ_NONE;
    if (!rq_tf_cell_strip_ended(s, states[h].next, states[h].parameter, &s->new_h) ||
        !rq_tf_cell_strip_ended(s, states[cell->c].next, states[cell->c].parameter, &s->new_c))
        return false;
    rq_shape shape = rq_ir_builder_shape(s->steps->body, states[h].parameter);
    if (shape.rank != 2 || shape.d[1] < 1) return false;
    s->bases.base[RQ_TF_BASE_H] = states[h].parameter;
    s->bases.base[RQ_TF_BASE_RESET] = RQ_NONE;
    s->bases.width[RQ_TF_BASE_H] = s->bases.width[RQ_TF_BASE_RESET] = (size_t)shape.d[1];
    s->bases.last = RQ_NONE;
    cell->hidden = (size_t)shape.d[1];
    return rq_tf_cell_find_items(s) && rq_tf_cell_find_lengths(s, cell);
}

bool rq_tf_cell_find(rq_tf_cell *out, const rq_tf_steps *steps)
{
    rq_tf_cell_search s = {.steps = steps, .graph = steps->body->graph};
    rq_shape shape = rq_ir_builder_shape(steps->body, steps->element);
    if (shape.rank != 2 || shape.d[1] < 1 || steps->n_states < 1 || steps->n_states > 2)
        return false;
    s.bases = (rq_tf_affine_bases){.b = steps->body};
    s.bases.base[RQ_TF_BASE_X] = steps->element;
    s.bases.width[RQ_TF_BASE_X] = (size_t)shape.d[1];
    for (size_t h = 0; h < steps->n_states; h++) {
        *out = (rq_tf_cell){.input = (size_t)shape.d[1]};
        if (!find_states(&s, out, h)) continue;
        bool found =
            steps->n_states == 2 ? find_lstm(&s, out) : find_gru(&s, out) || find_rnn(&s, out);
        if (found) return true;
    }
    return false;
}
