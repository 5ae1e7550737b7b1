#include "engine/import/replacements/ir_operator_match.h"

#include "engine/import/framework_edges.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* -- nodes ----------------------------------------------------------------------------------- */

/* Nodes that the scope's pattern matches by the same beginning as node `first`, or by one inside of
 * it: a pattern may mean many scopes alike. */
static void match_scope(rq_operator_match *m, const rq_replacer *r, const rq_scope *scope,
                        size_t first)
{
    const char *name = r->source->nodes[first].name;
    size_t length = (size_t)(rq_scope_rest(scope, name) - name);
    for (size_t i = 0; i < m->n_nodes; i++) {
        const char *other = r->source->nodes[i].name;
        m->in[i] = !strncmp(other, name, length) && rq_scope_rest(scope, other);
    }
}

static bool is_named(const rq_rule_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (!strcmp(names->v[i], name)) return true;
    return false;
}

static bool reads_any(const rq_replacer *r, const rq_framework_node *node, const bool *of)
{
    for (size_t k = 0; k < node->n_in; k++) {
        uint32_t from = rq_map_get(r->producers, node->in[k]);
        if (from != RQ_NONE && of[from]) return true;
    }
    return false;
}

/* The points themselves, or where they are not part of the match, what reads the starts. */
static void mark_starts(bool *starts, const rq_operator_match *m, const rq_replacer *r,
                        const rq_rule *rule, const bool *named)
{
    for (size_t i = 0; i < m->n_nodes; i++)
        starts[i] = rule->excludes_starts ? reads_any(r, &r->source->nodes[i], named) : named[i];
}

/* Likewise, or what the ends read. */
static void mark_ends(bool *ends, const rq_operator_match *m, const rq_replacer *r,
                      const rq_rule *rule)
{
    for (size_t i = 0; i < m->n_nodes; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        if (!is_named(&rule->end_points, node->name)) continue;
        ends[i] |= !rule->excludes_ends;
        for (size_t k = 0; rule->excludes_ends && k < node->n_in; k++) {
            uint32_t from = rq_map_get(r->producers, node->in[k]);
            if (from != RQ_NONE) ends[from] = true;
        }
    }
}

/* The ends, and what the starts lead to that leads to them. */
static rq_status match_points(rq_operator_match *m, const rq_replacer *r, const rq_rule *rule,
                              const rq_framework_edges *edges)
{
    bool *starts = NULL;
    size_t n = m->n_nodes;
    RQ_TRY(rq_calloc(&starts, n, 3 * sizeof *starts, "nodes between points"));
    bool *named = starts + n, *ends = named + n;
    for (size_t i = 0; i < n; i++)
        named[i] = is_named(&rule->start_points, r->source->nodes[i].name);
    mark_starts(starts, m, r, rule, named);
    mark_ends(ends, m, r, rule);
    rq_status status = rq_framework_edges_between(m->in, edges, starts, ends);
    for (size_t i = 0; i < n; i++) m->in[i] |= ends[i];
    free(starts);
    return status;
}

/* -- ports ----------------------------------------------------------------------------------- */

static rq_status too_many(const rq_rule *rule)
{
    return rq_fail(RQ_EUNSUPPORTED, "%s: '%s' has more than %d inputs or outputs", rule->path,
                   rule->op, RQ_OPERATOR_MAX_PORTS);
}

static rq_status add_port(const char **ports, size_t *n, const rq_rule *rule, const char *value)
{
    if (*n == RQ_OPERATOR_MAX_PORTS) return too_many(rule);
    ports[(*n)++] = value;
    return RQ_OK;
}

typedef struct found_port {
    const char *value, *node;
    size_t port;
} found_port;

/* Node of the match that a port of the rule means: by its name, in a scope by the rest of it. */
static rq_status find_port_node(const rq_framework_node **out, const rq_operator_match *m,
                                const rq_replacer *r, const rq_scope *scope,
                                const rq_rule_port *port)
{
    *out = NULL;
    for (size_t i = 0; i < m->n_nodes && !*out; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        const char *rest = scope ? rq_scope_rest(scope, node->name) : node->name;
        bool same = rest && !strcmp(rest, port->node);
        if (rest && !same && scope) RQ_TRY(rq_pattern_matches(&same, port->node, rest));
        if (m->in[i] && same) *out = node;
    }
    return RQ_OK;
}

static rq_status no_port(const rq_rule *rule, const rq_rule_port *port, const char *side)
{
    return rq_fail(RQ_EUNSUPPORTED, "%s: '%s': the match has no node '%s' with %s %" PRId64,
                   rule->path, rule->op, port->node, side, port->port);
}

static rq_status read_given_ports(rq_operator_match *m, const rq_replacer *r, const rq_rule *rule,
                                  const rq_scope *scope)
{
    const rq_framework_node *node;
    for (size_t i = 0; i < rule->n_inputs; i++) {
        if (!rule->inputs[i].n) continue;
        const rq_rule_port *port = &rule->inputs[i].ports[0];
        RQ_TRY(find_port_node(&node, m, r, scope, port));
        if (!node || (uint64_t)port->port >= node->n_in) return no_port(rule, port, "input");
        RQ_TRY(add_port(m->inputs, &m->n_inputs, rule, node->in[port->port]));
    }
    for (size_t i = 0; i < rule->n_outputs; i++) {
        const rq_rule_port *port = &rule->outputs[i];
        RQ_TRY(find_port_node(&node, m, r, scope, port));
        if (!node || (uint64_t)port->port >= node->n_out) return no_port(rule, port, "output");
        RQ_TRY(add_port(m->outputs, &m->n_outputs, rule, node->out[port->port]));
    }
    return RQ_OK;
}

static bool is_made_inside(const rq_operator_match *m, const rq_replacer *r, const char *value)
{
    uint32_t from = rq_map_get(r->producers, value);
    return from != RQ_NONE && from < m->n_nodes && m->in[from];
}

/* Does the model's data decide the value? What it does not is folded inside of the match. */
static bool is_data(const rq_operator_match *m, const rq_replacer *r, const char *value)
{
    uint32_t from = rq_map_get(r->producers, value);
    if (from != RQ_NONE) return from >= m->n_nodes || m->varies[from];
    return *value && !rq_replacer_constant(r, value);
}

/* By name, then number, as Model Optimizer orders ports that a rule does not list. */
static rq_status add_sorted(found_port *list, size_t *n, const rq_rule *rule, found_port port)
{
    size_t at = 0;
    for (size_t i = 0; i < *n; i++)
        if (!strcmp(list[i].value, port.value)) return RQ_OK;
    if (*n == RQ_OPERATOR_MAX_PORTS) return too_many(rule);
    while (at < *n && (strcmp(list[at].node, port.node) < 0 ||
                       (!strcmp(list[at].node, port.node) && list[at].port < port.port)))
        at++;
    memmove(&list[at + 1], &list[at], (*n - at) * sizeof *list);
    list[at] = port;
    ++*n;
    return RQ_OK;
}

/* What the nodes read from outside. */
static rq_status find_inputs(rq_operator_match *m, const rq_replacer *r, const rq_rule *rule)
{
    found_port list[RQ_OPERATOR_MAX_PORTS];
    for (size_t i = 0; i < m->n_nodes; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        for (size_t k = 0; m->in[i] && k < node->n_in; k++)
            if (!is_made_inside(m, r, node->in[k]) && is_data(m, r, node->in[k]))
                RQ_TRY(
                    add_sorted(list, &m->n_inputs, rule, (found_port){node->in[k], node->name, k}));
    }
    for (size_t i = 0; i < m->n_inputs; i++) m->inputs[i] = list[i].value;
    return RQ_OK;
}

static bool is_read_outside(const rq_operator_match *m, const rq_replacer *r, const char *value)
{
    for (size_t i = 0; i < m->n_nodes; i++)
        for (size_t k = 0; !m->in[i] && k < r->source->nodes[i].n_in; k++)
            if (!strcmp(r->source->nodes[i].in[k], value)) return true;
    for (size_t i = 0; i < r->source->n_outputs; i++)
        if (!strcmp(r->source->outputs[i].name, value)) return true;
    return false;
}

/* Can node i end the match? Where points say the ends, whatever else is read of it stays as it was.
 */
static bool may_end(const rq_operator_match *m, const rq_replacer *r, const rq_rule *rule, size_t i)
{
    if (!m->in[i] || rule->kind != RQ_MATCH_POINTS || rule->excludes_ends) return m->in[i];
    return is_named(&rule->end_points, r->source->nodes[i].name);
}

static rq_status find_outputs(rq_operator_match *m, const rq_replacer *r, const rq_rule *rule)
{
    found_port list[RQ_OPERATOR_MAX_PORTS];
    for (size_t i = 0; i < m->n_nodes; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        for (size_t k = 0; may_end(m, r, rule, i) && k < node->n_out; k++)
            if (node->out[k][0] && is_read_outside(m, r, node->out[k]))
                RQ_TRY(add_sorted(list, &m->n_outputs, rule,
                                  (found_port){node->out[k], node->name, k}));
    }
    for (size_t i = 0; i < m->n_outputs; i++) m->outputs[i] = list[i].value;
    return RQ_OK;
}

/* -- the whole --------------------------------------------------------------------------------- */

static rq_status match_nodes(rq_operator_match *m, const rq_replacer *r, const rq_rule *rule,
                             const rq_scope *scope, size_t first)
{
    rq_framework_edges edges;
    rq_status status = rq_framework_edges_open(&edges, r->source, r->producers);
    if (status == RQ_OK) status = rq_framework_edges_from_inputs(m->varies, &edges);
    if (status == RQ_OK && scope)
        match_scope(m, r, scope, first);
    else if (status == RQ_OK)
        status = match_points(m, r, rule, &edges);
    rq_framework_edges_close(&edges);
    return status;
}

rq_status rq_find_operator_match(rq_operator_match *m, const rq_replacer *r, const rq_rule *rule,
                                 const rq_scope *scope, size_t first)
{
    RQ_TRY(match_nodes(m, r, rule, scope, first));
    RQ_TRY(read_given_ports(m, r, rule, scope));
    if (!rule->n_inputs) RQ_TRY(find_inputs(m, r, rule));
    return rule->n_outputs ? RQ_OK : find_outputs(m, r, rule);
}
