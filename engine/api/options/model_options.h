/* The options every command that runs a model shares: --shape, --backend. */
#ifndef RQ_API_OPTIONS_MODEL_OPTIONS_H
#define RQ_API_OPTIONS_MODEL_OPTIONS_H

#include "engine/base/option.h"
#include "engine/base/settings.h"
#include "engine/run/workload.h"

extern const rq_option rq_model_options[];
/* Of those who write a model. */
#define RQ_STATIC_OPTION                                                                           \
    RQ_OPTION("static", NULL, "write the shapes calibrated at instead of the model's dynamic ones")
/* Of those who quantize: --keep-graph. */
extern const rq_option rq_preparation_options[];

/* Texts are borrowed. */
rq_status rq_model_options_read(rq_workload *workload, const rq_settings *settings);

/* --threads: 0 or absent means one per core. */
rq_status rq_threads_option(unsigned *out, const rq_settings *settings);

#endif
