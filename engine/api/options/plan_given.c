#include "engine/api/options/plan_given.h"

/* What the plan's settings say; the flags would contradict them. */
static rq_status refuse_settings(const rq_settings *settings, const char *path)
{
    static const char *const decided[] = {
        "precision",          "target",   "preset",   "range",      "overflow-fix", "target-isa",
        "no-bias-correction", "rounding", "equalize", "group-size", "ratio"};
    for (size_t i = 0; i < sizeof decided / sizeof *decided; i++)
        if (rq_settings_has(settings, decided[i]))
            return rq_fail(RQ_EARG,
                           "--%s is decided by --plan %s; change it there, under \"settings\"",
                           decided[i], path);
    return RQ_OK;
}

rq_status rq_plan_given_open(rq_plan_file **out, rq_plan_options *options,
                             const rq_settings *settings)
{
    const char *path = rq_settings_get(settings, "plan", NULL);
    *out = NULL;
    if (!path) return RQ_OK;
    RQ_TRY(refuse_settings(settings, path));
    RQ_TRY(rq_plan_file_read(out, path));
    const rq_ignored_scope scope = options->scope;
    *options = (*out)->settings;
    options->scope = scope;
    return RQ_OK;
}
