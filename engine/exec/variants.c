#include "engine/exec/variants.h"

#include "engine/exec/backend.h"
#include "engine/exec/kept_options.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_IDLE 4 /* that nobody uses: each holds weights as its kernels want them */

typedef struct variant {
    rq_model *model;
    unsigned users;
    uint64_t last_taken;
} variant;

struct rq_variants {
    const rq_model *of;
    rq_kept_options kept; /* shapes are those of a call, constants and weights the model's */
    pthread_mutex_t lock;
    variant *v;
    size_t n, capacity;
    uint64_t taken;
};

static bool is_dynamic(const rq_model *model)
{
    for (size_t i = 0; i < model->n_inputs; i++)
        if (!rq_shape_is_static(rq_model_input_pattern(model, i))) return true;
    return false;
}

rq_status rq_variants_create(rq_variants **out, const rq_model *model,
                             const rq_exec_options *options)
{
    *out = NULL;
    if (!is_dynamic(model)) return RQ_OK;
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "variants of a model"));
    (*out)->of = model;
    pthread_mutex_init(&(*out)->lock, NULL);
    rq_status status = rq_kept_options_open(&(*out)->kept, options, model->graph);
    if (model->bound) (*out)->kept.options.constants = model->bound;
    (*out)->kept.options.lender = model;
    if (status != RQ_OK) rq_variants_destroy(out);
    return status;
}

void rq_variants_destroy(rq_variants **variants)
{
    rq_variants *v = *variants;
    if (!v) return;
    for (size_t i = 0; i < v->n; i++) rq_model_destroy(&v->v[i].model);
    pthread_mutex_destroy(&v->lock);
    free(v->v);
    rq_kept_options_close(&v->kept);
    free(v);
    *variants = NULL;
}

/* -- taking one ------------------------------------------------------------------------------ */

static bool allows(const rq_shape *wanted, const rq_shape *got)
{
    if (wanted->rank < 0) return true;
    bool same = wanted->rank == got->rank;
    for (int i = 0; same && i < got->rank; i++)
        same = wanted->d[i] == RQ_DYNAMIC || wanted->d[i] == got->d[i];
    return same;
}

static rq_status check_shapes(const rq_model *model, const rq_tensor *inputs)
{
    for (size_t i = 0; i < model->n_inputs; i++) {
        const rq_shape *wanted = rq_model_input_pattern(model, i);
        char got[RQ_SHAPE_TEXT], expected[RQ_SHAPE_TEXT];
        if (!allows(wanted, &inputs[i].shape))
            return rq_fail(RQ_EARG, "input '%s' is %s, expected %s", model->inputs[i].node->name,
                           rq_shape_text(&inputs[i].shape, got), rq_shape_text(wanted, expected));
    }
    return RQ_OK;
}

/* The one that nobody has wanted for longest goes where there are many. */
static void drop_oldest(rq_variants *v)
{
    size_t idle = 0, oldest = 0;
    for (size_t i = 0; i < v->n; i++) {
        if (v->v[i].users) continue;
        if (idle++ == 0 || v->v[i].last_taken < v->v[oldest].last_taken) oldest = i;
    }
    if (idle <= MAX_IDLE) return;
    rq_model_destroy(&v->v[oldest].model);
    v->v[oldest] = v->v[--v->n];
}

static rq_status add(rq_variants *v, const rq_tensor *inputs)
{
    size_t n = v->of->n_inputs;
    rq_input_shape *shapes;
    rq_exec_options options = v->kept.options;
    RQ_TRY(check_shapes(v->of, inputs));
    drop_oldest(v);
    RQ_TRY(rq_grow(&v->v, &v->capacity, v->n, sizeof *v->v, "variants of a model"));
    RQ_TRY(rq_calloc(&shapes, n, sizeof *shapes, "shapes"));
    for (size_t i = 0; i < n; i++)
        shapes[i] = (rq_input_shape){v->of->inputs[i].node->name, inputs[i].shape};
    options.shapes = shapes;
    options.n_shapes = n;
    variant *made = &v->v[v->n];
    *made = (variant){0};
    rq_status status = rq_model_plan(&made->model, v->of->graph, &options);
    free(shapes);
    if (status == RQ_OK) v->n++;
    return status;
}

static rq_status take(const rq_model **out, rq_variants *v, const rq_tensor *inputs)
{
    size_t i = 0;
    while (i < v->n && !rq_model_is_for(v->v[i].model, inputs)) i++;
    if (i == v->n) {
        RQ_TRY(add(v, inputs));
        i = v->n - 1;
    }
    v->v[i].users++;
    v->v[i].last_taken = v->taken++;
    *out = v->v[i].model;
    return RQ_OK;
}

rq_status rq_variants_take(const rq_model **out, rq_variants *v, const rq_tensor *inputs)
{
    pthread_mutex_lock(&v->lock);
    rq_status status = take(out, v, inputs);
    pthread_mutex_unlock(&v->lock);
    return status;
}

void rq_variants_give_back(rq_variants *v, const rq_model *model)
{
    pthread_mutex_lock(&v->lock);
    for (size_t i = 0; i < v->n; i++) v->v[i].users -= v->v[i].model == model;
    pthread_mutex_unlock(&v->lock);
}
