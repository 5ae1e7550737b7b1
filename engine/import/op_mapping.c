#include "engine/import/op_mapping.h"

#include <stdlib.h>
#include <string.h>

const rq_op_mapping_row *rq_op_mapping_find(const rq_op_mapping *op_mapping, const char *domain,
                                            const char *type)
{
    for (size_t g = 0; g < op_mapping->n_groups; g++)
        for (size_t i = 0; i < op_mapping->groups[g]->n; i++) {
            const rq_op_mapping_row *row = &op_mapping->groups[g]->rows[i];
            if (!strcmp(row->type, type) && !strcmp(row->domain, domain)) return row;
        }
    return op_mapping->base ? rq_op_mapping_find(op_mapping->base, domain, type) : NULL;
}

static size_t count_types(const rq_op_mapping *op_mapping)
{
    size_t n = 0;
    for (; op_mapping; op_mapping = op_mapping->base)
        for (size_t g = 0; g < op_mapping->n_groups; g++) n += op_mapping->groups[g]->n;
    return n;
}

const char *rq_op_mapping_suggest(const rq_op_mapping *op_mapping, const char *type)
{
    const char *best = NULL;
    const char **types = NULL;
    size_t n = 0;
    if (rq_calloc(&types, count_types(op_mapping), sizeof *types, "operator names") != RQ_OK)
        return NULL;
    for (; op_mapping; op_mapping = op_mapping->base)
        for (size_t g = 0; g < op_mapping->n_groups; g++)
            for (size_t i = 0; i < op_mapping->groups[g]->n; i++)
                types[n++] = op_mapping->groups[g]->rows[i].type;
    best = rq_suggest(type, types, n);
    free(types);
    return best;
}

/* -- mapping functions that every framework uses --------------------------------------------- */

void rq_map_same(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id in[8];
    size_t n = b->node->n_in < 8 ? b->node->n_in : 8;
    for (size_t i = 0; i < n; i++) in[i] = rq_ir_builder_in(b, i);
    rq_ir_builder_set(b, 0, rq_emit(b, row->ir, in, n, "%s", ""));
}

void rq_map_identity(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    for (size_t i = 0; i < b->node->n_out; i++) rq_ir_builder_set(b, i, rq_ir_builder_in(b, i));
}

void rq_map_binary(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_ir_builder_set(b, 0,
                      rq_emit_binary(b, row->ir, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)));
}

void rq_map_variadic(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id y = rq_ir_builder_in(b, 0);
    for (size_t i = 1; i < b->node->n_in; i++)
        y = rq_emit_binary(b, row->ir, y, rq_ir_builder_in(b, i));
    rq_ir_builder_set(b, 0, y);
}
