/* Rules of a --transformations_config. */
#ifndef RQ_IMPORT_RULE_H
#define RQ_IMPORT_RULE_H

#include "engine/base/arena.h"
#include "engine/base/formats/json.h"

typedef enum rq_match_kind {
    RQ_MATCH_SCOPE,   /* nodes whose names begin as the instances say */
    RQ_MATCH_POINTS,  /* nodes from the start points to the end points */
    RQ_MATCH_GENERAL, /* the whole graph */
} rq_match_kind;

/* A port of a node; of a scope, `node` is a regular expression of the name behind the scope's. */
typedef struct rq_rule_port {
    const char *node;
    int64_t port;
} rq_rule_port;

/* Ports that take the same value. */
typedef struct rq_rule_input {
    rq_rule_port *ports;
    size_t n;
} rq_rule_input;

typedef struct rq_rule_names {
    const char **v;
    size_t n;
} rq_rule_names;

typedef struct rq_rule {
    const char *id, *op; /* op: the IR operator that the match becomes; NULL: none */
    rq_match_kind kind;
    rq_rule_names instances, start_points, end_points;
    bool excludes_starts, excludes_ends; /* points only lie around what they mean */
    rq_rule_input *inputs;
    size_t n_inputs;
    rq_rule_port *outputs;
    size_t n_outputs;
    const rq_json *attributes; /* custom_attributes, an object; NULL: none */
    const char *path;          /* of the file, for messages */
} rq_rule;

typedef struct rq_rules {
    rq_rule *v;
    size_t n;
    rq_json *json; /* what the rules' attributes are of */
} rq_rules;

/* In the arena, but for the json: rq_rules_free after it even when it fails. RQ_EFORMAT names the
 * rule and what is wrong with it. */
rq_status rq_rules_read(rq_rules *out, rq_arena *arena, const char *path);
void rq_rules_free(rq_rules *rules);

#endif
