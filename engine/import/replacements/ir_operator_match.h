/* What a rule's "op" takes the place of: nodes, and the values that go in and come out. */
#ifndef RQ_IMPORT_IR_OPERATOR_MATCH_H
#define RQ_IMPORT_IR_OPERATOR_MATCH_H

#include "engine/import/replacements/ir_operator_map.h"
#include "engine/import/replacements/rule_match.h"

/* What a rule means once. */
typedef struct rq_operator_match {
    size_t n_nodes; /* of the graph as it was */
    bool *in;       /* by node: it is part of the match; the caller's */
    bool *varies;   /* likewise: it depends on the model's inputs */
    const char *inputs[RQ_OPERATOR_MAX_PORTS], *outputs[RQ_OPERATOR_MAX_PORTS];
    size_t n_inputs, n_outputs;
} rq_operator_match;

/* Fills the match. Of a scope: the nodes whose names begin as that of node `first` does where the
 * pattern ends, which may be one scope of many that it means; of points (scope NULL): what lies
 * between them. Inputs and outputs are those that the rule lists, else all that are read from
 * outside and do not only depend on constants, and all that is read outside, in the order of the
 * nodes' names. */
rq_status rq_find_operator_match(rq_operator_match *m, const rq_replacer *r, const rq_rule *rule,
                                 const rq_scope *scope, size_t first);

#endif
