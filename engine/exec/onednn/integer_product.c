/* Codes of an activation times integer weights. */
#include "engine/exec/onednn/lower.h"

#include "engine/base/int16_pairs.h"

/* Can no pair of products leave int16, whatever the codes up to `top` are? */
static bool pairs_fit(const rq_integer_weights *w, const rq_weight_strides *at, int32_t top)
{
    for (size_t o = 0; o < w->n; o++)
        for (size_t i = 0; i + 1 < at->inputs; i += 2) {
            const int8_t *a = w->codes + o * at->output + i * at->input, *b = a + at->input;
            for (size_t t = 0; t < at->taps; t++)
                if (!rq_pair_is_safe(a[t * at->tap], b[t * at->tap], top, top)) return false;
        }
    return true;
}

rq_status rq_integer_product_read(rq_integer_product *out, bool *found, rq_lower *l,
                                  const rq_u8_params *codes, rq_id weights, int from, int to,
                                  const rq_weight_strides *strides)
{
    rq_integer_weights *w = &out->weights;
    *found = false;
    rq_status status = rq_integer_weights_read(w, l, weights, from, to);
    if (status == RQ_EUNSUPPORTED) return RQ_OK;
    RQ_TRY(status);
    if (!l->plan->saturating && !pairs_fit(w, strides, codes->top)) return RQ_OK;
    float *unit = rq_arena_alloc(l->plan->arena, w->n, sizeof *unit);
    if (!unit) return RQ_ENOMEM;
    size_t per_input = codes->scales ? w->n / codes->n : 1;
    for (size_t i = 0; i < w->n; i++)
        unit[i] = w->scales[i] * (codes->scales ? codes->scales[i / per_input] : codes->scale);
    out->unit = unit;
    out->codes = *codes;
    *found = true;
    return RQ_OK;
}

rq_status rq_integer_product_read_transposed(rq_integer_product *out, bool *found, rq_lower *l,
                                             const rq_node *node)
{
    const rq_u8_params *codes = rq_buffer_u8(l->plan, node->in[0], NULL);
    const rq_shape *weights = &rq_lower_value(l, node->in[1])->shape;
    *found = false;
    if (!codes || codes->scales) return RQ_OK;
    size_t inputs = (size_t)weights->d[0], outputs = (size_t)weights->d[1];
    size_t taps = rq_shape_span(weights, 2, weights->rank);
    rq_weight_strides strides = {inputs, taps, taps, outputs * taps, 1};
    return rq_integer_product_read(out, found, l, codes, node->in[1], 1, 2, &strides);
}

rq_status rq_lower_weights(const void **out, const rq_lower *l, rq_id weights,
                           const rq_integer_product *product)
{
    if (!product) RQ_TRY(rq_bound_fold(l->bound, weights));
    *out = product ? (const void *)product->weights.codes : rq_lower_value(l, weights)->data;
    return RQ_OK;
}
