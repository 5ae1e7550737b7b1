/* Processes that do one call together: engine/run/ranks.h. */
#include "engine/api/requant.h"
#include "engine/run/ranks.h"

rq_status rq_ranks_begin(size_t *index, size_t *count)
{
    rq_status status = rq_ranks_open();
    *index = rq_ranks_index();
    *count = rq_ranks_count();
    return status;
}

rq_status rq_ranks_end(rq_status status)
{
    return rq_ranks_close(status);
}
