/* Rules of a plan's scope, found by a search: a layer stays in floating point. */
#ifndef RQ_WORKBENCH_SEARCH_FLOAT_RULES_H
#define RQ_WORKBENCH_SEARCH_FLOAT_RULES_H

#include "engine/base/arena.h"
#include "quant/placement/ignored_scope.h"

/* Behind those that the scope has. layer and reason are borrowed. */
rq_status rq_float_rules_add(rq_ignored_scope *scope, const char *layer, const char *reason,
                             rq_arena *arena);
/* Tells of those from number `first` on. */
void rq_float_rules_log(const rq_ignored_scope *scope, size_t first);

#endif
