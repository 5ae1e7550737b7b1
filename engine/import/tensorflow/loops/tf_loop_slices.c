/* Lists that a loop reads element by element: its node slices them. */
#include "engine/import/tensorflow/loops/tf_loop_body_parts.h"

/* The list from the first element read to the last. */
static rq_id list_part(const rq_tf_loop *l, const char *name, uint32_t counter)
{
    rq_ir_builder *b = l->b;
    rq_id list = rq_ir_builder_find(b, name);
    rq_id begin = rq_tf_loop_begin(l, counter, l->trips), length = rq_tf_list_length(b, list);
    if (b->status != RQ_OK) return RQ_NONE;
    if (rq_tf_is_zero(b, begin) && rq_tf_same_number(b, length, l->trips)) return list;
    return rq_tf_list_part(b, list, begin, rq_emit_binary(b, "Add-1", begin, l->trips));
}

/* An element of an outer list, whose index counts trips. */
static bool is_slice(const rq_tf_loop *l, const rq_framework_node *node, uint32_t *counter)
{
    const rq_tf_list_op *op = rq_tf_list_op_find(node->type);
    if (!op || op->use != RQ_TF_LIST_GET || op->list >= node->n_in || l->trips == RQ_NONE ||
        !rq_tf_loop_is_outer(l, node->in[op->list], false))
        return false;
    *counter = rq_tf_loop_state(l, node->in[op->index], false);
    if (*counter == RQ_NONE) return false;
    int64_t step = l->states[*counter].step;
    return step == 1 || step == -1;
}

static void take_slice(rq_tf_loop_emission *e, const rq_framework_node *node, uint32_t counter)
{
    const rq_tf_loop *l = e->l;
    const rq_tf_list_op *op = rq_tf_list_op_find(node->type);
    const char *name = rq_tf_loop_source(l->body, l->in_body, node->in[op->list]);
    rq_tf_loop_slice *s = &e->slices[e->n_slices++];
    *s =
        (rq_tf_loop_slice){node, list_part(l, name, counter), RQ_NONE, l->states[counter].step < 0};
    if (s->list == RQ_NONE)
        rq_ir_builder_fail(l->b, RQ_EFORMAT, "its body reads '%s', which nothing gives", name);
}

void rq_tf_loop_take_slices(rq_tf_loop_emission *e)
{
    const rq_tf_loop *l = e->l;
    rq_map *seen = NULL;
    size_t n = 0;
    e->slices = rq_arena_alloc(l->b->arena, e->body.n_nodes, sizeof *e->slices);
    /* Lists of what does not map outlive the graph. */
    rq_framework_node *nodes = rq_arena_alloc(l->body->arena, e->body.n_nodes, sizeof *nodes);
    if (!rq_ir_builder_ok(l->b, nodes && e->slices ? RQ_OK : RQ_ENOMEM)) return;
    rq_ir_builder_ok(l->b, rq_tf_loop_find_read(&seen, &e->body));
    for (size_t i = 0; i < e->body.n_nodes && l->b->status == RQ_OK; i++) {
        const rq_framework_node *node = &e->body.nodes[i];
        uint32_t counter;
        if (node->n_out && rq_map_get(seen, node->out[0]) != RQ_NONE && is_slice(l, node, &counter))
            take_slice(e, node, counter);
        else
            nodes[n++] = *node;
    }
    e->body.nodes = nodes;
    e->body.n_nodes = n;
    rq_map_destroy(&seen);
}

void rq_tf_loop_slice_parameters(rq_tf_loop_emission *e)
{
    rq_ir_builder *b = e->l->b, *inner = &e->m.build;
    const rq_subgraph_slice forward = {.sliced = true}, back = {.sliced = true, .backwards = true};
    const int64_t front = 0;
    for (size_t i = 0; i < e->n_slices && b->status == RQ_OK; i++) {
        rq_tf_loop_slice *s = &e->slices[i];
        rq_shape shape = rq_ir_builder_shape(b, s->list);
        if (shape.rank < 1) {
            rq_ir_builder_unmapped(b, "a list of elements of unknown rank");
            return;
        }
        shape.d[0] = 1;
        const char *name = rq_arena_printf(b->arena, "%s/part", s->node->name);
        if (!rq_ir_builder_ok(b, name ? RQ_OK : RQ_ENOMEM)) return;
        rq_id value = rq_subgraph_parameter(&e->m, name, rq_ir_builder_dtype(b, s->list), &shape,
                                            rq_subgraph_input(&e->m, s->list),
                                            s->backwards ? &back : &forward);
        for (int k = 0; value != RQ_NONE && k < RQ_IR_BUILDER_SAMPLES; k++) {
            inner->values[value].t[k].shape = rq_ir_builder_sample(b, s->list, k)->shape;
            inner->values[value].t[k].shape.d[0] = 1;
        }
        s->element = rq_emit_squeeze(inner, value, &front, 1);
        rq_ir_builder_name(inner, s->node->out[0], s->element);
    }
}
