/* The digest of what a graph computes: layers in the order they are written, their attributes,
 * shapes, names and connections, constants by content, bodies. */
#include "engine/base/hash.h"
#include "engine/base/mem.h"
#include "engine/ir/graph_build.h"

#include <stdlib.h>
#include <string.h>

static rq_status digest_graph(rq_hasher *hasher, const rq_graph *graph);

static void hash_int(rq_hasher *hasher, int64_t x)
{
    rq_hasher_update(hasher, &x, sizeof x);
}

static void hash_xml(rq_hasher *hasher, const rq_xml *element)
{
    rq_hasher_text(hasher, element->name);
    hash_int(hasher, (int64_t)element->n_attrs);
    for (size_t i = 0; i < element->n_attrs; i++) {
        rq_hasher_text(hasher, element->attrs[i].name);
        rq_hasher_text(hasher, element->attrs[i].value);
    }
    rq_hasher_text(hasher, element->text ? element->text : "");
    for (const rq_xml *child = element->first; child; child = child->next) hash_xml(hasher, child);
    rq_hasher_text(hasher, "");
}

/* Where constants lie in the file is not part of what they are. */
static bool is_place(const rq_node *node, const char *attr)
{
    return rq_node_has_bytes(node) && (strcmp(attr, "offset") == 0 || strcmp(attr, "size") == 0);
}

static void hash_attrs(rq_hasher *hasher, const rq_node *node)
{
    for (size_t i = 0; i < node->n_attrs; i++) {
        if (is_place(node, node->attrs[i].name)) continue;
        rq_hasher_text(hasher, node->attrs[i].name);
        rq_hasher_text(hasher, node->attrs[i].value);
    }
    rq_hasher_text(hasher, "");
    for (const rq_xml *child = node->extra; child; child = child->next)
        if (strcmp(child->name, "rt_info") != 0) hash_xml(hasher, child);
    rq_hasher_text(hasher, "");
}

static void hash_value(rq_hasher *hasher, const rq_value *value)
{
    hash_int(hasher, value->dtype);
    /* A file says the same of a scalar and of an unknown rank. */
    hash_int(hasher, value->shape.rank < 0 ? 0 : value->shape.rank);
    for (int i = 0; i < value->shape.rank; i++) hash_int(hasher, value->shape.d[i]);
    rq_hasher_text(hasher, value->names ? value->names : "");
}

/* position[]: of each node in the written order; 0 for an input that is not connected. */
static void hash_ports(rq_hasher *hasher, const rq_graph *graph, const rq_node *node,
                       const uint32_t *position)
{
    hash_int(hasher, node->n_in);
    for (uint32_t i = 0; i < node->n_in; i++) {
        const rq_value *value = node->in[i] == RQ_NONE ? NULL : graph->values[node->in[i]];
        hash_int(hasher, value ? (int64_t)position[value->producer] + 1 : 0);
        hash_int(hasher, value ? value->index : 0);
    }
    hash_int(hasher, node->n_out);
    for (uint32_t i = 0; i < node->n_out; i++) hash_value(hasher, graph->values[node->out[i]]);
}

static rq_status hash_piece(void *hasher, const void *piece, size_t size)
{
    rq_hasher_update(hasher, piece, size);
    return RQ_OK;
}

static rq_status hash_node(rq_hasher *hasher, const rq_graph *graph, const rq_node *node,
                           const uint32_t *position)
{
    rq_hasher_text(hasher, node->name);
    rq_hasher_text(hasher, node->type);
    rq_hasher_text(hasher, node->version);
    if (graph->is_body) hash_int(hasher, node->layer_id); /* port maps refer to it */
    hash_attrs(hasher, node);
    hash_ports(hasher, graph, node, position);
    hash_int(hasher, rq_node_has_bytes(node) ? (int64_t)node->data_bytes : -1);
    if (rq_node_has_bytes(node)) RQ_TRY(rq_const_visit(node, hash_piece, hasher));
    for (size_t i = 0; i < node->n_bodies; i++) {
        rq_hasher_text(hasher, node->bodies[i].tag);
        RQ_TRY(digest_graph(hasher, node->bodies[i].graph));
    }
    return RQ_OK;
}

static rq_status digest_graph(rq_hasher *hasher, const rq_graph *graph)
{
    rq_id *order = NULL;
    uint32_t *position = NULL;
    size_t n = 0;
    rq_status status = rq_graph_order(&order, &n, graph, true);
    if (status == RQ_OK)
        status = rq_calloc(&position, graph->n_nodes, sizeof *position, "a digest");
    for (size_t i = 0; i < n && status == RQ_OK; i++) position[order[i]] = (uint32_t)i;
    for (size_t i = 0; i < n && status == RQ_OK; i++)
        status = hash_node(hasher, graph, graph->nodes[order[i]], position);
    free(position);
    free(order);
    return status;
}

rq_status rq_graph_digest(char digest[33], const rq_graph *graph)
{
    rq_hasher *hasher = NULL;
    RQ_TRY(rq_hasher_create(&hasher));
    rq_status status = digest_graph(hasher, graph);
    rq_hasher_finish(&hasher, digest);
    return status;
}
