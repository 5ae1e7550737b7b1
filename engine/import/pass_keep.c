/* Layers that are not to be fused (--finegrain_fusing). */
#include "engine/import/pass.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEPT 64

struct rq_keep {
    regex_t v[MAX_KEPT];
    size_t n;
};

static rq_status add(rq_keep *keep, const char *pattern)
{
    char why[128], *anchored = NULL;
    if (keep->n == MAX_KEPT) return rq_fail(RQ_EARG, "more than %d names not to fuse", MAX_KEPT);
    if (asprintf(&anchored, "^(%s)", pattern) < 0) return rq_fail_memory(0, "a pattern");
    int code = regcomp(&keep->v[keep->n], anchored, REG_EXTENDED | REG_NOSUB);
    free(anchored);
    if (code) {
        regerror(code, &keep->v[keep->n], why, sizeof why);
        return rq_fail(RQ_EARG, "'%s' is no regular expression: %s", pattern, why);
    }
    keep->n++;
    return RQ_OK;
}

rq_status rq_keep_create(rq_keep **out, const char *text)
{
    rq_keep *keep = NULL;
    char *copy = strdup(text), *rest = NULL;
    rq_status status = copy ? rq_calloc(&keep, 1, sizeof *keep, "names not to fuse")
                            : rq_fail_memory(strlen(text), "names not to fuse");
    for (char *at = copy ? strtok_r(copy, ",", &rest) : NULL; at && status == RQ_OK;
         at = strtok_r(NULL, ",", &rest))
        status = add(keep, at);
    free(copy);
    if (status != RQ_OK) rq_keep_destroy(&keep);
    *out = keep;
    return status;
}

void rq_keep_destroy(rq_keep **keep)
{
    if (!*keep) return;
    for (size_t i = 0; i < (*keep)->n; i++) regfree(&(*keep)->v[i]);
    free(*keep);
    *keep = NULL;
}

bool rq_keep_has(const rq_keep *keep, const char *name)
{
    for (size_t i = 0; keep && i < keep->n; i++)
        if (!regexec(&keep->v[i], name, 0, NULL, 0)) return true;
    return false;
}
