/* The bytes of constants: there already, or made by a source. */
#include "engine/base/mem.h"
#include "engine/ir/ir_read.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

rq_status rq_const_read(void *out, const rq_node *constant, size_t offset, size_t n)
{
    if (n == 0) return RQ_OK;
    if (!constant->data) return constant->source->read(out, constant->source->ctx, offset, n);
    memcpy(out, (const char *)constant->data + offset, n);
    return RQ_OK;
}

void rq_const_release(const rq_node *constant, size_t offset, size_t n)
{
    if (constant->data) rq_release_pages((const char *)constant->data + offset, n);
}

static size_t piece_at(const rq_node *constant, size_t offset)
{
    size_t left = constant->data_bytes - offset;
    return left < RQ_PIECE ? left : RQ_PIECE;
}

static rq_status visit_data(const rq_node *constant, rq_piece_fn *fn, void *ctx)
{
    for (size_t at = 0, n; at < constant->data_bytes; at += n) {
        const char *piece = (const char *)constant->data + at;
        n = piece_at(constant, at);
        RQ_TRY(fn(ctx, piece, n));
        rq_const_release(constant, at, n);
    }
    return RQ_OK;
}

rq_status rq_const_visit(const rq_node *constant, rq_piece_fn *fn, void *ctx)
{
    if (constant->data) return visit_data(constant, fn, ctx);
    void *buffer = NULL;
    RQ_TRY(rq_alloc_aligned(&buffer, piece_at(constant, 0), "a constant"));
    rq_status status = RQ_OK;
    for (size_t at = 0, n; status == RQ_OK && at < constant->data_bytes; at += n) {
        n = piece_at(constant, at);
        status = rq_const_read(buffer, constant, at, n);
        if (status == RQ_OK) status = fn(ctx, buffer, n);
    }
    free(buffer);
    return status;
}

/* -- comparing ----------------------------------------------------------------------------------
 */

typedef struct comparison {
    const rq_node *other;
    size_t at;
    void *buffer; /* of a piece of the other */
    bool same;
} comparison;

static rq_status compare_piece(void *ctx, const void *piece, size_t size)
{
    comparison *c = ctx;
    if (c->same) RQ_TRY(rq_const_read(c->buffer, c->other, c->at, size));
    c->same = c->same && !memcmp(c->buffer, piece, size);
    c->at += size;
    return RQ_OK;
}

rq_status rq_const_equal(bool *out, const rq_node *a, const rq_node *b)
{
    *out = a->data_bytes == b->data_bytes;
    if (!*out || a->data_bytes == 0 || (a->data && a->data == b->data)) return RQ_OK;
    comparison c = {.other = b, .same = true};
    RQ_TRY(rq_alloc_aligned(&c.buffer, piece_at(a, 0), "a constant"));
    rq_status status = rq_const_visit(a, compare_piece, &c);
    free(c.buffer);
    *out = c.same;
    return status;
}

/* -- loading ------------------------------------------------------------------------------------
 */

static rq_status load_node(rq_graph *graph, rq_node *node)
{
    if (!node->source || node->data) return RQ_OK;
    void *data = rq_arena_alloc(graph->arena, node->data_bytes, 1);
    if (!data) return RQ_ENOMEM;
    RQ_TRY(rq_const_read(data, node, 0, node->data_bytes));
    node->data = data;
    return RQ_OK;
}

static rq_status load(rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        rq_node *node = graph->nodes[i];
        if (!node) continue;
        RQ_TRY(load_node(graph, node));
        for (size_t b = 0; b < node->n_bodies; b++) RQ_TRY(load(node->bodies[b].graph));
    }
    return RQ_OK;
}

static rq_status map_bin(rq_graph *graph)
{
    if (!graph->bin_file) return RQ_OK;
    RQ_TRY(rq_file_map(&graph->bin, graph->bin_file));
    RQ_TRY(rq_ir_map_consts(graph, &graph->bin));
    rq_file_close(graph->bin_file);
    graph->bin_file = NULL;
    return RQ_OK;
}

rq_status rq_graph_load(rq_graph *graph)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    rq_status status = map_bin(graph);
    if (status == RQ_OK) status = load(graph);
    pthread_mutex_unlock(&lock);
    return status;
}
