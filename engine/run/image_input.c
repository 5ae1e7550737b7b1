#include "engine/run/image_input.h"

#include "datasets/arrays/npy.h"
#include "engine/run/array_values.h"
#include "engine/run/embedded_preprocessing.h"
#include "engine/run/tensor_shapes.h"

#include <stdlib.h>
#include <string.h>

/* -- fixed inputs --------------------------------------------------------------------------- */

rq_status rq_fixed_input_read(rq_fixed_input *out, const char *text, rq_arena *arena)
{
    const char *equals = strrchr(text, '=');
    if (!equals || equals == text)
        return rq_fail(RQ_EARG, "--input %s: expected NAME=FILE.npy", text);
    out->name = rq_arena_strndup(arena, text, (size_t)(equals - text));
    if (!out->name) return RQ_ENOMEM;
    return rq_npy_read(&out->tensor, equals + 1);
}

/* As the model has it, where NumPy lacks that type and the file has what stands for it. */
static rq_status narrow(rq_tensor *tensor, rq_dtype dtype)
{
    void *data = NULL;
    size_t bytes, n = rq_tensor_count(tensor);
    if (dtype == tensor->dtype || rq_dtype_kind_of(dtype) == RQ_KIND_OTHER ||
        rq_npy_dtype(dtype) != tensor->dtype || !rq_dtype_bytes(&bytes, dtype, n))
        return RQ_OK;
    RQ_TRY(rq_calloc(&data, bytes + 1, 1, "an input"));
    rq_status status = rq_convert(data, dtype, tensor->data, tensor->dtype, n);
    free(status == RQ_OK ? tensor->data : data);
    if (status == RQ_OK) *tensor = (rq_tensor){dtype, tensor->shape, data};
    return status;
}

rq_status rq_fixed_input_find(size_t *input, const rq_model *model, rq_fixed_input *fixed)
{
    for (size_t i = 0; i < rq_model_input_count(model); i++)
        if (rq_model_input_is_named(model, i, fixed->name)) {
            *input = i;
            return narrow(&fixed->tensor, rq_model_input(model, i)->dtype);
        }
    return rq_fail(RQ_EARG, "--input %s: the model has no such input", fixed->name);
}

void rq_image_request_free(rq_image_request *request)
{
    for (size_t i = 0; i < request->n_fixed; i++) free(request->fixed[i].tensor.data);
    request->n_fixed = 0;
}

/* -- the image input ------------------------------------------------------------------------ */

static const rq_node *find_image_parameter(const rq_graph *graph)
{
    const rq_node *only = NULL, *rank4 = NULL;
    size_t n = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || strcmp(node->type, "Parameter") != 0) continue;
        if (n++ == 0) only = node;
        if (!rank4 && graph->values[node->out[0]]->shape.rank == 4) rank4 = node;
    }
    return rank4 ? rank4 : n == 1 ? only : NULL;
}

/* A side that resize leaves open must be the model's to choose, too. */
static rq_status check_open_side(const rq_image_plan *plan, const rq_shape *pattern,
                                 const char *name)
{
    char text[RQ_SHAPE_TEXT];
    bool wide = !plan->settled.resize_width;
    int side = (wide ? 2 : 1) + (plan->settled.layout == RQ_LAYOUT_NCHW);
    if (!plan->open_side || pattern->rank < 0 || pattern->d[side] == RQ_DYNAMIC) return RQ_OK;
    return rq_fail(RQ_EARG,
                   "input '%s' %s: its %s is fixed, and --resize leaves it to the images; give "
                   "--resize WxH (--fit corner keeps the ratio)",
                   name, rq_shape_text(pattern, text), wide ? "width" : "height");
}

rq_status rq_image_request_check_static(const rq_image_request *request, const rq_graph *graph)
{
    const rq_preprocess *p = &request->preprocess;
    const rq_node *image = request->tensors ? NULL : find_image_parameter(graph);
    if (!image || !rq_preprocess_leaves_side_open(p)) return RQ_OK;
    if (rq_shape_is_static(&graph->values[image->out[0]]->shape)) return RQ_OK;
    bool wide = !p->resize_width;
    int side = wide ? p->resize_height : p->resize_width;
    return rq_fail(
        RQ_EARG,
        "input '%s': --static writes a model of one %s, and --resize %s%d%s leaves it to "
        "each image; give --resize %s%d%s with a number for %s (--fit corner keeps the "
        "ratio), or leave --static out",
        image->name, wide ? "width" : "height", wide ? "x" : "", side, wide ? "" : "x",
        wide ? "Wx" : "", side, wide ? "" : "xH", wide ? "W" : "H");
}

/* The first image that can be read stands for all of them. */
static rq_status take_example(rq_image_plan *plan, const rq_images *images, const char *name)
{
    rq_loader_scratch scratch = {0};
    rq_status status = RQ_EFORMAT;
    for (size_t i = 0; images->dataset && i < images->dataset->n && status != RQ_OK; i++)
        status = rq_load_pixels(plan, images->dataset->samples[i].path, &scratch);
    if (status == RQ_OK) plan->shape = rq_image_plan_shape(plan, &scratch.resized);
    rq_loader_scratch_free(&scratch);
    if (status == RQ_OK || status == RQ_ENOMEM) return status;
    return rq_fail(RQ_EARG,
                   "input '%s': --resize leaves a side to the images, and none can be read; give "
                   "--shape '%s[1,3,H,W]'",
                   name, name);
}

static int side_of(int64_t extent)
{
    return extent > 0 && extent <= RQ_IMAGE_MAX_SIDE ? (int)extent : 0;
}

/* Of an input of 4 dimensions; 0: open. */
static void read_sides(int *height, int *width, const rq_shape *shape, rq_layout layout)
{
    bool last = shape->d[1] != 1 && shape->d[1] != 3 && (shape->d[3] == 1 || shape->d[3] == 3);
    if (layout != RQ_LAYOUT_AUTO) last = layout == RQ_LAYOUT_NHWC;
    *height = side_of(shape->d[last ? 1 : 2]);
    *width = side_of(shape->d[last ? 2 : 3]);
}

static void take_size(rq_preprocess *p, const rq_shape *shape, rq_layout layout)
{
    if (rq_preprocess_has_size(p) || shape->rank != 4) return;
    read_sides(&p->resize_height, &p->resize_width, shape, layout);
}

/* Whether images of the remembered size do not fit into the shape. */
static bool is_of_other_size(const rq_preprocess *remembered, const rq_shape *shape)
{
    int height, width;
    if (shape->rank != 4) return false;
    read_sides(&height, &width, shape, remembered->layout);
    bool crops = remembered->crop_width > 0;
    int high = crops ? remembered->crop_height : remembered->resize_height;
    int wide = crops ? remembered->crop_width : remembered->resize_width;
    return (high && high != height) || (wide && wide != width);
}

void rq_image_request_take_given(rq_image_request *request, const rq_preprocess *remembered,
                                 const rq_graph *graph, const rq_input_shape *shapes,
                                 size_t n_shapes)
{
    const rq_node *image = request->tensors ? NULL : find_image_parameter(graph);
    for (size_t i = 0; image && i < n_shapes; i++) {
        const rq_shape *shape = &shapes[i].shape;
        if (!rq_parameter_is_named(graph, image, shapes[i].name)) continue;
        if (!rq_shape_is_static(shape) || is_of_other_size(remembered, shape))
            take_size(&request->preprocess, shape, remembered->layout);
    }
}

/* Images would have to go in as large as they are. */
static rq_status check_size(const rq_preprocess *p, const rq_input_shape *given)
{
    char text[RQ_SHAPE_TEXT];
    if (rq_preprocess_has_size(p)) return RQ_OK;
    return rq_fail(RQ_EARG,
                   "--shape '%s%s' leaves both sides of images open; give one of them, such as "
                   "'%s[1,3,640,?]', or also --resize WxH",
                   given->name, rq_shape_text(&given->shape, text), given->name);
}

rq_status rq_image_request_take_open(rq_input_shape *shapes, size_t *n_shapes,
                                     rq_image_request *request, const rq_graph *graph)
{
    const rq_node *image = request->tensors ? NULL : find_image_parameter(graph);
    size_t kept = 0;
    RQ_TRY(rq_input_shapes_check(graph, shapes, *n_shapes));
    for (size_t i = 0; i < *n_shapes; i++) {
        const rq_input_shape shape = shapes[i];
        bool open = !rq_shape_is_static(&shape.shape);
        if (!open) shapes[kept++] = shape;
        if (!open || !image || !rq_parameter_is_named(graph, image, shape.name)) continue;
        take_size(&request->preprocess, &shape.shape, request->preprocess.layout);
        RQ_TRY(check_size(&request->preprocess, &shape));
    }
    *n_shapes = kept;
    return RQ_OK;
}

bool rq_image_request_lacks_size(const rq_image_request *request, const rq_graph *graph,
                                 const rq_input_shape *shapes, size_t n_shapes)
{
    const rq_node *image = request->tensors ? NULL : find_image_parameter(graph);
    if (!image || rq_preprocess_has_size(&request->preprocess)) return false;
    rq_shape shape = graph->values[image->out[0]]->shape;
    if (shape.rank > 0) shape.d[0] = 1; /* how many images is another question */
    return !rq_shape_is_static(&shape) && rq_tensor_shapes_is_open(graph, image, shapes, n_shapes);
}

/* Inputs that take no images. */
static rq_status ask_arrays(const rq_graph *graph)
{
    rq_buf names = {0};
    char text[RQ_SHAPE_TEXT];
    size_t n = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || strcmp(node->type, "Parameter") != 0) continue;
        rq_buf_printf(&names, "%s'%s' %s", n++ ? ", " : "", node->name,
                      rq_shape_text(&graph->values[node->out[0]]->shape, text));
    }
    rq_status status =
        rq_fail(RQ_EARG,
                "images need an input of 4 dimensions, the model has %s: give arrays, --data "
                "FOLDER (or a list) of %s",
                names.data ? names.data : "none",
                n == 1 ? ".npy, .npz or HDF5 files, each an array of that shape"
                       : ".npz or HDF5 files, each with an array by the name of every input");
    rq_buf_free(&names);
    return status;
}

rq_status rq_image_request_check(const rq_image_request *request, const rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || strcmp(node->type, "Parameter") != 0) continue;
        int rank = graph->values[node->out[0]]->shape.rank;
        if (rank == 4 || rank < 0) return RQ_OK;
    }
    return request->tensors ? RQ_OK : ask_arrays(graph);
}

/* A model that takes several images at once is run with one of them, unless a shape is given. */
static void take_one_image(rq_input_shape *shapes, size_t *n_shapes, const rq_graph *graph,
                           const rq_node *node)
{
    rq_shape shape = graph->values[node->out[0]]->shape;
    if (shape.rank != 4 || shape.d[0] <= 1) return;
    for (size_t i = 0; i < *n_shapes; i++)
        if (rq_parameter_is_named(graph, node, shapes[i].name)) return;
    shape.d[0] = 1;
    if (rq_shape_is_static(&shape)) shapes[(*n_shapes)++] = (rq_input_shape){node->name, shape};
}

rq_status rq_image_request_fit(rq_input_shape *shapes, size_t *n_shapes, rq_image_request *request,
                               const rq_graph *graph, const rq_images *images)
{
    RQ_TRY(rq_image_request_check(request, graph));
    rq_embedded_preprocessing_drop(&request->preprocess, graph);
    const rq_node *node = find_image_parameter(graph);
    if (!node || request->tensors) return RQ_OK;
    take_one_image(shapes, n_shapes, graph, node);
    if (!rq_tensor_shapes_is_open(graph, node, shapes, *n_shapes)) return RQ_OK;
    const rq_value *value = graph->values[node->out[0]];
    rq_image_plan plan;
    rq_status status =
        rq_preprocess_resolve(&plan, &request->preprocess, &value->shape, value->dtype, node->name);
    if (status != RQ_OK)
        return rq_fail_prefix(
            status, "the shape of the input must be given (--shape '%s[1,3,H,W]')", node->name);
    RQ_TRY(check_open_side(&plan, &value->shape, node->name));
    if (plan.open_side) RQ_TRY(take_example(&plan, images, node->name));
    shapes[(*n_shapes)++] = (rq_input_shape){node->name, plan.shape};
    return RQ_OK;
}

static rq_status find_image_input(size_t *out, const rq_model *model)
{
    size_t n = rq_model_input_count(model);
    for (size_t i = 0; i < n; i++)
        if (rq_model_input(model, i)->shape.rank == 4) {
            *out = i;
            return RQ_OK;
        }
    *out = 0;
    return n == 1 ? RQ_OK
                  : rq_fail(RQ_EUNSUPPORTED,
                            "the model has %zu inputs and none of rank 4 for an image", n);
}

static rq_status set_fixed(rq_image_feed *feed, rq_fixed_input *fixed)
{
    size_t i = 0;
    RQ_TRY(rq_fixed_input_find(&i, feed->model, fixed));
    const rq_id_range ids =
        rq_id_range_find(rq_model_graph(feed->model), rq_model_input_node(feed->model, i));
    rq_status status = rq_array_values_check(&fixed->tensor, rq_model_input(feed->model, i)->dtype,
                                             &ids, fixed->name);
    if (status != RQ_OK) return rq_fail_prefix(RQ_EARG, "--input %s", fixed->name);
    feed->fixed[i] = fixed->tensor;
    return RQ_OK;
}

static rq_status open_fixed(rq_image_feed *out, const rq_image_request *request,
                            const rq_model *model)
{
    out->model = model;
    out->n_inputs = rq_model_input_count(model);
    RQ_TRY(rq_calloc(&out->fixed, out->n_inputs, sizeof *out->fixed, "model inputs"));
    for (size_t i = 0; i < request->n_fixed; i++) RQ_TRY(set_fixed(out, &request->fixed[i]));
    return RQ_OK;
}

static rq_status find_ids(rq_image_feed *feed)
{
    const rq_graph *graph = rq_model_graph(feed->model);
    RQ_TRY(rq_calloc(&feed->ids, feed->n_inputs, sizeof *feed->ids, "model inputs"));
    for (size_t i = 0; i < feed->n_inputs; i++)
        feed->ids[i] = rq_id_range_find(graph, rq_model_input_node(feed->model, i));
    return RQ_OK;
}

/* The first input that files must have. */
static rq_status open_tensors(rq_image_feed *out, const rq_image_request *request,
                              const rq_model *model)
{
    out->tensors = true;
    RQ_TRY(open_fixed(out, request, model));
    RQ_TRY(find_ids(out));
    while (out->input < out->n_inputs && out->fixed[out->input].data) out->input++;
    if (out->input == out->n_inputs)
        return rq_fail(RQ_EARG, "all inputs are given by --input: nothing is left for --data");
    out->dtype = rq_model_input(model, out->input)->dtype;
    return RQ_OK;
}

static rq_status check_fixed(const rq_image_feed *feed, const rq_model *model)
{
    for (size_t i = 0; i < feed->n_inputs; i++)
        if (i != feed->input && !feed->fixed[i].data)
            return rq_fail(RQ_EARG, "input '%s' takes no image; give it with --input '%s=FILE.npy'",
                           rq_model_input_node(model, i)->name,
                           rq_model_input_node(model, i)->name);
    return RQ_OK;
}

rq_status rq_image_feed_open(rq_image_feed *out, const rq_image_request *request,
                             const rq_model *model)
{
    memset(out, 0, sizeof *out);
    if (request->tensors) return open_tensors(out, request, model);
    RQ_TRY(find_image_input(&out->input, model));
    const rq_tensor *input = rq_model_input(model, out->input);
    out->dtype = input->dtype;
    RQ_TRY(rq_preprocess_resolve(&out->plan, &request->preprocess, &input->shape, input->dtype,
                                 rq_model_input_node(model, out->input)->name));
    RQ_TRY(check_open_side(&out->plan, rq_model_input_pattern(model, out->input),
                           rq_model_input_node(model, out->input)->name));
    if (out->plan.batch != 1)
        return rq_fail(RQ_EUNSUPPORTED,
                       "input '%s' takes %lld images at once, expected 1; give --shape",
                       rq_model_input_node(model, out->input)->name, (long long)out->plan.batch);
    RQ_TRY(open_fixed(out, request, model));
    return check_fixed(out, model);
}

void rq_image_feed_close(rq_image_feed *feed)
{
    free(feed->fixed);
    free(feed->ids);
    feed->fixed = NULL;
    feed->ids = NULL;
}
