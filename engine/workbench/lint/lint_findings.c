/* The list of findings, for people and for programs. */
#include "engine/workbench/lint/lint.h"

#include "engine/base/formats/json.h"

#include "engine/base/mem.h"
#include "reports/writers/table_text.h"

#include <string.h>

static const struct check {
    const char *name;
    rq_lint_check_fn *run;
} checks[] = {
#define RQ_LINT_CHECK(name, function) {name, function},
#include "engine/workbench/lint/lint_checks.def"
#undef RQ_LINT_CHECK
};

static const char *const severities[] = {"warning", "error"};

rq_status rq_lint_add(rq_lint *l, rq_lint_severity severity, const char *check, const char *what,
                      const char *evidence, const char *fix)
{
    if (!what || !evidence || !fix) return RQ_ENOMEM;
    if (l->n_findings == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 8;
        rq_finding *more = rq_arena_alloc(l->arena, capacity, sizeof *more);
        if (!more) return RQ_ENOMEM;
        if (l->n_findings) memcpy(more, l->findings, l->n_findings * sizeof *more);
        l->findings = more;
        l->capacity = capacity;
    }
    l->findings[l->n_findings++] = (rq_finding){severity, check, what, evidence, fix};
    return RQ_OK;
}

const rq_finding *rq_lint_find(const rq_lint *l, const char *check)
{
    for (size_t i = 0; i < l->n_findings; i++)
        if (strcmp(l->findings[i].check, check) == 0) return &l->findings[i];
    return NULL;
}

bool rq_lint_has(const rq_lint *l, const char *check)
{
    return rq_lint_find(l, check) != NULL;
}

rq_status rq_lint_check_all(rq_lint *l)
{
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        RQ_TRY(checks[i].run(l, checks[i].name));
    return RQ_OK;
}

static void tell_tried(rq_buf *out, const rq_lint *l)
{
    size_t n = l->workload.images.dataset->n, others = l->n_variants ? l->n_variants - 1 : 0;
    rq_buf_printf(out,
                  "no problems found (%zu of %zu image%s tried with %zu alternative "
                  "preprocessing%s",
                  l->n_ran, n, rq_plural(n), others, rq_plural(others));
    if (l->n_sizes)
        rq_buf_printf(out, ", %zu with %zu other size%s)\n", l->n_sized, l->n_sizes,
                      rq_plural(l->n_sizes));
    else
        rq_buf_append(out, "; none with other sizes)\n");
}

rq_status rq_lint_text(rq_buf *out, const rq_lint *l)
{
    for (size_t i = 0; i < l->n_findings; i++) {
        const rq_finding *f = &l->findings[i];
        rq_buf_printf(out, "%s  %s: ", severities[f->severity], f->check);
        rq_buf_visible(out, f->what);
        rq_buf_append(out, "\n    evidence  ");
        rq_buf_visible(out, f->evidence);
        rq_buf_append(out, "\n    fix       ");
        rq_buf_visible(out, f->fix);
        rq_buf_append(out, "\n");
    }
    if (l->n_findings == 0) tell_tried(out, l);
    return out->failed ? rq_fail_memory(out->length, "a text") : RQ_OK;
}

static rq_json *variant_json(const rq_lint_variant *v)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "name", rq_json_string(v->name));
    rq_json_set(json, "strangeness", rq_json_number(v->strangeness));
    rq_json_set(json, "information", rq_json_number(v->information));
    rq_json_set(json, "confidence", rq_json_number(v->confidence));
    rq_json_set(json, "accuracy", rq_json_number(v->accuracy));
    rq_json_set(json, "found", rq_json_number(v->found));
    return json;
}

static rq_json *size_json(const rq_lint_size *size)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "flags", rq_json_string(size->flags));
    rq_json_set(json, "lost", rq_json_integer((int64_t)size->lost));
    rq_json_set(json, "gained", rq_json_integer((int64_t)size->gained));
    return json;
}

rq_status rq_lint_json(rq_buf *out, const rq_lint *l)
{
    rq_json *root = rq_json_object(), *findings = rq_json_array(), *variants = rq_json_array(),
            *sizes = rq_json_array();
    for (size_t i = 0; i < l->n_findings; i++) {
        const rq_finding *f = &l->findings[i];
        rq_json *json = rq_json_object();
        rq_json_set(json, "severity", rq_json_string(severities[f->severity]));
        rq_json_set(json, "check", rq_json_string(f->check));
        rq_json_set(json, "what", rq_json_string(f->what));
        rq_json_set(json, "evidence", rq_json_string(f->evidence));
        rq_json_set(json, "fix", rq_json_string(f->fix));
        rq_json_push(findings, json);
    }
    for (size_t i = 0; i < l->n_variants; i++)
        rq_json_push(variants, variant_json(&l->variants[i]));
    for (size_t i = 0; i < l->n_sizes; i++) rq_json_push(sizes, size_json(&l->sizes[i]));
    rq_json_set(root, "images", rq_json_integer((int64_t)l->workload.images.dataset->n));
    rq_json_set(root, "findings", findings);
    rq_json_set(root, "preprocessings", variants);
    rq_json_set(root, "sizes", sizes);
    rq_status status = rq_json_dump(root, out, true);
    rq_json_free(&root);
    return status;
}
