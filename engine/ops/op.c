/* The table of operators, made from ops.def. */
#include "engine/ops/op.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define RQ_OP(type) extern const rq_op rq_op_##type;
#include "engine/ops/ops.def"
#undef RQ_OP

static const rq_op *const table[] = {
#define RQ_OP(type) &rq_op_##type,
#include "engine/ops/ops.def"
#undef RQ_OP
};

size_t rq_op_count(void)
{
    return sizeof table / sizeof table[0];
}

const rq_op *rq_op_at(size_t i)
{
    return i < rq_op_count() ? table[i] : NULL;
}

static int compare_type(const void *type, const void *entry)
{
    return strcmp(type, (*(const rq_op *const *)entry)->type);
}

/* Whoever reads it meets complete lists only. */
static _Atomic(rq_op_list *) added;

void rq_op_add(rq_op_list *list)
{
    list->next = atomic_load(&added);
    atomic_store(&added, list);
}

static const rq_op *find_added(const char *type)
{
    for (const rq_op_list *list = atomic_load(&added); list; list = list->next)
        for (size_t i = 0; i < list->n; i++)
            if (!strcmp(list->ops[i].type, type)) return &list->ops[i];
    return NULL;
}

const rq_op *rq_op_find(const char *type)
{
    const rq_op *const *found = bsearch(type, table, rq_op_count(), sizeof table[0], compare_type);
    return found ? *found : find_added(type);
}
