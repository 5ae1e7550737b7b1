/* What settings, checked against the tables of quantize, come to below. */
#ifndef RQ_API_OPTIONS_QUANTIZE_OPTIONS_H
#define RQ_API_OPTIONS_QUANTIZE_OPTIONS_H

#include "engine/base/settings.h"
#include "engine/workbench/quantize/quantize_job.h"

/* What the settings ask of quantize, beside its workload and its output. The plan to follow (given)
 * is the caller's to destroy, after a failure too; all else borrows from the settings and the
 * arena. */
rq_status rq_quantize_options_read(rq_quantize_options *out, const rq_settings *settings,
                                   rq_arena *arena);

#endif
