/* A workload from options: those of rq_preprocess_options and rq_model_options, and --data. */
#ifndef RQ_API_OPTIONS_WORKLOAD_OPTIONS_H
#define RQ_API_OPTIONS_WORKLOAD_OPTIONS_H

#include "engine/run/workload.h"
#include "engine/base/settings.h"

/* After a failure too, to be closed. Texts are borrowed. */
rq_status rq_workload_options_read(rq_workload *out, const rq_settings *settings);
/* RQ_EARG without --data. */
rq_status rq_workload_options_need_data(const rq_workload *workload);
/* Both. */
rq_status rq_workload_options_read_with_data(rq_workload *out, const rq_settings *settings);

#endif
