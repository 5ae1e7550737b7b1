/* Writing an IR: the net as OpenVINO writes it, the constants into the .bin as they come. */
#include "engine/ir/ir.h"

#include "engine/base/mem.h"
#include "engine/ir/graph_build.h"
#include "engine/ir/ir_bin.h"
#include "engine/base/formats/xml_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A graph on its way out: its order and the layer ids of its nodes. */
typedef struct net {
    const rq_graph *graph;
    rq_buf *xml;
    rq_ir_bin *bin;
    rq_id *order;
    size_t n;
    int64_t *layer_ids; /* by node id */
    int depth;          /* of <net> */
} net;

static rq_status put_net(const rq_graph *graph, const char *tag, int depth, rq_buf *xml,
                         rq_ir_bin *bin);

static void put_number(rq_buf *xml, const char *name, int64_t x)
{
    rq_buf_printf(xml, " %s=\"%" PRId64 "\"", name, x);
}

/* The children of a port, and its end. */
static void put_port_rest(rq_buf *xml, int depth, const rq_shape *shape, const rq_xml *extra)
{
    if (shape->rank <= 0 && !extra) {
        rq_buf_append(xml, " />\n");
        return;
    }
    rq_buf_append(xml, ">\n");
    for (int i = 0; i < shape->rank; i++) {
        rq_xml_put_begin(xml, depth + 1, "dim");
        rq_buf_printf(xml, ">%" PRId64 "</dim>\n", shape->d[i]);
    }
    rq_xml_write_list(xml, extra, depth + 1);
    rq_xml_put_end(xml, depth, "port");
}

static rq_status fail_node(const net *w, const rq_node *node, const char *what)
{
    return rq_fail(RQ_EARG, "%s: layer '%s' (%s) cannot be written: %s", w->graph->name, node->name,
                   node->type, what);
}

/* Version 10 says no precision of inputs. */
static rq_status put_inputs(const net *w, const rq_node *node, int depth)
{
    if (node->n_in == 0) return RQ_OK;
    rq_xml_put_begin(w->xml, depth, "input");
    rq_buf_append(w->xml, ">\n");
    for (uint32_t i = 0; i < node->n_in; i++) {
        const rq_value *value = node->in[i] == RQ_NONE ? NULL : w->graph->values[node->in[i]];
        if (!value) return fail_node(w, node, "an input is not connected");
        rq_xml_put_begin(w->xml, depth + 1, "port");
        put_number(w->xml, "id", node->in_port[i]);
        if (w->graph->ir_version >= 11)
            rq_xml_put_attr(w->xml, "precision", rq_dtype_precision(value->dtype));
        put_port_rest(w->xml, depth + 1, &value->shape,
                      node->in_rt_info ? node->in_rt_info[i] : NULL);
    }
    rq_xml_put_end(w->xml, depth, "input");
    return RQ_OK;
}

static void put_outputs(const net *w, const rq_node *node, int depth)
{
    if (node->n_out == 0) return;
    rq_xml_put_begin(w->xml, depth, "output");
    rq_buf_append(w->xml, ">\n");
    for (uint32_t i = 0; i < node->n_out; i++) {
        const rq_value *value = w->graph->values[node->out[i]];
        rq_xml_put_begin(w->xml, depth + 1, "port");
        put_number(w->xml, "id", value->port_id);
        rq_xml_put_attr(w->xml, "precision", rq_dtype_precision(value->dtype));
        if (value->names) rq_xml_put_attr(w->xml, "names", value->names);
        put_port_rest(w->xml, depth + 1, &value->shape, value->rt_info);
    }
    rq_xml_put_end(w->xml, depth, "output");
}

/* A constant's attributes are written as read, but for where its bytes lie. */
static rq_status put_const_attrs(const net *w, const rq_node *node)
{
    size_t offset = 0;
    const rq_value *value = w->graph->values[node->out[0]];
    if (!rq_node_has_bytes(node)) return fail_node(w, node, "it has no data");
    RQ_TRY(rq_ir_bin_put(&offset, w->bin, node, rq_ir_alignment(value->dtype)));
    const rq_attr *attrs = node->attrs;
    for (size_t i = 0; i < node->n_attrs; i++)
        if (strcmp(attrs[i].name, "offset") != 0 && strcmp(attrs[i].name, "size") != 0)
            rq_xml_put_attr(w->xml, attrs[i].name, attrs[i].value);
    put_number(w->xml, "offset", (int64_t)offset);
    put_number(w->xml, "size", (int64_t)node->data_bytes);
    return RQ_OK;
}

static rq_status put_data(const net *w, const rq_node *node, int depth)
{
    bool is_const = strcmp(node->type, "Const") == 0;
    if (node->n_attrs == 0 && !is_const) return RQ_OK;
    rq_xml_put_begin(w->xml, depth, "data");
    if (is_const)
        RQ_TRY(put_const_attrs(w, node));
    else
        rq_xml_put_attrs(w->xml, node->attrs, node->n_attrs);
    rq_buf_append(w->xml, " />\n");
    return RQ_OK;
}

static rq_status put_layer(const net *w, const rq_node *node, int depth)
{
    rq_xml_put_begin(w->xml, depth, "layer");
    put_number(w->xml, "id", w->layer_ids[node->id]);
    rq_xml_put_attr(w->xml, "name", node->name);
    rq_xml_put_attr(w->xml, "type", node->type);
    rq_xml_put_attr(w->xml, "version", node->version);
    rq_xml_put_attrs(w->xml, node->layer_attrs, node->n_layer_attrs);
    rq_buf_append(w->xml, ">\n");
    RQ_TRY(put_data(w, node, depth + 1));
    rq_xml_write_list(w->xml, node->extra, depth + 1);
    RQ_TRY(put_inputs(w, node, depth + 1));
    put_outputs(w, node, depth + 1);
    for (size_t i = 0; i < node->n_bodies; i++)
        RQ_TRY(put_net(node->bodies[i].graph, node->bodies[i].tag, depth + 1, w->xml, w->bin));
    rq_xml_put_end(w->xml, depth, "layer");
    return RQ_OK;
}

static void put_edge(const net *w, const rq_value *value, const rq_use *use)
{
    rq_xml_put_begin(w->xml, w->depth + 2, "edge");
    put_number(w->xml, "from-layer", w->layer_ids[value->producer]);
    put_number(w->xml, "from-port", value->port_id);
    put_number(w->xml, "to-layer", w->layer_ids[use->node]);
    put_number(w->xml, "to-port", w->graph->nodes[use->node]->in_port[use->port]);
    rq_buf_append(w->xml, " />\n");
}

static rq_status put_edges(const net *w)
{
    rq_uses uses;
    RQ_TRY(rq_uses_create(&uses, w->graph));
    rq_xml_put_begin(w->xml, w->depth + 1, "edges");
    rq_buf_append(w->xml, ">\n");
    for (size_t i = 0; i < w->n; i++) {
        const rq_node *node = w->graph->nodes[w->order[i]];
        for (uint32_t k = 0; k < node->n_out; k++) {
            rq_id v = node->out[k];
            for (uint32_t u = uses.first[v]; u < uses.first[v + 1]; u++)
                put_edge(w, w->graph->values[v], &uses.uses[u]);
        }
    }
    rq_xml_put_end(w->xml, w->depth + 1, "edges");
    rq_uses_free(&uses);
    return RQ_OK;
}

static rq_status put_layers(const net *w)
{
    rq_xml_put_begin(w->xml, w->depth + 1, "layers");
    rq_buf_append(w->xml, ">\n");
    for (size_t i = 0; i < w->n; i++)
        RQ_TRY(put_layer(w, w->graph->nodes[w->order[i]], w->depth + 2));
    rq_xml_put_end(w->xml, w->depth + 1, "layers");
    return RQ_OK;
}

/* Nodes from a file keep their ids; the others get those after the highest, in writing order. */
static void number_layers(net *w)
{
    int64_t next = 0;
    for (size_t i = 0; i < w->n; i++) {
        int64_t id = w->graph->nodes[w->order[i]]->layer_id;
        if (id >= next) next = id + 1;
    }
    for (size_t i = 0; i < w->n; i++) {
        const rq_node *node = w->graph->nodes[w->order[i]];
        w->layer_ids[node->id] = node->layer_id >= 0 ? node->layer_id : next++;
    }
}

static rq_status put_content(net *w, const char *tag)
{
    rq_xml_put_begin(w->xml, w->depth, tag);
    if (!w->graph->is_body || *w->graph->name) rq_xml_put_attr(w->xml, "name", w->graph->name);
    if (!w->graph->is_body) put_number(w->xml, "version", w->graph->ir_version);
    rq_xml_put_attrs(w->xml, w->graph->net_attrs, w->graph->n_net_attrs);
    rq_buf_append(w->xml, ">\n");
    RQ_TRY(put_layers(w));
    RQ_TRY(put_edges(w));
    rq_xml_write_list(w->xml, w->graph->extra, w->depth + 1);
    rq_xml_put_end(w->xml, w->depth, tag);
    return RQ_OK;
}

static rq_status put_net(const rq_graph *graph, const char *tag, int depth, rq_buf *xml,
                         rq_ir_bin *bin)
{
    net w = {.graph = graph, .xml = xml, .bin = bin, .depth = depth};
    RQ_TRY(rq_graph_order(&w.order, &w.n, graph, true));
    rq_status status =
        rq_calloc(&w.layer_ids, graph->n_nodes, sizeof *w.layer_ids, "layer numbers");
    if (status == RQ_OK) {
        number_layers(&w);
        status = put_content(&w, tag);
    }
    free(w.layer_ids);
    free(w.order);
    return status;
}

static rq_status write_files(const rq_graph *graph, rq_ir_bin *bin, const char *xml_path)
{
    rq_buf xml = {0};
    rq_writer *writer = NULL;
    rq_buf_append(&xml, "<?xml version=\"1.0\"?>\n");
    rq_status status = put_net(graph, "net", 0, &xml, bin);
    if (status == RQ_OK && xml.failed) status = RQ_ENOMEM;
    if (status == RQ_OK) status = rq_writer_open(&writer, xml_path);
    if (status == RQ_OK) status = rq_writer_write(writer, xml.data, xml.length);
    if (status == RQ_OK) status = rq_writer_commit_pair(&writer, &bin->writer);
    rq_writer_abort(&writer);
    rq_buf_free(&xml);
    return status;
}

rq_status rq_ir_write(const rq_graph *graph, const char *xml_path)
{
    char *bin_path = rq_path_with_suffix(xml_path, ".xml", ".bin");
    if (!bin_path) return rq_fail_memory(strlen(xml_path), "a path");
    rq_ir_bin bin = {0};
    rq_status status = rq_writer_open(&bin.writer, bin_path);
    if (status == RQ_OK) status = write_files(graph, &bin, xml_path);
    rq_writer_abort(&bin.writer);
    rq_ir_bin_free(&bin);
    free(bin_path);
    return status;
}
