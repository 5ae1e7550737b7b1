/* Whether what a plan file says of values can be carried out: their producers, who reads them
 * quantized, and where. */
#include "quant/plan_check_parts.h"

#include "engine/ops/operators.h"

#include <stdio.h>
#include <string.h>

#define INPUT_TEXT 320 /* "LAYER:PORT" */

typedef struct checker {
    const rq_plan_file *file;
    const rq_bound *bound;
    rq_uses uses;
} checker;

static rq_status fail(const checker *c, const rq_plan_file_activation *a, const char *key,
                      const char *found, const char *expected)
{
    return rq_fail(RQ_EFORMAT, "%s: activations: value '%s': %s: found %s, expected %s",
                   c->file->path, a->value, key, found, expected);
}

static const char *name_use(char text[INPUT_TEXT], const checker *c, const rq_use *use)
{
    snprintf(text, INPUT_TEXT, "%s:%u", c->bound->graph->nodes[use->node]->name, use->port);
    return text;
}

/* -- consumers --------------------------------------------------------------------------------- */

static bool is_listed(const rq_plan_file_activation *a, const char *use)
{
    size_t i = 0;
    while (i < a->n_consumers && strcmp(a->consumers[i], use) != 0) i++;
    return i < a->n_consumers;
}

/* Those that take only the shape, and outputs of the model, are not listed. */
static bool may_miss(const checker *c, const rq_use *use)
{
    const rq_op *op = c->bound->nodes[use->node].op;
    return op->role == RQ_ROLE_SHAPE || op == &rq_op_Result;
}

static rq_status check_reads(const checker *c, const rq_plan_file_activation *a, rq_id value,
                             const char *consumer)
{
    char use[INPUT_TEXT], found[INPUT_TEXT];
    uint32_t first = c->uses.first[value], last = c->uses.first[value + 1];
    for (uint32_t u = first; u < last; u++)
        if (!strcmp(name_use(use, c, &c->uses.uses[u]), consumer)) return RQ_OK;
    snprintf(found, sizeof found, "'%.300s'", consumer);
    return fail(c, a, "consumers", found, "inputs that read the value");
}

/* "at" says whether others read the value, too: in floating point. */
static rq_status check_others(const checker *c, const rq_plan_file_activation *a, rq_id value)
{
    char use[INPUT_TEXT], expected[INPUT_TEXT + 64];
    bool all = true;
    for (uint32_t u = c->uses.first[value]; u < c->uses.first[value + 1]; u++) {
        const rq_use *other = &c->uses.uses[u];
        if (is_listed(a, name_use(use, c, other))) continue;
        all = false;
        if (strcmp(a->at, "output") != 0 || may_miss(c, other)) continue;
        snprintf(expected, sizeof expected, "input, as '%s' is not among the consumers", use);
        return fail(c, a, "at", a->at, expected);
    }
    if (!all || !strcmp(a->at, "output")) return RQ_OK;
    return fail(c, a, "at", a->at, "output, as all that read the value are among the consumers");
}

static rq_status check_place(const checker *c, const rq_plan_file_activation *a, rq_id value)
{
    for (size_t i = 0; i < a->n_consumers; i++) RQ_TRY(check_reads(c, a, value, a->consumers[i]));
    return a->at && a->n_consumers ? check_others(c, a, value) : RQ_OK;
}

/* -- values ------------------------------------------------------------------------------------ */

static rq_status check_activation(const checker *c, const rq_plan_file_activation *a)
{
    const rq_graph *graph = c->bound->graph;
    rq_id value = rq_graph_find_value(graph, a->value);
    if (value == RQ_NONE)
        return rq_plan_other_model(c->file, graph, "value", a->value, "absent", "quantized");
    const char *producer = rq_value_producer(graph, value)->name;
    if (strcmp(producer, a->layer) != 0) return fail(c, a, "layer", a->layer, producer);
    RQ_TRY(check_place(c, a, value));
    const rq_shape *shape = &c->bound->values[value].shape;
    if (a->axis < 0) return RQ_OK;
    size_t found = a->axis < shape->rank ? (size_t)shape->d[a->axis] : 0;
    return rq_plan_check_channels(c->file, graph, "value", a->value, found, a->n);
}

rq_status rq_plan_check_activations(const rq_plan_file *file, const rq_bound *bound)
{
    checker c = {.file = file, .bound = bound};
    rq_status status = rq_uses_create(&c.uses, bound->graph);
    for (size_t i = 0; status == RQ_OK && i < file->n_activations; i++)
        status = check_activation(&c, &file->activations[i]);
    rq_uses_free(&c.uses);
    return status;
}
