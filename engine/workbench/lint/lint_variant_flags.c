/* Another preprocessing in words: what of it differs from the given one, and the flags that ask for
 * it. */
#include "engine/workbench/lint/lint.h"

#include <math.h>

bool rq_lint_variant_differs(const rq_lint_variant *a, const rq_lint_variant *b, bool scale)
{
    for (int c = 0; c < 3; c++) {
        double least = fmax(fmin(a->scale[c], b->scale[c]), 1e-9);
        if (scale && fabs(a->scale[c] - b->scale[c]) > 0.05 * least) return true;
        if (!scale && fabs(a->mean[c] - b->mean[c]) > 2) return true;
    }
    return false;
}

static void append_flag(rq_buf *out, const char *flag, const double *x)
{
    rq_buf_printf(out, "%s%s %.6g", out->length ? " " : "", flag, x[0]);
    if (x[0] != x[1] || x[1] != x[2]) rq_buf_printf(out, ",%.6g,%.6g", x[1], x[2]);
}

const char *rq_lint_variant_what(const rq_lint *l, const rq_lint_variant *v)
{
    const rq_lint_variant *given = &l->variants[0];
    const char *parts[] = {v->transposed ? "layout" : NULL, v->swapped ? "channel order" : NULL,
                           rq_lint_variant_differs(v, given, false) ? "mean" : NULL,
                           rq_lint_variant_differs(v, given, true) ? "scale" : NULL};
    rq_buf text = {0};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i]) rq_buf_printf(&text, "%s%s", text.length ? ", " : "", parts[i]);
    rq_buf_append(&text, ": differs from the training");
    const char *copy = text.failed ? NULL : rq_arena_strdup(l->arena, text.data);
    rq_buf_free(&text);
    return copy;
}

const char *rq_lint_variant_fix(const rq_lint *l, const rq_lint_variant *v)
{
    const rq_lint_variant *given = &l->variants[0];
    rq_buf text = {0};
    if (l->workload.request.tensors)
        return v->transposed ? l->channels_last ? "store the arrays as N,H,W,C"
                                                : "store the arrays as N,C,H,W"
                             : "preprocess the arrays as in training";
    if (v->swapped)
        rq_buf_printf(&text, "--channels %s",
                      l->workload.request.preprocess.channels == RQ_CHANNELS_BGR ? "rgb" : "bgr");
    if (rq_lint_variant_differs(v, given, false)) append_flag(&text, "--mean", v->mean);
    if (rq_lint_variant_differs(v, given, true)) append_flag(&text, "--scale", v->scale);
    const char *flags = text.failed ? NULL : rq_arena_strdup(l->arena, text.data);
    rq_buf_free(&text);
    return flags;
}
