#include "engine/import/replacements/ir_operator.h"
#include "engine/import/replacements/known_configs.h"
#include "engine/import/replacements/od_stage.h"
#include "engine/import/replacements/rule_match.h"

#include "engine/base/file.h"

#include <string.h>

#define RQ_REPLACEMENT(word, id) extern const rq_replacement rq_replacement_##word;
#include "engine/import/replacements/replacements.def"
#undef RQ_REPLACEMENT

static const rq_replacement *const replacements[] = {
#define RQ_REPLACEMENT(word, id) &rq_replacement_##word,
#include "engine/import/replacements/replacements.def"
#undef RQ_REPLACEMENT
};
#define N_REPLACEMENTS (sizeof replacements / sizeof *replacements)

/* -- rules ----------------------------------------------------------------------------------- */

static rq_status refuse_id(const rq_rule *rule)
{
    rq_buf known = {0};
    for (size_t i = 0; i < N_REPLACEMENTS; i++)
        rq_buf_printf(&known, "%s%s", i ? ", " : "", replacements[i]->id);
    rq_status status =
        rq_fail(RQ_EUNSUPPORTED, "%s: transformation '%s' is not known; there are %s, and \"op\"",
                rule->path, rule->id, known.data ? known.data : "");
    rq_buf_free(&known);
    return status;
}

static rq_status check_ids(const rq_rules *rules)
{
    for (size_t k = 0; k < rules->n; k++) {
        size_t i = 0;
        while (i < N_REPLACEMENTS && rules->v[k].id && strcmp(replacements[i]->id, rules->v[k].id))
            i++;
        if (i == N_REPLACEMENTS && !rules->v[k].op) return refuse_id(&rules->v[k]);
    }
    return RQ_OK;
}

static rq_status no_match(const rq_replacer *r, const rq_rule *rule, const char *missing)
{
    const char *family, *file = rq_known_config_of(&family, r);
    const char *name = rule->id ? rule->id : rule->op;
    if (file)
        return rq_fail(RQ_EUNSUPPORTED,
                       "%s: '%s' does not match: the graph has no '%s'. It is of the family %s, "
                       "whose file is %s; without --transformations_config the graph itself is "
                       "followed",
                       rule->path, name, missing, family, file);
    return rq_fail(RQ_EUNSUPPORTED, "%s: '%s' does not match: the graph has no '%s'%s%s",
                   rule->path, name, missing, family ? "; it is of the family " : "",
                   family ? family : "");
}

/* Files of another version differ in names that are not needed here: it is enough to say so. */
static void note_other_version(const rq_replacer *r, const rq_rule *rule, const char *missing)
{
    const char *file = rq_known_config_of(NULL, r);
    if (missing && file && strcmp(file, rq_path_name(rule->path)) != 0)
        rq_replacer_note(r, "%s is of another version than the graph, which has no '%s'; %s fits",
                         rq_path_name(rule->path), missing, file);
}

static rq_status check_rule(const rq_replacer *r, const rq_rule *rule)
{
    bool found;
    const char *missing;
    RQ_TRY(rq_rule_check(&found, &missing, r, rule));
    if (!found) return no_match(r, rule, missing ? missing : "");
    note_other_version(r, rule, missing);
    return RQ_OK;
}

static rq_status apply_rules(rq_replacer *r, const rq_rules *rules)
{
    RQ_TRY(check_ids(rules));
    for (size_t k = 0; k < rules->n; k++) RQ_TRY(check_rule(r, &rules->v[k]));
    for (size_t i = 0; i < N_REPLACEMENTS; i++)
        for (size_t k = 0; k < rules->n; k++)
            if (!rules->v[k].op && !strcmp(rules->v[k].id, replacements[i]->id))
                RQ_TRY(replacements[i]->replace(r, &rules->v[k]));
    for (size_t k = 0; k < rules->n; k++)
        if (rules->v[k].op) RQ_TRY(rq_replace_by_operator(r, &rules->v[k]));
    return RQ_OK;
}

static rq_status apply_config(rq_replacer *r)
{
    rq_rules rules;
    rq_status status = rq_rules_read(&rules, r->arena, r->options->config);
    if (status == RQ_OK) status = apply_rules(r, &rules);
    rq_rules_free(&rules);
    return status;
}

/* -- the graph itself ------------------------------------------------------------------------ */

static rq_status apply_recognised(rq_replacer *r)
{
    rq_od_stage stage;
    bool od = r->source->framework == rq_framework_tf && rq_od_stage_last(&stage, r);
    if (!od && r->options->pipeline)
        rq_replacer_note(r, "%s is not used: the graph is none of the Object Detection API",
                         r->options->pipeline);
    for (size_t i = 0; od && i < N_REPLACEMENTS; i++) RQ_TRY(replacements[i]->replace(r, NULL));
    return RQ_OK;
}

static rq_status apply(rq_replacer *r)
{
    if (r->options->pipeline)
        RQ_TRY(rq_pipeline_config_read(&r->pipeline, r->arena, r->options->pipeline));
    return r->options->config ? apply_config(r) : apply_recognised(r);
}

rq_status rq_replace(rq_framework_model *source, const rq_replace_options *options, rq_buf *notes)
{
    rq_replacer r = {.options = options, .notes = notes};
    rq_status status = rq_replacer_open(&r, source);
    if (status == RQ_OK) status = apply(&r);
    rq_replacer_close(&r);
    return status;
}
