#include "engine/run/output_weights.h"

#include "engine/base/choice.h"
#include "engine/base/text.h"

#include <math.h>
#include <string.h>

rq_status rq_output_weight_parse(rq_output_weight *out, const char *text, rq_arena *arena)
{
    const char *equals = strrchr(text, '=');
    if (!equals || equals == text)
        return rq_fail(RQ_EARG, "--output-weight %s: expected NAME=WEIGHT", text);
    if (!rq_parse_f64(equals + 1, &out->weight) || !(out->weight >= 0) || isinf(out->weight))
        return rq_fail(RQ_EARG, "--output-weight %s: '%s' is not a number from 0", text,
                       equals + 1);
    out->name = rq_arena_strndup(arena, text, (size_t)(equals - text));
    return out->name ? RQ_OK : RQ_ENOMEM;
}

static bool is_named(const rq_model *model, size_t output, const char *name)
{
    const rq_node *result = rq_model_output_node(model, output);
    return !strcmp(result->name, name) ||
           rq_graph_find_value(rq_model_graph(model), name) == result->in[0];
}

#define MAX_TOLD 16 /* names in a message */
#define NAME_SIZE 128

static rq_status fail_name(const rq_model *model, const char *name)
{
    char texts[MAX_TOLD][NAME_SIZE];
    const char *names[MAX_TOLD];
    size_t n = 0;
    for (; n < MAX_TOLD && n < rq_model_output_count(model); n++)
        names[n] = rq_model_output_name(model, n, texts[n], NAME_SIZE);
    return rq_choice_fail(RQ_EARG, name, names, n, "--output-weight: no output '%s'", name);
}

static rq_status apply(double *weight, const rq_output_weight *asked, const rq_model *model)
{
    bool found = false;
    for (size_t i = 0; i < rq_model_output_count(model); i++) {
        if (!is_named(model, i, asked->name)) continue;
        weight[i] = asked->weight;
        found = true;
    }
    return found ? RQ_OK : fail_name(model, asked->name);
}

rq_status rq_output_weights_find(double *weight, const rq_output_weights *weights,
                                 const rq_model *model)
{
    double sum = 0;
    size_t n = rq_model_output_count(model);
    for (size_t i = 0; i < n; i++) weight[i] = 1;
    for (size_t i = 0; i < weights->n; i++) RQ_TRY(apply(weight, &weights->v[i], model));
    for (size_t i = 0; i < n; i++) sum += weight[i];
    return n == 0 || sum > 0 ? RQ_OK : rq_fail(RQ_EARG, "--output-weight: no output counts");
}
