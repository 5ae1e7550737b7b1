/* Other readings of the same pixels: those that models are usually trained with, and the given one
 * with one thing changed. */
#include "engine/workbench/lint/lint.h"

#include <math.h>
#include <string.h>

#define MAX_VARIANTS 24

/* Means and scales in pixel units, R,G,B. */
static const struct known {
    const char *name;
    double mean[3], scale[3];
} known[] = {
    {"0..255", {0, 0, 0}, {1, 1, 1}},
    {"0..1", {0, 0, 0}, {255, 255, 255}},
    {"-1..1", {127.5, 127.5, 127.5}, {127.5, 127.5, 127.5}},
    {"ImageNet mean and deviation", {123.675, 116.28, 103.53}, {58.395, 57.12, 57.375}},
    {"ImageNet mean", {123.68, 116.78, 103.94}, {1, 1, 1}},
};

static rq_lint_variant given_of(const rq_preprocess *p)
{
    rq_lint_variant v = {.name = "as given"};
    for (size_t c = 0; c < RQ_LINT_MAX_CHANNELS; c++) {
        v.mean[c] = p->n_mean ? p->mean[c < p->n_mean ? c : p->n_mean - 1] : 0;
        v.scale[c] = p->n_scale ? p->scale[c < p->n_scale ? c : p->n_scale - 1] : 1;
    }
    return v;
}

static bool is_same(const rq_lint_variant *a, const rq_lint_variant *b, int channels)
{
    bool same = a->swapped == b->swapped && a->transposed == b->transposed;
    for (int c = 0; c < channels; c++)
        same =
            same && fabs(a->mean[c] - b->mean[c]) < 1 && fabs(a->scale[c] / b->scale[c] - 1) < 0.02;
    return same;
}

static void add(rq_lint *l, const rq_lint_variant *v, int channels)
{
    for (size_t i = 0; i < l->n_variants; i++)
        if (is_same(&l->variants[i], v, channels)) return;
    l->variants[l->n_variants++] = *v;
}

static void add_scaled(rq_lint *l, const char *name, double factor, int channels)
{
    rq_lint_variant v = l->variants[0];
    v.name = name;
    for (int c = 0; c < RQ_LINT_MAX_CHANNELS; c++) v.scale[c] *= factor;
    add(l, &v, channels);
}

static void add_rescaled(rq_lint *l, const char *name, double mean, int channels)
{
    rq_lint_variant v = l->variants[0];
    v.name = name;
    for (int c = 0; c < RQ_LINT_MAX_CHANNELS; c++) v.mean[c] = mean;
    add(l, &v, channels);
}

/* `last`: the model gets B,G,R, so that a table in R,G,B is read from its end. */
static rq_status add_known(rq_lint *l, const struct known *k, int channels, bool last, bool swapped)
{
    rq_lint_variant v = {.swapped = swapped};
    for (int c = 0; c < RQ_LINT_MAX_CHANNELS; c++) {
        int at = channels == 3 ? c < 3 ? last != swapped ? 2 - c : c : 2 : 1;
        v.mean[c] = k->mean[at];
        v.scale[c] = k->scale[at];
    }
    v.name = rq_arena_printf(l->arena, "%s%s", k->name, swapped ? ", channels reversed" : "");
    if (!v.name) return RQ_ENOMEM;
    add(l, &v, channels);
    return RQ_OK;
}

rq_status rq_lint_list_variants(rq_lint *l, int channels, bool tensors)
{
    const rq_preprocess *p = &l->workload.request.preprocess;
    l->variants = rq_arena_alloc(l->arena, MAX_VARIANTS, sizeof *l->variants);
    if (!l->variants) return RQ_ENOMEM;
    l->variants[l->n_variants++] = given_of(p);
    rq_lint_variant other = l->variants[0];
    other.name = "channels reversed";
    other.swapped = true;
    if (channels == 3) add(l, &other, channels);
    other = l->variants[0];
    other.name = l->channels_last ? "channels first in memory" : "channels last in memory";
    other.transposed = true;
    if (tensors && channels == 3) add(l, &other, channels);
    add_rescaled(l, "no mean", 0, channels);
    add_rescaled(l, "mean 127.5", 127.5, channels);
    add_scaled(l, "inputs 255 times larger", 1 / 255.0, channels);
    add_scaled(l, "inputs 255 times smaller", 255, channels);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        for (int swapped = 0; swapped < (channels == 3 ? 2 : 1); swapped++)
            RQ_TRY(add_known(l, &known[i], channels, p->channels == RQ_CHANNELS_BGR, swapped));
    return RQ_OK;
}

/* -- applying -------------------------------------------------------------------------------- */

typedef struct planes {
    size_t n, step, channel; /* elements of a channel, from one to the next, to the next channel */
} planes;

static planes planes_of(size_t count, int channels, bool channels_last)
{
    size_t n = count / (size_t)channels;
    return channels_last ? (planes){n, (size_t)channels, 1} : (planes){n, 1, n};
}

void rq_lint_vary(float *out, const float *in, const rq_lint *l, size_t variant,
                  const rq_shape *shape, int channels, bool channels_last)
{
    const rq_lint_variant *given = &l->variants[0], *v = &l->variants[variant];
    planes to = planes_of(rq_shape_count(shape), channels, channels_last);
    planes from = planes_of(rq_shape_count(shape), channels, channels_last != v->transposed);
    for (int c = 0; c < channels; c++) {
        int source = v->swapped ? channels - 1 - c : c;
        double mean = given->mean[source], scale = given->scale[source];
        const float *x = in + (size_t)source * from.channel;
        float *y = out + (size_t)c * to.channel;
        for (size_t i = 0; i < to.n; i++)
            y[i * to.step] = (float)((x[i * from.step] * scale + mean - v->mean[c]) / v->scale[c]);
    }
}
