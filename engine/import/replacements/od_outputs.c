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

static bool predicts_masks(const rq_framework_node *node, const void *about)
{
    (void)about;
    return !strncmp(node->name, "SecondStageBoxPredictor", 23) && !strcmp(node->type, "BiasAdd");
}

/* Masks come from the last convolution before they are chosen by class. */
static rq_status choose_masks(rq_replacer *r)
{
    const rq_framework_node *masks =
        rq_replacer_search_back(r, "detection_masks", predicts_masks, NULL);
    if (!masks || !masks->n_out) return RQ_OK;
    r->source->n_outputs = 0;
    r->chose_outputs = true;
    return rq_framework_model_add_output(r->source, masks->out[0]);
}

static rq_status replace(rq_replacer *r, const rq_rule *rule)
{
    const char *names =
        rule ? rq_json_as_string(rq_json_get(rule->attributes, "outputs"), NULL) : NULL;
    if (r->options->has_outputs) return RQ_OK;
    if (!rule) return choose_masks(r);
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
    r->chose_outputs = true;
    memmove(r->source->outputs, r->source->outputs + before, chosen * sizeof *r->source->outputs);
    r->source->n_outputs = chosen;
    return RQ_OK;
}

const rq_replacement rq_replacement_outputs = {"ObjectDetectionAPIOutputReplacement", replace};
