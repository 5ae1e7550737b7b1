/* ObjectDetectionAPIPreprocessor2Replacement: TensorFlow 2's way of resizing images, between nodes
 * that the rule names; what scales pixels before or behind them stays. */
#include "engine/import/replacements/od_preprocessor.h"

#include <string.h>

/* The first node that is there of a list in the rule's attributes; NULL: none. */
static const rq_framework_node *first_of(const rq_replacer *r, const rq_rule *rule,
                                         const char *list)
{
    const rq_json *names = rq_json_get(rule->attributes, list);
    for (size_t i = 0; i < rq_json_length(names); i++) {
        const char *name = rq_json_as_string(rq_json_at(names, i), NULL);
        const rq_framework_node *node = name ? rq_replacer_find(r, name) : NULL;
        if (node && node->n_in && node->n_out) return node;
    }
    return NULL;
}

static bool is_named(const rq_framework_node *node, const void *name)
{
    return !strcmp(node->name, name);
}

static bool is_loop(const rq_framework_node *node, const void *about)
{
    (void)about;
    return !strcmp(node->type, "While") || !strcmp(node->type, "StatelessWhile");
}

static rq_status check(const rq_replacer *r, const rq_rule *rule, const rq_framework_node *start,
                       const rq_framework_node *end)
{
    if (!start || !end)
        return rq_fail(RQ_EUNSUPPORTED, "%s: '%s': the graph has none of its %s", rule->path,
                       rule->id, start ? "end_nodes" : "start_nodes");
    if (rq_replacer_search_back(r, end->out[0], is_loop, NULL))
        return rq_fail(RQ_EUNSUPPORTED,
                       "%s: '%s': images are prepared in a loop, node '%s' is its end; cut behind "
                       "it: --input '%s:0'",
                       rule->path, rule->id, end->name, end->name);
    if (!rq_replacer_search_back(r, end->out[0], is_named, start->name))
        return rq_fail(RQ_EUNSUPPORTED, "%s: '%s': node '%s' does not lead to '%s'", rule->path,
                       rule->id, start->name, end->name);
    return RQ_OK;
}

static rq_status replace(rq_replacer *r, const rq_rule *rule)
{
    rq_od_resizer resizer = {0};
    bool resizes;
    if (!rule) return RQ_OK;
    const rq_framework_node *start = first_of(r, rule, "start_nodes");
    const rq_framework_node *end = first_of(r, rule, "end_nodes");
    RQ_TRY(check(r, rule, start, end));
    rq_od_resizer_settle(&resizer, r);
    RQ_TRY(rq_od_shape_input(&resizes, r, start->in[0], &resizer));
    r->image = start->in[0];
    rq_replacer_redirect(r, end->out[0], start->in[0]);
    return RQ_OK;
}

const rq_replacement rq_replacement_preprocessor2 = {"ObjectDetectionAPIPreprocessor2Replacement",
                                                     replace};
