/* Which nodes of the graph a rule means. */
#ifndef RQ_IMPORT_RULE_MATCH_H
#define RQ_IMPORT_RULE_MATCH_H

#include "engine/import/replacements/replacer.h"

/* Nodes whose names begin as the pattern of a scope says, with the length of that beginning. */
typedef struct rq_scope rq_scope;
/* RQ_EFORMAT for what is no regular expression, or one that could take long. */
rq_status rq_scope_open(rq_scope **out, const char *pattern);
void rq_scope_close(rq_scope **scope);
/* The rest of the name behind the scope's; NULL when the name is not in it. */
const char *rq_scope_rest(const rq_scope *scope, const char *name);
/* Does a name match the regular expression from its beginning? RQ_EFORMAT as above. */
rq_status rq_pattern_matches(bool *out, const char *pattern, const char *name);

/* Are there nodes that the rule means: any in a scope, any start and any end of points? `missing`
 * is then, and otherwise, the first name that the graph does not have; NULL: it has all. */
rq_status rq_rule_check(bool *found, const char **missing, const rq_replacer *r,
                        const rq_rule *rule);

#endif
