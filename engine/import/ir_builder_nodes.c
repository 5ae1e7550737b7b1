/* A whole framework model, or the body of a loop or condition, into a graph. */
#include "engine/import/custom_layers.h"
#include "engine/import/extension_map.h"
#include "engine/import/kept_nodes.h"
#include "engine/import/offload.h"

#include <stdlib.h>
#include <string.h>

/* -- which nodes, in which order ------------------------------------------------------------- */

/* A stack of nodes to place: those whose producers are placed come off. */
typedef struct sorter {
    const rq_framework_model *source;
    rq_map *producers; /* value -> node */
    uint8_t *state;
    uint32_t *stack, *order;
    size_t depth, capacity, n_order;
    rq_kept_nodes kept;
} sorter;

enum { UNSEEN, OPEN, PLACED };

static rq_status push(sorter *s, uint32_t node)
{
    RQ_TRY(rq_grow(&s->stack, &s->capacity, s->depth, sizeof *s->stack, "the order of nodes"));
    s->stack[s->depth++] = node;
    return RQ_OK;
}

/* `nested`: a graph inside the node reads it, and may mean a value of its own by that name. */
static rq_status push_producer(sorter *s, const char *value, bool nested)
{
    uint32_t node = rq_map_get(s->producers, value);
    if (node == RQ_NONE || s->state[node] == PLACED) return RQ_OK;
    if (s->state[node] == OPEN && nested) return RQ_OK;
    if (s->state[node] == OPEN)
        return rq_fail(RQ_EFORMAT, "%s: node '%s' (%s) needs its own output '%s': a cycle",
                       s->source->path, s->source->nodes[node].name, s->source->nodes[node].type,
                       value);
    return push(s, node);
}

/* What a node reads, with what the graphs inside it do: names that they make themselves don't
 * lead anywhere here. Subgraphs nest no deeper than the reader allows. */
static rq_status push_needs(sorter *s, const rq_framework_node *node, bool nested)
{
    for (size_t i = node->n_in; i-- > 0;) RQ_TRY(push_producer(s, node->in[i], nested));
    for (size_t a = 0; a < node->n_attrs; a++) {
        const rq_framework_model *inner =
            node->attrs[a].kind == RQ_FRAMEWORK_GRAPH ? node->attrs[a].graph : NULL;
        for (size_t i = 0; inner && i < inner->n_nodes; i++)
            RQ_TRY(push_needs(s, &inner->nodes[i], true));
        for (size_t i = 0; inner && i < inner->n_outputs; i++)
            RQ_TRY(push_producer(s, inner->outputs[i].name, true));
    }
    return RQ_OK;
}

static rq_status place(sorter *s, uint32_t node)
{
    RQ_TRY(push(s, node));
    while (s->depth) {
        uint32_t top = s->stack[s->depth - 1];
        if (s->state[top] == UNSEEN) {
            s->state[top] = OPEN;
            RQ_TRY(push_needs(s, &s->source->nodes[top], false));
            continue;
        }
        s->depth--;
        if (s->state[top] == PLACED) continue;
        s->state[top] = PLACED;
        s->order[s->n_order++] = top;
    }
    return RQ_OK;
}

/* Nodes that are kept with what is placed, and what they need in turn. */
static rq_status place_kept(sorter *s)
{
    for (size_t i = 0; i < s->n_order; i++) /* which grows */
        for (uint32_t k = s->kept.first[s->order[i]]; k != RQ_NONE; k = s->kept.next[k])
            if (s->state[k] == UNSEEN) RQ_TRY(place(s, k));
    return RQ_OK;
}

static rq_status sort_nodes(sorter *s, const rq_framework_model *source)
{
    *s = (sorter){.source = source};
    RQ_TRY(rq_map_create(&s->producers));
    RQ_TRY(rq_calloc(&s->state, source->n_nodes, sizeof *s->state, "the order of nodes"));
    RQ_TRY(rq_calloc(&s->order, source->n_nodes, sizeof *s->order, "the order of nodes"));
    for (size_t i = 0; i < source->n_nodes; i++)
        for (size_t k = 0; k < source->nodes[i].n_out; k++) {
            const char *name = source->nodes[i].out[k];
            if (!name[0]) continue;
            if (rq_map_get(s->producers, name) != RQ_NONE)
                return rq_fail(RQ_EFORMAT,
                               "%s: node '%s' (%s) gives '%s', which another node gives",
                               source->path, source->nodes[i].name, source->nodes[i].type, name);
            RQ_TRY(rq_map_put(s->producers, name, (uint32_t)i));
        }
    for (size_t i = 0; i < source->n_outputs; i++) {
        uint32_t node = rq_map_get(s->producers, source->outputs[i].name);
        if (node != RQ_NONE && s->state[node] == UNSEEN) RQ_TRY(place(s, node));
    }
    RQ_TRY(rq_kept_nodes_open(&s->kept, source, s->producers));
    return place_kept(s);
}

static int by_position(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Files are nearly always sorted already: their own order reads best. */
static rq_status prefer_file_order(sorter *s)
{
    bool *seen = NULL, sorted = true;
    RQ_TRY(rq_calloc(&seen, s->source->n_nodes, sizeof *seen, "the order of nodes"));
    for (size_t i = 0; sorted && i < s->source->n_nodes; i++) {
        const rq_framework_node *node = &s->source->nodes[i];
        for (size_t k = 0; k < node->n_in; k++) {
            uint32_t producer = rq_map_get(s->producers, node->in[k]);
            sorted &= producer == RQ_NONE || seen[producer] || s->state[i] != PLACED;
        }
        seen[i] = true;
        for (size_t a = 0; a < node->n_attrs; a++) /* what their graphs need, place() knows */
            sorted &= node->attrs[a].kind != RQ_FRAMEWORK_GRAPH;
    }
    free(seen);
    if (sorted) qsort(s->order, s->n_order, sizeof *s->order, by_position);
    return RQ_OK;
}

static void free_sorter(sorter *s)
{
    rq_kept_nodes_close(&s->kept);
    rq_map_destroy(&s->producers);
    free(s->state);
    free(s->stack);
    free(s->order);
}

/* -- mapping --------------------------------------------------------------------------------- */

static void map_node(rq_ir_builder *b, const rq_framework_node *node)
{
    const rq_op_mapping_row *row = node->mapping;
    if (!row) row = rq_op_mapping_find(b->op_mapping, node->domain, node->type);
    b->node = node;
    b->first_node = b->graph->n_nodes;
    const rq_op *extension = rq_map_find_extension(b);
    const rq_custom_layer *custom =
        rq_custom_layer_find(rq_ir_builder_outermost(b)->custom, node->type);
    if (rq_offload_is_call(node))
        rq_offload_map(b);
    else if (extension)
        rq_map_extension(b, extension);
    else if (custom)
        rq_custom_layer_map(b, custom);
    else if (row)
        row->map(b, row);
    else
        rq_ir_builder_unmapped(b, NULL);
    /* Once something is unknown, what follows from it is no error of the model. */
    if (b->status != RQ_OK && b->status != RQ_ENOMEM && rq_ir_builder_outermost(b)->n_unmapped) {
        b->status = RQ_OK;
        rq_ir_builder_placeholder(b);
    }
    b->node = NULL;
}

void rq_ir_builder_nodes(rq_ir_builder *b, const rq_framework_model *source)
{
    const rq_framework_node *outer_node = b->node;
    sorter s = {0};
    if (b->status != RQ_OK) return;
    rq_ir_builder_ok(b, sort_nodes(&s, source));
    if (b->status == RQ_OK) rq_ir_builder_ok(b, prefer_file_order(&s));
    for (size_t i = 0; i < s.n_order && b->status == RQ_OK; i++)
        map_node(b, &source->nodes[s.order[i]]);
    free_sorter(&s);
    b->node = outer_node;
}

rq_status rq_ir_builder_begin(rq_ir_builder *b, const rq_framework_model *source,
                              const rq_op_mapping *op_mapping, rq_graph *graph)
{
    *b = (rq_ir_builder){
        .source = source, .op_mapping = op_mapping, .graph = graph, .arena = graph->arena};
    RQ_TRY(rq_map_create(&b->names));
    RQ_TRY(rq_map_create(&b->constants));
    for (size_t i = 0; i < source->n_constants; i++)
        RQ_TRY(rq_map_put(b->constants, source->constants[i].name, (uint32_t)i));
    return RQ_OK;
}

void rq_ir_builder_end(rq_ir_builder *b)
{
    rq_map_destroy(&b->names);
    rq_map_destroy(&b->constants);
    free(b->values);
    free(b->bound);
    free(b->unmapped);
    free(b->captures);
}
