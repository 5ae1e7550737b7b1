#include "quant/plan_digests.h"

#define UPDATE(hasher, values, n) rq_hasher_update(hasher, values, (n) * sizeof *(values))

static void number(rq_hasher *hasher, uint64_t x)
{
    rq_hasher_update(hasher, &x, sizeof x);
}

/* Of an array that may be missing. */
static void array(rq_hasher *hasher, const void *values, size_t bytes)
{
    number(hasher, values ? bytes + 1 : 0);
    if (values) rq_hasher_update(hasher, values, bytes);
}

rq_status rq_scales_digest(char digest[RQ_DIGEST_TEXT], const float *weights,
                           const rq_weight_layout *l, const rq_weight_options *o)
{
    rq_hasher *hasher;
    const size_t sizes[] = {l->groups,       l->outputs,       l->inputs,       l->taps,
                            l->group_stride, l->output_stride, l->input_stride, l->tap_stride};
    size_t n_inputs = l->groups * l->inputs;
    RQ_TRY(rq_hasher_create(&hasher));
    rq_hasher_text(hasher, "scales");
    UPDATE(hasher, sizes, sizeof sizes / sizeof *sizes);
    number(hasher, l->depthwise | o->half_range << 1 | o->repair_pairs << 2 | o->search_scale << 3);
    array(hasher, o->mean_square, n_inputs * sizeof *o->mean_square);
    array(hasher, o->max_code, n_inputs);
    UPDATE(hasher, weights, rq_weight_channels(l) * l->inputs * l->taps);
    rq_hasher_finish(&hasher, digest);
    return RQ_OK;
}

static void add_histogram(rq_hasher *hasher, const rq_histogram *h)
{
    const float bounds[] = {h->min, h->max};
    number(hasher, h->total);
    UPDATE(hasher, bounds, 2);
    for (size_t p = 0; p < RQ_HISTOGRAM_PAGES; p++)
        array(hasher, h->pages[p], RQ_HISTOGRAM_PAGE * sizeof *h->pages[p]);
}

static void add_value(rq_hasher *hasher, const rq_stats_value *v)
{
    const float bounds[] = {v->min, v->max};
    number(hasher, (uint64_t)v->axis);
    number(hasher, v->n_channels);
    number(hasher, v->n_images);
    number(hasher, v->count);
    UPDATE(hasher, bounds, 2);
    UPDATE(hasher, v->image_min, v->n_images);
    UPDATE(hasher, v->image_max, v->n_images);
    UPDATE(hasher, v->channel_min, v->n_channels);
    UPDATE(hasher, v->channel_max, v->n_channels);
    UPDATE(hasher, v->channel_mean, v->n_channels);
    UPDATE(hasher, v->channel_mean_square, v->n_channels);
    add_histogram(hasher, v->histogram);
}

rq_status rq_ranges_digest(char digest[RQ_DIGEST_TEXT], const rq_stats_value *value,
                           const rq_range_target *target)
{
    rq_hasher *hasher;
    const rq_gain *gain = target->gain;
    size_t n = gain ? gain->n : 0;
    RQ_TRY(rq_hasher_create(&hasher));
    rq_hasher_text(hasher, "ranges");
    number(hasher, (uint64_t)target->levels << 1 | target->symmetric);
    array(hasher, gain ? gain->rounding : NULL, n * sizeof *gain->rounding);
    array(hasher, gain ? gain->clipping : NULL, n * sizeof *gain->clipping);
    add_value(hasher, value);
    rq_hasher_finish(&hasher, digest);
    return RQ_OK;
}
