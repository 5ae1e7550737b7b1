/* The Object Detection API's pipeline.config: protocol buffers' text, read without a schema. */
#ifndef RQ_IMPORT_PIPELINE_CONFIG_H
#define RQ_IMPORT_PIPELINE_CONFIG_H

#include "engine/base/arena.h"

#include <stdbool.h>

typedef struct rq_pipeline_config rq_pipeline_config;

/* In the arena. RQ_EFORMAT, with the line, for what is not such text or has no model. */
rq_status rq_pipeline_config_read(const rq_pipeline_config **out, rq_arena *arena,
                                  const char *path);
rq_status rq_pipeline_config_parse(const rq_pipeline_config **out, rq_arena *arena,
                                   const char *text, size_t size, const char *name);

/* Fields of the model: "image_resizer/fixed_shape_resizer/height", each part a field's name or "*",
 * any field. NULL or false where there is none; of a field that is there several times, the last.
 * `config` may be NULL. */
const char *rq_pipeline_config_text(const rq_pipeline_config *config, const char *path);
bool rq_pipeline_config_number(const rq_pipeline_config *config, const char *path, double *out);
/* All of a repeated field, at most `capacity`; gives how many. */
size_t rq_pipeline_config_numbers(const rq_pipeline_config *config, const char *path, double *out,
                                  size_t capacity);
bool rq_pipeline_config_has(const rq_pipeline_config *config, const char *path);

#endif
