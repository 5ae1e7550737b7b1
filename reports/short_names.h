/* Names of layers by the part that tells them apart: what all have in common at the beginning goes,
 * and so do last parts such as "/Conv" where the name stays unique without them. "/net/b0/dw/Conv"
 * is "b0/dw" among its kind. Tables and cards show these; files and commands have whole names. */
#ifndef RQ_REPORTS_SHORT_NAMES_H
#define RQ_REPORTS_SHORT_NAMES_H

#include "reports/report.h"

typedef struct rq_short_names rq_short_names;

/* Of different names, each borrowed by the arena's owner; NULL among them is passed over. */
rq_status rq_short_names_create(rq_short_names **out, const char *const *names, size_t n,
                                rq_arena *arena);
rq_status rq_short_names_for_layers(rq_short_names **out, const rq_report *report, rq_arena *arena);
void rq_short_names_destroy(rq_short_names **names); /* its map; texts are the arena's */

/* The name itself where it is not among them; never NULL unless `name` is. `names` may be NULL. */
const char *rq_short_name(const rq_short_names *names, const char *name);

#endif
