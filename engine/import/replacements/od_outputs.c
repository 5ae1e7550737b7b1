/* ObjectDetectionAPIOutputReplacement: the model's outputs, "a,b|c": of alternatives the first that
 * the graph has. */
#include "engine/import/replacements/replacer.h"

#include "engine/import/framework_model_make.h"

#include <string.h>

/* The first value of a node of those names, separated by '|'; NULL: none. */
static rq_status choose(const char **out, const rq_replacer *r, const char *names, size_t length)
{
    for (size_t at = 0; at < length && !*out;) {
        size_t n = strcspn(names + at, "|,");
        const char *name = rq_arena_strndup(r->arena, names + at, n);
        if (!name) return RQ_ENOMEM;
        const rq_framework_node *node = rq_replacer_find(r, name);
        if (node && node->n_out && node->out[0][0]) *out = node->out[0];
        at += n + 1;
    }
    return RQ_OK;
}

static rq_status replace(rq_replacer *r, const rq_rule *rule)
{
    const char *names =
        rule ? rq_json_as_string(rq_json_get(rule->attributes, "outputs"), NULL) : NULL;
    if (!rule || r->options->has_outputs) return RQ_OK;
    if (!names)
        return rq_fail(RQ_EFORMAT, "%s: '%s' has no text \"outputs\"", rule->path, rule->id);
    size_t before = r->source->n_outputs, chosen = 0;
    for (const char *at = names; *at;) {
        size_t length = strcspn(at, ",");
        const char *value = NULL;
        RQ_TRY(choose(&value, r, at, length));
        if (value) RQ_TRY(rq_framework_model_add_output(r->source, value));
        chosen += value != NULL;
        at += length + (at[length] == ',');
    }
    if (!chosen)
        return rq_fail(RQ_EUNSUPPORTED, "%s: '%s': the graph has none of the outputs '%s'",
                       rule->path, rule->id, names);
    memmove(r->source->outputs, r->source->outputs + before, chosen * sizeof *r->source->outputs);
    r->source->n_outputs = chosen;
    return RQ_OK;
}

const rq_replacement rq_replacement_outputs = {"ObjectDetectionAPIOutputReplacement", replace};
