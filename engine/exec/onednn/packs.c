/* Constants in the layouts that kernels want, which models of the same weights share. */
#include "engine/exec/onednn/plan.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct rq_pack_memory {
    atomic_uint plans; /* that use it */
    void *data;
};

static rq_status create_memory(rq_pack_memory **out, size_t bytes)
{
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "packed weights"));
    atomic_init(&(*out)->plans, 1);
    rq_status status = rq_alloc_aligned(&(*out)->data, bytes + 1, "packed weights");
    if (status != RQ_OK) free(*out);
    return status;
}

static void leave_memory(rq_pack_memory *memory)
{
    if (atomic_fetch_sub(&memory->plans, 1) > 1) return;
    free(memory->data);
    free(memory);
}

/* pack->memory is found->memory or, where `found` is NULL, made. */
static rq_status add(rq_onednn_plan *plan, rq_pack *pack, const rq_pack *found, size_t bytes)
{
    RQ_TRY(rq_grow(&plan->packs, &plan->capacity_packs, plan->n_packs, sizeof *plan->packs,
                   "packed weights"));
    if (found) {
        pack->memory = found->memory;
        atomic_fetch_add(&pack->memory->plans, 1);
    } else {
        RQ_TRY(create_memory(&pack->memory, bytes));
    }
    plan->packs[plan->n_packs++] = *pack;
    return RQ_OK;
}

rq_status rq_pack_alloc(void **out, rq_onednn_plan *plan, size_t bytes)
{
    rq_pack pack = {0};
    RQ_TRY(add(plan, &pack, NULL, bytes));
    *out = pack.memory->data;
    return RQ_OK;
}

/* -- sharing --------------------------------------------------------------------------------- */

/* A layer's own bytes do not change while its graph is there; where others lie, and what was folded
 * of a graph, others may lie later. */
static const void *lasting(const rq_node *constant, const void *data)
{
    return constant && constant->data == data ? data : NULL;
}

static const rq_pack *find(const rq_onednn_plan *lender, const rq_pack *wanted)
{
    if (!lender || !wanted->of) return NULL;
    for (size_t i = 0; i < lender->n_packs; i++) {
        const rq_pack *p = &lender->packs[i];
        if (p->of == wanted->of && rq_dnn_layout_equal(p->from, wanted->from) &&
            rq_dnn_layout_equal(p->to, wanted->to))
            return p;
    }
    return NULL;
}

/* With more elements than there are, or with sums behind them. */
static bool may_be_padded(const rq_pack *pack)
{
    return rq_dnn_layout_dtype(pack->to) != rq_dnn_layout_dtype(pack->from) ||
           rq_dnn_layout_bytes(pack->to) != rq_dnn_layout_bytes(pack->from);
}

static rq_status fill(rq_onednn_plan *plan, rq_pack *pack, const void *data)
{
    size_t bytes = rq_dnn_layout_bytes(pack->to);
    RQ_TRY(add(plan, pack, NULL, bytes));
    if (may_be_padded(pack)) memset(pack->memory->data, 0, bytes);
    return rq_dnn_reorder_now(plan->dnn, pack->from, data, pack->to, pack->memory->data);
}

rq_status rq_pack_constant(const void **out, rq_onednn_plan *plan, const rq_dnn_layout *from,
                           const void *data, const rq_dnn_layout *to, const rq_node *constant)
{
    rq_pack pack = {.of = lasting(constant, data), .from = from, .to = to};
    if (!from || !to) return RQ_EUNSUPPORTED;
    *out = data;
    if (rq_dnn_layout_equal(from, to) && (uintptr_t)data % sizeof(float) == 0) return RQ_OK;
    const rq_pack *found = find(plan->lender, &pack);
    RQ_TRY(found ? add(plan, &pack, found, 0) : fill(plan, &pack, data));
    *out = pack.memory->data;
    return RQ_OK;
}

void rq_packs_free(rq_onednn_plan *plan)
{
    for (size_t i = 0; i < plan->n_packs; i++) leave_memory(plan->packs[i].memory);
    free(plan->packs);
}
