#include "quant/placement/shown_name.h"

#include "engine/base/text.h"
#include "engine/ops/op.h"

#include <string.h>

#define MAX_ENDS 2 /* as reports leave out: "Conv/Convolution" */
#define MAX_TOLD 6 /* layers */

static bool begins_there(const char *name, const char *at)
{
    return at == name || strchr("/.:", at[-1]);
}

static bool ends_there(const char *end)
{
    size_t parts = 0;
    for (const char *c = end; *c; c++) parts += *c == '/';
    return !*end || (*end == '/' && parts <= MAX_ENDS);
}

static bool is_shown_as(const char *name, const char *shown)
{
    size_t length = strlen(shown);
    for (const char *at = strstr(name, shown); length && at; at = strstr(at + 1, shown))
        if (begins_there(name, at) && ends_there(at + length)) return true;
    return false;
}

/* What tables have most: 2 with weights, 1 other computing layers, 0 the rest. */
static int rank_of(const rq_node *node)
{
    const rq_op *op = rq_op_find(node->type);
    if (!op) return 0;
    return op->role == RQ_ROLE_WEIGHTED ? 2 : op->role == RQ_ROLE_QUANTIZE;
}

typedef struct found {
    const rq_node *node;
    int rank;
    size_t n;
    rq_buf names; /* of all with that rank */
} found;

static void add(found *f, const rq_node *node)
{
    int rank = rank_of(node);
    if (f->n && rank < f->rank) return;
    if (!f->n || rank > f->rank) {
        f->n = 0;
        rq_buf_free(&f->names);
        f->names = (rq_buf){0};
    }
    f->node = node;
    f->rank = rank;
    if (f->n < MAX_TOLD) rq_buf_printf(&f->names, "%s'%s'", f->n ? ", " : "", node->name);
    if (f->n == MAX_TOLD) rq_buf_append(&f->names, ", ...");
    f->n++;
}

rq_status rq_shown_name_find(const rq_node **layer, const rq_graph *graph, const char *shown)
{
    found f = {0};
    rq_status status = RQ_OK;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (node && strcmp(node->type, "Const") != 0 && is_shown_as(node->name, shown))
            add(&f, node);
    }
    *layer = f.n == 1 ? f.node : NULL;
    if (f.names.failed)
        status = rq_fail_memory(f.names.length, "a text");
    else if (f.n > 1)
        status = rq_fail(RQ_EARG, "'%s' may be any of %zu layers of %s: %s", shown, f.n,
                         graph->path, f.names.data);
    rq_buf_free(&f.names);
    return status;
}
