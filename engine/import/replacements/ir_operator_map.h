/* The node that stands for a rule's operator: its type and attributes, and how it maps. */
#ifndef RQ_IMPORT_IR_OPERATOR_MAP_H
#define RQ_IMPORT_IR_OPERATOR_MAP_H

#include "engine/import/replacements/replacer.h"

#define RQ_OPERATOR_MAX_PORTS 64 /* inputs, and outputs, of such a node */

/* Of nodes that rq_describe_operator described. */
extern const rq_op_mapping_row rq_row_of_operator;

/* Gives the node the type, opset and attributes of what the rule's "op" names: an operator of the
 * IR, or a loaded extension's, whose attributes may have their names in models, too, and get their
 * defaults where the rule has none. What is no attribute of it is noted and left out.
 * RQ_EUNSUPPORTED: there is no such operator. */
rq_status rq_describe_operator(rq_replacer *r, rq_framework_node *node, const rq_rule *rule);

#endif
