#include "engine/import/replacements/rule_match.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PATTERN 256 /* bytes */

struct rq_scope {
    regex_t regex;
};

/* Repetition by numbers and references back are what makes matching slow; names need neither. */
static bool is_tame(const char *pattern)
{
    if (strlen(pattern) > MAX_PATTERN || strchr(pattern, '{') || strstr(pattern, "(?"))
        return false;
    for (const char *at = pattern; *at; at++)
        if (*at == '\\' && at[1] && strchr("0123456789", *++at)) return false;
    return true;
}

static rq_status compile(regex_t *regex, const char *pattern)
{
    char anchored[MAX_PATTERN + 8], why[128];
    if (!is_tame(pattern))
        return rq_fail(RQ_EFORMAT, "'%.64s': not a plain regular expression", pattern);
    strcpy(anchored, "^(");
    strcat(strcat(anchored, pattern), ")");
    int code = regcomp(regex, anchored, REG_EXTENDED);
    if (!code) return RQ_OK;
    regerror(code, regex, why, sizeof why);
    return rq_fail(RQ_EFORMAT, "'%s' is no regular expression: %s", pattern, why);
}

rq_status rq_scope_open(rq_scope **out, const char *pattern)
{
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "a pattern"));
    rq_status status = compile(&(*out)->regex, pattern);
    if (status == RQ_OK) return RQ_OK;
    free(*out);
    *out = NULL;
    return status;
}

void rq_scope_close(rq_scope **scope)
{
    if (!*scope) return;
    regfree(&(*scope)->regex);
    free(*scope);
    *scope = NULL;
}

const char *rq_scope_rest(const rq_scope *scope, const char *name)
{
    regmatch_t match;
    return regexec(&scope->regex, name, 1, &match, 0) ? NULL : name + match.rm_eo;
}

rq_status rq_pattern_matches(bool *out, const char *pattern, const char *name)
{
    rq_scope *scope;
    RQ_TRY(rq_scope_open(&scope, pattern));
    *out = rq_scope_rest(scope, name) != NULL;
    rq_scope_close(&scope);
    return RQ_OK;
}

/* -- checking -------------------------------------------------------------------------------- */

static rq_status check_scopes(bool *found, const char **missing, const rq_replacer *r,
                              const rq_rule *rule)
{
    for (size_t k = 0; k < rule->instances.n; k++) {
        rq_scope *scope;
        size_t n = 0;
        RQ_TRY(rq_scope_open(&scope, rule->instances.v[k]));
        for (size_t i = 0; i < r->source->n_nodes; i++)
            n += rq_scope_rest(scope, r->source->nodes[i].name) != NULL;
        rq_scope_close(&scope);
        if (n)
            *found = true;
        else if (!*missing)
            *missing = rule->instances.v[k];
    }
    return RQ_OK;
}

static bool has_value(const rq_replacer *r, const char *name)
{
    return rq_replacer_find(r, name) || rq_replacer_constant(r, name);
}

static bool check_points(const char **missing, const rq_replacer *r, const rq_rule_names *points)
{
    bool found = false;
    for (size_t i = 0; i < points->n; i++) {
        bool here = has_value(r, points->v[i]);
        found |= here;
        if (!here && !*missing) *missing = points->v[i];
    }
    return found;
}

rq_status rq_rule_check(bool *found, const char **missing, const rq_replacer *r,
                        const rq_rule *rule)
{
    *found = rule->kind == RQ_MATCH_GENERAL;
    *missing = NULL;
    if (rule->kind == RQ_MATCH_SCOPE) return check_scopes(found, missing, r, rule);
    if (rule->kind == RQ_MATCH_POINTS) {
        bool starts = check_points(missing, r, &rule->start_points);
        *found = check_points(missing, r, &rule->end_points) && starts;
    }
    return RQ_OK;
}
