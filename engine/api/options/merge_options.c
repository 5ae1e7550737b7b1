/* The options of merge. */
#include "engine/api/options/procedures.h"

static const rq_option merge_options[] = {
    RQ_HEADING(OUTPUT),
    RQ_OPTION("output", "FILE.h5", "file of the statistics of all images", .writes = true),
    RQ_OPTIONS_END,
};

const rq_option *const rq_merge_option_tables[] = {merge_options, NULL};
