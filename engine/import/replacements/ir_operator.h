/* "op" of a rule: what it matches becomes one IR operator. */
#ifndef RQ_IMPORT_IR_OPERATOR_H
#define RQ_IMPORT_IR_OPERATOR_H

#include "engine/import/replacements/replacer.h"

/* One operator for each instance of a scope, or for what lies between points. custom_attributes
 * are its data; it is of the opset that their "version" names ("opset4", or a number), else of the
 * newest one that has it. */
rq_status rq_replace_by_operator(rq_replacer *r, const rq_rule *rule);

#endif
