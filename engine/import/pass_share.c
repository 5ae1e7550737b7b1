/* Equal constants become one. */
#include "engine/import/pass.h"

#include "engine/base/hash.h"

#include <stdlib.h>
#include <string.h>

typedef struct entry {
    uint64_t hash;
    const rq_node *node;
} entry;

static bool same(const rq_pass *p, const rq_node *a, const rq_node *b)
{
    const rq_value *x = p->graph->values[a->out[0]], *y = p->graph->values[b->out[0]];
    return x->dtype == y->dtype && rq_shape_equal(&x->shape, &y->shape) &&
           a->data_bytes == b->data_bytes &&
           (!a->data_bytes || !memcmp(a->data, b->data, a->data_bytes));
}

/* heirs[v]: the value that stands for constant v. */
static void find_heirs(rq_pass *p, rq_id *heirs, entry *table, size_t mask)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        const rq_node *node = p->graph->nodes[i];
        if (!node || strcmp(node->type, "Const") != 0) continue;
        uint64_t hash = rq_hash64(node->data, node->data_bytes);
        size_t slot = hash & mask;
        while (table[slot].node && (table[slot].hash != hash || !same(p, table[slot].node, node)))
            slot = (slot + 1) & mask;
        if (!table[slot].node) table[slot] = (entry){hash, node};
        heirs[node->out[0]] = table[slot].node->out[0];
    }
}

static void connect_heirs(rq_pass *p, const rq_id *heirs)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = p->graph->nodes[i];
        for (uint32_t k = 0; node && k < node->n_in; k++)
            if (node->in[k] != RQ_NONE && heirs[node->in[k]] != RQ_NONE)
                node->in[k] = heirs[node->in[k]];
    }
}

static void run(rq_pass *p)
{
    entry *table = NULL;
    rq_id *heirs = NULL;
    size_t n = 16;
    while (n < 2 * p->graph->n_nodes) n *= 2;
    if (rq_build_ok(p->b, rq_calloc(&table, n, sizeof *table, "a table of constants")) &&
        rq_build_ok(p->b,
                    rq_calloc(&heirs, p->graph->n_values, sizeof *heirs, "a table of constants"))) {
        memset(heirs, 0xff, p->graph->n_values * sizeof *heirs);
        find_heirs(p, heirs, table, n - 1);
        connect_heirs(p, heirs);
    }
    free(table);
    free(heirs);
    p->stale = true;
}

const rq_pass_row rq_pass_share = {"share", "equal constants become one", run, false};
