#include "engine/workbench/calibrate/scaled_values.h"

#include "calib/stats_select.h"
#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

bool rq_scaled_value_fits(const rq_scaled_value *value, const rq_shape *shape, int axis)
{
    return axis >= 0 && axis < shape->rank && shape->d[axis] == (int64_t)value->n;
}

/* -- observing ------------------------------------------------------------------------------- */

static void scale_channel(float *restrict out, const float *restrict x, float shift, float factor,
                          size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = (x[i] - shift) * factor;
}

static void scale_channels(float *restrict out, const float *restrict x,
                           const float *restrict factor, size_t n)
{
    for (size_t c = 0; c < n; c++) out[c] = x[c] * factor[c];
}

static void shift_channels(float *restrict out, const float *restrict x, const rq_scaled_value *v)
{
    for (size_t c = 0; c < v->n; c++) out[c] = (x[c] - v->shift[c]) * v->factor[c];
}

/* [outer][channels][inner] */
static void scale(float *out, const float *x, const rq_scaled_value *v, size_t outer, size_t inner)
{
    size_t span = v->n * inner;
    for (size_t o = 0; o < outer; o++, out += span, x += span)
        if (inner == 1 && !v->shift)
            scale_channels(out, x, v->factor, v->n);
        else if (inner == 1)
            shift_channels(out, x, v);
        else
            for (size_t c = 0; c < v->n; c++)
                scale_channel(out + c * inner, x + c * inner, v->shift ? v->shift[c] : 0.0f,
                              v->factor[c], inner);
}

rq_status rq_scaled_value_observe(rq_stats_local *local, uint32_t index,
                                  const rq_scaled_value *value, const rq_tensor *tensor, int axis,
                                  bool channels_last)
{
    float *scaled;
    const rq_shape *shape = &tensor->shape;
    size_t n = rq_tensor_count(tensor);
    size_t inner = channels_last ? 1 : rq_shape_span(shape, axis + 1, shape->rank);
    RQ_TRY(rq_calloc(&scaled, n, sizeof *scaled, "a scaled value"));
    if (n) scale(scaled, tensor->data, value, n / (value->n * inner), inner);
    rq_status status = rq_stats_observe(local, index, scaled, shape, channels_last);
    free(scaled);
    return status;
}

/* -- splitting ------------------------------------------------------------------------------- */

typedef struct splitter {
    const rq_stats *both;
    const rq_scaled_values *scaled;
    rq_stats_choice *before, *after;
    size_t n_before, n_after;
} splitter;

static bool is_there(const splitter *s, const rq_scaled_value *v)
{
    return rq_stats_find(s->both, v->kept_as);
}

static bool is_scaled(const splitter *s, const char *name)
{
    for (size_t i = 0; i < s->scaled->n; i++)
        if (!strcmp(s->scaled->values[i].kept_as, name)) return true;
    return false;
}

/* What takes the place of a value of this name; NULL: it stays as it is. */
static const rq_scaled_value *replacement_of(const splitter *s, const char *name)
{
    for (size_t i = 0; i < s->scaled->n; i++) {
        const rq_scaled_value *v = &s->scaled->values[i];
        if (!strcmp(v->becomes, name) && is_there(s, v)) return v;
    }
    return NULL;
}

static void choose(splitter *s, const char *name)
{
    const rq_scaled_value *v = replacement_of(s, name);
    s->before[s->n_before++] = (rq_stats_choice){name, name};
    s->after[s->n_after++] = (rq_stats_choice){v ? v->kept_as : name, name};
}

/* Values that only the equalized network has stand behind the others. */
static void choose_all(splitter *s)
{
    for (size_t i = 0; i < rq_stats_count(s->both); i++) {
        const char *name = rq_stats_at(s->both, i)->name;
        if (!is_scaled(s, name)) choose(s, name);
    }
    for (size_t i = 0; i < s->scaled->n; i++) {
        const rq_scaled_value *v = &s->scaled->values[i];
        if (is_there(s, v) && !rq_stats_find(s->both, v->becomes))
            s->after[s->n_after++] = (rq_stats_choice){v->kept_as, v->becomes};
    }
}

static rq_status split(rq_split_stats *out, splitter *s)
{
    size_t n = rq_stats_count(s->both) + s->scaled->n;
    RQ_TRY(rq_calloc(&s->before, n, sizeof *s->before, "values"));
    RQ_TRY(rq_calloc(&s->after, n, sizeof *s->after, "values"));
    choose_all(s);
    RQ_TRY(rq_stats_select(&out->before, s->both, s->before, s->n_before));
    return rq_stats_select(&out->after, s->both, s->after, s->n_after);
}

rq_status rq_scaled_values_split(rq_split_stats *out, const rq_stats *both,
                                 const rq_scaled_values *scaled)
{
    splitter s = {.both = both, .scaled = scaled};
    *out = (rq_split_stats){0};
    rq_status status = split(out, &s);
    free(s.before);
    free(s.after);
    if (status != RQ_OK) rq_split_stats_close(out);
    return status;
}

void rq_split_stats_close(rq_split_stats *stats)
{
    rq_stats_destroy(&stats->before);
    rq_stats_destroy(&stats->after);
    *stats = (rq_split_stats){0};
}
