#include "engine/import/replacements/ir_operator.h"

#include "engine/import/replacements/ir_operator_match.h"

#include <stdlib.h>
#include <string.h>

/* The operator gives the match's outputs; what gave them before, gives nothing. */
static rq_status put_operator(rq_replacer *r, const rq_rule *rule, const rq_operator_match *m)
{
    rq_framework_node *node;
    if (!m->n_outputs)
        return rq_fail(RQ_EUNSUPPORTED, "%s: '%s': nothing reads what the match gives", rule->path,
                       rule->op);
    for (size_t i = 0; i < m->n_nodes; i++)
        for (size_t k = 0; m->in[i] && k < r->source->nodes[i].n_out; k++)
            for (size_t o = 0; o < m->n_outputs; o++)
                if (!strcmp(r->source->nodes[i].out[k], m->outputs[o]))
                    r->source->nodes[i].out[k] = "";
    RQ_TRY(rq_replacer_add(&node, r, rule->id ? rule->id : rule->op, rq_row_of_operator.type,
                           &rq_row_of_operator, m->inputs, m->n_inputs));
    node->out = rq_arena_alloc(r->arena, m->n_outputs, sizeof *node->out);
    if (!node->out) return RQ_ENOMEM;
    memcpy(node->out, m->outputs, m->n_outputs * sizeof *node->out);
    node->n_out = m->n_outputs;
    return rq_describe_operator(r, node, rule);
}

static rq_status replace_match(rq_replacer *r, const rq_rule *rule, rq_operator_match *m,
                               const rq_scope *scope, size_t first)
{
    RQ_TRY(rq_find_operator_match(m, r, rule, scope, first));
    return put_operator(r, rule, m);
}

/* `done` gets the nodes of the match, of the first n; NULL: they need not be known. */
static rq_status replace_once(rq_replacer *r, const rq_rule *rule, const rq_scope *scope,
                              size_t first, bool *done, size_t n)
{
    rq_operator_match m = {.n_nodes = r->source->n_nodes};
    RQ_TRY(rq_calloc(&m.in, m.n_nodes, 2, "nodes of a match"));
    m.varies = m.in + m.n_nodes;
    rq_status status = replace_match(r, rule, &m, scope, first);
    for (size_t i = 0; done && i < n; i++) done[i] |= m.in[i];
    free(m.in);
    return status;
}

/* The node of the shortest beginning that the pattern matches by, of those that are not done; n:
 * there is none. */
static size_t next_of_scope(const rq_replacer *r, const rq_scope *scope, const bool *done, size_t n)
{
    size_t best = n, shortest = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const char *name = r->source->nodes[i].name, *rest = rq_scope_rest(scope, name);
        if (done[i] || !rest || (size_t)(rest - name) >= shortest) continue;
        best = i;
        shortest = (size_t)(rest - name);
    }
    return best;
}

static rq_status replace_scopes(rq_replacer *r, const rq_rule *rule, const rq_scope *scope)
{
    const size_t n = r->source->n_nodes; /* what is added is no part of a scope */
    bool *done = NULL;
    rq_status status = rq_calloc(&done, n, 1, "nodes of scopes");
    for (size_t i; status == RQ_OK && (i = next_of_scope(r, scope, done, n)) < n;)
        status = replace_once(r, rule, scope, i, done, n);
    free(done);
    return status;
}

rq_status rq_replace_by_operator(rq_replacer *r, const rq_rule *rule)
{
    if (rule->kind == RQ_MATCH_POINTS) return replace_once(r, rule, NULL, 0, NULL, 0);
    if (rule->kind == RQ_MATCH_GENERAL)
        return rq_fail(RQ_EFORMAT, "%s: '%s': \"op\" needs a scope or points", rule->path,
                       rule->op);
    for (size_t i = 0; i < rule->instances.n; i++) {
        rq_scope *scope;
        RQ_TRY(rq_scope_open(&scope, rule->instances.v[i]));
        rq_status status = replace_scopes(r, rule, scope);
        rq_scope_close(&scope);
        RQ_TRY(status);
    }
    return RQ_OK;
}
