/* What became of weights that were to be compressed: how many in which precision, and why. */
#include "engine/workbench/report/report_build.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define NAMED 6 /* layers, and reasons, that a note lists */

/* Layers by a text: why, or in which groups. */
typedef struct tally {
    const char *text[NAMED];
    size_t count[NAMED], n, others, total;
} tally;

static void count(tally *t, const char *text)
{
    size_t i = 0;
    t->total++;
    while (i < t->n && strcmp(t->text[i], text) != 0) i++;
    if (i == NAMED) {
        t->others++;
        return;
    }
    t->n += i == t->n;
    t->text[i] = text;
    t->count[i]++;
}

static void append(rq_buf *out, const tally *t, const char *precision)
{
    if (!t->total) return;
    rq_buf_printf(out, "%zu in %s (", t->total, precision);
    for (size_t i = 0; i < t->n; i++)
        rq_buf_printf(out, "%s%zu: %s", i ? ", " : "", t->count[i], t->text[i]);
    if (t->others) rq_buf_printf(out, ", %zu for other reasons", t->others);
    rq_buf_append(out, "); ");
}

/* "8 bits: a convolution" is of a list of those in 8 bits. */
static const char *without_bits(const char *reason)
{
    const char *colon = strstr(reason, ": ");
    return colon ? colon + 2 : reason;
}

static const char *group_text(const rq_quant_plan *plan, const rq_plan_compressed *c,
                              rq_arena *arena)
{
    size_t size = c->codes.scheme.group_size, wanted = plan->options.group_size;
    if (size == wanted) return rq_arena_printf(arena, "groups of %zu", size);
    return rq_arena_printf(arena, "groups of %zu, as %zu do not divide their %zu inputs", size,
                           wanted, c->layout.inputs);
}

static rq_status count_compressed(tally *four, tally *eight, const rq_quant_plan *plan,
                                  rq_arena *arena)
{
    for (size_t i = 0; i < plan->n_compressed; i++) {
        const rq_plan_compressed *c = &plan->compressed[i];
        bool is_four = c->precision == RQ_PRECISION_INT4_WEIGHTS;
        const char *text = is_four ? group_text(plan, c, arena) : without_bits(c->reason);
        if (!text) return RQ_ENOMEM;
        count(is_four ? four : eight, text);
    }
    return RQ_OK;
}

static rq_status count_floats(tally *floats, const rq_report_facts *facts)
{
    bool *done;
    const rq_quant_plan *plan = facts->plan;
    const rq_bound *bound = facts->bound;
    RQ_TRY(rq_calloc(&done, bound->graph->n_nodes, sizeof *done, "layers"));
    for (size_t i = 0; i < plan->n_compressed; i++)
        for (size_t u = 0; u < plan->compressed[i].n_uses; u++)
            done[plan->compressed[i].uses[u].point.node] = true;
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        const char *why = plan->placement->ignored[node->id];
        bool weighted = bound->nodes[node->id].op->role == RQ_ROLE_WEIGHTED;
        if (weighted && why && !done[node->id] && !bound->nodes[node->id].folded)
            count(floats, why);
    }
    free(done);
    return RQ_OK;
}

/* Of 4 bits: they are for some layers only, and groups must divide the inputs. */
static rq_status note_bits(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    tally four = {.n = 0}, eight = {.n = 0}, floats = {.n = 0};
    const rq_quant_plan *plan = facts->plan;
    rq_buf text = {0};
    if (plan->options.precision != RQ_PRECISION_INT4_WEIGHTS) return RQ_OK;
    RQ_TRY(count_compressed(&four, &eight, plan, arena));
    RQ_TRY(count_floats(&floats, facts));
    rq_buf_append(&text, "INT4 was asked for, weights are ");
    if (!four.total) rq_buf_append(&text, "none in INT4; ");
    append(&text, &four, "INT4");
    append(&text, &eight, "INT8");
    append(&text, &floats, "floating point");
    rq_buf_printf(&text, "%zu in all.", four.total + eight.total + floats.total);
    rq_status status =
        text.failed ? rq_fail_memory(text.length, "a note")
                    : rq_report_add_note(out, four.total == 0, rq_arena_strdup(arena, text.data));
    rq_buf_free(&text);
    return status;
}

static size_t count_no_gain(const rq_quant_plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n_compressed; i++) n += plan->compressed[i].no_gain != NULL;
    return n;
}

/* Where compression saves disk space, but neither time nor memory. */
static rq_status note_no_gain(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    const rq_quant_plan *plan = facts->plan;
    size_t n = count_no_gain(plan), named = 0;
    rq_buf text = {0};
    if (n == 0) return RQ_OK;
    rq_buf_printf(&text,
                  "Weights of %zu layer%s are compressed in the file only, OpenVINO's CPU plugin "
                  "expands them when it loads the model: ",
                  n, rq_plural(n));
    for (size_t i = 0; i < plan->n_compressed && named < NAMED; i++) {
        const rq_plan_compressed *c = &plan->compressed[i];
        if (!c->no_gain) continue;
        rq_buf_printf(&text, "%s'%s' (%s)", named++ ? ", " : "",
                      facts->before->nodes[c->uses[0].point.node]->name, c->no_gain);
    }
    if (n > NAMED) rq_buf_printf(&text, " and %zu more", n - NAMED);
    rq_buf_printf(&text, ".");
    rq_status status = text.failed
                           ? rq_fail_memory(text.length, "a note")
                           : rq_report_add_note(out, true, rq_arena_strdup(arena, text.data));
    rq_buf_free(&text);
    return status;
}

rq_status rq_report_note_compression(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    if (!facts->plan) return RQ_OK;
    RQ_TRY(note_bits(out, facts, arena));
    return note_no_gain(out, facts, arena);
}
