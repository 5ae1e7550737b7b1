#include "engine/run/tensor_feed.h"

#include <stdlib.h>
#include <string.h>

static const rq_tensor *find_array(const rq_arrays *arrays, const rq_model *model, size_t input,
                                   bool only)
{
    for (size_t i = 0; i < arrays->n; i++)
        if (rq_model_input_is_named(model, input, arrays->names[i])) return &arrays->arrays[i];
    return only && arrays->n == 1 ? &arrays->arrays[0] : NULL;
}

/* Of the same dimensions, but for ones that lead: a sample may lack the batch. */
static bool same_shape(const rq_shape *a, const rq_shape *b)
{
    int i = 0, k = 0;
    while (i < a->rank && a->d[i] == 1) i++;
    while (k < b->rank && b->d[k] == 1) k++;
    if (a->rank - i != b->rank - k) return false;
    for (; i < a->rank; i++, k++)
        if (a->d[i] != b->d[k]) return false;
    return true;
}

static rq_status set_input(rq_tensor_feed *feed, rq_tensor *out, const rq_tensor *wanted, size_t i,
                           const char *name, const rq_tensor *array)
{
    char have[RQ_SHAPE_TEXT], want[RQ_SHAPE_TEXT];
    size_t count = rq_tensor_count(wanted), bytes;
    if (!same_shape(&array->shape, &wanted->shape))
        return rq_fail(RQ_EARG, "an array %s for input '%s' %s", rq_shape_text(&array->shape, have),
                       name, rq_shape_text(&wanted->shape, want));
    if (!rq_dtype_bytes(&bytes, wanted->dtype, count)) return rq_fail_memory(count, "an input");
    if (!feed->data[i]) RQ_TRY(rq_alloc_aligned(&feed->data[i], bytes ? bytes : 1, "an input"));
    *out = (rq_tensor){wanted->dtype, wanted->shape, feed->data[i]};
    return rq_convert(feed->data[i], wanted->dtype, array->data, array->dtype, count);
}

/* Boxes and masks of such models are in the pixels of the input. */
static void set_view(rq_view *view, const rq_shape *shape)
{
    bool nchw = shape->rank == 4 && (shape->d[1] == 1 || shape->d[1] == 3);
    int64_t height = shape->rank == 4 ? shape->d[nchw ? 2 : 1] : 1;
    int64_t width = shape->rank == 4 ? shape->d[nchw ? 3 : 2] : 1;
    *view = (rq_view){(int)width, (int)height, (int)width, (int)height, 1, 1, 0, 0};
}

static rq_status set_inputs(rq_tensor_feed *feed, rq_tensor *inputs, const rq_image_feed *of,
                            const rq_arrays *arrays)
{
    size_t open = 0;
    for (size_t i = 0; i < of->n_inputs; i++) open += !of->fixed[i].data;
    for (size_t i = 0; i < of->n_inputs; i++) {
        if (of->fixed[i].data) continue;
        const char *name = rq_model_input_node(of->model, i)->name;
        const rq_tensor *array = find_array(arrays, of->model, i, open == 1);
        if (!array)
            return rq_fail(RQ_EARG, "no array for input '%s' among its %zu", name, arrays->n);
        RQ_TRY(set_input(feed, &inputs[i], rq_model_input(of->model, i), i, name, array));
    }
    return RQ_OK;
}

static rq_status read_inputs(rq_tensor_feed *feed, rq_tensor *inputs, const rq_image_feed *of,
                             const char *path)
{
    rq_arrays arrays;
    RQ_TRY(rq_arrays_read(&arrays, path));
    rq_status status = set_inputs(feed, inputs, of, &arrays);
    rq_arrays_free(&arrays);
    return status;
}

rq_status rq_tensor_feed_read(rq_tensor_feed *feed, rq_tensor *inputs, rq_view *view,
                              const rq_image_feed *of, const rq_sample *sample)
{
    if (!feed->data) RQ_TRY(rq_calloc(&feed->data, of->n_inputs, sizeof *feed->data, "inputs"));
    feed->n = of->n_inputs;
    set_view(view, &rq_model_input(of->model, of->input)->shape);
    return sample->arrays ? set_inputs(feed, inputs, of, sample->arrays)
                          : read_inputs(feed, inputs, of, sample->path);
}

void rq_tensor_feed_free(rq_tensor_feed *feed)
{
    for (size_t i = 0; i < feed->n; i++) free(feed->data[i]);
    free(feed->data);
    *feed = (rq_tensor_feed){0};
}
