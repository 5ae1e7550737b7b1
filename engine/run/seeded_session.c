#include "engine/run/seeded_session.h"

#include "engine/base/rng.h"

#include <stdlib.h>

static rq_status fill_input(rq_tensor *t, rq_rng *rng)
{
    RQ_TRY(rq_alloc_aligned(&t->data, rq_tensor_bytes(t), "an input"));
    for (size_t i = 0; i < rq_tensor_count(t); i++)
        rq_store_f64(t->data, t->dtype, i, rq_rng_unit(rng));
    return RQ_OK;
}

rq_status rq_seeded_session_open(rq_seeded_session *out, const rq_model *model, uint64_t seed)
{
    rq_rng rng;
    rq_rng_seed(&rng, seed);
    *out = (rq_seeded_session){.n_inputs = rq_model_input_count(model)};
    RQ_TRY(rq_calloc(&out->inputs, out->n_inputs, sizeof *out->inputs, "inputs"));
    for (size_t i = 0; i < out->n_inputs; i++) {
        out->inputs[i] = *rq_model_input(model, i);
        RQ_TRY(fill_input(&out->inputs[i], &rng));
    }
    return rq_session_create(&out->session, model);
}

void rq_seeded_session_close(rq_seeded_session *seeded)
{
    for (size_t i = 0; seeded->inputs && i < seeded->n_inputs; i++) free(seeded->inputs[i].data);
    free(seeded->inputs);
    rq_session_destroy(&seeded->session);
    *seeded = (rq_seeded_session){0};
}

rq_status rq_seeded_session_run(const rq_seeded_session *seeded)
{
    rq_session_reset(seeded->session); /* variables do not grow from run to run */
    return rq_session_run(seeded->session, seeded->inputs, NULL, NULL);
}
