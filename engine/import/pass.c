#include "engine/import/pass.h"

#include "engine/ops/attrs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RQ_PASS(name) extern const rq_pass_row rq_pass_##name;
#include "engine/import/passes/passes.def"
#undef RQ_PASS

static const rq_pass_row *const passes[] = {
#define RQ_PASS(name) &rq_pass_##name,
#include "engine/import/passes/passes.def"
#undef RQ_PASS
};
#define N_PASSES (sizeof passes / sizeof passes[0])
#define MAX_ROUNDS 64 /* of one pass: a guard, not a limit that models reach */

size_t rq_pass_count(void)
{
    return N_PASSES;
}

const rq_pass_row *rq_pass_at(size_t i)
{
    return i < N_PASSES ? passes[i] : NULL;
}

static void run_pass(rq_pass *p, const rq_pass_row *row)
{
    p->name = row->name;
    for (int round = 0; round < MAX_ROUNDS && p->b->status == RQ_OK; round++) {
        p->changes = 0;
        row->run(p);
        if (!p->changes) return;
    }
}

static void begin(rq_pass *p, rq_ir_builder *b)
{
    *p = (rq_pass){.b = b, .graph = b->graph, .stale = true, .n_given = b->graph->n_nodes};
}

rq_status rq_passes_run_first(rq_ir_builder *b)
{
    rq_pass p;
    begin(&p, b);
    run_pass(&p, passes[0]);
    free(p.fused);
    rq_uses_free(&p.uses);
    b->node = NULL;
    return b->status;
}

rq_status rq_passes_run(rq_pass *p, rq_ir_builder *b, const rq_pass_choice *choice)
{
    begin(p, b);
    for (size_t i = 0; i < N_PASSES && b->status == RQ_OK; i++) {
        const rq_pass_row *row = passes[i];
        p->keep = row->fuses ? choice->keep : NULL;
        if (row->fuses && choice->disable_fusing) continue;
        if (!choice->skip || strcmp(choice->skip, row->name) != 0) run_pass(p, row);
    }
    rq_uses_free(&p->uses);
    b->node = NULL;
    return b->status == RQ_OK ? rq_graph_prune(b->graph) : b->status;
}

/* -- looking --------------------------------------------------------------------------------- */

rq_node *rq_pass_producer(const rq_pass *p, rq_id value, const rq_op *op)
{
    if (value == RQ_NONE) return NULL;
    rq_node *node = rq_value_producer(p->graph, value);
    return rq_node_is(node, op) && !rq_keep_has(p->keep, node->name) ? node : NULL;
}

/* Removes what was replaced, so that counts are those of the graph as it is now. Not while a pass
 * has emitted something that is not connected yet: only rq_pass_node does it. */
static bool refresh(rq_pass *p)
{
    if (!p->stale) return true;
    rq_uses_free(&p->uses);
    p->uses = (rq_uses){0};
    p->n_values = p->graph->n_values;
    p->stale = false;
    return rq_ir_builder_ok(p->b, rq_graph_prune(p->graph)) &&
           rq_ir_builder_ok(p->b, rq_uses_create(&p->uses, p->graph));
}

const void *rq_pass_attrs(const rq_pass *p, const rq_node *node)
{
    return p->b->bound[node->id].attrs;
}

int64_t rq_pass_int(const rq_pass *p, const rq_node *node, const char *name)
{
    return rq_attrs_int(p->b->bound[node->id].op, rq_pass_attrs(p, node), name);
}

double rq_pass_float(const rq_pass *p, const rq_node *node, const char *name)
{
    return rq_attrs_float(p->b->bound[node->id].op, rq_pass_attrs(p, node), name);
}

size_t rq_pass_uses(const rq_pass *p, rq_id value)
{
    return value < p->n_values ? rq_uses_count(&p->uses, value) : 0;
}

const rq_use *rq_pass_only_use(const rq_pass *p, rq_id value)
{
    if (rq_pass_uses(p, value) != 1) return NULL;
    const rq_use *use = &p->uses.uses[p->uses.first[value]];
    return rq_keep_has(p->keep, p->graph->nodes[use->node]->name) ? NULL : use;
}

int rq_pass_constant_side(const rq_pass *p, const rq_node *node)
{
    if (node->n_in != 2) return -1;
    bool left = rq_ir_builder_const(p->b, node->in[0]),
         right = rq_ir_builder_const(p->b, node->in[1]);
    return left == right ? -1 : right ? 1 : 0;
}

bool rq_pass_is(const rq_pass *p, rq_id value, double want)
{
    const rq_tensor *t = rq_ir_builder_const(p->b, value);
    if (!t || !rq_tensor_count(t)) return false;
    for (size_t i = 0; i < rq_tensor_count(t); i++)
        if (!(fabs(rq_load_f64(t->data, t->dtype, i) - want) <= 1e-3 * fabs(want))) return false;
    return true;
}

/* Names of what is emitted begin with the node's, not with one that was derived already. */
static void look_at(rq_pass *p, const rq_node *node)
{
    const char *end = node->id >= p->n_given ? strrchr(node->name, '/') : NULL;
    const char *name =
        end ? rq_arena_strndup(p->b->arena, node->name, (size_t)(end - node->name)) : node->name;
    if (!rq_ir_builder_ok(p->b, name ? RQ_OK : RQ_ENOMEM)) return;
    p->at = (rq_framework_node){.name = name, .type = node->type};
    p->b->node = &p->at;
    p->n_named = p->graph->n_nodes;
}

static rq_node *node_at(rq_pass *p, size_t i)
{
    if (p->b->status != RQ_OK || !refresh(p)) return NULL;
    rq_node *node = p->graph->nodes[i];
    return node && !rq_keep_has(p->keep, node->name) ? node : NULL;
}

rq_node *rq_pass_any_node(rq_pass *p, size_t i)
{
    rq_node *node = node_at(p, i);
    if (node) look_at(p, node);
    return node;
}

rq_node *rq_pass_node(rq_pass *p, size_t i, const rq_op *op)
{
    rq_node *node = node_at(p, i);
    if (!rq_node_is(node, op)) return NULL;
    look_at(p, node);
    return node;
}

/* -- changing -------------------------------------------------------------------------------- */

static void note(rq_pass *p, const rq_node *node)
{
    p->stale = true;
    p->changes++;
    if (!rq_ir_builder_ok(p->b, rq_grow(&p->fused, &p->cap_fused, p->n_fused, sizeof *p->fused,
                                        "the list of what was fused")))
        return;
    p->fused[p->n_fused++] = (rq_fused_layer){p->name, node->name};
}

void rq_pass_join_names(rq_pass *p, rq_id to_id, rq_id from_id)
{
    rq_value *to = p->graph->values[to_id], *from = p->graph->values[from_id];
    if (!from->names) return;
    to->names =
        to->names ? rq_arena_printf(p->b->arena, "%s,%s", to->names, from->names) : from->names;
    from->names = NULL;
    if (!to->names) p->b->status = RQ_ENOMEM;
}

void rq_pass_take_name(rq_pass *p, rq_node *heir, rq_node *node)
{
    const char *name = node->name;
    if (heir->id < p->n_named) return;
    if (rq_ir_builder_ok(p->b, rq_graph_rename(p->graph, node, "replaced")))
        rq_ir_builder_ok(p->b, rq_graph_rename(p->graph, heir, name));
}

void rq_pass_replace(rq_pass *p, rq_node *node, rq_id value)
{
    if (p->b->status != RQ_OK || value == RQ_NONE) return;
    rq_node *heir = rq_value_producer(p->graph, value);
    rq_graph_replace_uses(p->graph, node->out[0], value, RQ_NONE);
    rq_pass_take_name(p, heir, node);
    rq_pass_join_names(p, value, node->out[0]);
    note(p, heir);
}

void rq_pass_put_behind(rq_pass *p, const rq_node *node, rq_id value)
{
    rq_id own = node->out[0];
    if (p->b->status != RQ_OK || value == RQ_NONE || value == own) return;
    rq_graph_replace_uses(p->graph, own, value, p->graph->values[value]->producer);
    rq_pass_join_names(p, value, own);
    p->stale = true;
}

void rq_pass_set_input(rq_pass *p, rq_node *node, uint32_t i, rq_id value)
{
    if (p->b->status != RQ_OK || value == RQ_NONE) return;
    node->in[i] = value;
    note(p, node);
}

void rq_pass_set_attr(rq_pass *p, rq_node *node, const char *name, const char *value)
{
    rq_bound_node *bound = &p->b->bound[node->id];
    if (p->b->status == RQ_OK &&
        rq_ir_builder_ok(p->b, rq_node_set_attr(p->graph, node, name, value)))
        rq_ir_builder_ok(p->b, rq_attrs_parse(&bound->attrs, p->b->arena, node, bound->op));
}

void rq_pass_reinfer(rq_pass *p)
{
    rq_id *order = NULL;
    size_t n = 0;
    if (p->b->status != RQ_OK) return;
    rq_ir_builder_ok(p->b, rq_graph_topo_order(&order, &n, p->graph));
    for (size_t i = 0; i < n && p->b->status == RQ_OK; i++) {
        rq_node *node = p->graph->nodes[order[i]];
        if (node->n_in && node->n_out) rq_ir_builder_infer(p->b, node, false);
    }
    free(order);
}
