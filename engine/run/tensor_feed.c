#include "engine/run/tensor_feed.h"

#include "engine/run/array_values.h"
#include "engine/run/tensor_shapes.h"

#include <stdlib.h>
#include <string.h>

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

/* As the model was planned, or as the array is where the graph leaves it open. */
static rq_status choose_shape(rq_shape *out, const rq_model *model, size_t i,
                              const rq_tensor *array)
{
    const rq_shape *wanted = &rq_model_input(model, i)->shape;
    char have[RQ_SHAPE_TEXT], want[RQ_SHAPE_TEXT];
    *out = *wanted;
    if (same_shape(&array->shape, wanted) ||
        rq_tensor_shapes_complete(out, &array->shape, rq_model_input_pattern(model, i)))
        return RQ_OK;
    return rq_fail(RQ_EARG, "an array %s for input '%s' %s", rq_shape_text(&array->shape, have),
                   rq_model_input_node(model, i)->name, rq_shape_text(wanted, want));
}

static rq_status set_input(rq_tensor_feed *feed, rq_tensor *out, const rq_image_feed *of, size_t i,
                           const rq_tensor *array)
{
    const rq_model *model = of->model;
    size_t bytes;
    rq_shape shape;
    rq_dtype dtype = rq_model_input(model, i)->dtype;
    RQ_TRY(choose_shape(&shape, model, i, array));
    RQ_TRY(rq_array_values_check(array, dtype, &of->ids[i], rq_model_input_node(model, i)->name));
    size_t count = rq_shape_count(&shape);
    if (!rq_dtype_bytes(&bytes, dtype, count)) return rq_fail_memory(count, "an input");
    if (bytes > feed->bytes[i] || !feed->data[i]) {
        free(feed->data[i]);
        feed->data[i] = NULL;
        RQ_TRY(rq_alloc_aligned(&feed->data[i], bytes ? bytes : 1, "an input"));
        feed->bytes[i] = bytes;
    }
    *out = (rq_tensor){dtype, shape, feed->data[i]};
    return rq_convert(feed->data[i], dtype, array->data, array->dtype, count);
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
        const rq_node *node = rq_model_input_node(of->model, i);
        const rq_tensor *array =
            rq_tensor_shapes_array(arrays, rq_model_graph(of->model), node, open == 1);
        if (!array)
            return rq_fail(RQ_EARG, "no array for input '%s' among its %zu", node->name, arrays->n);
        RQ_TRY(set_input(feed, &inputs[i], of, i, array));
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
    if (!feed->bytes) RQ_TRY(rq_calloc(&feed->bytes, of->n_inputs, sizeof *feed->bytes, "inputs"));
    feed->n = of->n_inputs;
    RQ_TRY(sample->arrays ? set_inputs(feed, inputs, of, sample->arrays)
                          : read_inputs(feed, inputs, of, sample->path));
    set_view(view, &inputs[of->input].shape);
    return RQ_OK;
}

void rq_tensor_feed_free(rq_tensor_feed *feed)
{
    for (size_t i = 0; i < feed->n; i++) free(feed->data[i]);
    free(feed->data);
    free(feed->bytes);
    *feed = (rq_tensor_feed){0};
}
