#include "engine/cli/timing.h"

#include "engine/base/progress.h"
#include "engine/base/rng.h"
#include "engine/base/threads.h"

#include <stdlib.h>
#include <string.h>

#define MIN_ROUNDS 5
#define MAX_ROUNDS 1000

typedef struct contestant {
    rq_session *session;
    rq_tensor *inputs;
    size_t n_inputs;
    double *seconds; /* MAX_ROUNDS */
} contestant;

static rq_status fill_input(rq_tensor *t, rq_rng *rng)
{
    RQ_TRY(rq_alloc_aligned(&t->data, rq_tensor_bytes(t), "an input"));
    for (size_t i = 0; i < rq_tensor_count(t); i++)
        rq_store_f64(t->data, t->dtype, i, rq_rng_unit(rng));
    return RQ_OK;
}

static rq_status open_contestant(contestant *c, const rq_model *model, uint64_t seed)
{
    rq_rng rng;
    rq_rng_seed(&rng, seed);
    c->n_inputs = rq_model_input_count(model);
    RQ_TRY(rq_calloc(&c->inputs, c->n_inputs, sizeof *c->inputs, "inputs"));
    RQ_TRY(rq_calloc(&c->seconds, MAX_ROUNDS, sizeof *c->seconds, "timings"));
    for (size_t i = 0; i < c->n_inputs; i++) {
        c->inputs[i] = *rq_model_input(model, i);
        RQ_TRY(fill_input(&c->inputs[i], &rng));
    }
    RQ_TRY(rq_session_create(&c->session, model));
    return rq_session_run(c->session, c->inputs, NULL, NULL); /* warm-up */
}

static void close_contestant(contestant *c)
{
    for (size_t i = 0; c->inputs && i < c->n_inputs; i++) free(c->inputs[i].data);
    free(c->inputs);
    free(c->seconds);
    rq_session_destroy(&c->session);
}

static int compare_seconds(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static rq_timing summarise(double *seconds, size_t n)
{
    qsort(seconds, n, sizeof *seconds, compare_seconds);
    return (rq_timing){.median = n % 2 ? seconds[n / 2] : (seconds[n / 2 - 1] + seconds[n / 2]) / 2,
                       .p10 = seconds[n / 10],
                       .p90 = seconds[n - 1 - n / 10],
                       .runs = n};
}

static rq_status race(rq_timing *out, contestant *all, size_t n, double seconds)
{
    double started = rq_now();
    size_t round = 0;
    for (; round < MAX_ROUNDS && (round < MIN_ROUNDS || rq_now() - started < seconds); round++) {
        if (rq_cancelled()) return rq_fail(RQ_ECANCELLED, "stopped by the user");
        for (size_t i = 0; i < n; i++) {
            double before = rq_now();
            RQ_TRY(rq_session_run(all[i].session, all[i].inputs, NULL, NULL));
            all[i].seconds[round] = rq_now() - before;
        }
    }
    for (size_t i = 0; i < n; i++) out[i] = summarise(all[i].seconds, round);
    return RQ_OK;
}

rq_status rq_timing_measure(rq_timing *out, const rq_model *const *models, size_t n, double seconds,
                            uint64_t seed)
{
    contestant *all;
    RQ_TRY(rq_calloc(&all, n, sizeof *all, "timings"));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < n; i++)
        status = open_contestant(&all[i], models[i], seed);
    if (status == RQ_OK) status = race(out, all, n, seconds);
    for (size_t i = 0; i < n; i++) close_contestant(&all[i]);
    free(all);
    return status;
}
