/* The parts of rq_plan_file_read, for plan_read*.c only. All fail with RQ_EFORMAT, naming file,
 * entry and key; texts and arrays are put into `arena`. */
#ifndef RQ_QUANT_PLAN_READ_PARTS_H
#define RQ_QUANT_PLAN_READ_PARTS_H

#include "engine/base/formats/json_require.h"
#include "quant/plan_file.h"

/* The key of this version, or where it is absent the one that version 1 had. */
const char *rq_plan_read_key(const rq_required_object *at, const char *key, const char *old);
/* Fails where a key is there under both names. */
rq_status rq_plan_read_refuse_both(const rq_required_object *at);

/* One entry of a list into rq_plan_file_activation, _weight, _ignored, _equalization. */
rq_status rq_plan_read_activation(void *out, const rq_required_object *at, rq_arena *arena);
rq_status rq_plan_read_weight(void *out, const rq_required_object *at, rq_arena *arena);
rq_status rq_plan_read_ignored(void *out, const rq_required_object *at, rq_arena *arena);
rq_status rq_plan_read_equalization(void *out, const rq_required_object *at, rq_arena *arena);

/* file->settings */
rq_status rq_plan_read_settings(rq_plan_file *file, const rq_required_object *root);

#endif
