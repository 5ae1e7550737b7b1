/* Reading <edges>: connecting the nodes through a map of all layers and ports. */
#include "engine/base/map.h"
#include "engine/ir/ir_read.h"

#include <inttypes.h>
#include <string.h>

static rq_status fail_layer(const rq_node *node, const char *what, uint32_t port)
{
    return rq_fail(RQ_EFORMAT, "layer %" PRId64 " '%s' (%s): %s %" PRIu32, node->layer_id,
                   node->name, node->type, what, port);
}

typedef enum side { SIDE_LAYER, SIDE_IN, SIDE_OUT } side;

/* Layer and port ids are below 2^31, so that a key is one word. Port 0 for SIDE_LAYER. */
static uint64_t key_of(side which, int64_t layer, uint32_t port)
{
    return (uint64_t)layer << 33 | (uint64_t)port << 2 | (uint64_t)which;
}

static rq_status map_node(rq_map *map, const rq_graph *graph, const rq_node *node)
{
    uint32_t found;
    RQ_TRY(rq_map_add_number(&found, map, key_of(SIDE_LAYER, node->layer_id, 0), node->id));
    if (found != node->id)
        return rq_fail(RQ_EFORMAT, "layers '%s' and '%s' have the same id %" PRId64,
                       graph->nodes[found]->name, node->name, node->layer_id);
    for (uint32_t i = 0; i < node->n_in; i++) {
        uint32_t port = node->in_port[i];
        RQ_TRY(rq_map_add_number(&found, map, key_of(SIDE_IN, node->layer_id, port), i));
        if (found != i) return fail_layer(node, "two input ports with id", port);
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        uint32_t port = graph->values[node->out[i]]->port_id;
        RQ_TRY(rq_map_add_number(&found, map, key_of(SIDE_OUT, node->layer_id, port), i));
        if (found != i) return fail_layer(node, "two output ports with id", port);
    }
    return RQ_OK;
}

/* One end of an edge: a node and the index of its port. */
typedef struct end {
    rq_node *node;
    uint32_t index;
} end;

typedef struct end_kind {
    const char *layer_attr, *port_attr, *port;
    side side;
} end_kind;

static rq_status find_end(end *out, const rq_graph *graph, const rq_map *map, const rq_xml *edge,
                          const end_kind *kind)
{
    int64_t layer = 0, port = 0;
    RQ_TRY(rq_ir_require_number(&layer, edge, kind->layer_attr, INT32_MAX));
    RQ_TRY(rq_ir_require_number(&port, edge, kind->port_attr, INT32_MAX));
    rq_id id = rq_map_get_number(map, key_of(SIDE_LAYER, layer, 0));
    if (id == RQ_NONE)
        return rq_fail(RQ_EFORMAT, "%s=\"%" PRId64 "\": there is no layer with that id",
                       kind->layer_attr, layer);
    out->node = graph->nodes[id];
    out->index = rq_map_get_number(map, key_of(kind->side, layer, (uint32_t)port));
    if (out->index != RQ_NONE) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s=\"%" PRId64 "\": layer %" PRId64 " '%s' (%s) has no such %s",
                   kind->port_attr, port, layer, out->node->name, out->node->type, kind->port);
}

static rq_status connect(const rq_graph *graph, const rq_map *map, const rq_xml *edge)
{
    static const end_kind kinds[] = {{"from-layer", "from-port", "output port", SIDE_OUT},
                                     {"to-layer", "to-port", "input port", SIDE_IN}};
    end from, to;
    if (strcmp(edge->name, "edge") != 0) return rq_fail(RQ_EFORMAT, "expected <edge>");
    RQ_TRY(find_end(&from, graph, map, edge, &kinds[0]));
    RQ_TRY(find_end(&to, graph, map, edge, &kinds[1]));
    rq_id *in = &to.node->in[to.index];
    if (*in != RQ_NONE)
        return fail_layer(to.node, "two edges end at input port", to.node->in_port[to.index]);
    *in = from.node->out[from.index];
    return RQ_OK;
}

static rq_status connect_all(const rq_graph *graph, const rq_map *map, const rq_xml *edges)
{
    size_t n = 0;
    for (const rq_xml *edge = edges ? edges->first : NULL; edge; edge = edge->next, n++) {
        rq_status status = connect(graph, map, edge);
        if (status != RQ_OK) return rq_fail_prefix(status, "<edges>, <%s> %zu", edge->name, n + 1);
    }
    return RQ_OK;
}

static rq_status check_connected(const rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        for (uint32_t k = 0; k < node->n_in; k++)
            if (node->in[k] == RQ_NONE)
                return fail_layer(node, "no edge ends at input port", node->in_port[k]);
    }
    return RQ_OK;
}

rq_status rq_ir_read_edges(rq_graph *graph, const rq_xml *edges)
{
    rq_map *map;
    RQ_TRY(rq_map_create(&map));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < graph->n_nodes; i++)
        status = map_node(map, graph, graph->nodes[i]);
    if (status == RQ_OK) status = connect_all(graph, map, edges);
    if (status == RQ_OK) status = check_connected(graph);
    rq_map_destroy(&map);
    return status;
}
