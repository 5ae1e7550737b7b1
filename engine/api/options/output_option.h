/* -o of quantize and tune. */
#ifndef RQ_API_OPTIONS_OUTPUT_OPTION_H
#define RQ_API_OPTIONS_OUTPUT_OPTION_H

#include "engine/base/settings.h"

/* Borrowed from the settings; RQ_EARG without one. */
rq_status rq_output_read(const char **out, const rq_settings *settings);

#endif
