/* The table of operators, made from ops.def. */
#include "engine/ops/op.h"

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

const rq_op *rq_op_find(const char *type)
{
    const rq_op *const *found = bsearch(type, table, rq_op_count(), sizeof table[0], compare_type);
    return found ? *found : NULL;
}
