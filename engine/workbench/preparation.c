#include "engine/workbench/preparation.h"

#include "engine/base/callbacks.h"
#include "engine/base/text.h"
#include "engine/import/fuse_graph.h"
#include "engine/ops/reshape_graph.h"
#include "engine/workbench/preparation_proof.h"

#include <stdlib.h>
#include <string.h>

#define TYPES_NAMED 4 /* in what is said of a preparation */
#define LENGTH 92     /* of it up to the last name: names may be of any length */

/* -- what it changed ------------------------------------------------------------------------- */

typedef struct type_count {
    const char *type;
    size_t before, after;
} type_count;

typedef struct census {
    type_count *types;
    size_t n;
} census;

static type_count *entry_of(census *of, const char *type)
{
    for (size_t i = 0; i < of->n; i++)
        if (!strcmp(of->types[i].type, type)) return &of->types[i];
    of->types[of->n] = (type_count){.type = type};
    return &of->types[of->n++];
}

static size_t lost(const type_count *t)
{
    return t->before > t->after && strcmp(t->type, "Const") ? t->before - t->after : 0;
}

static int by_lost(const void *a_, const void *b_)
{
    const type_count *a = a_, *b = b_;
    size_t x = lost(a), y = lost(b);
    return x != y ? (x < y) - (x > y) : strcmp(a->type, b->type);
}

static rq_status count_types(census *out, const rq_graph *before, const rq_graph *after)
{
    RQ_TRY(rq_calloc(&out->types, before->n_nodes + after->n_nodes, sizeof *out->types, "layers"));
    for (size_t i = 0; i < before->n_nodes; i++)
        if (before->nodes[i]) entry_of(out, before->nodes[i]->type)->before++;
    for (size_t i = 0; i < after->n_nodes; i++)
        if (after->nodes[i]) entry_of(out, after->nodes[i]->type)->after++;
    qsort(out->types, out->n, sizeof *out->types, by_lost);
    return RQ_OK;
}

static void name_types(rq_buf *out, const census *types)
{
    size_t rest = 0, named = 0;
    for (size_t i = 0; i < types->n; i++) {
        size_t n = lost(&types->types[i]);
        if (n && named < TYPES_NAMED)
            rq_buf_printf(out, "%s%zu %s", named++ ? ", " : "", n, types->types[i].type);
        else
            rest += n;
    }
    if (rest) rq_buf_printf(out, " and %zu more", rest);
}

static void name_layer(rq_buf *out, size_t *named, const char *name)
{
    const char *before = *named ? ", " : "; gone: ";
    if (out->length + strlen(before) + strlen(name) > LENGTH) return;
    rq_buf_printf(out, "%s%s", before, name);
    ++*named;
}

/* Those whose names nobody has any more. */
static rq_status name_layers(rq_buf *out, const rq_graph *before, const rq_graph *after)
{
    size_t n = 0, named = 0;
    rq_map *names;
    RQ_TRY(rq_map_create(&names));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < after->n_nodes; i++)
        if (after->nodes[i]) status = rq_map_put(names, after->nodes[i]->name, (uint32_t)i);
    for (size_t i = 0; status == RQ_OK && i < before->n_nodes; i++) {
        const rq_node *node = before->nodes[i];
        if (!node || node->data || rq_map_get(names, node->name) != RQ_NONE) continue;
        name_layer(out, &named, node->name);
        n++;
    }
    if (n > named)
        rq_buf_printf(out, named ? " and %zu more" : "; %zu layer%s gone", n - named,
                      rq_plural(n - named));
    rq_map_destroy(&names);
    return status;
}

/* "Graph prepared: 53 Transpose, 53 Multiply folded or cancelled; gone: a, b and 104 more". */
static rq_status describe(const char **out, const rq_graph *before, const rq_graph *after,
                          rq_arena *arena)
{
    census types = {0};
    rq_buf text = {0};
    rq_status status = count_types(&types, before, after);
    *out = NULL;
    if (status == RQ_OK && types.n && lost(&types.types[0])) {
        rq_buf_append(&text, "Graph prepared: ");
        name_types(&text, &types);
        rq_buf_append(&text, " folded or cancelled");
        status = name_layers(&text, before, after);
        if (status == RQ_OK && !text.failed) *out = rq_arena_strdup(arena, text.data);
        if (status == RQ_OK && !*out) status = rq_fail_memory(0, "a text");
    }
    rq_buf_free(&text);
    free(types.types);
    return status;
}

/* -- all ------------------------------------------------------------------------------------- */

/* *out is NULL where there is nothing to do. */
static rq_status fuse(rq_graph **out, const char **text, const rq_workload *w)
{
    const rq_pass_choice choice = {.skip = "attention"};
    size_t n_changes;
    RQ_TRY(rq_graph_clone(out, w->graph));
    rq_status status = rq_fuse_graph(&n_changes, *out, &choice);
    if (status == RQ_OK && n_changes) status = describe(text, w->graph, *out, w->arena);
    if (status != RQ_OK || !n_changes) rq_graph_destroy(out);
    return status;
}

rq_status rq_preparation_run(rq_workload *w)
{
    rq_graph *copy = NULL;
    rq_model *model = NULL;
    const char *text = NULL;
    if (w->keep_graph) return RQ_OK;
    rq_status status = fuse(&copy, &text, w);
    if (status == RQ_OK && copy) status = rq_preparation_prove(&model, copy, w);
    if (status == RQ_ENOMEM || status == RQ_ECANCELLED) {
        rq_graph_destroy(&copy);
        return status;
    }
    if (status != RQ_OK) {
        rq_log("the graph stays as it is, without preparation: %s", rq_error_text());
        rq_graph_destroy(&copy);
    }
    if (!copy) return RQ_OK;
    rq_workload_take_prepared(w, copy);
    rq_workload_keep_weights(w, model);
    w->prepared = text;
    if (text) rq_log("%s (--keep-graph leaves it)", text);
    return RQ_OK;
}

rq_status rq_preparation_bind(rq_workload *w)
{
    RQ_TRY(rq_workload_bind(w));
    if (!w->make_static) return RQ_OK;
    if (!w->as_read) {
        rq_graph *copy;
        RQ_TRY(rq_graph_clone(&copy, w->graph));
        rq_workload_take_prepared(w, copy);
    }
    RQ_TRY(rq_graph_make_static(w->graph, w->bound));
    rq_bound_destroy(&w->bound);
    return rq_workload_bind(w);
}

rq_status rq_preparation_open(rq_workload *w, rq_ignored_scope *scope)
{
    RQ_TRY(rq_workload_fit(w));
    RQ_TRY(rq_preparation_run(w));
    RQ_TRY(rq_preparation_scope(scope, w));
    RQ_TRY(rq_preparation_bind(w));
    RQ_TRY(rq_workload_keep_images(w, true));
    return rq_workload_list(w, NULL);
}
