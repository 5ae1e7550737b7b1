/* Equal constants become one, and so do nodes that do the same to the same inputs. */
#include "engine/import/pass.h"

#include "engine/base/hash.h"

#include <stdlib.h>
#include <string.h>

typedef struct sharing {
    rq_pass *p;
    const rq_node **slots; /* a table of the nodes met so far, by hash */
    uint64_t *hashes;
    size_t mask;
    rq_id *consumers; /* by value: the one that stands for it */
} sharing;

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    return (hash ^ rq_hash64(data, size)) * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t hash_of(const rq_node *node)
{
    uint64_t hash = mix(0, node->type, strlen(node->type));
    if (node->data) {
        hash = mix(hash, node->data, node->data_bytes);
        rq_const_release(node, 0, node->data_bytes);
        return hash;
    }
    hash = mix(hash, node->in, node->n_in * sizeof *node->in);
    for (size_t i = 0; i < node->n_attrs; i++)
        hash = mix(hash, node->attrs[i].value, strlen(node->attrs[i].value));
    return hash;
}

/* Random numbers, variables and bodies are each their own. */
static bool may_share(const rq_pass *p, const rq_node *node)
{
    const rq_op *op = rq_op_find(node->type);
    bool constant = rq_node_is(node, &rq_op_Const);
    (void)p;
    return op && node->n_out && !node->n_bodies && (constant || !(op->flags & RQ_OP_NO_FOLD));
}

static void take_over(sharing *s, const rq_node *heir, const rq_node *node)
{
    for (uint32_t i = 0; i < node->n_out; i++) {
        s->consumers[node->out[i]] = heir->out[i];
        rq_pass_join_names(s->p, heir->out[i], node->out[i]);
    }
    s->p->stale = true;
}

static void share_node(sharing *s, rq_node *node)
{
    for (uint32_t k = 0; k < node->n_in; k++)
        if (node->in[k] != RQ_NONE && s->consumers[node->in[k]] != RQ_NONE)
            node->in[k] = s->consumers[node->in[k]];
    if (!may_share(s->p, node)) return;
    uint64_t hash = hash_of(node);
    size_t slot = hash & s->mask;
    while (s->slots[slot] && (s->hashes[slot] != hash || !rq_node_is_same(s->slots[slot], node)))
        slot = (slot + 1) & s->mask;
    if (s->slots[slot]) {
        take_over(s, s->slots[slot], node);
    } else {
        s->slots[slot] = node;
        s->hashes[slot] = hash;
    }
}

static rq_status share(sharing *s, rq_id **order)
{
    const rq_graph *graph = s->p->graph;
    size_t n = 16, n_order;
    while (n < 2 * graph->n_nodes) n *= 2;
    s->mask = n - 1;
    RQ_TRY(rq_calloc(&s->slots, n, sizeof *s->slots, "a table of nodes"));
    RQ_TRY(rq_calloc(&s->hashes, n, sizeof *s->hashes, "a table of nodes"));
    RQ_TRY(rq_calloc(&s->consumers, graph->n_values, sizeof *s->consumers, "a table of values"));
    memset(s->consumers, 0xff, graph->n_values * sizeof *s->consumers);
    RQ_TRY(rq_graph_topo_order(order, &n_order, graph));
    for (size_t i = 0; i < n_order; i++) share_node(s, graph->nodes[(*order)[i]]);
    return RQ_OK;
}

static void run(rq_pass *p)
{
    sharing s = {.p = p};
    rq_id *order = NULL;
    rq_ir_builder_ok(p->b, share(&s, &order));
    free(order);
    free(s.slots);
    free(s.hashes);
    free(s.consumers);
}

const rq_pass_row rq_pass_share = {"share", "equal constants and layers merged", run, false};
