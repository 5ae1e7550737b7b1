#include "engine/import/tf_graph.h"

rq_status rq_tf_freeze(rq_tf_graph *graph, rq_source *source, const char *checkpoint)
{
    (void)graph, (void)source, (void)checkpoint;
    return RQ_OK;
}
