#include "engine/import/replacements/rule.h"

#include <string.h>

typedef struct reader {
    rq_arena *arena;
    const char *path;
    size_t rule; /* number of the one being read */
} reader;

static rq_status refuse(const reader *r, const char *problem)
{
    return rq_fail(RQ_EFORMAT, "%s: rule %zu: %s", r->path, r->rule, problem);
}

/* A copy that outlives the json; NULL: no text. */
static const char *copy_text(const reader *r, const rq_json *json)
{
    return rq_arena_strdup(r->arena, rq_json_as_string(json, NULL));
}

/* A list of texts, or one. */
static rq_status read_names(rq_rule_names *out, const reader *r, const rq_json *json,
                            const char *what)
{
    bool one = rq_json_is_string(json);
    if (!one && !rq_json_is_array(json)) return refuse(r, what);
    out->n = one ? 1 : rq_json_length(json);
    out->v = rq_arena_alloc(r->arena, out->n, sizeof *out->v);
    if (!out->v) return RQ_ENOMEM;
    for (size_t i = 0; i < out->n; i++) {
        out->v[i] = copy_text(r, one ? json : rq_json_at(json, i));
        if (!out->v[i]) return refuse(r, what);
    }
    return RQ_OK;
}

static rq_status read_port(rq_rule_port *out, const reader *r, const rq_json *json)
{
    out->node = copy_text(r, rq_json_get(json, "node"));
    out->port = rq_json_as_integer(rq_json_get(json, "port"), 0);
    if (!out->node || out->port < 0)
        return refuse(r, "expected {\"node\": name, \"port\": number}");
    return RQ_OK;
}

static rq_status read_ports(rq_rule_port **out, size_t *n, const reader *r, const rq_json *json)
{
    if (!rq_json_is_array(json)) return refuse(r, "expected a list of {\"node\", \"port\"}");
    *n = rq_json_length(json);
    *out = rq_arena_alloc(r->arena, *n, sizeof **out);
    if (!*out) return RQ_ENOMEM;
    for (size_t i = 0; i < *n; i++) RQ_TRY(read_port(&(*out)[i], r, rq_json_at(json, i)));
    return RQ_OK;
}

static rq_status read_inputs(rq_rule *rule, const reader *r, const rq_json *json)
{
    if (!rq_json_is_array(json)) return refuse(r, "\"inputs\" is no list");
    rule->n_inputs = rq_json_length(json);
    rule->inputs = rq_arena_alloc(r->arena, rule->n_inputs, sizeof *rule->inputs);
    if (!rule->inputs) return RQ_ENOMEM;
    for (size_t i = 0; i < rule->n_inputs; i++)
        RQ_TRY(read_ports(&rule->inputs[i].ports, &rule->inputs[i].n, r, rq_json_at(json, i)));
    return RQ_OK;
}

static rq_status read_kind(rq_rule *rule, const reader *r, const rq_json *json)
{
    static const char *const kinds[] = {"scope", "points", "general"};
    const char *kind = rq_json_as_string(rq_json_get(json, "match_kind"), "");
    for (int i = 0; i < 3; i++)
        if (!strcmp(kind, kinds[i])) {
            rule->kind = (rq_match_kind)i;
            return RQ_OK;
        }
    return refuse(r, "\"match_kind\" is none of scope, points, general");
}

static rq_status read_instances(rq_rule *rule, const reader *r, const rq_json *json)
{
    if (rule->kind == RQ_MATCH_GENERAL) return RQ_OK;
    if (rule->kind == RQ_MATCH_SCOPE)
        return read_names(&rule->instances, r, json, "\"instances\" is no list of scopes");
    const char *what = "\"instances\" has no lists \"start_points\" and \"end_points\"";
    RQ_TRY(read_names(&rule->start_points, r, rq_json_get(json, "start_points"), what));
    return read_names(&rule->end_points, r, rq_json_get(json, "end_points"), what);
}

static bool includes(const rq_json *json, const char *key)
{
    return rq_json_as_bool(rq_json_get(json, key), true);
}

static rq_status read_rule(rq_rule *rule, const reader *r, const rq_json *json)
{
    *rule = (rq_rule){.path = r->path,
                      .id = copy_text(r, rq_json_get(json, "id")),
                      .op = copy_text(r, rq_json_get(json, "op")),
                      .attributes = rq_json_get(json, "custom_attributes"),
                      .excludes_starts = !includes(json, "include_inputs_to_sub_graph"),
                      .excludes_ends = !includes(json, "include_outputs_to_sub_graph")};
    if (!rule->id && !rule->op) return refuse(r, "no \"id\"");
    if (rule->attributes && !rq_json_is_object(rule->attributes))
        return refuse(r, "\"custom_attributes\" is no object");
    RQ_TRY(read_kind(rule, r, json));
    RQ_TRY(read_instances(rule, r, rq_json_get(json, "instances")));
    const rq_json *inputs = rq_json_get(json, "inputs"), *outputs = rq_json_get(json, "outputs");
    if (inputs) RQ_TRY(read_inputs(rule, r, inputs));
    return outputs ? read_ports(&rule->outputs, &rule->n_outputs, r, outputs) : RQ_OK;
}

rq_status rq_rules_read(rq_rules *out, rq_arena *arena, const char *path)
{
    reader r = {.arena = arena, .path = path};
    *out = (rq_rules){0};
    RQ_TRY(rq_json_load(&out->json, path));
    if (!rq_json_is_array(out->json))
        return rq_fail(RQ_EFORMAT, "%s: not a list of transformations", path);
    out->n = rq_json_length(out->json);
    out->v = rq_arena_alloc(arena, out->n, sizeof *out->v);
    if (!out->v) return RQ_ENOMEM;
    for (size_t i = 0; i < out->n; i++) {
        r.rule = i + 1;
        RQ_TRY(read_rule(&out->v[i], &r, rq_json_at(out->json, i)));
    }
    return RQ_OK;
}

void rq_rules_free(rq_rules *rules)
{
    rq_json_free(&rules->json);
}
