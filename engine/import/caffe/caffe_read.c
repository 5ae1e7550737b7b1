#include "engine/import/caffe/caffe.h"
#include "engine/import/caffe/caffe_layers.h"
#include "engine/import/proto.h"
#include "engine/import/framework_model_make.h"

#include <stdlib.h>
#include <string.h>

/* What a blob held at some point of the net: a model's input, or what a layer computed. */
typedef struct value {
    const char *name;
    bool used; /* a layer reads it */
    bool is_input;
} value;

typedef struct reader {
    rq_framework_model *source;
    const Caffe__NetParameter *net;
    rq_caffe_layer **layers; /* of the prototxt */
    size_t n_layers;
    rq_caffe_layer **weights; /* of the caffemodel */
    size_t n_weights;
    bool weightless; /* there is no caffemodel */
    rq_map *by_name; /* a layer's name -> its place in weights */
    rq_map *by_blob; /* a blob's name -> its latest value */
    rq_map *names;   /* of nodes so far */
    value *values;   /* in the order of computation; inputs in the order of source->inputs */
    size_t n_values, capacity;
} reader;

static rq_status add_value(reader *r, const char *blob, const char *name, bool is_input)
{
    RQ_TRY(rq_grow(&r->values, &r->capacity, r->n_values, sizeof *r->values, "blobs"));
    r->values[r->n_values] = (value){.name = name, .is_input = is_input};
    return rq_map_put(r->by_blob, blob, (uint32_t)r->n_values++);
}

static rq_status add_input(reader *r, const char *blob, const rq_shape *shape)
{
    if (rq_map_get(r->by_blob, blob) != RQ_NONE)
        return rq_fail(RQ_EFORMAT, "%s: two inputs are called '%s'", r->source->path, blob);
    RQ_TRY(rq_framework_model_add_input(r->source, blob, RQ_DT_F32, shape));
    return add_value(r, blob, blob, true);
}

/* "input:" with "input_shape" or four "input_dim" each, outside of any layer. */
static rq_status read_legacy_inputs(reader *r)
{
    const Caffe__NetParameter *net = r->net;
    if (net->n_input_dim % 4 || (net->n_input_dim && net->n_input_dim / 4 != net->n_input) ||
        (net->n_input_shape && net->n_input_shape != net->n_input))
        return rq_fail(RQ_EFORMAT,
                       "%s: %zu inputs with %zu numbers in input_dim (expected 4 each) "
                       "and %zu in input_shape",
                       r->source->path, net->n_input, net->n_input_dim, net->n_input_shape);
    for (size_t i = 0; i < net->n_input; i++) {
        rq_shape shape = {.rank = -1};
        if (net->n_input_shape) {
            RQ_TRY(rq_caffe_read_shape(&shape, net->input_shape[i], net->input[i]));
        } else if (net->n_input_dim) {
            shape.rank = 4;
            for (size_t k = 0; k < 4; k++) shape.d[k] = net->input_dim[i * 4 + k];
            RQ_TRY(rq_shape_check(&shape, true, net->input[i]));
        }
        RQ_TRY(add_input(r, net->input[i], &shape));
    }
    return RQ_OK;
}

/* The image's shape where a data layer tells it: a crop, or a list of dimensions. */
static rq_status shape_of_data(rq_shape *out, const rq_caffe_layer *layer, size_t top)
{
    const Caffe__MemoryDataParameter *memory = layer->memory_data_param;
    const Caffe__DataParameter *data =
        layer->data_param ? layer->data_param : layer->image_data_param;
    uint32_t crop = layer->transform_param ? layer->transform_param->crop_size : 0;
    uint32_t batch = data && data->has_batch_size ? data->batch_size : 1;
    if (!crop && data) crop = data->crop_size;
    *out = (rq_shape){.rank = -1};
    if (top > 0) return RQ_OK;
    if (memory)
        *out = rq_shape_make(
            4, (int64_t[]){memory->batch_size, memory->channels, memory->height, memory->width});
    else if (crop)
        *out = rq_shape_make(4, (int64_t[]){batch, 3, crop, crop});
    return rq_shape_check(out, true, layer->name);
}

static rq_status read_input_layer(reader *r, const rq_caffe_layer *layer)
{
    Caffe__BlobShape **shapes = layer->input_param ? layer->input_param->shape : NULL;
    size_t n = layer->input_param ? layer->input_param->n_shape : 0;
    if (layer->dummy_data_param) {
        shapes = layer->dummy_data_param->shape;
        n = layer->dummy_data_param->n_shape;
    }
    if (n > 1 && n != layer->n_top)
        return rq_fail(RQ_EFORMAT, "%s: layer '%s': %zu shapes for %zu tops", r->source->path,
                       layer->name, n, layer->n_top);
    for (size_t i = 0; i < layer->n_top; i++) {
        rq_shape shape;
        RQ_TRY(shape_of_data(&shape, layer, i));
        if (n) RQ_TRY(rq_caffe_read_shape(&shape, shapes[n > 1 ? i : 0], layer->name));
        RQ_TRY(add_input(r, layer->top[i], &shape));
    }
    return RQ_OK;
}

static bool is_one_of(const char *type, const char *const *types)
{
    for (; *types; types++)
        if (!strcmp(type, *types)) return true;
    return false;
}

static bool is_input(const rq_caffe_layer *layer)
{
    static const char *const types[] = {"Input",     "Data",      "ImageData",     "MemoryData",
                                        "HDF5Data",  "DummyData", "AnnotatedData", "WindowData",
                                        "VideoData", NULL};
    return is_one_of(layer->type, types);
}

/* Layers that only training or evaluation needs. */
static bool is_for_training(const rq_caffe_layer *layer)
{
    static const char *const types[] = {"Accuracy",
                                        "Silence",
                                        "EuclideanLoss",
                                        "ContrastiveLoss",
                                        "HingeLoss",
                                        "InfogainLoss",
                                        "MultinomialLogisticLoss",
                                        "SigmoidCrossEntropyLoss",
                                        "MultiBoxLoss",
                                        "HDF5Output",
                                        "DetectionEvaluate",
                                        "SmoothL1Loss",
                                        NULL};
    return is_one_of(layer->type, types);
}

static rq_status read_bottom(reader *r, const char **out, const rq_caffe_layer *layer, size_t k)
{
    uint32_t i = rq_map_get(r->by_blob, layer->bottom[k]);
    if (i == RQ_NONE)
        return rq_fail(RQ_EFORMAT, "%s: layer '%s' reads blob '%s', which no layer before it makes",
                       r->source->path, layer->name, layer->bottom[k]);
    r->values[i].used = true;
    *out = r->values[i].name;
    return RQ_OK;
}

static rq_status add_blob(reader *r, const char **out, const rq_framework_node *node,
                          const Caffe__BlobProto *blob, size_t i)
{
    rq_tensor tensor;
    RQ_TRY(rq_caffe_read_blob(&tensor, r->source->arena, blob, node->name, r->source->path));
    *out = rq_arena_printf(r->source->arena, "%s/blob%zu", node->name, i);
    return *out ? rq_framework_model_add_constant(r->source, *out, &tensor) : RQ_ENOMEM;
}

static const rq_caffe_layer *find_weights(const reader *r, const rq_caffe_layer *layer)
{
    uint32_t i = rq_map_get(r->by_name, layer->name);
    return i == RQ_NONE ? layer : r->weights[i];
}

static rq_status add_top(reader *r, const char **out, const rq_framework_node *node,
                         const char *blob)
{
    *out = blob;
    if (rq_map_get(r->by_blob, blob) != RQ_NONE)
        *out = rq_arena_printf(r->source->arena, "%s/%s", blob, node->name);
    return *out ? add_value(r, blob, *out, false) : RQ_ENOMEM;
}

/* Caffe lets layers share a name; values that are made of it may not. */
static rq_status name_node(reader *r, const char **out, const rq_caffe_layer *layer)
{
    size_t i = r->source->n_nodes;
    *out = layer->name;
    if (rq_map_get(r->names, layer->name) != RQ_NONE)
        *out = rq_arena_printf(r->source->arena, "%s#%zu", layer->name, i);
    return *out ? rq_map_put(r->names, *out, (uint32_t)i) : RQ_ENOMEM;
}

static rq_status read_layer(reader *r, const rq_caffe_layer *layer)
{
    const rq_caffe_layer *weights = find_weights(r, layer);
    bool loss = !strcmp(layer->type, "SoftmaxWithLoss"); /* at use: the softmax alone */
    size_t n_bottom = loss && layer->n_bottom ? 1 : layer->n_bottom;
    const char *name;
    rq_framework_node *node;
    RQ_TRY(name_node(r, &name, layer));
    RQ_TRY(rq_framework_model_add_node(&node, r->source, name, loss ? "Softmax" : layer->type,
                                       n_bottom + weights->n_blobs, layer->n_top));
    for (size_t i = 0; i < n_bottom; i++) RQ_TRY(read_bottom(r, &node->in[i], layer, i));
    for (size_t i = 0; i < weights->n_blobs; i++)
        RQ_TRY(add_blob(r, &node->in[n_bottom + i], node, weights->blobs[i], i));
    RQ_TRY(rq_framework_model_add_int(r->source, node, "bottoms", (int64_t)n_bottom));
    if (r->weightless && !weights->n_blobs)
        RQ_TRY(rq_framework_model_add_int(r->source, node, "weightless", 1));
    RQ_TRY(rq_caffe_add_attrs(r->source, node, layer));
    for (size_t i = 0; i < layer->n_top; i++)
        RQ_TRY(add_top(r, &node->out[i], node, layer->top[i]));
    return RQ_OK;
}

/* What nothing reads is an output. Labels that only a loss reads are no inputs. */
static rq_status choose_ends(reader *r)
{
    rq_framework_model *source = r->source;
    size_t input = 0, kept = 0;
    for (size_t i = 0; i < r->n_values; i++) {
        const value *v = &r->values[i];
        if (!v->is_input && !v->used) RQ_TRY(rq_framework_model_add_output(source, v->name));
        if (!v->is_input) continue;
        if (v->used) source->inputs[kept++] = source->inputs[input];
        input++;
    }
    source->n_inputs = kept;
    return RQ_OK;
}

static rq_status read_net(reader *r)
{
    RQ_TRY(read_legacy_inputs(r));
    for (size_t i = 0; i < r->n_layers; i++) {
        const rq_caffe_layer *layer = r->layers[i];
        if (!rq_caffe_is_included(layer, r->net) || is_for_training(layer)) continue;
        if (is_input(layer))
            RQ_TRY(read_input_layer(r, layer));
        else
            RQ_TRY(read_layer(r, layer));
    }
    return choose_ends(r);
}

static rq_status read_prototxt(reader *r, const char *path)
{
    rq_mapping file;
    rq_arena *arena = r->source->arena;
    RQ_TRY(rq_framework_model_map(&file, r->source, path));
    RQ_TRY(rq_proto_read_text(&r->net, arena, &caffe__net_parameter__descriptor,
                              (const char *)file.data, file.size, path));
    if (r->net->name) r->source->name = r->net->name;
    return rq_caffe_list_layers(&r->layers, &r->n_layers, arena, r->net, path);
}

static rq_status read_caffemodel(reader *r, const char *path)
{
    rq_mapping file;
    const Caffe__NetParameter *net;
    rq_arena *arena = r->source->arena;
    RQ_TRY(rq_framework_model_map(&file, r->source, path));
    RQ_TRY(
        rq_proto_read(&net, arena, &caffe__net_parameter__descriptor, file.data, file.size, path));
    RQ_TRY(rq_caffe_list_layers(&r->weights, &r->n_weights, arena, net, path));
    for (size_t i = 0; i < r->n_weights; i++)
        if (r->weights[i]->n_blobs)
            RQ_TRY(rq_map_put(r->by_name, r->weights[i]->name, (uint32_t)i));
    return RQ_OK;
}

static rq_status read_all(reader *r, const char *prototxt, const char *caffemodel)
{
    RQ_TRY(rq_map_create(&r->by_name));
    RQ_TRY(rq_map_create(&r->by_blob));
    RQ_TRY(rq_map_create(&r->names));
    RQ_TRY(read_prototxt(r, prototxt));
    if (caffemodel) RQ_TRY(read_caffemodel(r, caffemodel));
    r->weightless = !caffemodel;
    return read_net(r);
}

rq_status rq_caffe_open(rq_framework_model **out, const char *prototxt, const char *caffemodel)
{
    reader r = {0};
    RQ_TRY(rq_framework_model_create(&r.source, rq_framework_caffe, prototxt));
    rq_status status = read_all(&r, prototxt, caffemodel);
    rq_map_destroy(&r.by_name);
    rq_map_destroy(&r.by_blob);
    rq_map_destroy(&r.names);
    free(r.values);
    if (status == RQ_OK)
        *out = r.source;
    else
        rq_framework_model_destroy(&r.source);
    return status;
}
