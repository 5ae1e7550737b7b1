/* The table of operators that oneDNN has, made from lowerings.def. */
#include "engine/exec/onednn/lower.h"

static const rq_lowering lowerings[] = {
#define RQ_LOWERING(type, function, leads) {&rq_op_##type, function, leads},
#include "engine/exec/onednn/lowerings.def"
#undef RQ_LOWERING
};

const rq_lowering *rq_lowering_of(const rq_op *op)
{
    for (size_t i = 0; i < sizeof lowerings / sizeof lowerings[0]; i++)
        if (lowerings[i].op == op) return &lowerings[i];
    return NULL;
}
