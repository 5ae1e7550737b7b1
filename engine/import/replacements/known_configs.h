/* Which of Model Optimizer's files is the one for a graph of the Object Detection API. */
#ifndef RQ_IMPORT_KNOWN_CONFIGS_H
#define RQ_IMPORT_KNOWN_CONFIGS_H

#include "engine/import/replacements/replacer.h"

/* "ssd_support_api_v1.15.json", and its family ("SSD") unless that is NULL; NULL: none. */
const char *rq_known_config_of(const char **family, const rq_replacer *r);

#endif
