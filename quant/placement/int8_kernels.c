#include "quant/placement/int8_kernels.h"

#include <string.h>

static const rq_int8_kernel table[] = {
#define RQ_INT8_KERNEL(type, use, vnni, avx2, reason)                                              \
    {#type, false, RQ_KERNEL_##use, {vnni, avx2}, reason},
#define RQ_INT8_PRODUCT(type, use, vnni, avx2, reason)                                             \
    {#type, true, RQ_KERNEL_##use, {vnni, avx2}, reason},
#include "quant/placement/int8_kernels.def"
#undef RQ_INT8_PRODUCT
#undef RQ_INT8_KERNEL
};

size_t rq_int8_kernel_count(void)
{
    return sizeof table / sizeof table[0];
}

const rq_int8_kernel *rq_int8_kernel_at(size_t i)
{
    return &table[i];
}

const rq_int8_kernel *rq_int8_kernel_of(const rq_op *op, bool of_activations)
{
    const rq_int8_kernel *found = NULL;
    for (size_t i = 0; i < rq_int8_kernel_count(); i++)
        if (!strcmp(table[i].type, op->type) && (!table[i].of_activations || of_activations))
            if (!found || table[i].of_activations) found = &table[i];
    return found;
}
