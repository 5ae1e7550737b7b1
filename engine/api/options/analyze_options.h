/* What settings, checked against the tables of analyze, come to below. */
#ifndef RQ_API_OPTIONS_ANALYZE_OPTIONS_H
#define RQ_API_OPTIONS_ANALYZE_OPTIONS_H

#include "engine/base/settings.h"

/* How many images are measured with, at most. */
rq_status rq_analyze_images_read(size_t *out, const rq_settings *settings);

#endif
