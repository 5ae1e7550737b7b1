/* The options of commands that read images. */
#ifndef RQ_API_OPTIONS_IMAGE_OPTIONS_H
#define RQ_API_OPTIONS_IMAGE_OPTIONS_H

#include "engine/base/option.h"
#include "engine/base/settings.h"
#include "engine/run/workload.h"

/* --config, --resize, --mean, ... --subset, --seed, --max-bad ... */
extern const rq_option rq_preprocess_options[];

/* Which images of workload->data, and what the settings and the YAML file ask of every one. Texts
 * are borrowed. */
rq_status rq_image_options_read(rq_workload *workload, const rq_settings *settings);
/* --input NAME=FILE.npy; part of the above. */
rq_status rq_fixed_inputs_read(rq_workload *workload, const rq_settings *settings);

#endif
