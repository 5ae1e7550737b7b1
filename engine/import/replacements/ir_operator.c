#include "engine/import/replacements/ir_operator.h"

#include "engine/import/replacements/rule_match.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PORTS 64
#define MAX_OPSET 31 /* bits of rq_op's opsets */

/* What a rule means once: its nodes, and the values that go in and come out. */
typedef struct match {
    bool *in; /* by node of the graph as it was */
    size_t n_nodes;
    const char *inputs[MAX_PORTS], *outputs[MAX_PORTS];
    size_t n_inputs, n_outputs;
} match;

/* -- nodes ----------------------------------------------------------------------------------- */

static void match_scope(match *m, const rq_replacer *r, const rq_scope *scope)
{
    for (size_t i = 0; i < m->n_nodes; i++)
        m->in[i] = rq_scope_rest(scope, r->source->nodes[i].name) != NULL;
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

/* Nodes that what is marked leads to, until nothing is added. */
static void mark_after(bool *marked, const match *m, const rq_replacer *r)
{
    bool more = true;
    for (size_t round = 0; more && round < m->n_nodes; round++) {
        more = false;
        for (size_t i = 0; i < m->n_nodes; i++)
            if (!marked[i] && reads_any(r, &r->source->nodes[i], marked)) marked[i] = more = true;
    }
}

/* Producers of a node's inputs, as far as the starts lead to them. */
static bool take_before(match *m, const rq_replacer *r, const rq_framework_node *node,
                        const bool *after)
{
    bool more = false;
    for (size_t k = 0; k < node->n_in; k++) {
        uint32_t from = rq_map_get(r->producers, node->in[k]);
        if (from == RQ_NONE || m->in[from] || !after[from]) continue;
        m->in[from] = more = true;
    }
    return more;
}

/* What the starts lead to, and what leads to the ends, is the match. */
static rq_status match_points(match *m, const rq_replacer *r, const rq_rule *rule)
{
    bool *after = NULL, more = true;
    RQ_TRY(rq_calloc(&after, m->n_nodes, 1, "nodes between points"));
    for (size_t i = 0; i < m->n_nodes; i++) {
        after[i] = is_named(&rule->start_points, r->source->nodes[i].name);
        m->in[i] = is_named(&rule->end_points, r->source->nodes[i].name);
    }
    mark_after(after, m, r);
    for (size_t round = 0; more && round < m->n_nodes; round++) {
        more = false;
        for (size_t i = 0; i < m->n_nodes; i++)
            if (m->in[i] && !is_named(&rule->start_points, r->source->nodes[i].name))
                more |= take_before(m, r, &r->source->nodes[i], after);
    }
    free(after);
    return RQ_OK;
}

/* -- ports ----------------------------------------------------------------------------------- */

static rq_status add_port(const char **ports, size_t *n, const rq_rule *rule, const char *value)
{
    for (size_t i = 0; i < *n; i++)
        if (!strcmp(ports[i], value)) return RQ_OK;
    if (*n == MAX_PORTS)
        return rq_fail(RQ_EUNSUPPORTED, "%s: '%s' has more than %d inputs or outputs", rule->path,
                       rule->op, MAX_PORTS);
    ports[(*n)++] = value;
    return RQ_OK;
}

/* Node of the match that a port of the rule means: by its name, in a scope by the rest of it. */
static rq_status find_port_node(const rq_framework_node **out, const match *m, const rq_replacer *r,
                                const rq_scope *scope, const rq_rule_port *port)
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

static rq_status read_given_ports(match *m, const rq_replacer *r, const rq_rule *rule,
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

static bool is_made_inside(const match *m, const rq_replacer *r, const char *value)
{
    uint32_t from = rq_map_get(r->producers, value);
    return from != RQ_NONE && from < m->n_nodes && m->in[from];
}

/* What the nodes read from outside, but constants, in the file's order. */
static rq_status find_inputs(match *m, const rq_replacer *r, const rq_rule *rule)
{
    for (size_t i = 0; i < m->n_nodes; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        for (size_t k = 0; m->in[i] && k < node->n_in; k++)
            if (node->in[k][0] && !is_made_inside(m, r, node->in[k]) &&
                !rq_replacer_constant(r, node->in[k]))
                RQ_TRY(add_port(m->inputs, &m->n_inputs, rule, node->in[k]));
    }
    return RQ_OK;
}

static rq_status find_outputs(match *m, const rq_replacer *r, const rq_rule *rule)
{
    for (size_t i = 0; i < m->n_nodes; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        for (size_t k = 0; !m->in[i] && k < node->n_in; k++)
            if (is_made_inside(m, r, node->in[k]))
                RQ_TRY(add_port(m->outputs, &m->n_outputs, rule, node->in[k]));
    }
    for (size_t i = 0; i < r->source->n_outputs; i++)
        if (is_made_inside(m, r, r->source->outputs[i].name))
            RQ_TRY(add_port(m->outputs, &m->n_outputs, rule, r->source->outputs[i].name));
    return RQ_OK;
}

/* -- the operator ---------------------------------------------------------------------------- */

static void map_operator(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id in[MAX_PORTS];
    size_t n = b->node->n_in;
    (void)row;
    for (size_t i = 0; i < n; i++) in[i] = rq_ir_builder_in(b, i);
    rq_node *node =
        rq_emit_node(b, rq_framework_string(b->node, "type", ""), in, n, (uint32_t)b->node->n_out,
                     "%s", rq_framework_string(b->node, "data", ""));
    if (node) rq_ir_builder_set_all(b, node);
}

static const rq_op_mapping_row operator_row = {"", "IrOperator", map_operator, NULL};

/* A value as the IR writes it: lists joined by commas. */
static void append_value(rq_buf *out, const rq_json *value)
{
    if (rq_json_is_string(value)) rq_buf_append(out, rq_json_as_string(value, ""));
    if (rq_json_is_bool(value))
        rq_buf_append(out, rq_json_as_bool(value, false) ? "true" : "false");
    if (rq_json_is_integer(value))
        rq_buf_printf(out, "%" PRId64, rq_json_as_integer(value, 0));
    else if (rq_json_is_number(value))
        rq_buf_printf(out, "%.9g", rq_json_as_number(value, 0));
    for (size_t i = 0; rq_json_is_array(value) && i < rq_json_length(value); i++) {
        const rq_json *one = rq_json_at(value, i);
        if (i) rq_buf_append(out, ",");
        if (!rq_json_is_array(one)) append_value(out, one);
    }
}

static rq_status add_data(rq_replacer *r, rq_framework_node *node, const rq_rule *rule)
{
    rq_buf data = {0};
    for (const char *key = rq_json_next_key(rule->attributes, NULL); key;
         key = rq_json_next_key(rule->attributes, key)) {
        if (!strcmp(key, "version")) continue;
        rq_buf_printf(&data, "%s%s=", data.length ? ";" : "", key);
        append_value(&data, rq_json_get(rule->attributes, key));
    }
    rq_status status =
        data.failed ? RQ_ENOMEM : rq_replacer_add_text(r, node, "data", data.data ? data.data : "");
    rq_buf_free(&data);
    return status;
}

/* "Swish" -> "Swish-4": the newest opset that has it, or the one asked for. */
static rq_status typed(const char **out, const rq_replacer *r, const rq_rule *rule)
{
    const rq_op *op = rq_op_find(rule->op);
    const rq_json *version = rq_json_get(rule->attributes, "version");
    const char *text = rq_json_as_string(version, "");
    int64_t opset = rq_json_as_integer(version, 0);
    if (!op)
        return rq_fail(RQ_EUNSUPPORTED, "%s: op '%s' is no operator of the IR", rule->path,
                       rule->op);
    if (!strncmp(text, "opset", 5)) rq_parse_i64(text + 5, &opset);
    if (opset < 1 || opset > MAX_OPSET)
        for (opset = MAX_OPSET; opset > 1 && !(op->opsets & RQ_OPSET(opset));) opset--;
    *out = rq_arena_printf(r->arena, "%s-%" PRId64, rule->op, opset);
    return *out ? RQ_OK : RQ_ENOMEM;
}

/* The operator gives the match's outputs; what gave them before, gives nothing. */
static rq_status put_operator(rq_replacer *r, const rq_rule *rule, const match *m)
{
    rq_framework_node *node;
    const char *type = NULL;
    if (!m->n_outputs)
        return rq_fail(RQ_EUNSUPPORTED, "%s: '%s': nothing reads what the match gives", rule->path,
                       rule->op);
    RQ_TRY(typed(&type, r, rule));
    for (size_t i = 0; i < m->n_nodes; i++)
        for (size_t k = 0; m->in[i] && k < r->source->nodes[i].n_out; k++)
            for (size_t o = 0; o < m->n_outputs; o++)
                if (!strcmp(r->source->nodes[i].out[k], m->outputs[o]))
                    r->source->nodes[i].out[k] = "";
    RQ_TRY(rq_replacer_add(&node, r, rule->id ? rule->id : rule->op, operator_row.type,
                           &operator_row, m->inputs, m->n_inputs));
    node->out = rq_arena_alloc(r->arena, m->n_outputs, sizeof *node->out);
    if (!node->out) return RQ_ENOMEM;
    memcpy(node->out, m->outputs, m->n_outputs * sizeof *node->out);
    node->n_out = m->n_outputs;
    RQ_TRY(rq_replacer_add_text(r, node, "type", type));
    return add_data(r, node, rule);
}

static rq_status replace_match(rq_replacer *r, const rq_rule *rule, match *m, const rq_scope *scope)
{
    RQ_TRY(read_given_ports(m, r, rule, scope));
    if (!rule->n_inputs) RQ_TRY(find_inputs(m, r, rule));
    if (!rule->n_outputs) RQ_TRY(find_outputs(m, r, rule));
    return put_operator(r, rule, m);
}

static rq_status replace_once(rq_replacer *r, const rq_rule *rule, const rq_scope *scope)
{
    match m = {.n_nodes = r->source->n_nodes};
    RQ_TRY(rq_calloc(&m.in, m.n_nodes, 1, "nodes of a match"));
    rq_status status = RQ_OK;
    if (scope)
        match_scope(&m, r, scope);
    else
        status = match_points(&m, r, rule);
    if (status == RQ_OK) status = replace_match(r, rule, &m, scope);
    free(m.in);
    return status;
}

rq_status rq_replace_by_operator(rq_replacer *r, const rq_rule *rule)
{
    if (rule->kind == RQ_MATCH_POINTS) return replace_once(r, rule, NULL);
    if (rule->kind == RQ_MATCH_GENERAL)
        return rq_fail(RQ_EFORMAT, "%s: '%s': \"op\" needs a scope or points", rule->path,
                       rule->op);
    for (size_t i = 0; i < rule->instances.n; i++) {
        rq_scope *scope;
        RQ_TRY(rq_scope_open(&scope, rule->instances.v[i]));
        rq_status status = replace_once(r, rule, scope);
        rq_scope_close(&scope);
        RQ_TRY(status);
    }
    return RQ_OK;
}
