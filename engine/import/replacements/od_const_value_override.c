/* ObjectDetectionAPIConstValueOverride: constants that the pipeline gives another value, as
 * [["mul/y", "first_stage_max_proposals"]]. */
#include "engine/import/replacements/replacer.h"

#include <math.h>

static rq_status override(rq_replacer *r, const char *name, const char *path)
{
    double value, now;
    const rq_tensor *constant = rq_replacer_constant(r, name);
    if (!constant || !constant->data || rq_dtype_bits(constant->dtype) < 8 ||
        !rq_shape_is_static(&constant->shape) || rq_tensor_count(constant) != 1 ||
        !rq_pipeline_config_number(r->pipeline, path, &value))
        return RQ_OK;
    now = rq_load_f64(constant->data, constant->dtype, 0);
    if (fabs(now - value) <= 1e-6 * fabs(value)) return RQ_OK;
    RQ_TRY(rq_replacer_set_element(r, constant, 0, value));
    rq_replacer_note(r, "constant '%s' was %.7g, pipeline.config says %.7g for %s", name, now,
                     value, path);
    return RQ_OK;
}

static rq_status replace(rq_replacer *r, const rq_rule *rule)
{
    const rq_json *list = rule ? rq_json_get(rule->attributes, "replacements") : NULL;
    if (!rule) return override(r, "mul/y", "first_stage_max_proposals");
    for (size_t i = 0; i < rq_json_length(list); i++) {
        const rq_json *pair = rq_json_at(list, i);
        const char *name = rq_json_as_string(rq_json_at(pair, 0), NULL);
        const char *path = rq_json_as_string(rq_json_at(pair, 1), NULL);
        if (!name || !path)
            return rq_fail(RQ_EFORMAT, "%s: '%s': replacement %zu is no pair of names", rule->path,
                           rule->id, i + 1);
        RQ_TRY(override(r, name, path));
    }
    return RQ_OK;
}

const rq_replacement rq_replacement_const_value_override = {"ObjectDetectionAPIConstValueOverride",
                                                            replace};
