/* Settings of quantization from other tools' files, for --config: NNCF's and POT's JSON. */
#ifndef RQ_API_OPTIONS_QUANTIZATION_CONFIG_H
#define RQ_API_OPTIONS_QUANTIZATION_CONFIG_H

#include "engine/base/arena.h"
#include "engine/base/option.h"
#include "engine/base/settings.h"

/* Whether --config means such a file: by its name, ".json". */
bool rq_is_quantization_config(const char *path);

/* Appends what the file asks for, as options among `known`; values live in the arena. These forms
 * are read, comments and commas before a closing bracket included, as those tools do:
 *   POT    {"compression": {"target_device": "CPU", "algorithms": [{"name": "DefaultQuantization",
 *           "params": {"preset": "mixed", "stat_subset_size": 300, "ignored": {"scope": [...]}}}]}}
 *   NNCF   {"compression": {"algorithm": "quantization", "preset": "mixed", "ignored_scopes":
 * [...], "initializer": {"range": {"num_init_samples": 300}}}} NNCF   {"preset": "mixed",
 * "subset_size": 300, "ignored_scope": {"names": [...]}}, parameters of nncf.quantize, also within
 * "nncf" and "quantization", as rt_info has them Keys that have no effect are named by one message.
 * RQ_EFORMAT: no JSON, a value that is none of that key, or nothing in it that could be a setting.
 */
rq_status rq_quantization_config_read(rq_settings *out, const rq_option_list *known,
                                      const char *path, rq_arena *arena);

#endif
