/* Names of layers, each different from the others; lists of tensor names. */
#include "engine/base/utf8.h"
#include "engine/ir/graph.h"

#include <inttypes.h>

/* "name" for 0, else "name_3"; NULL when memory is short. */
static const char *numbered(rq_buf *buf, const char *name, uint32_t number)
{
    buf->length = 0;
    rq_buf_append(buf, name);
    if (number > 0) rq_buf_printf(buf, "_%" PRIu32, number);
    return buf->failed ? NULL : buf->data;
}

static bool is_taken(const rq_graph *graph, const rq_node *node, const char *name)
{
    rq_id owner = rq_map_get(graph->names, name);
    return owner != RQ_NONE && owner != node->id;
}

/* Doubles the number until it is free, then halves the distance to the last that was taken: the
 * lowest free number as long as they were given in order, in few steps even for the thousandth. */
static rq_status find_free(rq_buf *buf, const rq_graph *graph, const rq_node *node,
                           const char *name)
{
    uint32_t taken = 0, open = 0;
    while (numbered(buf, name, open) && is_taken(graph, node, buf->data)) {
        taken = open;
        open = open ? 2 * open : 1;
    }
    while (open - taken > 1) {
        uint32_t middle = taken + (open - taken) / 2;
        if (!numbered(buf, name, middle)) break;
        if (is_taken(graph, node, buf->data))
            taken = middle;
        else
            open = middle;
    }
    return numbered(buf, name, open) ? RQ_OK : RQ_ENOMEM;
}

static rq_status rename_to(rq_graph *graph, rq_node *node, const char *name)
{
    const char *kept = rq_arena_strdup(graph->arena, name);
    if (!kept) return RQ_ENOMEM;
    if (rq_map_get(graph->names, node->name) == node->id)
        RQ_TRY(rq_map_put(graph->names, node->name, RQ_NONE));
    RQ_TRY(rq_map_put(graph->names, kept, node->id));
    node->name = kept;
    return RQ_OK;
}

/* Names that no XML can hold are made such as it can before they are told apart: two that differ in
 * a damaged byte stay different in the file. */
rq_status rq_graph_rename(rq_graph *graph, rq_node *node, const char *name)
{
    rq_buf buf = {0}, clean = {0};
    rq_utf8_append_xml(&clean, name);
    rq_status status = clean.failed ? RQ_ENOMEM : find_free(&buf, graph, node, clean.data);
    if (status == RQ_OK) status = rename_to(graph, node, buf.data);
    rq_buf_free(&buf);
    rq_buf_free(&clean);
    return status;
}

void rq_tensor_names_append(rq_buf *names, const char *name)
{
    if (names->length) rq_buf_append(names, ",");
    for (const char *c = name; *c; c++) {
        if (*c == ',') rq_buf_append(names, "\\");
        rq_buf_append_n(names, c, 1);
    }
}
