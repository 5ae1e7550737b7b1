#include "engine/import/replacements/ir_operator_map.h"

#include "engine/ops/extension.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPSET 31 /* bits of rq_op's opsets */

/* -- mapping --------------------------------------------------------------------------------- */

/* The node's first attribute is its type, the others are the operator's. */
static void map_operator(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id in[RQ_OPERATOR_MAX_PORTS];
    const rq_framework_node *from = b->node;
    (void)row;
    for (size_t i = 0; i < from->n_in; i++) in[i] = rq_ir_builder_in(b, i);
    rq_node *node =
        rq_emit_deferred(b, from->attrs[0].s, in, from->n_in, (uint32_t)from->n_out, "%s", "");
    for (size_t i = 1; node && i < from->n_attrs; i++)
        rq_ir_builder_ok(b,
                         rq_node_set_attr(b->graph, node, from->attrs[i].name, from->attrs[i].s));
    if (!node || b->status != RQ_OK) return;
    rq_ir_builder_infer(b, node, !b->no_fold);
    rq_ir_builder_set_all(b, node);
}

const rq_op_mapping_row rq_row_of_operator = {"", "IrOperator", map_operator, NULL};

/* -- type ------------------------------------------------------------------------------------ */

static rq_status no_operator(const rq_rule *rule)
{
    const char **types = NULL;
    RQ_TRY(rq_calloc(&types, rq_op_count(), sizeof *types, "operator names"));
    for (size_t i = 0; i < rq_op_count(); i++) types[i] = rq_op_at(i)->type;
    const char *near = rq_suggest(rule->op, types, rq_op_count());
    rq_status status = rq_fail(RQ_EUNSUPPORTED,
                               "%s: op '%s' is no operator of the IR%s%s%s, nor of a library that "
                               "--extensions names",
                               rule->path, rule->op, near ? " (did you mean '" : "",
                               near ? near : "", near ? "'?)" : "");
    free(types);
    return status;
}

/* "Swish" -> "Swish-4": the newest opset that has it, or the one asked for. An extension's has its
 * own. */
static rq_status typed(const char **out, const rq_replacer *r, const rq_rule *rule, const rq_op *op)
{
    const rq_json *version = rq_json_get(rule->attributes, "version");
    const char *text = rq_json_as_string(version, "");
    int64_t opset = rq_json_as_integer(version, 0);
    if (op->opset) {
        *out = rq_arena_printf(r->arena, "%s-%s", op->type, op->opset);
        return *out ? RQ_OK : RQ_ENOMEM;
    }
    if (!strncmp(text, "opset", 5)) rq_parse_i64(text + 5, &opset);
    if (opset < 1 || opset > MAX_OPSET)
        for (opset = MAX_OPSET; opset > 1 && !(op->opsets & RQ_OPSET(opset));) opset--;
    *out = rq_arena_printf(r->arena, "%s-%" PRId64, op->type, opset);
    return *out ? RQ_OK : RQ_ENOMEM;
}

/* -- attributes ------------------------------------------------------------------------------ */

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

static rq_status add_value(rq_replacer *r, rq_framework_node *node, const char *name,
                           const rq_json *value)
{
    rq_buf text = {0};
    rq_buf_append(&text, "");
    append_value(&text, value);
    rq_status status = text.failed ? RQ_ENOMEM : rq_replacer_add_text(r, node, name, text.data);
    rq_buf_free(&text);
    return status;
}

/* What the operator calls the attribute; NULL: it has none of that name. */
static const char *own_name(const rq_op *op, const char *key)
{
    const rq_x_op *row = rq_extension_row(op);
    for (const rq_attr_spec *a = op->attrs; a && a->name; a++)
        if (!strcmp(a->name, key)) return a->name;
    for (size_t i = 0; row && i < row->n_attrs; i++)
        if (row->attrs[i].model_name && !strcmp(row->attrs[i].model_name, key))
            return row->attrs[i].name;
    return NULL;
}

static rq_status add_given(rq_replacer *r, rq_framework_node *node, const rq_rule *rule,
                           const rq_op *op)
{
    for (const char *key = rq_json_next_key(rule->attributes, NULL); key;
         key = rq_json_next_key(rule->attributes, key)) {
        const char *name = own_name(op, key);
        if (name)
            RQ_TRY(add_value(r, node, name, rq_json_get(rule->attributes, key)));
        else if (strcmp(key, "version") != 0)
            rq_replacer_note(r, "%s: '%s' has no attribute '%s', which is ignored", rule->path,
                             rule->op, key);
    }
    return RQ_OK;
}

/* OpenVINO asks an extension's layer for all of them. */
static rq_status add_defaults(rq_replacer *r, rq_framework_node *node, const rq_op *op)
{
    const rq_x_op *row = rq_extension_row(op);
    for (size_t i = 0; row && i < row->n_attrs; i++)
        if (row->attrs[i].fallback && !rq_framework_find_attr(node, row->attrs[i].name))
            RQ_TRY(rq_replacer_add_text(r, node, row->attrs[i].name, row->attrs[i].fallback));
    return RQ_OK;
}

rq_status rq_describe_operator(rq_replacer *r, rq_framework_node *node, const rq_rule *rule)
{
    const rq_op *op = rq_op_find(rule->op);
    const char *type = NULL;
    if (!op) return no_operator(rule);
    RQ_TRY(typed(&type, r, rule, op));
    RQ_TRY(rq_replacer_add_text(r, node, "", type));
    RQ_TRY(add_given(r, node, rule, op));
    return add_defaults(r, node, op);
}
