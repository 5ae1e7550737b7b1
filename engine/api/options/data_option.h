/* --data and --val: texts, or data that a program listed. */
#ifndef RQ_API_OPTIONS_DATA_OPTION_H
#define RQ_API_OPTIONS_DATA_OPTION_H

#include "engine/base/settings.h"
#include "engine/run/images.h"

/* The setting of that name, whose object is an rq_dataset; {0} where there is none. Borrowed. */
rq_data_source rq_data_option_read(const rq_settings *settings, const char *name);

#endif
