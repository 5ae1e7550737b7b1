#include "engine/import/kept_nodes.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_kept_nodes_open(rq_kept_nodes *out, const rq_framework_model *source,
                             const rq_map *producers)
{
    size_t n = source->n_nodes;
    *out = (rq_kept_nodes){0};
    RQ_TRY(rq_calloc(&out->first, n, sizeof *out->first, "nodes that are kept"));
    RQ_TRY(rq_calloc(&out->next, n, sizeof *out->next, "nodes that are kept"));
    for (size_t i = 0; i < n; i++) out->first[i] = out->next[i] = RQ_NONE;
    for (size_t i = n; i-- > 0;) {
        const char *value = source->nodes[i].kept_with;
        uint32_t with = value ? rq_map_get(producers, value) : RQ_NONE;
        if (with >= n) continue; /* none, or an input */
        out->next[i] = out->first[with];
        out->first[with] = (uint32_t)i;
    }
    return RQ_OK;
}

void rq_kept_nodes_close(rq_kept_nodes *kept)
{
    free(kept->first);
    free(kept->next);
}
