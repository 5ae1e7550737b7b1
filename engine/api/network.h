/* A network from inside: a graph, and where it came from. */
#ifndef RQ_API_NETWORK_H
#define RQ_API_NETWORK_H

#include "engine/api/context.h"
#include "engine/import/import.h"

struct rq_network {
    const rq_context *context;
    rq_arena *arena;            /* of the texts */
    const char *path;           /* of the model, as it was given */
    const char *name;           /* of an IR that is written into a folder */
    const char *saved;          /* where the IR was written last; NULL: nowhere */
    rq_graph *graph;            /* NULL where operators do not map */
    rq_framework_model *source; /* NULL: an IR; its constants are the graph's */
    rq_import_result import;    /* of the source; its graph is the one above */
    rq_buf text;                /* what rq_network_text gave last */
};

/* Without a graph yet. `path` names the model. After a failure too, to be destroyed. */
rq_status rq_network_create(rq_network **out, const rq_context *context, const char *path);
/* As rq_network_open, for commands that are no procedures: of their settings those count that are
 * about importing (rq_model_import_options). */
rq_status rq_network_open_by(rq_network **out, const rq_context *context, const char *path,
                             const rq_settings *settings);
/* Reads, cuts and maps a model of another framework; `settings` are import's. RQ_EUNSUPPORTED where
 * something does not map. */
rq_status rq_network_import(rq_network *network, const rq_import_files *files,
                            const rq_settings *settings);
/* A workload over the network, which lends its graph; not read further. To be closed after a
 * failure, too. */
rq_status rq_network_workload(rq_workload *out, const rq_network *network,
                              const rq_settings *settings);
/* As above, and RQ_EARG without --data. */
rq_status rq_network_workload_with_data(rq_workload *out, const rq_network *network,
                                        const rq_settings *settings);

#endif
