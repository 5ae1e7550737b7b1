/* Nodes that nobody reads, and that are needed all the same wherever another node is. */
#ifndef RQ_IMPORT_KEPT_NODES_H
#define RQ_IMPORT_KEPT_NODES_H

#include "engine/import/framework_model.h"

/* By node: the first that is kept with it, the next that is kept with the same; RQ_NONE: no more.
 */
typedef struct rq_kept_nodes {
    uint32_t *first, *next;
} rq_kept_nodes;

/* `producers`: value -> node. Closed by who opens it, after failures, too. */
rq_status rq_kept_nodes_open(rq_kept_nodes *out, const rq_framework_model *source,
                             const rq_map *producers);
void rq_kept_nodes_close(rq_kept_nodes *kept);

#endif
