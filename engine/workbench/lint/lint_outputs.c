/* Do the outputs tell anything? By the same rules as reports and evaluate; where they are dead, the
 * layer that they die in. */
#include "engine/workbench/evaluate/evaluation_report.h"
#include "engine/workbench/lint/lint.h"
#include "engine/workbench/lint/lint_cause.h"
#include "quant/finite_weights.h"

#include <string.h>

#define PREPROCESSING_FIRST "first correct the preprocessing (above); else "
#define EXPORT_AGAIN "export the model again, from a checkpoint that was trained and loaded"

static const char *of_nan(const rq_lint_cause *cause)
{
    if (!strcmp(cause->node->type, "Parameter"))
        return "the data hold NaN: look at the arrays that go in";
    if (cause->bad_constant) return "its constants hold NaN: " EXPORT_AGAIN;
    return "its inputs hold none: look for a division by 0, a logarithm or root of what is not "
           "positive, or an overflow there, and for --mean and --scale that let it happen";
}

static const char *of_constant(const rq_lint_cause *cause)
{
    if (cause->bad_constant) return "its weights are all 0: " EXPORT_AGAIN;
    if (cause->one_value)
        return "all that it gives is one number: its inputs are out of the range that it was "
               "trained for; check --mean, --scale and the weights before it";
    return "what differs between images is lost there: check its weights, and --mean and --scale";
}

static rq_status add_dead(rq_lint *l, const char *name, const rq_suspicion *s, rq_lint_death death)
{
    static const char *const made[] = {"whose values hold NaN",
                                       "that gives the same for all images"};
    rq_lint_cause cause;
    RQ_TRY(rq_lint_cause_find(&cause, &l->workload, death));
    const char *evidence = s->limit, *fix = EXPORT_AGAIN;
    if (cause.node) {
        evidence = rq_arena_printf(l->arena, "the first layer %s is '%s' (%s; %zu image%s)",
                                   made[death], cause.node->name, cause.node->type, cause.images,
                                   rq_plural(cause.images));
        fix = death == RQ_LINT_NAN ? of_nan(&cause) : of_constant(&cause);
    }
    return rq_lint_add(l, RQ_LINT_ERROR, name, rq_arena_strdup(l->arena, s->found), evidence, fix);
}

/* Outputs that are alive, and tell nothing all the same. */
static rq_status add_idle(rq_lint *l, const char *name, const rq_suspicion *s, const char *deed)
{
    const char *first = rq_lint_has(l, "preprocessing") ? PREPROCESSING_FIRST : "";
    return rq_lint_add(l, RQ_LINT_ERROR, name, rq_arena_strdup(l->arena, s->found), s->limit,
                       rq_arena_printf(l->arena, "%s%s", first, deed));
}

static rq_status add(rq_lint *l, const char *name, const rq_suspicion *s)
{
    if (!strcmp(s->rule, "nan")) return add_dead(l, name, s, RQ_LINT_NAN);
    if (!strcmp(s->rule, "constant")) return add_dead(l, name, s, RQ_LINT_CONSTANT);
    if (!strcmp(s->rule, "chance"))
        return add_idle(l, name, s,
                        "give labels that are the model's own classes, in its order (--labels, "
                        "--class-names), or a model that was trained on them");
    return add_idle(l, name, s,
                    "give --adapter NAME that reads its outputs, images that show what it was "
                    "trained to find, or a model that was trained");
}

/* ReLU may hide NaN of a channel for good. */
rq_status rq_lint_check_constants(rq_lint *l, const char *name)
{
    const char *bad = NULL;
    rq_bound *bound = NULL;
    const rq_exec_options *exec = &l->workload.exec;
    if (!l->evaluates) return RQ_OK;
    rq_status status = rq_bind(&bound, l->workload.graph, exec->shapes, exec->n_shapes);
    if (status == RQ_OK) status = rq_finite_weights_text(&bad, bound, l->arena);
    rq_bound_destroy(&bound);
    if (status != RQ_OK || !bad) return status;
    return rq_lint_add(l, RQ_LINT_ERROR, name, bad, "what is computed with them is NaN",
                       EXPORT_AGAIN);
}

/* Dead outputs say all: that they are at chance, too, is no further finding. */
rq_status rq_lint_check_outputs(rq_lint *l, const char *name)
{
    rq_evaluation evaluation = {0};
    rq_suspicions suspicions = {.n = 0};
    const rq_evaluate_options how = {.after = l->workload.graph, .title = "lint: outputs"};
    if (!l->evaluates) return RQ_OK;
    rq_status status = rq_evaluate_run(&evaluation, &l->workload, &how);
    if (status == RQ_OK) status = rq_evaluation_suspicions(&suspicions, &evaluation, l->arena);
    if (status == RQ_OK && suspicions.n) status = add(l, name, &suspicions.list[0]);
    rq_evaluation_close(&evaluation);
    return status;
}
